"""The thanks to who left something, in their language: case, reply, and where to go on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from agent.feedback.cases import grouped
from agent.feedback.settings import FeedbackSettings
from agent.screen.asked import Parting, QrCode
from agent.screen.settings import LanguageCode
from agent.screen.words import words

MOST_LINES = 3
"""As many as a card has room for."""
APART = "\u2068{}\u2069"
"""First-strong isolate: a telephone number in an Arabic line keeps the order of its groups."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the customer is told of what they left."""

    case: str
    """The case number, as the event writes it."""
    language: str
    promised_by: datetime | None = None
    """Local time; None where no reply was wanted, or none can be promised."""
    opens_at: datetime | None = None
    """Local time; None while the site is open."""
    code: QrCode | None = None
    """Where to go on by phone."""


def farewell(told: Told, *, settings: FeedbackSettings) -> Parting:
    """Return the thanks, with what the company has to say beside them."""
    texts = words(told.language)
    return Parting(
        case=grouped(told.case),
        promise=_when(texts.farewell.promise, told.promised_by, told.language),
        note=_when(texts.farewell.closed, told.opens_at, told.language),
        code=told.code,
        channels=_lines(
            f"{_said(channel.label, told.language)}: {_apart(channel.value, told.language)}"
            for channel in settings.channels
        ),
        questions=_lines(
            f"{_said(entry.question, told.language)} {_said(entry.answer, told.language)}"
            for entry in settings.faq
        ),
    )


def _when(sentence: str, at: datetime | None, language: str) -> str:
    return "" if at is None else sentence.format(when=words(language).dates.write(at))


def _said(texts: Mapping[LanguageCode, str], language: str) -> str:
    """Return a text in a language, else in the first it was given in."""
    own = {str(code): text for code, text in texts.items()}
    return own.get(language) or next(iter(texts.values()))


def _apart(value: str, language: str) -> str:
    return APART.format(value) if words(language).direction == "rtl" else value


def _lines(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(lines)[:MOST_LINES]
