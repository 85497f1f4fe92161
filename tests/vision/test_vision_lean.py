"""The camera process holds what it needs to look, and no part of the kiosk beside that."""

from __future__ import annotations

import json
import subprocess
import sys
from types import ModuleType

import pytest

import agent.uplink
from agent.late import late
from agent.uplink.topics import Topics

LOADED = """
import json, sys
import agent.cli, agent.config.loading, agent.vision.process, agent.vision.service
print(json.dumps(sorted(sys.modules)))
"""
NOT_FOR_LOOKING = (
    "aiohttp", "cryptography", "gpiozero", "paho", "sqlite3", "sqlite_utils", "rich",
    "agent.kiosk", "agent.outbox.outbox", "agent.uplink.uplink", "agent.visit.visit",
)  # fmt: skip


@pytest.fixture(scope="module")
def loaded() -> frozenset[str]:
    """Every module of a camera process that has read its configuration."""
    command = [sys.executable, "-c", LOADED]
    told = subprocess.run(command, capture_output=True, check=True, text=True, timeout=60)
    return frozenset(json.loads(told.stdout))


@pytest.mark.parametrize("module", NOT_FOR_LOOKING)
def test_the_camera_process_loads_no_part_that_talks_stores_or_presses(
    loaded: frozenset[str], module: str
) -> None:
    assert module not in loaded


def test_what_it_does_load_is_what_looks(loaded: frozenset[str]) -> None:
    assert {"cv2", "numpy", "agent.vision.pipeline", "agent.uplink.settings"} <= loaded


def test_a_late_name_is_the_one_of_its_module_and_stays() -> None:
    assert agent.uplink.Topics is Topics
    assert vars(agent.uplink)["Topics"] is Topics


def test_a_name_that_there_is_not_is_told_as_for_any_module() -> None:
    package = ModuleType("shop")
    package.__getattr__ = late("shop", {"Till": "till"})  # type: ignore[method-assign]
    with pytest.raises(AttributeError, match="module 'shop' has no attribute 'Tlil'"):
        _ = package.Tlil
