"""The door for staff among the customer's buttons: a hold, a PIN, and what the lights say to it.

Everything a customer presses goes through here and comes out as it was; only while the keys are
digits (agent/staff/keypad.py) nothing comes out.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from agent.clock import Clock
from agent.errors import StaffError
from agent.panel.signals import ACCEPTED, ARMED, ENDED, REFUSED, Tune
from agent.staff.keypad import AnAnswer, Armed, Due, Entered, Keypad, Keys, Shut
from agent.staff.shifts import How, Shift

log = logging.getLogger(__name__)


class Porter(Protocol):
    """Who looks at PINs; the duty."""

    async def sign_on(self, pin: str, *, how: How) -> Shift | None:
        """Begin or end a shift. Raises StaffError for a wrong PIN."""
        ...

    def locked_s(self, door: How) -> float:
        """Return how long no PIN is looked at."""
        ...


class Voice(Protocol):
    """How staff are answered without a screen; the panel's lights and buzzer."""

    def say(self, tune: Tune) -> None:
        """Tell something."""
        ...

    def beep(self) -> None:
        """Sound once, for a digit."""
        ...


@dataclass(frozen=True, slots=True)
class Answers:
    """Where presses go that are a customer's."""

    press: Callable[[str, float], None]
    """Takes one: key, monotonic seconds."""
    disown: Callable[[tuple[tuple[str, int], ...]], None]
    """Takes some back: keys and monotonic milliseconds of presses that were staff's."""


class Door:
    """Hears every press and release of the panel. Make it inside a running event loop."""

    def __init__(
        self, keys: Keys, *, duty: Porter, answers: Answers, voice: Voice, clock: Clock
    ) -> None:
        self._pad = Keypad(keys)
        self._duty = duty
        self._answers = answers
        self._voice = voice
        self._clock = clock
        self._timer: asyncio.TimerHandle | None = None
        self._checks: set[asyncio.Task[None]] = set()

    def press(self, key: str, at_s: float) -> None:
        """Take an accepted press: an answer goes on to the visit, a digit does not."""
        at_ms = self._clock.moment(at_s).monotonic_ms
        heard = self._pad.press(key, at_ms=at_ms)
        if isinstance(heard, AnAnswer):
            self._answers.press(key, at_s)
        else:
            self._voice.beep()
        if isinstance(heard, Entered):
            self._check(heard.pin)
        self._schedule()

    def release(self, key: str, _at_s: float) -> None:
        """Take the release of a key."""
        self._pad.release(key)
        self._schedule()

    async def close(self) -> None:
        """Finish what is under way."""
        if self._timer is not None:
            self._timer.cancel()
        await asyncio.gather(*self._checks)

    def _schedule(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due_ms = self._pad.next_due_ms
        if due_ms is not None:
            wait_s = max(0.0, due_ms / 1000 - self._clock.monotonic())
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._tick)

    def _tick(self) -> None:
        now_ms = self._clock.moment().monotonic_ms
        locked = self._duty.locked_s("buttons") > 0
        self._tell(self._pad.tick(now_ms, locked=locked))
        self._schedule()

    def _tell(self, due: Due | None) -> None:
        if due is None:
            return
        self._voice.say(ARMED if isinstance(due, Armed) else REFUSED)
        if isinstance(due, Armed | Shut):
            self._answers.disown(due.began)

    def _check(self, pin: str) -> None:
        check = asyncio.create_task(self._sign_on(pin))
        self._checks.add(check)
        check.add_done_callback(self._checks.discard)

    async def _sign_on(self, pin: str) -> None:
        try:
            shift = await self._duty.sign_on(pin, how="buttons")
        except StaffError as error:
            log.info("nobody signs on by buttons: %s", error)
            self._voice.say(REFUSED)
            return
        self._voice.say(ENDED if shift is None else ACCEPTED)
