"""Worn buttons become faults, and mended ones are told."""

from __future__ import annotations

from agent.events.catalogue import DeviceFault, EventData
from agent.faults import Faults
from agent.outbox.rows import Dated
from agent.panel.daily import DAY_MS
from agent.panel.inspection import Inspection
from agent.testing import FakeClock

KEYS = ("bad", "good")


class Kiosk:
    """A store of ratings, a clock, and what is told."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.ratings: list[Dated] = []
        self.told: list[EventData] = []
        self.inspection = Inspection(
            KEYS,
            recall=lambda: self.ratings,
            clock=clock,
            faults=Faults(self.told.append),
        )

    def spend_a_day(self, **presses: int) -> None:
        now_ms = self.clock.moment().wall_ms
        for key, count in presses.items():
            data = {"key": key, "channel": "button", "counts": True, "flags": []}
            self.ratings += [Dated("boot", n * 10_000, now_ms, data) for n in range(count)]
        self.clock.advance(DAY_MS / 1000)

    def faults(self) -> list[tuple[str, str]]:
        return [(e.part, e.state) for e in self.told if isinstance(e, DeviceFault)]


async def test_a_dead_button_is_a_fault_until_it_is_pressed_again() -> None:
    kiosk = Kiosk(FakeClock())
    for _ in range(14):
        kiosk.spend_a_day(bad=10, good=30)
    for _ in range(7):
        kiosk.spend_a_day(bad=0, good=30)
    await kiosk.inspection.look()
    await kiosk.inspection.look()
    assert kiosk.faults() == [("button:bad:dead", "raised")]

    kiosk.clock.advance(-DAY_MS / 1000)
    kiosk.spend_a_day(bad=1)
    kiosk.clock.advance(-DAY_MS / 1000)
    await kiosk.inspection.look()

    assert kiosk.faults()[1:] == [("button:bad:dead", "cleared")]


async def test_a_healthy_panel_tells_nothing() -> None:
    kiosk = Kiosk(FakeClock())
    for _ in range(20):
        kiosk.spend_a_day(bad=10, good=30)
        await kiosk.inspection.look()

    assert kiosk.told == []


async def test_while_the_date_is_unknown_nothing_is_judged() -> None:
    kiosk = Kiosk(FakeClock(wall_ms=None, trust="unknown"))
    asked: list[bool] = []
    kiosk.inspection._recall = lambda: asked.append(True) or []  # type: ignore[func-returns-value]

    await kiosk.inspection.look()

    assert asked == []
