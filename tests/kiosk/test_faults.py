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
    for _ in range(2):
        faults.clear("camera", "back")

    assert [event.model_dump()["state"] for event in events] == ["raised", "cleared"]
    assert faults.parts == frozenset()


def test_what_never_failed_is_not_cleared() -> None:
    events: list[EventData] = []
    Faults(events.append).clear("camera", "back")

    assert events == []


def test_a_long_fact_is_cut_to_what_an_event_may_carry() -> None:
    events: list[EventData] = []
    Faults(events.append).report("camera", "x" * 1000)

    assert len(events[0].model_dump()["fact"]) == 300
