"""A presence sensor on a pin (PIR, light barrier, time of flight with a switching output). Pure.

Such a sensor says that somebody is there, not who or how many: one unbroken presence is one
contact. A PIR falls silent while people stand still, so short silences are bridged.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Came:
    """Somebody has been there long enough to be a contact."""

    contact: str
    arrived_ms: int


@dataclass(frozen=True, slots=True)
class Went:
    """A contact is gone."""

    contact: str
    left_ms: int
    """When the line was last active."""


Sensed = Came | Went


@dataclass(slots=True)
class _Presence:
    contact: str
    arrived_ms: int
    active_ms: int = 0
    """How long the line has been active, without the run under way."""
    came: bool = False


class PresenceLine:
    """Turns the levels of one line into contacts. Times in ms that never go back."""

    def __init__(
        self,
        *,
        min_dwell_ms: int,
        bridge_ms: int,
        new_id: Callable[[], str] = lambda: secrets.token_hex(6),
    ) -> None:
        self._min_dwell_ms = min_dwell_ms
        self._bridge_ms = bridge_ms
        self._new_id = new_id
        self._active = False
        self._since_ms = 0
        self._presence: _Presence | None = None

    @property
    def due_ms(self) -> int | None:
        """When `tick` has something to say if nothing happens before; None: never."""
        presence = self._presence
        if presence is None:
            return None
        if not self._active:
            return self._since_ms + self._bridge_ms
        if presence.came:
            return None
        return self._since_ms + self._min_dwell_ms - presence.active_ms

    def active_for_ms(self, at_ms: int) -> int:
        """Return for how long the line has been active without a break; 0 while it is not."""
        return at_ms - self._since_ms if self._active else 0

    def level(self, *, active: bool, at_ms: int) -> list[Sensed]:
        """Take the line's level; told twice it changes nothing."""
        told = self.tick(at_ms)
        if active == self._active:
            return told
        presence = self._presence
        if active:
            self._presence = presence or _Presence(self._new_id(), at_ms)
        elif presence is not None:
            presence.active_ms += at_ms - self._since_ms
        self._active, self._since_ms = active, at_ms
        return told

    def tick(self, at_ms: int) -> list[Sensed]:
        """Say what the time alone has changed."""
        due_ms, presence = self.due_ms, self._presence
        if due_ms is None or presence is None or at_ms < due_ms:
            return []
        if self._active:
            presence.came = True
            return [Came(presence.contact, presence.arrived_ms)]
        self._presence = None
        return [Went(presence.contact, self._since_ms)] if presence.came else []

    def close(self, at_ms: int) -> list[Sensed]:
        """Forget who is there: the line can no longer be believed."""
        told = self.tick(at_ms)
        presence, self._presence, self._active = self._presence, None, False
        if presence is not None and presence.came:
            told.append(Went(presence.contact, at_ms))
        return told
