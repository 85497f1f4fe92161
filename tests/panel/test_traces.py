"""Traces of bouncing contacts, played into the debounce machine.

They are synthetic, made from published measurements: make_traces.py says how.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.panel.debounce import Change, Debounce, Limits
from tests.panel.make_traces import FOLDER, HEADER, TRACES, Line, draw

FILES = sorted(FOLDER.glob("*.csv"))
TICK_US = 1_000


@dataclass(frozen=True)
class Recording:
    """A trace as its file has it; times in microseconds."""

    presses: list[int]
    edges: list[tuple[int, bool]]


def read(file: Path) -> Recording:
    lines = file.read_text("utf-8").splitlines()
    (said,) = (line for line in lines if line.startswith("# presses:"))
    rows = [line.split(",") for line in lines if line[0].isdigit()]
    return Recording(
        presses=[int(at_us) for at_us in said.removeprefix("# presses:").split()],
        edges=[(int(at_us), level == "1") for at_us, level in rows],
    )


def play(recording: Recording, limits: Limits | None = None) -> list[Change]:
    """Feed all edges; between them nobody asks, as where the loop is late."""
    machine = Debounce(limits or Limits(), level=False, now_s=0.0)
    found = [
        change
        for at_us, level in recording.edges
        for change in machine.edge(at_us / 1e6, level=level)
    ]
    return found + machine.tick(recording.edges[-1][0] / 1e6 + 1)


def play_watched(recording: Recording) -> list[Change]:
    """Feed all edges, and ask every millisecond what has become certain."""
    machine, found, now_us = Debounce(Limits(), level=False, now_s=0.0), [], 0
    for at_us, level in recording.edges:
        while (now_us := now_us + TICK_US) < at_us:
            found += machine.tick(now_us / 1e6)
        found += machine.edge(at_us / 1e6, level=level)
        now_us = at_us
    return found + machine.tick(recording.edges[-1][0] / 1e6 + 1)


def presses(changes: list[Change]) -> list[int]:
    return [round(change.at_s * 1e6) for change in changes if change.name == "pressed"]


each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


@each_file
def test_the_presses_that_were_meant_are_found_and_dated_by_their_first_edge(file: Path) -> None:
    recording = read(file)

    assert presses(play(recording)) == recording.presses


@each_file
def test_it_does_not_matter_how_often_the_machine_is_asked(file: Path) -> None:
    recording = read(file)

    assert play_watched(recording) == play(recording)


@each_file
def test_every_press_is_released(file: Path) -> None:
    names = [change.name for change in play(read(file))]

    assert names == ["pressed", "released"] * (len(names) // 2)


@each_file
def test_a_trace_does_not_pass_for_a_recorded_one(file: Path) -> None:
    assert file.read_text("utf-8").startswith(f"# {HEADER}\n")


def test_the_traces_are_hard_enough_to_fail_a_machine_that_only_counts_edges() -> None:
    hard = [file.stem for file in FILES if len(read(file).edges) > 2 * len(read(file).presses)]

    assert hard == [file.stem for file in FILES]


def test_without_a_lock_out_a_corroded_contact_would_be_many_presses() -> None:
    recording = read(FOLDER / "corroded_contact.csv")

    careless = presses(play(recording, Limits(lockout_s=0.0005)))

    assert len(careless) > 10


def test_without_a_confirmed_level_a_spike_would_be_a_press() -> None:
    recording = read(FOLDER / "spikes.csv")

    assert len(presses(play(recording, Limits(confirm_s=0.0001)))) > 1


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.__name__)
def test_the_files_are_what_the_script_makes(trace: Callable[[Line], None]) -> None:
    file = FOLDER / f"{trace.__name__}.csv"

    assert file.read_text("utf-8") == draw(trace)


def test_there_is_no_file_that_nothing_makes() -> None:
    assert [file.stem for file in FILES] == sorted(trace.__name__ for trace in TRACES)


@each_file
def test_edges_alternate_and_time_goes_on(file: Path) -> None:
    edges = read(file).edges

    assert all(a[0] < b[0] and a[1] != b[1] for a, b in itertools.pairwise(edges))
