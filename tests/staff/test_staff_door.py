"""The door among the buttons: what comes out of it, and what staff are told by light and sound."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from agent.clock import SystemClock
from agent.errors import StaffError
from agent.panel.signals import ACCEPTED, ARMED, ENDED, REFUSED, Tune
from agent.staff.door import Answers, Door
from agent.staff.keypad import Keys
from agent.staff.shifts import How, Shift

KEYS = Keys(all=("bad", "okay", "good"), hold=("bad", "good"), digits=2, hold_ms=40, entry_ms=300)
SHIFT = Shift("s", "heron", 0, 0)


class Office:
    """A duty that knows one PIN, and remembers which it was asked about."""

    def __init__(self) -> None:
        self.shift: Shift | None = None
        self.asked: list[tuple[str, How]] = []
        self.locked = False

    async def sign_on(self, pin: str, *, how: How) -> Shift | None:
        self.asked.append((pin, how))
        if pin != "32":
            raise StaffError("this is nobody's PIN")
        self.shift = None if self.shift else SHIFT
        return self.shift

    def locked_s(self, door: How) -> float:
        assert door == "buttons"
        return 30.0 if self.locked else 0.0


class Hall:
    """A door, and what comes out on its other side."""

    def __init__(self) -> None:
        self.office = Office()
        self.answers: list[str] = []
        self.disowned: list[str] = []
        self.said: list[Tune] = []
        self.beeps = 0
        self._clock = SystemClock()
        self._news = asyncio.Event()
        answers = Answers(
            press=lambda key, _at_s: self.answers.append(key),
            disown=lambda presses: self.disowned.extend(key for key, _ in presses),
        )
        self.door = Door(KEYS, duty=self.office, answers=answers, voice=self, clock=self._clock)

    def say(self, tune: Tune) -> None:
        self.said.append(tune)
        self._news.set()

    def beep(self) -> None:
        self.beeps += 1

    def press(self, *keys: str) -> None:
        for key in keys:
            self.door.press(key, self._clock.monotonic())

    def release(self, *keys: str) -> None:
        for key in keys:
            self.door.release(key, self._clock.monotonic())

    async def hold(self) -> None:
        self.press("bad", "good")
        await self.until(lambda: self.said)
        self.release("bad", "good")

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until a condition holds, looking at it whenever something is said."""
        async with asyncio.timeout(5):
            while not condition():
                self._news.clear()
                await self._news.wait()


@pytest.fixture
async def hall() -> Hall:
    return Hall()


async def test_a_customers_press_comes_out_as_it_went_in(hall: Hall) -> None:
    hall.press("okay")
    hall.release("okay")
    await asyncio.sleep(0.08)

    assert (hall.answers, hall.said, hall.beeps) == (["okay"], [], 0)


async def test_held_keys_become_digits_and_their_presses_are_taken_back(hall: Hall) -> None:
    await hall.hold()

    assert hall.answers == ["bad", "good"]
    assert hall.disowned == ["bad", "good"]
    assert hall.said == [ARMED]


async def test_digits_never_come_out_and_a_right_pin_is_told_by_the_lights(hall: Hall) -> None:
    await hall.hold()
    hall.press("good", "okay")
    await hall.until(lambda: len(hall.said) == 2)

    assert hall.answers == ["bad", "good"]
    assert hall.office.asked == [("32", "buttons")]
    assert (hall.said[-1], hall.beeps) == (ACCEPTED, 2)


async def test_signing_off_looks_different_from_signing_on(hall: Hall) -> None:
    hall.office.shift = SHIFT
    await hall.hold()
    hall.press("good", "okay")
    await hall.until(lambda: len(hall.said) == 2)

    assert hall.said[-1] == ENDED
    assert len({ARMED, ACCEPTED, ENDED, REFUSED}) == 4


async def test_a_wrong_pin_is_refused_only_when_all_of_it_was_entered(hall: Hall) -> None:
    await hall.hold()
    hall.press("bad")
    await asyncio.sleep(0.02)
    assert hall.said == [ARMED]
    hall.press("bad")
    await hall.until(lambda: len(hall.said) == 2)

    assert hall.said[-1] == REFUSED


async def test_a_pin_that_takes_too_long_is_given_up_and_the_keys_are_answers(hall: Hall) -> None:
    await hall.hold()
    hall.press("good")
    await hall.until(lambda: len(hall.said) == 2)
    hall.press("okay")

    assert hall.said[-1] == REFUSED
    assert hall.answers[-1] == "okay"
    assert hall.office.asked == []


async def test_while_locked_holding_is_refused_and_the_presses_are_still_no_answers(
    hall: Hall,
) -> None:
    hall.office.locked = True
    await hall.hold()
    hall.press("okay")

    assert hall.said == [REFUSED]
    assert hall.disowned == ["bad", "good"]
    assert hall.answers == ["bad", "good", "okay"]


async def test_closing_waits_for_a_pin_that_is_being_checked(hall: Hall) -> None:
    await hall.hold()
    hall.press("good", "okay")
    await hall.door.close()

    assert hall.office.shift == SHIFT


@pytest.mark.parametrize("tune", [ARMED, ACCEPTED, ENDED, REFUSED])
def test_no_tune_flashes_faster_than_twice_a_second(tune: Tune) -> None:
    flashes = sum(on for on, _ in tune.lights)
    lasts_s = sum(duration_s for _, duration_s in tune.lights)

    assert flashes <= max(1, 2 * lasts_s)
