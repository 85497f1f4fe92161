"""Going on by phone: an opaque token in an address, good once and not for long.

The token says nothing and is kept nowhere: the event carries its SHA-256, so that whoever reads the
events cannot use it, and the centre recognises it when the phone shows it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from string import Formatter
from urllib.parse import urlsplit

from agent.errors import FeedbackError

TOKEN_BYTES = 16
TOKEN_CHARACTERS = 22
MOST_URL = 200
"""Longer ones make a QR code that a phone reads badly from a small screen."""
MOST_OPEN = 10_000


class TicketError(FeedbackError):
    """A token is unknown, used, or too old."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What lets one phone go on with one visit."""

    token: str = field(repr=False)
    """128 random bits in base64url; never logged, never stored."""
    expires: datetime
    """Until when it holds."""

    @property
    def digest(self) -> str:
        """The token's SHA-256 in hexadecimal, as the event carries it."""
        return digest_of(self.token)


def draw_ticket(
    *, expires: datetime, random: Callable[[int], str] = secrets.token_urlsafe
) -> Ticket:
    """Return a new ticket; `random(n)` gives n random bytes in base64url."""
    return Ticket(random(TOKEN_BYTES), expires)


def digest_of(token: str) -> str:
    """Return the SHA-256 of a token, in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def check_template(template: str) -> str:
    """Return an address template that is in order.

    Raises ValueError for one that is not https, has no host, is too long, or lacks `{token}`.
    """
    names = _names(template)
    if names.count("token") != 1 or set(names) - {"token", "language"}:
        raise ValueError("the address needs {token} once, and may have {language}: nothing else")
    address = phone_url(template, token="A" * TOKEN_CHARACTERS, language="en")
    if not address.isascii() or " " in address or len(address) > MOST_URL:
        raise ValueError(f"the address must be plain ASCII of at most {MOST_URL} characters")
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname or "A" * TOKEN_CHARACTERS in parts.netloc:
        raise ValueError("the address must begin with https:// and a host, {token} behind it")
    return template


def phone_url(template: str, *, token: str, language: str) -> str:
    """Return the address of a checked template for one token."""
    return template.format(token=token, language=language)


def _names(template: str) -> list[str]:
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise ValueError(f"the address has a stray brace: {error}") from error
    if any(form or conversion for _, _, form, conversion in parts):
        raise ValueError("the address needs {token} as it is, without `:` or `!` in the braces")
    return [name for _, name, _, _ in parts if name is not None]


class OpenTickets:
    """Which tickets can still be used: for whoever answers the address. Not for several threads."""

    def __init__(self, *, most: int = MOST_OPEN) -> None:
        self._expiry: dict[str, datetime] = {}
        self._most = most

    def __len__(self) -> int:
        return len(self._expiry)

    def admit(self, digest: str, *, expires: datetime) -> None:
        """Take up a ticket by its digest; the oldest goes when there are too many."""
        self._expiry[digest] = expires
        while len(self._expiry) > self._most:
            del self._expiry[next(iter(self._expiry))]

    def redeem(self, token: str, *, at: datetime) -> str:
        """Use a token up and return its digest. Raises TicketError; a second use always does."""
        digest = digest_of(token)
        expires = self._expiry.pop(digest, None)
        if expires is None:
            raise TicketError("this address was used already, or never given: scan a new code")
        if at >= expires:
            raise TicketError("this address is no longer valid: scan a new code")
        return digest
