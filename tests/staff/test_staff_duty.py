"""The duty on its loop: what it keeps, switches and tells, and what wakes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from functools import partial

import pytest

from agent.clock import Moment, SystemClock
from agent.errors import StaffError, StoreError
from agent.events.catalogue import (
    AlertAcknowledged,
    AlertRaised,
    AlertResolved,
    ContactEnded,
    EventData,
    FeedbackLeft,
    RatingAmended,
    RatingGiven,
    ShiftEnded,
    ShiftStarted,
)
from agent.events.scale import Sentiment
from agent.outbox.work import Receipt
from agent.staff.alert import Alert
from agent.staff.duty import Closing, Duty, Mouth
from agent.staff.heard import Pace
from agent.staff.pin import hash_pin
from agent.staff.roster import Roster, Seller
from agent.staff.settings import AlertSettings, StaffSettings

PINS = {"heron": "13579", "wren": "24680"}
ROSTER = Roster(
    sellers=tuple(Seller(seller=name, pin=str(hash_pin(pin))) for name, pin in PINS.items())
)


class Shop:
    """A duty, with everything it says."""

    def __init__(
        self,
        *,
        settings: AlertSettings | None = None,
        roster: Roster | None = ROSTER,
        closing: Closing | None = None,
    ) -> None:
        self.kept: list[EventData] = []
        self.dated_ms: list[int] = []
        self.switched: list[tuple[str, bool]] = []
        self.counter: list[list[str]] = []
        self.broken = False
        self.clock = SystemClock()
        self._news = asyncio.Event()
        self._sequence = 0
        self.duty = Duty(
            settings or AlertSettings(least=3),
            StaffSettings(),
            repeat_window_s=0.5,
            mouth=Mouth(self.keep, self, self.tell_counter),
            clock=self.clock,
            roster=roster,
            closing=closing,
        )

    def keep(self, event: EventData, at: Moment) -> Future[Receipt]:
        kept: Future[Receipt] = Future()
        self.kept.append(event)
        self.dated_ms.append(at.monotonic_ms)
        if self.broken:
            kept.set_exception(StoreError("the disk is gone"))
        else:
            kept.set_result(Receipt("id", 1, durable=True, committed_s=0))
        self._news.set()
        return kept

    def light(self, *, on: bool) -> None:
        self.switched.append(("light", on))

    def relay(self, *, on: bool) -> None:
        self.switched.append(("relay", on))

    def tell_counter(self, alerts: tuple[Alert, ...]) -> None:
        self.counter.append([alert.what for alert in alerts])

    def rate(self, sentiment: Sentiment, *, contact: str | None = None, test: bool = False) -> str:
        """Hear a rating that was kept; returns its id."""
        self._sequence += 1
        rating = f"/a/b/c/{self._sequence}"
        given = RatingGiven(
            key="key",
            value=2 + sentiment,
            scale=3,
            sentiment=sentiment,
            channel="button",
            counts=True,
            flags=("test",) if test else (),
            rule_version=1,
            contact=contact,
        )
        self.duty.hear(rating, given, self.clock.moment())
        return rating

    def of(self, *kinds: type[EventData]) -> list[EventData]:
        return [event for event in self.kept if isinstance(event, kinds)]

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(5):
            while not condition():
                self._news.clear()
                await self._news.wait()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.staff.alerts.Pace", partial(Pace, settle_ms=100))


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    made = Shop()
    yield made
    made.duty.close()


async def test_an_answer_that_has_settled_is_told_by_the_timer_alone(shop: Shop) -> None:
    rating = shop.rate(-1)
    await shop.until(lambda: shop.kept)

    (case,) = shop.of(AlertRaised)
    assert isinstance(case, AlertRaised)
    assert (case.what, case.rating) == ("case", rating)
    assert shop.switched == []


async def test_the_counter_is_told_of_its_own_alerts_and_of_no_others(shop: Shop) -> None:
    shop.rate(-1)
    await shop.until(lambda: shop.kept)
    assert shop.counter == []

    await shop.duty.ask_for_help()
    (help_wanted,) = (a for a in shop.duty.open_alerts() if a.audience == "counter")
    shop.duty.acknowledge(help_wanted.id, by="heron")
    shop.duty.resolve(help_wanted.id, by="heron", how="talked")

    assert shop.counter == [["help_wanted"], ["help_wanted"], []]


async def test_a_case_waits_for_its_customer_to_go(shop: Shop) -> None:
    shop.rate(-1, contact="ann")
    await asyncio.sleep(0.8)
    assert shop.kept == []

    ended = ContactEnded(contact="ann", dwell_s=9, asked=True, answered=True)
    shop.duty.hear("/a/b/c/9", ended, shop.clock.moment())
    await shop.until(lambda: shop.kept)
    assert len(shop.of(AlertRaised)) == 1


async def test_an_answer_that_is_taken_back_resolves_its_case(shop: Shop) -> None:
    rating = shop.rate(-1)
    await shop.until(lambda: shop.kept)
    amended = RatingAmended(rating=rating, counts=False, flags=("stuck",), rule_version=1)
    shop.duty.hear("/a/b/c/9", amended, shop.clock.moment())

    (over,) = shop.of(AlertResolved)
    assert isinstance(over, AlertResolved)
    assert over.how == "amended"


@pytest.mark.parametrize(("about", "told"), [("complaint", ["complaint"]), ("praise", [])])
async def test_of_what_customers_leave_complaints_alert(
    shop: Shop, about: str, told: list[str]
) -> None:
    left = FeedbackLeft.model_validate({"case": "K7Q2M9XA4T", "about": about, "language": "en"})
    shop.duty.hear("/a/b/c/5", left, shop.clock.moment())
    await asyncio.sleep(0.3)

    assert [getattr(event, "what", None) for event in shop.kept] == told


async def test_a_button_test_alerts_nobody(shop: Shop) -> None:
    shop.rate(-1, test=True)
    await asyncio.sleep(0.8)

    assert shop.kept == []


async def test_help_is_told_even_where_it_cannot_be_kept(shop: Shop) -> None:
    shop.broken = True
    with pytest.raises(StoreError):
        await shop.duty.ask_for_help("ann")

    assert shop.switched == [("light", True), ("relay", True)]
    assert shop.duty.open_alerts()[0].contact == "ann"


async def test_where_alerts_are_off_nobody_is_called() -> None:
    shop = Shop(settings=AlertSettings(enabled=False))
    shop.rate(-1)
    await shop.duty.ask_for_help()
    await asyncio.sleep(0.8)

    assert (shop.kept, shop.switched) == ([], [])
    shop.duty.close()


async def test_what_people_do_is_kept_with_the_time_it_took(shop: Shop) -> None:
    await shop.duty.ask_for_help()
    (alert,) = shop.duty.open_alerts()
    assert shop.duty.age_s(alert) < 5
    assert shop.dated_ms == [alert.raised_ms]  # a restart reads the same time back
    shop.duty.acknowledge(alert.id, by="heron")
    with pytest.raises(StaffError, match=r"none of alerts\.actions"):
        shop.duty.resolve(alert.id, by="heron", how="danced")
    shop.duty.resolve(alert.id, by="heron", how=shop.duty.actions[0])
    with pytest.raises(StaffError, match="not open any more"):
        shop.duty.acknowledge(alert.id, by="heron")

    assert [type(e) for e in shop.kept] == [AlertRaised, AlertAcknowledged, AlertResolved]


# -- shifts ----------------------------------------------------------------------------------------


async def test_a_pin_begins_a_shift_and_another_ones_takes_it_over(shop: Shop) -> None:
    shift = await shop.duty.sign_on(PINS["heron"])
    assert shift is not None
    assert shop.duty.shift == shift
    await shop.duty.sign_on(PINS["wren"])

    began, ended, _ = shop.kept
    assert isinstance(began, ShiftStarted)
    assert isinstance(ended, ShiftEnded)
    assert (began.seller, began.shift, ended.how) == ("heron", shift.id, "handover")


async def test_the_same_pin_ends_a_shift_by_buttons_and_not_by_page(shop: Shop) -> None:
    await shop.duty.sign_on(PINS["heron"])
    assert await shop.duty.sign_on(PINS["heron"]) is not None
    assert await shop.duty.sign_on(PINS["heron"], how="buttons") is None

    assert [e.kind for e in shop.kept] == ["shift.started", "shift.ended"]


async def test_after_a_wrong_pin_no_pin_is_looked_at_by_that_door(shop: Shop) -> None:
    with pytest.raises(StaffError, match="nobody's PIN"):
        await shop.duty.sign_on("11111")
    with pytest.raises(StaffError, match="a wrong PIN was given: the next one is looked at in"):
        await shop.duty.sign_on(PINS["heron"])

    assert shop.duty.locked_s("page") > 20
    assert shop.duty.locked_s("buttons") == 0
    assert await shop.duty.sign_on(PINS["heron"], how="buttons") is not None


async def test_who_tries_many_pins_at_once_has_tried_one(shop: Shop) -> None:
    tries = [shop.duty.sign_on(pin) for pin in ("11111", "22222", PINS["heron"])]
    results = await asyncio.gather(*tries, return_exceptions=True)

    assert all(isinstance(result, StaffError) for result in results)
    assert shop.duty.shift is None


async def test_without_a_staff_file_nobody_can_sign_on() -> None:
    shop = Shop(roster=None)
    with pytest.raises(StaffError, match=r"staff\.file"):
        await shop.duty.sign_on(PINS["heron"])


async def test_a_shift_ends_by_itself_when_the_site_closes() -> None:
    shop = Shop(closing=lambda shift, _now: shift.started_ms + 150)
    await shop.duty.sign_on(PINS["heron"])
    await shop.until(lambda: shop.of(ShiftEnded))

    (ended,) = shop.of(ShiftEnded)
    assert isinstance(ended, ShiftEnded)
    assert (ended.how, shop.duty.shift) == ("closing", None)
    shop.duty.close()


async def test_signing_off_twice_is_signing_off_once(shop: Shop) -> None:
    await shop.duty.sign_on(PINS["heron"])
    shop.duty.sign_off()
    shop.duty.sign_off()

    assert len(shop.of(ShiftEnded)) == 1
