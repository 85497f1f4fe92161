"""Notes of what is not filed yet: whole or not there, and nobody else's to read."""

from __future__ import annotations

import logging
import stat
from pathlib import Path

import pytest

from agent.events.catalogue import FeedbackLeft
from agent.feedback.leaving import Filing, Left, feedback_left
from agent.feedback.sealing import plain
from agent.feedback.slips import Slips
from tests.feedback.keys import CENTRE_KEY

CASE = "KE55X2RF7R"
OTHER = "0000000000"


def event(text: str, *, case: str = CASE) -> FeedbackLeft:
    left = Left(about="praise", language="ar", text=text)
    return feedback_left(left, Filing("/a/b/c", case), seal=CENTRE_KEY.seal)


def test_a_note_comes_back_as_it_was(tmp_path: Path) -> None:
    first, second = event("one"), event("two", case=OTHER)
    slips = Slips(tmp_path / "notes")
    slips.keep(first)
    slips.keep(second)

    assert Slips(tmp_path / "notes").found() == [second, first]


def test_a_new_note_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    slips, last = Slips(tmp_path), event("two")
    slips.keep(event("one"))
    slips.keep(last)

    assert slips.found() == [last]
    assert len(list(tmp_path.iterdir())) == 1


def test_a_note_is_sealed_and_its_owners_alone(tmp_path: Path) -> None:
    Slips(tmp_path).keep(event("secret"))
    (file,) = tmp_path.iterdir()

    assert b"secret" not in file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_is_dropped_is_gone_and_dropping_twice_is_nothing(tmp_path: Path) -> None:
    slips = Slips(tmp_path)
    slips.keep(event("one"))
    slips.drop(CASE)
    slips.drop(CASE)

    assert slips.found() == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"case": "x"}', b"\xff" * 100])
def test_a_note_that_was_cut_short_is_deleted_and_said(
    content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / f"{CASE}.slip").write_bytes(content)

    assert Slips(tmp_path).found() == []
    assert list(tmp_path.iterdir()) == []
    assert "was cut short" in caplog.text


def test_a_draft_that_was_never_finished_is_no_note(tmp_path: Path) -> None:
    (tmp_path / f"{CASE}.slip.tmp").write_bytes(b"{")

    assert Slips(tmp_path).found() == []
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_refuses_is_told_once_and_stops_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "notes").write_text("a file in the way", encoding="utf-8")
    slips = Slips(tmp_path / "notes")
    with caplog.at_level(logging.WARNING):
        slips.keep(event("one"))
        slips.keep(event("two"))

    told = [record.message for record in caplog.records]
    assert len(told) == 1
    assert "takes no notes" in told[0]
    assert slips.found() == []


def test_readable_words_are_noted_only_where_they_travel_readable(tmp_path: Path) -> None:
    left = feedback_left(Left("praise", "en", text="hello"), Filing("/a/b/c", CASE), seal=plain)
    Slips(tmp_path).keep(left)

    assert Slips(tmp_path).found() == [left]
