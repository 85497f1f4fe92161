"""A sensor on a pin sees presences, not people: one unbroken presence is one contact."""

from __future__ import annotations

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from agent.served.sensor import Came, PresenceLine, Sensed, Went

DWELL, BRIDGE = 1500, 5000


def line() -> PresenceLine:
    ids = count(1)
    return PresenceLine(min_dwell_ms=DWELL, bridge_ms=BRIDGE, new_id=lambda: f"c{next(ids)}")


def play(levels: list[tuple[int, bool]], *, until_ms: int) -> list[Sensed]:
    """Play (time, level) pairs, with every tick that falls due between them."""
    sensor, told = line(), list[Sensed]()
    for at_ms, active in [*levels, (until_ms, None)]:
        while (due_ms := sensor.due_ms) is not None and due_ms <= at_ms:
            told += sensor.tick(due_ms)
        if active is not None:
            told += sensor.level(active=active, at_ms=at_ms)
    return told


def test_somebody_who_stays_is_a_contact_from_the_first_moment() -> None:
    told = play([(1000, True), (9000, False)], until_ms=20_000)
    assert told == [Came("c1", 1000), Went("c1", 9000)]


def test_somebody_who_walks_by_is_none() -> None:
    assert play([(1000, True), (2000, False)], until_ms=20_000) == []


def test_standing_still_does_not_split_a_contact() -> None:
    levels = [(0, True), (3000, False), (7000, True), (9000, False)]
    assert play(levels, until_ms=30_000) == [Came("c1", 0), Went("c1", 9000)]


def test_a_long_silence_ends_a_contact() -> None:
    levels = [(0, True), (3000, False), (9000, True), (12_000, False)]
    told = play(levels, until_ms=30_000)
    assert told == [Came("c1", 0), Went("c1", 3000), Came("c2", 9000), Went("c2", 12_000)]


def test_short_activity_adds_up_to_a_contact() -> None:
    levels = [(0, True), (800, False), (2000, True), (3000, False)]
    assert play(levels, until_ms=30_000) == [Came("c1", 0), Went("c1", 3000)]


def test_a_level_told_twice_changes_nothing() -> None:
    levels = [(0, True), (100, True), (3000, False), (3100, False)]
    assert play(levels, until_ms=30_000) == [Came("c1", 0), Went("c1", 3000)]


def test_a_line_that_is_not_believed_any_more_ends_its_contact() -> None:
    sensor = line()
    sensor.level(active=True, at_ms=0)
    assert sensor.close(4000) == [Came("c1", 0), Went("c1", 4000)]
    assert sensor.due_ms is None


def test_it_is_known_for_how_long_a_line_has_been_active() -> None:
    sensor = line()
    sensor.level(active=True, at_ms=1000)
    assert sensor.active_for_ms(61_000) == 60_000
    sensor.level(active=False, at_ms=62_000)
    assert sensor.active_for_ms(70_000) == 0


@given(st.lists(st.tuples(st.integers(1, 9000), st.booleans()), max_size=40))
def test_contacts_come_and_go_in_turn_and_never_overlap(steps: list[tuple[int, bool]]) -> None:
    at_ms, levels = 0, list[tuple[int, bool]]()
    for step_ms, active in steps:
        at_ms += step_ms
        levels.append((at_ms, active))
    told = play([*levels, (at_ms + 1, False)], until_ms=at_ms + 60_000)
    comes = [event for event in told if isinstance(event, Came)]
    goes = [event for event in told if isinstance(event, Went)]
    assert [event.contact for event in comes] == [event.contact for event in goes]
    for came, went in zip(comes, goes, strict=True):
        assert went.left_ms - came.arrived_ms >= DWELL
    for went, after in zip(goes, comes[1:], strict=False):
        assert after.arrived_ms - went.left_ms >= BRIDGE
