"""The kit as a package: everything is there, nothing is imported before it is asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

import agent.testing


def test_every_public_name_can_be_had() -> None:
    for name in agent.testing.__all__:
        assert getattr(agent.testing, name).__doc__


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute Robot"):
        agent.testing.Robot  # noqa: B018


def test_a_clock_needs_neither_pins_nor_a_broker() -> None:
    asked = "import sys; from agent.testing import FakeClock; print(*sys.modules)"
    output = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    )
    assert "agent.testing.clock" in output.stdout.split()
    assert not {"gpiozero", "agent.testing.broker"} & set(output.stdout.split())
