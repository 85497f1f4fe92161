"""The `alerts` and `staff` sections."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from agent.staff.settings import AlertSettings, StaffSettings


def test_the_defaults_are_those_of_the_rules() -> None:
    settings = AlertSettings()

    assert (settings.share, settings.least, settings.minutes) == (0.5, 4, 15)
    assert (settings.light_pin, settings.relay_pin, settings.broker) == (None, None, None)


def test_a_broker_in_the_shop_needs_no_port() -> None:
    settings = AlertSettings.model_validate({"broker": {"host": "10.0.0.2"}})

    assert settings.broker is not None
    assert settings.broker.port == 1883


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({"actions": ["talked", "talked"]}, "talked stands twice"),
        ({"actions": ["amended"]}, "amended is what an alert that ends by itself says"),
        ({"actions": ["subsided"]}, "rename it"),
        ({"actions": []}, "at least 1"),
        ({"light_pin": 4, "relay_pin": 4}, "relay_pin is 4, and so is light_pin: give each a pin"),
        ({"share": 0}, "greater than 0"),
        ({"least": 2}, "greater than or equal to 3"),
        ({"broker": {"host": ""}}, "should match pattern"),
    ],
)
def test_alerts_that_cannot_be_are_refused(facts: dict[str, Any], text: str) -> None:
    with pytest.raises(ValidationError, match=text):
        AlertSettings.model_validate(facts)


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({"hold": ["bad", "good"]}, "hold needs `file`"),
        ({"file": "staff.yaml", "hold": ["bad", "bad"]}, "hold names only bad"),
        ({"file": "staff.yaml", "hold": ["bad"]}, "name two"),
        ({"file": "staff.yaml", "hold": ["a", "b", "c"]}, "at most 2"),
        ({"hold_s": 30}, "less than or equal to 8"),
        ({"pin_digits": 3}, "greater than or equal to 4"),
    ],
)
def test_staff_that_cannot_be_are_refused(facts: dict[str, Any], text: str) -> None:
    with pytest.raises(ValidationError, match=text):
        StaffSettings.model_validate(facts)
