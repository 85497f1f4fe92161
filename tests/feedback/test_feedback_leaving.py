"""What a customer left becomes one event, and their words stand in it sealed or not at all."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import FeedbackError
from agent.events.catalogue import FeedbackLeft
from agent.events.envelope import Envelope
from agent.events.personal import MOST_CHARACTERS, MOST_CONTACT, Plain, Sealed
from agent.feedback.cases import draw_case
from agent.feedback.hours import opening_hours
from agent.feedback.leaving import Filing, Left, cleaned, feedback_left
from agent.feedback.phone import Ticket, draw_ticket
from agent.feedback.sealing import Context, Seal, plain
from agent.feedback.settings import SiteSettings
from tests.feedback.keys import CENTRE_KEY

SOURCE = "/acme/high-street/till-1"
NOW = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)
CASE = draw_case(lambda _bits: 7**16)


def event(seal: Seal | None = plain, filing: Filing | None = None, **left: Any) -> FeedbackLeft:
    whole = {"about": "complaint", "language": "en"} | left
    return feedback_left(Left(**whole), filing or Filing(SOURCE, CASE), seal=seal)


def test_feedback_without_words_needs_no_key() -> None:
    written = event(None, about="praise", factors=("staff", "choice"), not_about_person=True)

    assert written.model_dump(exclude_none=True) == {
        "case": CASE,
        "about": "praise",
        "factors": ("staff", "choice"),
        "not_about_person": True,
        "wants_reply": False,
        "language": "en",
        "characters": 0,
    }


def test_words_are_sealed_and_stand_nowhere_else() -> None:
    written = event(
        CENTRE_KEY.seal, text="Twenty minutes!", contact="customer@example.com", wants_reply=True
    )

    assert isinstance(written.text, Sealed)
    assert isinstance(written.contact, Sealed)
    assert written.characters == len("Twenty minutes!")
    assert "Twenty" not in written.model_dump_json()
    assert "customer" not in written.model_dump_json()


def test_words_without_any_seal_are_refused() -> None:
    with pytest.raises(FeedbackError, match="the text of a customer cannot be kept"):
        event(None, text="words")
    with pytest.raises(FeedbackError, match="the contact of a customer cannot be kept"):
        event(None, contact="words", wants_reply=True)


def test_each_part_is_sealed_for_its_own_place() -> None:
    seen: list[Context] = []

    def seal(text: str, context: Context) -> Plain:
        seen.append(context)
        return plain(text, context)

    event(seal, text="words", contact="number", wants_reply=True)
    assert seen == [Context(SOURCE, "feedback.left", CASE, part) for part in ("text", "contact")]


def test_a_contact_without_a_wish_for_a_reply_is_not_kept() -> None:
    written = event(contact="customer@example.com", wants_reply=False)

    assert written.contact is None


def test_what_was_promised_is_written_in_utc_where_a_reply_is_wanted() -> None:
    stated = {"timezone": "Europe/Berlin", "hours": {"tue": ["09:00-18:00"]}}
    hours = opening_hours(SiteSettings.model_validate(stated))
    filing = Filing(SOURCE, CASE, promised_by=hours.promised_by(NOW, within=timedelta(hours=1)))

    assert event(filing=filing, wants_reply=True).promised_by == "2026-11-24T09:00:00Z"
    assert event(filing=filing).promised_by is None


def test_a_phones_token_is_written_as_its_digest_only() -> None:
    ticket = draw_ticket(expires=NOW)
    written = event(filing=Filing(SOURCE, CASE, ticket=ticket))

    assert written.phone is not None
    assert written.phone.model_dump() == {
        "sha256": ticket.digest,
        "expires": "2026-11-23T17:30:00Z",
    }
    assert ticket.token not in written.model_dump_json()


def test_what_was_left_does_not_show_in_a_log() -> None:
    left = Left(about="question", language="en", text="my words", contact="my number")

    assert "my " not in repr(left)


# -- cleaning -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  words \n", "words"),
        ("one\r\ntwo\nthree", "one\ntwo\nthree"),
        ("bell\x07 and escape\x1b[31m", "bell and escape[31m"),
        ("half \ud83d a pair", "half  a pair"),
        ("e\u0301", "\u00e9"),
        ("\n\x00\t ", ""),
    ],
)
def test_words_are_cleaned(typed: str, kept: str) -> None:
    assert cleaned(typed, most=100) == kept


def test_words_that_are_only_blank_are_none() -> None:
    assert event(None, text=" \n\x00 ").text is None


@given(st.text(st.characters(exclude_categories=[]), max_size=60), st.integers(1, 40))
@settings(deadline=None)
def test_whatever_is_typed_comes_out_short_printable_and_settled(typed: str, most: int) -> None:
    kept = cleaned(typed, most=most)

    assert len(kept) <= most
    assert kept.encode().decode() == kept
    assert kept == kept.strip() == cleaned(kept, most=most)


# -- bounds that a consumer builds on -------------------------------------------------------------


def sized(seal: Seal, character: str) -> int:
    """Bytes of the largest message with texts of one character."""
    source = "/" + "/".join(["x" * 40] * 3)
    key = f"{source}/{'f' * 16}/{9:020d}"
    filing = Filing(source, CASE, key, key, NOW, Ticket("A" * 22, NOW))
    written = event(
        seal,
        filing,
        factors=tuple("f" * 80 for _ in range(12)),
        text=character * (MOST_CHARACTERS + 1),
        contact=character * (MOST_CONTACT + 1),
        wants_reply=True,
        language="l" * 80,
    )
    assert written.characters == MOST_CHARACTERS
    times = dict.fromkeys(("time", "timeearliest", "timelatest"), "2026-11-22T10:15:30.120Z")
    envelope = Envelope(
        **{"id": key, "source": source, "type": written.event_type(), "epoch": "f" * 16, **times},
        sequence=f"{9:020d}",
        boot="d" * 36,
        monotonic="9" * 15,
        clock="estimated",
        data=json.loads(written.model_dump_json(exclude_none=True)),
    )
    return len(envelope.model_dump_json().encode())


@pytest.mark.parametrize("seal", [plain, CENTRE_KEY.seal], ids=["plain", "sealed"])
@pytest.mark.parametrize("character", ["\U0001f642", '"', "ж"])
def test_the_largest_feedback_is_below_16_kib(seal: Seal, character: str) -> None:
    assert sized(seal, character) < 16 << 10
