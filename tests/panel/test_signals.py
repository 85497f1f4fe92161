"""Lights and buzzer."""

from __future__ import annotations

import asyncio
import itertools

from agent.panel.signals import PULSE_S, Signals, double_pulse, steady, waiting


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
