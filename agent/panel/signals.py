"""Lights and buzzer: the same for every answer, so that nobody nearby learns it.

All lights act together. Steady for a second: your answer is kept. Pulsing while a slow card is
still writing, and a double pulse where the answer is kept in memory only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

PULSE_AFTER_S = 0.080
PULSE_S = 0.25  # half a period: 2 Hz, well under the 3 flashes a second that can harm
STEADY_S = 1.0
BEEP_S = 0.08

Switch = Callable[[bool], None]
Step = tuple[bool, float]


@dataclass(frozen=True, slots=True)
class Tune:
    """What is said to staff: steps of the lights and of the buzzer, each understood alone."""

    lights: tuple[Step, ...]
    beeps: tuple[Step, ...] = ()


def _pulses(count: int, *, on_s: float = PULSE_S) -> tuple[Step, ...]:
    return ((True, on_s), (False, PULSE_S)) * count


def steady() -> Iterator[Step]:
    """Yield the acknowledgement of a kept answer."""
    yield True, STEADY_S


def double_pulse() -> Iterator[Step]:
    """Yield the acknowledgement of an answer that is kept in memory only."""
    for _ in range(2):
        yield True, PULSE_S
        yield False, PULSE_S


def waiting() -> Iterator[Step]:
    """Yield pulses for as long as a commit takes, after a first silence."""
    yield False, PULSE_AFTER_S
    while True:
        yield True, PULSE_S
        yield False, PULSE_S


LONG_S = 0.6
ARMED_S = 30.0  # longer than any PIN may take: what comes of it ends this

ARMED = Tune(lights=((True, ARMED_S),), beeps=((True, LONG_S),))
"""The keys are digits now: the lights stay on until the last digit."""
ACCEPTED = Tune(lights=((True, 2.0),), beeps=((True, LONG_S),))
"""The PIN is right: a shift has begun."""
ENDED = Tune(lights=_pulses(2, on_s=LONG_S), beeps=_pulses(2, on_s=BEEP_S))
"""The PIN is right: the shift has ended."""
REFUSED = Tune(lights=_pulses(4), beeps=_pulses(4, on_s=BEEP_S))
"""Not taken: a wrong PIN, too late, or locked after wrong ones."""


class Signals:
    """Plays one pattern at a time on all lights; a new one replaces the old."""

    def __init__(self, *, lights: Switch, buzzer: Switch) -> None:
        self._lights = lights
        self._buzzer = buzzer
        self._playing: asyncio.Task[None] | None = None
        self._beeping: asyncio.TimerHandle | None = None
        self._sounding: asyncio.Task[None] | None = None

    def wait(self) -> None:
        """Begin to pulse if the commit is slow. A pattern already playing is left alone."""
        if self._playing is None or self._playing.done():
            self._play(waiting())

    def acknowledge(self, *, durable: bool) -> None:
        """Thank for an answer: light at once, and a beep where there is a buzzer."""
        self._play(steady() if durable else double_pulse())
        self._beep()

    def say(self, tune: Tune) -> None:
        """Tell staff something; an answer that comes meanwhile is acknowledged in its place."""
        self._play(iter(tune.lights))
        self._end_beep()
        self._sounding = asyncio.create_task(self._sound(tune.beeps))

    def beep(self) -> None:
        """Sound once, briefly; the lights go on with what they say."""
        self._beep()

    def close(self) -> None:
        """Switch everything off."""
        if self._playing is not None:
            self._playing.cancel()
        self._lights(False)  # noqa: FBT003 - a switch
        self._end_beep()

    def _play(self, pattern: Iterator[Step]) -> None:
        if self._playing is not None:
            self._playing.cancel()
        first, first_s = next(pattern)
        self._lights(first)  # now, not when the task is scheduled
        self._playing = asyncio.create_task(self._continue(pattern, first_s))

    async def _sound(self, beeps: tuple[Step, ...]) -> None:
        for on, duration_s in beeps:
            self._buzzer(on)
            await asyncio.sleep(duration_s)
        self._buzzer(False)  # noqa: FBT003 - a switch

    async def _continue(self, pattern: Iterator[Step], first_s: float) -> None:
        await asyncio.sleep(first_s)
        for on, duration_s in pattern:
            self._lights(on)
            await asyncio.sleep(duration_s)
        self._lights(False)  # noqa: FBT003 - a switch

    def _beep(self) -> None:
        self._end_beep()
        self._buzzer(True)  # noqa: FBT003 - a switch
        self._beeping = asyncio.get_running_loop().call_later(BEEP_S, self._end_beep)

    def _end_beep(self) -> None:
        if self._beeping is not None:
            self._beeping.cancel()
        if self._sounding is not None:
            self._sounding.cancel()
        self._buzzer(False)  # noqa: FBT003 - a switch
