"""The sections `site` and `feedback`: what is refused, and in which words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from agent.config.base import Settings
from agent.config.reading import Form, read
from agent.config.texts import texts_in
from agent.feedback.settings import FeedbackSettings, SiteSettings

DOCUMENT = (Path(__file__).parents[2] / "docs" / "feedback.md").read_text(encoding="utf-8")


class Both(Settings):
    """A file with the two sections."""

    site: SiteSettings
    feedback: FeedbackSettings


def complaints(tmp_path: Path, model: type[Settings], text: str) -> list[str]:
    file = tmp_path / "section.yaml"
    file.write_text(text, encoding="utf-8")
    _, problems = read(file, form=Form(model, example="config/kiosk.yaml"))
    return [f"{problem.line}: {problem.text}" for problem in problems]


def test_hours_are_read_as_they_are_written(tmp_path: Path) -> None:
    text = "timezone: Europe/Warsaw\nhours:\n  mon: [09:00-13:00, 14:00-24:00]\n"
    assert complaints(tmp_path, SiteSettings, text) == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "timezone: Europe/Berln",
            "there is no time zone Europe/Berln: did you mean Europe/Berlin?",
        ),
        ("timezone: ../etc/passwd", "there is no time zone ../etc/passwd"),
        ("timezone: Europe", "there is no time zone Europe: write for example"),
        ("timezone: berlin", "there is no time zone berlin: did you mean Europe/Berlin?"),
        ("timezone: New York", "did you mean America/New_York?"),
        ("hours: {mon: [09:00-13:00, 12:00-18:00]}", "overlap: make them one span"),
        ("hours: {mon: [22:00-06:00, 23:00-23:30]}", "overlap"),
        ("hours: {tues: [09:00-13:00]}", "did you mean `tue`?"),
        ("hours: {mon: [9-13]}", "hours.mon[0] must be hours like 09:00-18:30, not `9-13`"),
        ("hours: {mon: [10:00-10:00]}", "write 00:00-24:00 for a whole day"),
        ("hours: {mon: [10:00-25:00]}", "must be hours like 09:00-18:30"),
        ("exceptions: [{day: 24.12.2026}]", "must be a date like 2026-03-31"),
        (
            "exceptions: [{day: 2026-12-24}, {day: 2026-12-24}]",
            "exceptions name 2026-12-24 twice: put its hours into one entry",
        ),
    ],
)
def test_wrong_hours_are_told_at_their_place(tmp_path: Path, line: str, told: str) -> None:
    [complaint] = complaints(tmp_path, SiteSettings, line)

    assert complaint.startswith("1: ")
    assert told in complaint


def test_the_example_of_the_documentation_names_every_setting_and_is_in_order(
    tmp_path: Path,
) -> None:
    [example] = re.findall(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL)
    file = tmp_path / "both.yaml"
    file.write_text(example, encoding="utf-8")
    both, problems = read(file, form=Form(Both, example="config/kiosk.yaml"))

    assert problems == []
    assert both is not None
    assert both.site.model_fields_set == set(SiteSettings.model_fields)
    assert both.feedback.model_fields_set == set(FeedbackSettings.model_fields)
    for key, text in texts_in(both.feedback, ("feedback",)):
        assert set(text) == {"en", "de"}, key


# -- feedback -----------------------------------------------------------------------------------


def feedback(**stated: Any) -> FeedbackSettings:
    return FeedbackSettings.model_validate(stated)


def test_feedback_is_off_until_it_is_wanted() -> None:
    assert not feedback().enabled


def test_words_without_a_key_are_refused_when_the_kiosk_is_configured(tmp_path: Path) -> None:
    [complaint] = complaints(tmp_path, FeedbackSettings, "enabled: true")

    assert "give feedback.public_key" in complaint
    assert "plain: true" in complaint
    assert "set ask_text and ask_contact to false" in complaint


@pytest.mark.parametrize(
    "stated",
    [
        {"public_key": "/etc/smilepost/feedback-public.pem"},
        {"plain": True},
        {"ask_text": False, "ask_contact": False},
    ],
)
def test_with_a_key_a_clear_word_or_no_words_feedback_is_taken(stated: dict[str, Any]) -> None:
    assert feedback(enabled=True, **stated).enabled


@pytest.mark.parametrize("asked", ["ask_text", "ask_contact"])
def test_one_kind_of_words_is_enough_to_need_the_key(asked: str) -> None:
    others = {"ask_text": False, "ask_contact": False} | {asked: True}
    with pytest.raises(ValueError, match="nothing protects them"):
        feedback(enabled=True, **others)


def test_a_key_and_plain_contradict_each_other() -> None:
    with pytest.raises(ValueError, match="contradict each other"):
        feedback(public_key="key.pem", plain=True)


def test_a_questionnaire_hears_the_same_refusal() -> None:
    assert "nothing protects them" in (feedback().personal_refusal() or "")
    assert feedback(plain=True).personal_refusal() is None
    assert feedback(public_key="key.pem").personal_refusal() is None
