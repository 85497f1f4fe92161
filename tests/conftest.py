"""What several capabilities' tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.testing import LocalBroker
from agent.testing.broker import available_broker

ROOT = Path(__file__).parents[1]


@pytest.fixture
def broker() -> Iterator[LocalBroker]:
    """A real Mosquitto on a free port of loopback."""
    if available_broker() is None:
        pytest.skip("no MQTT broker is installed: apt install mosquitto")
    with LocalBroker() as running:
        yield running


@pytest.fixture
def repository() -> Path:
    """The root of the checkout."""
    return ROOT


@pytest.fixture(autouse=True)
def _lgpio_stays_out_of_the_checkout(tmp_path: Path) -> None:
    os.environ["LG_WD"] = str(tmp_path)
