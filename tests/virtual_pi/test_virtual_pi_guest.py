"""The whole guest, where it is asked for: one cut takes minutes of emulation.

SMILEPOST_VIRTUAL_PI=1 scripts/test tests/virtual_pi
"""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

command: Any = importlib.import_module("virtual_pi.command")
image: Any = importlib.import_module("virtual_pi.image")
tools: Any = importlib.import_module("virtual_pi.tools")

ASKED = "SMILEPOST_VIRTUAL_PI"


@pytest.fixture
def guest() -> None:
    """Skip unless the guest is wanted, can run here and is built for this commit."""
    if not os.environ.get(ASKED):
        pytest.skip(f"it emulates a whole machine for minutes: set {ASKED}=1")
    if missing := tools.missing(tools.TO_RUN):
        pytest.skip(f"not installed here: {', '.join(missing)}")
    if not image.is_built(image.locate(image.find_revision("HEAD"))):
        pytest.skip("the guest is not built for this commit: sudo scripts/virtual-pi build")


@pytest.mark.slow
@pytest.mark.usefixtures("guest")
def test_an_acknowledged_answer_survives_a_power_cut(tmp_path: Path) -> None:
    code = command.main(["powercut", "1", "--seed", "3", "--json", str(tmp_path / "cuts.json")])
    told = json.loads((tmp_path / "cuts.json").read_text("utf-8"))

    assert code == 0
    assert told["total"]["acknowledged"] > 0
    assert told["total"]["lost"] == 0
