"""What the host takes for an acknowledgement, from the guest's output lines alone."""

from __future__ import annotations

import importlib
from typing import Any

wiring: Any = importlib.import_module("virtual_pi.wiring")

LIGHT, BUZZER = 0, 4


def changes_of(*changes: tuple[int, bool, float]) -> list[Any]:
    return [wiring.Change(line, on, at_s) for line, on, at_s in changes]


def told(*changes: tuple[int, bool, float]) -> list[tuple[float, bool]]:
    found = wiring.acknowledgements(changes_of(*changes))
    return [(ack.at_s, ack.kept) for ack in found]


def test_a_steady_light_with_its_beep_is_a_kept_answer() -> None:
    steady = ((LIGHT, True, 0.0), (BUZZER, True, 0.0), (BUZZER, False, 0.1), (LIGHT, False, 1.0))

    assert told(*steady) == [(0.0, True)]


def test_the_pulse_of_a_slow_write_is_no_acknowledgement() -> None:
    assert told((LIGHT, True, 0.0), (LIGHT, False, 0.25), (LIGHT, True, 0.5)) == []


def test_a_pulse_that_becomes_steady_is_dated_by_its_beep() -> None:
    assert told((LIGHT, True, 0.0), (BUZZER, True, 0.2), (LIGHT, False, 1.2)) == [(0.2, True)]


def test_the_double_pulse_means_kept_in_memory_only() -> None:
    double = (
        (LIGHT, True, 0.0), (BUZZER, True, 0.0), (BUZZER, False, 0.08), (LIGHT, False, 0.25),
        (LIGHT, True, 0.5), (LIGHT, False, 0.75),
    )  # fmt: skip

    assert told(*double) == [(0.0, False)]


def test_a_light_cut_off_in_its_first_moment_counts_as_seen() -> None:
    assert told((LIGHT, True, 0.0), (BUZZER, True, 0.0)) == [(0.0, True)]


def test_answers_close_together_are_acknowledged_one_by_one() -> None:
    overlapping = (
        (LIGHT, True, 0.0), (BUZZER, True, 0.0), (BUZZER, False, 0.05), (BUZZER, True, 0.05),
        (BUZZER, False, 0.13), (LIGHT, False, 1.05),
    )  # fmt: skip

    assert told(*overlapping) == [(0.0, True), (0.05, True)]


def test_a_beep_in_the_dark_is_none() -> None:
    assert told((LIGHT, True, 0.0), (LIGHT, False, 1.0), (BUZZER, True, 1.1)) == []


def test_no_two_parts_share_a_line_and_none_takes_the_power_key() -> None:
    lines = [*wiring.BUTTONS.values(), *wiring.LIGHTS.values(), wiring.BUZZER]

    assert len(set(lines)) == len(lines)
    assert set(lines) <= {0, 1, 2, 4, 5, 6, 7}
