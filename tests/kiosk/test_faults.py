"""Faults are told once when they come and once when they go."""

from __future__ import annotations

from agent.events.catalogue import EventData
from agent.faults import Faults


def test_a_fault_is_told_once_and_cleared_once() -> None:
    events: list[EventData] = []
    faults = Faults(events.append)
    for _ in range(3):
        faults.report("camera", "unplugged", remedy="plug it in")
    assert faults.parts == {"camera"}
    assert [(fault.part, fault.fact, fault.remedy) for fault in faults.open] == [
        ("camera", "unplugged", "plug it in")
    ]
    for _ in range(2):
        faults.clear("camera", "back")

    assert [event.model_dump()["state"] for event in events] == ["raised", "cleared"]
    assert (faults.parts, faults.open) == (frozenset(), ())


def flap(faults: Faults, *, times: int) -> None:
    for _ in range(times):
        faults.report("camera", "unplugged")
        faults.clear("camera", "back")


def states(events: list[EventData]) -> list[str]:
    return [event.model_dump()["state"] for event in events]


def test_a_loose_plug_cannot_fill_the_store() -> None:
    events: list[EventData] = []
    faults = Faults(events.append, monotonic=lambda: 0.0)
    flap(faults, times=100)

    assert states(events) == ["raised", "cleared", "raised", "cleared", "raised"]
    assert faults.parts == {"camera"}


def test_a_part_that_flapped_is_cleared_when_it_has_been_well_for_a_minute() -> None:
    events: list[EventData] = []
    now_s = [0.0]
    faults = Faults(events.append, monotonic=lambda: now_s[0])
    flap(faults, times=3)
    now_s[0] = 59.0
    faults.settle()
    assert states(events)[-1] == "raised"

    now_s[0] = 60.0
    faults.settle()

    assert states(events)[-1] == "cleared"
    assert faults.parts == frozenset()


def test_a_part_that_fails_again_before_the_minute_stays_raised() -> None:
    events: list[EventData] = []
    now_s = [0.0]
    faults = Faults(events.append, monotonic=lambda: now_s[0])
    flap(faults, times=3)
    faults.report("camera", "unplugged")
    now_s[0] = 100.0
    faults.settle()

    assert states(events)[-1] == "raised"


def test_what_never_failed_is_not_cleared() -> None:
    events: list[EventData] = []
    Faults(events.append).clear("camera", "back")

    assert events == []


def test_a_long_fact_is_cut_to_what_an_event_may_carry() -> None:
    events: list[EventData] = []
    Faults(events.append).report("camera", "x" * 1000)

    assert len(events[0].model_dump()["fact"]) == 300
