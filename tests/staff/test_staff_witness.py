"""The seam between a visit and the staff: ratings get their shift, what was kept is told."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future

import pytest

from agent.clock import Moment
from agent.errors import StoreError
from agent.events.catalogue import AdShown, EventData, RatingAmended, RatingGiven
from agent.outbox.work import Receipt
from agent.staff.shifts import Shift
from agent.staff.witness import Witness
from agent.testing import FakeClock

KINDS: frozenset[type[EventData]] = frozenset({RatingGiven, RatingAmended})
RATING = RatingGiven(
    key="bad", value=1, scale=3, sentiment=-1, channel="button", counts=True, rule_version=1
)
AMENDED = RatingAmended(rating="/a/b/c/1", counts=False, rule_version=1)
AD = AdShown(item="one.png", shown_s=1, ended="finished")


class Shop:
    """A store that keeps when it is told to, and a listener."""

    def __init__(self, *, shift: Shift | None = None) -> None:
        self.shift = shift
        self.kept: list[tuple[EventData, Moment | None, Future[Receipt]]] = []
        self.heard: list[tuple[str, EventData, Moment]] = []
        self.clock = FakeClock()
        self.witness = Witness(self, clock=self.clock, listener=self, kinds=KINDS)

    def append(self, data: EventData, *, at: Moment | None = None) -> Future[Receipt]:
        future: Future[Receipt] = Future()
        self.kept.append((data, at, future))
        return future

    def hear(self, event_id: str, data: EventData, at: Moment) -> None:
        self.heard.append((event_id, data, at))

    async def commit(self, event_id: str = "/a/b/c/1") -> None:
        """Keep the last event, as the writer's thread does."""
        receipt = Receipt(event_id, position=1, durable=True, committed_s=0)
        await asyncio.to_thread(self.kept[-1][2].set_result, receipt)
        await asyncio.sleep(0.1)


async def test_a_rating_gets_the_shift_that_serves() -> None:
    shop = Shop(shift=Shift("5417", "heron", 0, 0))
    shop.witness.append(RATING)

    assert shop.kept[-1][0] == RATING.model_copy(update={"shift": "5417"})


async def test_without_a_shift_a_rating_stays_as_it_is() -> None:
    shop = Shop()
    shop.witness.append(RATING)

    assert shop.kept[-1][0] == RATING


async def test_nothing_is_told_before_it_is_kept() -> None:
    shop = Shop()
    shop.witness.append(RATING)
    await asyncio.sleep(0.1)
    assert shop.heard == []

    await shop.commit(event_id="/a/b/c/7")

    assert [(event, data) for event, data, _ in shop.heard] == [("/a/b/c/7", RATING)]


async def test_an_event_is_told_with_the_moment_it_is_dated_by() -> None:
    shop = Shop()
    then = shop.clock.moment(900.0)
    shop.witness.append(AMENDED, at=then)
    await shop.commit()

    assert shop.kept[-1][1] == shop.heard[-1][2] == then


async def test_what_nobody_wants_to_hear_goes_straight_to_the_store() -> None:
    shop = Shop()
    shop.witness.append(AD)
    await shop.commit()

    assert shop.kept[-1][:2] == (AD, None)
    assert shop.heard == []


async def test_what_could_not_be_kept_is_not_told() -> None:
    shop = Shop()
    kept = shop.witness.append(RATING)
    await asyncio.to_thread(shop.kept[-1][2].set_exception, StoreError("the disk is gone"))
    await asyncio.sleep(0.1)

    with pytest.raises(StoreError):
        kept.result()
    assert shop.heard == []
