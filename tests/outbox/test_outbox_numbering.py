"""Numbers are given in order and for good only when what they number is kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.events.catalogue import DeviceStarted, DeviceStopped, PreviousEpoch
from agent.outbox.numbering import Numbering
from agent.outbox.opening import Opening
from agent.outbox.rows import Draft
from agent.testing import FakeClock

CLOCK = FakeClock()
STOPPED = DeviceStopped(reason="asked")


def started(previous: PreviousEpoch | None) -> DeviceStarted:
    return DeviceStarted(software="1", previous=previous)


def numbering() -> Numbering:
    made = Numbering(Opening("/acme/shop/till", CLOCK.boot, started), clock=CLOCK)
    made.begin(7)
    return made


def drafts(count: int) -> list[Draft]:
    return [Draft(STOPPED, CLOCK.moment())] * count


def test_an_epoch_begins_with_its_link_to_the_one_before() -> None:
    numbers = numbering()
    numbers.advance(3)
    before = numbers.last
    numbers.begin(8)
    first, second = numbers.first(before, STOPPED)
    assert (first.kind, first.sequence, second.sequence) == ("device.started", 1, 2)
    assert before.epoch in first.data
    assert '"last_sequence":3' in first.data


def test_every_epoch_has_an_id_of_its_own() -> None:
    numbers = numbering()
    before = numbers.epoch
    numbers.begin(8)
    assert numbers.epoch.id != before.id
    assert (before.number, numbers.epoch.number) == (7, 8)


def test_until_something_is_kept_the_newest_position_is_that_of_the_epoch_before() -> None:
    numbers = numbering()
    numbers.advance(2)
    before = numbers.high
    numbers.begin(8)
    assert numbers.high == before
    (row,) = numbers.own(STOPPED)
    numbers.advance(1)
    assert numbers.high == row.position > before


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans())))
def test_the_numbers_of_what_is_kept_have_no_gap_and_none_is_given_twice(
    commits: list[tuple[int, bool]],
) -> None:
    numbers, kept = numbering(), list[int]()
    for count, succeeds in commits:
        rows = numbers.drafts(drafts(count))
        if succeeds:
            numbers.advance(len(rows))
            kept += [row.sequence for row in rows]
    assert kept == list(range(1, len(kept) + 1))
    assert numbers.sequence == len(kept)
