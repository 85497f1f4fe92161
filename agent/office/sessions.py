"""Who is signed in: random tokens, kept as hashes and in memory only. Pure.

A restart of the agent signs everybody out.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from agent.office.pins import Role

LONGEST_MS = 8 * 3_600_000
IDLE_MS = 30 * 60_000
MOST_OF_A_ROLE = 8
TOKEN_BYTES = 32


def _new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


@dataclass(slots=True)
class Session:
    """One browser that has signed in. Monotonic milliseconds."""

    role: Role
    began_ms: int
    used_ms: int
    """When a person last asked for something; pages that look for news by themselves do not."""
    form_token: str = field(default_factory=_new_token)
    """Stands in every form of this session's pages."""
    language: str = "en"
    """What its pages speak, unless who is signed on at the till wants another."""
    reads: str = "en"
    """What the last page spoke."""
    notice: str = ""
    """What the next page is to tell, once."""

    def lives(self, now_ms: int) -> bool:
        """Tell whether it is neither too old nor left alone for too long."""
        return now_ms - self.began_ms < LONGEST_MS and now_ms - self.used_ms < IDLE_MS

    def takes(self, form_token: str) -> bool:
        """Tell whether a form is from one of this session's pages, in constant time."""
        return hmac.compare_digest(form_token.encode(), self.form_token.encode())

    def take_notice(self) -> str:
        """Return what is to be told, and forget it."""
        told, self.notice = self.notice, ""
        return told


class Sessions:
    """All of them; few, and the one left alone longest gives way to a new one of its role.

    `on_end` hears of every session that ends, as soon as that is noticed.
    """

    def __init__(self, on_end: Callable[[Session], object] = lambda _session: None) -> None:
        self._by_hash: dict[bytes, Session] = {}
        self._on_end = on_end

    def __len__(self) -> int:
        return len(self._by_hash)

    def open(self, role: Role, *, now_ms: int, language: str = "en") -> tuple[str, Session]:
        """Begin a session; returns the token that its browser must bring, and the session."""
        self._forget_the_dead(now_ms)
        self._make_room(role)
        token = _new_token()
        session = Session(role, began_ms=now_ms, used_ms=now_ms, language=language, reads=language)
        self._by_hash[_hashed(token)] = session
        return token, session

    def find(self, token: str, *, now_ms: int, by_person: bool = True) -> Session | None:
        """Return the session of a token; None for a token that was never given, or has ended."""
        session = self._by_hash.get(_hashed(token))
        if session is None or not session.lives(now_ms):
            self.close(token)
            return None
        if by_person:
            session.used_ms = now_ms
        return session

    def close(self, token: str) -> None:
        """End a session, if it is one."""
        self._end(_hashed(token))

    def close_all(self) -> None:
        """End every session."""
        for key in list(self._by_hash):
            self._end(key)

    def _forget_the_dead(self, now_ms: int) -> None:
        for key in [key for key, s in self._by_hash.items() if not s.lives(now_ms)]:
            self._end(key)

    def _make_room(self, role: Role) -> None:
        same = [(s.used_ms, key) for key, s in self._by_hash.items() if s.role == role]
        for _, key in sorted(same)[: max(0, len(same) - MOST_OF_A_ROLE + 1)]:
            self._end(key)

    def _end(self, key: bytes) -> None:
        session = self._by_hash.pop(key, None)
        if session is not None:
            self._on_end(session)


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
