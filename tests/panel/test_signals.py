"""Lights and buzzer."""

from __future__ import annotations

import asyncio
import itertools

from agent.panel.signals import ARMED, PULSE_S, Signals, Tune, double_pulse, steady, waiting


class Switchboard:
    """Remembers how lights and buzzer were switched."""

    def __init__(self) -> None:
        self.lights: list[bool] = []
        self.buzzer: list[bool] = []

    def signals(self) -> Signals:
        return Signals(lights=self.lights.append, buzzer=self.buzzer.append)


def test_a_kept_answer_is_a_steady_second() -> None:
    assert list(steady()) == [(True, 1.0)]


def test_an_answer_in_memory_is_told_apart_by_two_pulses() -> None:
    assert [on for on, _ in double_pulse()] == [True, False, True, False]


def test_waiting_pulses_at_two_hertz_at_most_after_a_first_silence() -> None:
    steps = list(itertools.islice(waiting(), 5))

    assert steps[0] == (False, 0.080)
    assert all(duration >= 0.25 for _, duration in steps[1:])


async def test_the_light_is_on_before_acknowledge_returns() -> None:
    board = Switchboard()
    signals = board.signals()

    signals.acknowledge(durable=True)

    assert board.lights == [True]
    assert board.buzzer[-1] is True
    signals.close()


async def test_a_quick_commit_never_pulses() -> None:
    board = Switchboard()
    signals = board.signals()
    signals.wait()
    await asyncio.sleep(0.02)
    signals.acknowledge(durable=True)

    assert board.lights == [False, True]
    signals.close()


async def test_a_slow_commit_pulses_until_it_is_done() -> None:
    board = Switchboard()
    signals = board.signals()
    signals.wait()
    await asyncio.sleep(0.080 + PULSE_S + 0.05)
    signals.acknowledge(durable=True)

    assert board.lights[:3] == [False, True, False]
    assert board.lights[-1] is True
    signals.close()


async def test_the_beep_ends_by_itself() -> None:
    board = Switchboard()
    signals = board.signals()
    signals.acknowledge(durable=True)
    await asyncio.sleep(0.15)

    assert board.buzzer[-1] is False
    signals.close()
    assert board.lights[-1] is False


async def test_a_tune_is_played_on_lights_and_buzzer_to_its_end() -> None:
    board = Switchboard()
    signals = board.signals()
    signals.say(Tune(lights=((True, 0.01), (False, 0.01), (True, 0.01)), beeps=((True, 0.01),)))
    await asyncio.sleep(0.2)

    assert board.lights == [True, False, True, False]
    assert board.buzzer == [False, True, False]
    signals.close()


async def test_an_answer_is_acknowledged_in_place_of_a_tune() -> None:
    board = Switchboard()
    signals = board.signals()
    signals.say(ARMED)
    signals.acknowledge(durable=True)
    await asyncio.sleep(1.1)

    assert board.lights[-1] is False
    assert board.buzzer[-1] is False
    signals.close()


async def test_a_beep_for_a_digit_leaves_the_lights_alone() -> None:
    board = Switchboard()
    signals = board.signals()
    signals.say(ARMED)
    await asyncio.sleep(0)
    signals.beep()

    assert board.lights == [True]
    assert board.buzzer[-1] is True
    signals.close()
    assert board.buzzer[-1] is False
