"""What sections have wrong together is told as far as they are sound in themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from agent.config.loading import problems
from agent.config.schema import KioskSettings
from agent.panel.settings import PanelSettings

DEVICE = "device: {tenant: acme, site: high-street, id: till-1}\n"
TWO = "panel: {buttons: [{id: bad, pin: 5}, {id: good, pin: 6}]}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kiosk.yaml"


def told(file: Path, text: str) -> list[str]:
    file.write_text(text, "utf-8")
    return [f"{problem.line}: {problem.text}" for problem in problems(file)]


def test_a_mistake_elsewhere_hides_nothing(file: Path) -> None:
    assert told(file, f"{DEVICE}{TWO}visit: {{scale: 3}}\nstore: {{quota_mb: much}}\n") == [
        "2: panel.buttons has 2 buttons but visit.scale is 3: every face needs its button",
        "4: store.quota_mb must be a whole number, not `much`",
    ]


def test_not_even_a_missing_device_does(file: Path) -> None:
    assert told(file, f"{TWO}visit: {{scale: 3}}\n") == [
        "1: device is missing: Who this device is",
        "1: panel.buttons has 2 buttons but visit.scale is 3: every face needs its button",
    ]


@pytest.mark.parametrize(
    ("panel", "mistake"),
    [
        ("panel: {buttons: [{id: bad, pin: 5}, {id: good, pin: 6}], confirm_ms: soon}", "number"),
        ("panell: {buttons: [{id: bad, pin: 5}]}", "did you mean `panel`?"),
        ("panel:", "has no value"),
    ],
)
def test_of_a_section_that_is_wrong_itself_nothing_is_concluded(
    file: Path, panel: str, mistake: str
) -> None:
    [only] = told(file, f"{DEVICE}{panel}\nvisit: {{scale: 3}}\nscreen: {{enabled: false}}\n")
    assert mistake in only


def test_what_stands_twice_is_told_with_both_lines_every_time(file: Path) -> None:
    text = (
        f"{DEVICE}panel:\n  buttons:\n    - {{id: a, pin: 5, light: 7}}\n    - {{id: b, pin: 7}}\n"
        "    - {id: b, pin: 5}\n  buzzer: 7\nvisit: {scale: 3}\n"
    )
    own = "give each a pin of its own"
    assert told(file, text) == [
        f"5: panel.buttons[1].pin is 7, and so is panel.buttons[0].light in line 4: {own}",
        (
            "6: panel.buttons[2].id is b, and so is panel.buttons[1].id in line 5:"
            " give each an id of its own"
        ),
        f"6: panel.buttons[2].pin is 5, and so is panel.buttons[0].pin in line 4: {own}",
        f"7: panel.buzzer is 7, and so is panel.buttons[0].light in line 4: {own}",
    ]


def test_two_reasons_of_one_id_are_told_with_both_lines(file: Path) -> None:
    reason = "    - {id: price, label: {en: Price}}\n"
    assert told(file, f"{DEVICE}visit:\n  reasons:\n{reason}{reason}") == [
        (
            "5: visit.reasons[1].id is price, and so is visit.reasons[0].id in line 4:"
            " give each an id of its own"
        )
    ]


def test_every_text_by_language_is_looked_at(file: Path) -> None:
    text = (
        f"{DEVICE}screen: {{languages: [en, de]}}\n"
        "visit:\n  question: {de: Na}\n"
        "feedback:\n  enabled: true\n  plain: true\n"
        "  channels:\n    - {label: {en: Telephone}, value: '112'}\n"
        "  faq:\n    - {question: {en: Open, de: Offen}, answer: {de: Ja.}}\n"
    )
    assert [one.split(":")[0:2] for one in told(file, text)] == [
        ["4", " visit.question is missing in en"],
        ["9", " feedback.channels[0].label is missing in de"],
        ["11", " feedback.faq[0].answer is missing in en"],
    ]


def test_a_text_more_than_the_screen_has_languages_is_no_mistake(file: Path) -> None:
    assert told(file, f"{DEVICE}visit: {{question: {{en: Well, ar: نعم}}}}\n") == []


def test_without_a_file_the_same_is_refused_without_lines() -> None:
    twice = {"buttons": [{"id": "a", "pin": 5}, {"id": "b", "pin": 5}]}
    with pytest.raises(
        ValidationError, match=r"buttons\[1\].pin is 5, and so is buttons\[0\].pin:"
    ):
        PanelSettings.model_validate(twice)
    facts = {"device": {"tenant": "a", "site": "b", "id": "c"}, "screen": {"enabled": False}}
    with pytest.raises(ValidationError, match="nobody could answer"):
        KioskSettings.model_validate(facts)


CAMERA = "vision:\n  mode: presence\n  notice: {shown: screen}\n"
HALF, WHOLE = "{x: 0, y: 0, width: 0.5, height: 1}", "{x: 0, y: 0, width: 1, height: 1}"


@pytest.mark.parametrize(
    ("zone", "mistake"),
    [
        ("contact_zone: {x: 0.5, y: 0, width: 0.8, height: 1}", "contact_zone reaches beyond the"),
        ("staff_mask: [{x: 0, y: 0.5, width: 0.2, height: 0.6}]", "staff_mask[0] reaches beyond"),
        (f"staff_mask: [{WHOLE}]", "staff_mask blanks the whole picture: nobody could be counted"),
        (f"contact_zone: {HALF}\n  staff_mask: [{HALF}]", "staff_mask blanks the whole contact_zo"),
        (
            "cameras: [{id: a, source: '1', contact_zone: {x: 1, y: 0, width: 1, height: 1}}]",
            "x + w",
        ),
    ],
)
def test_zones_in_which_nobody_could_be_counted_are_told(
    file: Path, zone: str, mistake: str
) -> None:
    lines = told(file, f"{DEVICE}{CAMERA}  {zone}\n")
    assert lines
    assert mistake in lines[0]
    assert all(line.startswith(("5: vision.", "6: vision.")) for line in lines)


def test_zones_side_by_side_are_fine_and_an_area_of_staff_may_cut_into_the_contact_zone(
    file: Path,
) -> None:
    zones = (
        f"contact_zone: {WHOLE}\n  staff_mask: [{HALF}, {{x: 0.4, y: 0, width: 0.6, height: 0.9}}]"
    )
    assert told(file, f"{DEVICE}{CAMERA}  {zones}\n") == []


def test_a_camera_that_is_off_may_be_blanked_as_a_whole(file: Path) -> None:
    assert told(file, f"{DEVICE}vision: {{staff_mask: [{WHOLE}]}}\n") == []
