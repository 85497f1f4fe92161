"""What a kiosk can ask, from its configuration: touch, buttons, a screen."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from agent.config.schema import KioskSettings
from agent.survey.fitting import kiosk_of

DEVICE = {"tenant": "acme", "site": "shop", "id": "till"}
REASONS = [{"id": f"r{n}", "label": {"en": f"Reason {n}"}} for n in range(6)]


def settings(*, buttons: int, reasons: int = 0, **screen: Any) -> KioskSettings:
    pins = (5, 6, 13, 19, 26)
    facts = {
        "device": DEVICE,
        "panel": {"buttons": [{"id": f"key_{n}", "pin": pins[n]} for n in range(buttons)]},
        "visit": {"scale": buttons or 5, "reasons": REASONS[:reasons]},
        "screen": screen,
    }
    return KioskSettings.model_validate(facts)


def test_a_touch_screen_answers_and_invites() -> None:
    means = kiosk_of(settings(buttons=0)).means
    assert (means.touch, means.screen, means.invites, means.buttons) == (True, True, True, 0)


def test_a_plain_display_is_answered_by_its_buttons_and_invites_too() -> None:
    means = kiosk_of(settings(buttons=3, touch=False)).means
    assert (means.touch, means.screen, means.invites, means.buttons) == (False, True, True, 3)


def test_without_a_screen_nobody_is_invited() -> None:
    means = kiosk_of(settings(buttons=3, enabled=False)).means
    assert (means.touch, means.screen, means.invites) == (False, False, False)


def test_a_plain_display_without_buttons_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"screen.touch is false and there are no panel"):
        settings(buttons=0, touch=False)


def test_two_buttons_cannot_choose_among_more_reasons() -> None:
    with pytest.raises(ValidationError, match="has 3 reasons, but there are 2 buttons"):
        settings(buttons=2, reasons=3, touch=False)
    assert settings(buttons=2, reasons=2, touch=False).visit.reasons
    assert settings(buttons=3, reasons=6, touch=False).visit.reasons, "with a cursor"
    assert settings(buttons=2, reasons=6).visit.reasons, "by touch"
