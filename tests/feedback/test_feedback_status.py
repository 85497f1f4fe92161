"""How a case stands, as the centre says it: read strictly, complained of once."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.feedback.status import (
    MOST_TEXT,
    STATUS_MAXIMUM_BYTES,
    CaseStatus,
    CaseStatusReader,
    newer,
)

DOCUMENT = (Path(__file__).parents[2] / "docs" / "feedback.md").read_text(encoding="utf-8")
CASE = "KE55X2RF7R"


def message(**changed: Any) -> bytes:
    whole = {"case": CASE, "state": "answered", "revision": 3, "text": {"en": "Thank you."}}
    return json.dumps({**whole, **changed}).encode()


def read(payload: bytes) -> CaseStatus | None:
    return CaseStatusReader().read(payload)


def test_the_example_of_the_documentation_is_one() -> None:
    [example] = re.findall(r"```json\n(.*)\n```", DOCUMENT)
    status = read(example.encode())

    assert status is not None
    assert json.loads(status.model_dump_json()) == json.loads(example)


@pytest.mark.parametrize("state", ["received", "in_progress", "answered", "closed"])
def test_every_state_is_understood_and_documented(state: str) -> None:
    status = read(message(state=state))

    assert status is not None
    assert status.state == state
    assert f"`{state}`" in DOCUMENT


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{",
        b"null",
        message(state="lost"),
        message(case="KE55X2RF7X"),
        message(case="KE55X-2RF7R"),
        message(case="ke55x2rf7r"),
        message(case=7),
        message(revision=0),
        message(revision="3"),
        message(revision=True),
        message(revision=1 << 31),
        message(text={"en": "x" * (MOST_TEXT + 1)}),
        message(text={"en": ""}),
        message(text={"english": "Thank you."}),
        message(text={"en": "two\nlines"}),
        message(text={"en": "\x1b[31mred"}),
        message(text={"en": "two\u2028lines"}),
        message(text={"en": "two\u2029paragraphs"}),
        message(text={"en": "nice \u202eyrev"}),
        message(text={"en": "nice \u2067yrev"}),
        message(text={f"{a}{b}": "x" for a in "abc" for b in "abc"}),
        message(customer="someone"),
        message(text={"en": "x" * STATUS_MAXIMUM_BYTES}),
    ],
)
def test_what_is_no_status_is_ignored_and_counted(payload: bytes) -> None:
    reader = CaseStatusReader()

    assert reader.read(payload) is None
    assert reader.refused.total() == 1


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_any_bytes_are_survived(payload: bytes) -> None:
    assert read(payload) is None


def test_a_kind_of_trouble_is_told_once_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    reader = CaseStatusReader()
    for state in ("lost", "found"):
        reader.read(message(state=state))
    reader.read(message(revision=0))

    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    assert "state: Input should be 'received'" in caplog.messages[0]
    assert "docs/feedback.md" in caplog.messages[0]
    assert reader.refused["literal_error"] == 2


def test_what_a_message_says_never_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    reader = CaseStatusReader()
    reader.read(message(someones_name="x"))
    reader.read(message(text={"someones_name": "x"}))
    reader.read(message(text={"en": "someones_name\n"}))
    reader.read(message(case="someones_name"))

    assert len(caplog.messages) >= 3
    assert "someones_name" not in caplog.text


@pytest.mark.parametrize(
    "text", ["\u0645\u06cc\u200c\u062e", "\u200fنعم!", "👩\u200d🔧 comes", "co\xadop"]
)
def test_marks_that_scripts_need_are_printable(text: str) -> None:
    status = CaseStatusReader().read(message(text={"en": text}))
    assert status is not None
    assert status.text == {"en": text}


def test_a_text_is_given_in_the_customers_language_or_the_kiosks() -> None:
    status = read(message(text={"en": "Thank you.", "pl": "Dziękujemy."}))

    assert status is not None
    assert status.text_in("pl", otherwise="en") == "Dziękujemy."
    assert status.text_in("de", otherwise="en") == "Thank you."
    assert status.text_in("de", otherwise="ru") is None


@given(st.permutations(range(1, 6)))
@settings(deadline=None)
def test_the_highest_revision_holds_in_whatever_order_they_come(order: list[int]) -> None:
    known: dict[str, CaseStatus] = {}
    for revision in (*order, *order):
        status = read(message(revision=revision))
        if status is not None and newer(status, known):
            known[status.case] = status

    assert known[CASE].revision == 5
