"""A shop whose days are told as events: the messages that a store would hold."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, Literal

from agent.clock.moment import Moment, Trust
from agent.events.catalogue import (
    AlertAcknowledged,
    AlertRaised,
    AlertResolved,
    Answer,
    ClassSeconds,
    ClockCorrected,
    ContactEnded,
    DeviceFault,
    DeviceGap,
    DeviceHealth,
    DeviceStarted,
    EventData,
    ExpressionMeasured,
    FeedbackLeft,
    ModelRef,
    RatingAmended,
    RatingGiven,
    ResponseGiven,
)
from agent.events.scale import DEFAULT_KEYS, sentiment
from agent.outbox.rows import Draft, Epoch, Row, number_draft, to_message
from agent.report.dating import Message

SOURCE = "/acme/high-street/till-1"
DAY = date(2026, 11, 20)
BOOT = "00000000-0000-4000-8000-000000000001"


def at(text: str, *, day: date = DAY) -> int:
    """Milliseconds since 1970 of an hour in UTC, `09:30` or `09:30:15`."""
    moment = datetime.fromisoformat(f"{day.isoformat()}T{text}")
    return round(moment.replace(tzinfo=UTC).timestamp() * 1000)


class Shop:
    """Writes events in the order of calls; every method returns the event's id or itself."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._numbers = count(1)
        self.trust: Trust = "synced"
        self.boot = BOOT
        self.open()

    def open(self) -> Shop:
        number = next(self._numbers)
        self._epoch = Epoch(number, f"{number:016x}", SOURCE, self.boot)
        self._sequence = 0
        return self

    @property
    def messages(self) -> list[Message]:
        return [json.loads(to_message(row, replayed=True)) for row in self.rows]

    def tell(self, data: EventData, when_ms: int | None, *, monotonic_ms: int | None = None) -> str:
        self._sequence += 1
        since_ms = (when_ms or at("00:00")) - at("00:00") + 10_000_000
        moment = Moment(
            self.boot,
            since_ms if monotonic_ms is None else monotonic_ms,
            when_ms,
            self.trust if when_ms is not None else "unknown",
        )
        row = number_draft(Draft(data, moment), epoch=self._epoch, sequence=self._sequence)
        self.rows.append(row)
        return row.event_id

    def press(
        self, value: int, when_ms: int | None, *, scale: Literal[2, 3, 4, 5] = 5, **more: Any
    ) -> str:
        monotonic_ms = more.pop("monotonic_ms", None)
        flags = tuple(more.pop("flags", ()))
        rating = RatingGiven(
            key=DEFAULT_KEYS[scale][value - 1],
            value=value,
            scale=scale,
            sentiment=sentiment(value, scale=scale),
            channel="button",
            counts=more.pop("counts", not flags),
            flags=flags,
            rule_version=2,
            **more,
        )
        return self.tell(rating, when_ms, monotonic_ms=monotonic_ms)

    def amend(self, rating: str, when_ms: int, *flags: Any, counts: bool = False) -> str:
        told = RatingAmended(rating=rating, counts=counts, flags=flags, rule_version=2)
        return self.tell(told, when_ms)

    def answer(
        self,
        rating: str | None,
        when_ms: int,
        *options: str,
        session: str | None = None,
        questionnaire: str | None = None,
        **more: Any,
    ) -> str:
        given = {"question": "reasons", "ended": "answered", "duration_s": 3.0, "language": "en"}
        answer = Answer.model_validate(given | {"options": options} | more)
        told = ResponseGiven(
            rating=rating, answers=(answer,), session=session, questionnaire=questionnaire
        )
        return self.tell(told, when_ms)

    def leave(self, when_ms: int, *ratings: str, **more: Any) -> str:
        given = {"contact": f"c{len(self.rows)}", "dwell_s": 20.0, "asked": True}
        told = {"answered": bool(ratings), "ratings": ratings}
        return self.tell(ContactEnded.model_validate(given | told | more), when_ms)

    def start(self, when_ms: int) -> str:
        return self.tell(DeviceStarted(software="0.1.0"), when_ms)

    def gap(self, when_ms: int, gap_s: float | None, **more: Any) -> str:
        told = {"reason": "power", "after": "x", "gap_s": gap_s} | more
        return self.tell(DeviceGap.model_validate(told), when_ms)

    def beat(self, when_ms: int) -> str:
        return self.tell(
            DeviceHealth(uptime_s=1.0, presses={}, pending=0, resident_mb=40.0), when_ms
        )

    def fault(self, part: str, when_ms: int, *, over: bool = False, remedy: str = "") -> str:
        state: Literal["raised", "cleared"] = "cleared" if over else "raised"
        fact = f"{part} is {'back' if over else 'gone'}"
        return self.tell(DeviceFault(part=part, state=state, fact=fact, remedy=remedy), when_ms)

    def correct(self, when_ms: int, boot: str, offset_ms: int) -> str:
        told = ClockCorrected(boot=boot, offset_ms=offset_ms, uncertainty_ms=50, method="synced")
        return self.tell(told, when_ms)

    def smile(
        self, when_ms: int, *, model: str = "m", classes: dict[str, float] | None = None
    ) -> str:
        told = ExpressionMeasured(
            mode="smile" if classes is None else "emotion",
            classes=None if classes is None else ClassSeconds(**classes),
            n=10,
            s=21.0,
            f=90.0,
            ss=63.0,
            ff=900.0,
            sf=210.0,
            smiled=7,
            span_s=600.0,
            model=ModelRef(id=model, sha256="0" * 64),
        )
        return self.tell(told, when_ms)

    def feedback(self, when_ms: int, about: Any, *, rating: str | None = None) -> str:
        left = FeedbackLeft(case="KE55X2RF7R", about=about, rating=rating, language="en")
        return self.tell(left, when_ms)

    def alert(self, name: str, when_ms: int, what: Any = "help_wanted") -> str:
        audience: Literal["counter", "manager"] = "manager" if what == "case" else "counter"
        return self.tell(AlertRaised(alert=name, what=what, audience=audience), when_ms)

    def take_on(self, name: str, when_ms: int, after_s: float) -> str:
        return self.tell(AlertAcknowledged(alert=name, by="counter", after_s=after_s), when_ms)

    def resolve(self, name: str, when_ms: int, after_s: float, how: str = "talked") -> str:
        return self.tell(AlertResolved(alert=name, how=how, after_s=after_s), when_ms)


def busy_day(day: date = DAY, *, seed: int = 3) -> Shop:
    """A whole day with a camera, reasons, alerts, a power cut and a fault."""
    draw, shop = random.Random(seed), Shop()
    opened = at("07:55", day=day)
    shop.start(opened)
    cut, back = at("13:20", day=day), at("13:41", day=day)
    for minute in range(0, 12 * 60, 2):
        now = opened + minute * 60_000
        if cut <= now < back:
            continue
        if now - 120_000 < back <= now:
            shop.open()
            shop.start(back)
            shop.gap(back + 400, (back - cut) / 1000)
        shop.beat(now)
        _customer(shop, draw, now + draw.randrange(100_000))
    for number in range(11):
        _alert(shop, draw, f"a{number}", opened + number * 3_000_000)
    shop.fault("button:good", at("16:05", day=day), remedy="check the plug of pin 19")
    shop.fault("button:good", at("17:30", day=day), over=True)
    shop.fault("broker", at("18:10", day=day), remedy="check the network cable")
    shop.smile(at("12:00", day=day))
    shop.smile(at("15:00", day=day))
    return shop


def _customer(shop: Shop, draw: random.Random, now: int) -> None:
    if draw.random() < 0.55:
        shop.leave(now, asked=draw.random() < 0.9)
        return
    value = draw.choices(range(1, 6), weights=(7, 9, 15, 34, 35))[0]
    rating = shop.press(value, now)
    if draw.random() < 0.1:
        shop.press(value, now + 900, flags=("repeat",))
    if draw.random() < 0.7:
        reason = draw.choice(["staff", "waiting_time", "choice", "price", "cleanliness"])
        shop.answer(rating, now + 4000, reason)
    else:
        shop.answer(rating, now + 12_000, ended="timeout")
    shop.leave(now + 9000, rating, answered=True)


def _alert(shop: Shop, draw: random.Random, name: str, now: int) -> None:
    what = draw.choice(["help_wanted", "threshold", "case"])
    after_s = draw.uniform(20, 400)
    shop.alert(name, now, what)
    shop.take_on(name, now + round(after_s * 1000), after_s)
    shop.resolve(name, now + round(after_s * 2000), after_s * 2)


def next_day(day: date = DAY) -> date:
    return day + timedelta(days=1)
