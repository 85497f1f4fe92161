"""What a customer left becomes one event: the words cleaned, sealed, and nowhere else. Pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime

from agent.errors import FeedbackError
from agent.events.catalogue import FeedbackLeft
from agent.events.personal import MOST_CHARACTERS, MOST_CONTACT, About, Personal, PhoneLink
from agent.feedback.phone import Ticket
from agent.feedback.sealing import Context, Part, Seal


@dataclass(frozen=True, slots=True)
class Left:
    """What one customer left. Text and contact are as they were typed, and never shown in logs."""

    about: About
    """What it is."""
    language: str
    """Of the page when it was left."""
    factors: tuple[str, ...] = ()
    """Reasons that were chosen, in the order they stood."""
    text: str = field(default="", repr=False)
    """Free text."""
    contact: str = field(default="", repr=False)
    """How the customer can be reached; taken only with their wish for a reply."""
    wants_reply: bool = False
    """The customer asked for a reply and agreed to be contacted."""
    not_about_person: bool = False
    """The customer said that it is not about the person who served them."""


@dataclass(frozen=True, slots=True)
class Filing:
    """What the kiosk adds."""

    source: str
    """`/<tenant>/<site>/<device>`."""
    case: str
    """The case number."""
    rating: str | None = None
    """The rating it follows."""
    response: str | None = None
    """The response it follows."""
    promised_by: datetime | None = None
    """The reply that was promised; it is written only where one is wanted."""
    ticket: Ticket | None = None
    """To go on by phone, where the thanks showed one."""


def feedback_left(left: Left, filing: Filing, *, seal: Seal | None) -> FeedbackLeft:
    """Return the event. `seal` is a centre's key's, `plain`, or None where neither is configured.

    Raises FeedbackError for personal words without a seal: they are never written unprotected.
    """
    text = cleaned(left.text, most=MOST_CHARACTERS)
    contact = cleaned(left.contact, most=MOST_CONTACT) if left.wants_reply else ""
    promised = filing.promised_by if left.wants_reply else None
    return FeedbackLeft(
        case=filing.case,
        about=left.about,
        rating=filing.rating,
        response=filing.response,
        factors=left.factors,
        not_about_person=left.not_about_person,
        wants_reply=left.wants_reply,
        promised_by=None if promised is None else _stamp(promised),
        language=left.language,
        text=_sealed(text, "text", filing, seal),
        contact=_sealed(contact, "contact", filing, seal),
        characters=len(text),
        phone=_link(filing.ticket),
    )


def cleaned(typed: str, *, most: int) -> str:
    """Return a text as it can be stored: NFC, lines kept, no control characters, not too long.

    Half a surrogate pair, which a page may send, is left out.
    """
    whole = typed.replace("\r\n", "\n").encode("utf-8", "ignore").decode()
    kept = "".join(c for c in whole if c == "\n" or unicodedata.category(c) != "Cc")
    return unicodedata.normalize("NFC", kept).strip()[:most].rstrip()


def _sealed(words: str, part: Part, filing: Filing, seal: Seal | None) -> Personal | None:
    if not words:
        return None
    if seal is None:
        raise FeedbackError(
            f"the {part} of a customer cannot be kept: give feedback.public_key, or state plain"
        )
    return seal(words, Context(filing.source, FeedbackLeft.kind, filing.case, part))


def _link(ticket: Ticket | None) -> PhoneLink | None:
    if ticket is None:
        return None
    return PhoneLink(sha256=ticket.digest, expires=_stamp(ticket.expires))


def _stamp(at: datetime) -> str:
    """Write an aware datetime as RFC 3339 in UTC, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
