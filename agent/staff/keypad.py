"""A PIN by the rating buttons. Pure.

Nobody gets there by chance: two keys (best the outermost) are held together for 3 s, and no
other. Then, for 10 s, the keys are digits: 1 is the worst answer's. Those presses are no answers
and look all the same; whether the PIN is right is told only when all of it has been entered.

The presses that began the hold were taken as answers when they came. `Armed` and `Shut` name them:
their ratings no longer count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from agent.staff.settings import StaffSettings


@dataclass(frozen=True, slots=True)
class AnAnswer:
    """The press is a customer's."""


@dataclass(frozen=True, slots=True)
class Digit:
    """The press was a digit; there are more to come."""


@dataclass(frozen=True, slots=True)
class Entered:
    """The press was the last digit."""

    pin: str


@dataclass(frozen=True, slots=True)
class Armed:
    """The keys are digits from now on."""

    began: tuple[tuple[str, int], ...]
    """The presses that were no answers: key and time, in milliseconds."""


@dataclass(frozen=True, slots=True)
class Shut:
    """The keys were held, and stay answers: too many PINs were wrong."""

    began: tuple[tuple[str, int], ...]
    """The presses that were no answers all the same."""


@dataclass(frozen=True, slots=True)
class Expired:
    """The keys are answers again: the PIN was not completed in time."""

    digits: int
    """How many presses were taken for digits."""


Heard: TypeAlias = AnAnswer | Digit | Entered
Due: TypeAlias = Armed | Shut | Expired


@dataclass(frozen=True, slots=True)
class Keys:
    """Which keys there are, and what they need for a PIN."""

    all: tuple[str, ...]
    """From the worst answer to the best."""
    hold: tuple[str, ...]
    """Held together to begin; empty: there is no PIN by buttons."""
    digits: int = 6
    hold_ms: int = 3_000
    entry_ms: int = 10_000

    @classmethod
    def of(cls, settings: StaffSettings, *, keys: tuple[str, ...]) -> Keys:
        """Read them from the configuration; a key to hold that is not there switches it off."""
        known = all(key in keys for key in settings.hold)
        return cls(
            all=keys,
            hold=settings.hold if known else (),
            digits=settings.pin_digits,
            hold_ms=round(settings.hold_s * 1000),
            entry_ms=round(settings.entry_s * 1000),
        )


class Keypad:
    """The state of one panel's keys. Times are monotonic milliseconds.

    Give it every press and every release, and `tick` it when `next_due_ms` has come.
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._down: dict[str, int] = {}
        self._entered = ""
        self._until_ms: int | None = None

    @property
    def armed(self) -> bool:
        """Whether the keys are digits now."""
        return self._until_ms is not None

    @property
    def next_due_ms(self) -> int | None:
        """When something happens by itself; None while nothing will."""
        if self._until_ms is not None:
            return self._until_ms
        if not self._keys.hold or set(self._down) != set(self._keys.hold):
            return None
        return max(self._down.values()) + self._keys.hold_ms

    def press(self, key: str, *, at_ms: int) -> Heard:
        """Take an accepted press: a customer's answer, or a digit."""
        if not self.armed:
            self._down[key] = at_ms
            return AnAnswer()
        self._entered += str(self._keys.all.index(key) + 1)
        if len(self._entered) < self._keys.digits:
            return Digit()
        pin = self._entered
        self._disarm()
        return Entered(pin)

    def release(self, key: str) -> None:
        """Take the release of a key."""
        self._down.pop(key, None)

    def tick(self, now_ms: int, *, locked: bool) -> Due | None:
        """Do what is due; while `locked` (wrong PINs) holding the keys begins nothing."""
        due_ms = self.next_due_ms
        if due_ms is None or now_ms < due_ms:
            return None
        if self.armed:
            expired = Expired(len(self._entered))
            self._disarm()
            return expired
        began = tuple(self._down.items())
        self._down.clear()
        if locked:
            return Shut(began)
        self._until_ms = now_ms + self._keys.entry_ms
        return Armed(began)

    def _disarm(self) -> None:
        self._entered = ""
        self._until_ms = None
        self._down.clear()
