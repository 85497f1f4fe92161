"""A customer who wants no camera, on the event loop."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from agent.events.catalogue import CameraDeclined, EventData
from agent.faults import Faults
from agent.served.registrar import Registrar
from agent.vision.declining import Declining
from agent.vision.settings import NoticeSettings, VisionSettings
from agent.vision.watcher import Watcher

SETTINGS = VisionSettings(
    mode="presence",
    notice=NoticeSettings(shown="printed", attested_by="manager", attested_on=date(2026, 1, 1)),
)


class Shop:
    """A watcher with its registrar, and whoever may be closed out."""

    def __init__(self) -> None:
        self.events: list[EventData] = []
        self.permits: list[bool] = []
        self.opened = asyncio.Event()
        self.opted_out = 0
        self.shown: list[float | None] = []
        registrar = Registrar(("camera",), visitors=self, keep=self.events.append, now_ms=lambda: 0)
        self.watcher = Watcher(
            SETTINGS,
            contacts=registrar.desk("camera"),
            keep=self.events.append,
            faults=Faults(self.events.append),
            permit=self.note_permit,
        )
        self.watcher.start()
        self.declining = Declining(
            self.watcher,
            keep=self.events.append,
            opt_out=self.opt_out,
            on_change=lambda: self.shown.append(self.declining.left_s),
        )

    def note_permit(self, granted: bool) -> None:  # noqa: FBT001 - a switch
        self.permits.append(granted)
        if granted and len(self.permits) > 1:
            self.opened.set()

    def opt_out(self) -> None:
        self.opted_out += 1

    def watch(self, *, on: bool) -> None:
        pass

    def arrive(self, contact: str, *, arrived_ms: int, seen_by: str) -> None:
        pass

    def leave(self, contact: str, *, left_ms: int) -> None:
        pass

    def declined(self) -> list[CameraDeclined]:
        return [event for event in self.events if isinstance(event, CameraDeclined)]


async def until_open(shop: Shop) -> None:
    async with asyncio.timeout(10):
        await shop.opened.wait()


async def test_the_camera_closes_and_opens_again_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.vision.blanking.BLANK_S", 0.05)
    shop = Shop()
    shop.declining.decline()
    assert shop.permits == [True, False]
    assert shop.opted_out == 1

    await until_open(shop)
    assert shop.permits == [True, False, True]
    (told,) = shop.declined()
    assert told.times == 1
    assert shop.declining.closed_s >= 0.05
    assert shop.shown[0] is not None
    assert shop.shown[-1] is None, "the page is drawn anew when it is over"


async def test_two_touches_at_once_take_one_customer_out_of_the_count() -> None:
    shop = Shop()
    shop.declining.decline()
    shop.declining.decline()
    shop.declining.close()

    assert shop.opted_out == 1
    assert [told.times for told in shop.declined()] == [2]
    assert shop.permits == [True, False]


async def test_a_stop_in_the_middle_of_it_tells_what_there_was() -> None:
    shop = Shop()
    shop.declining.decline()
    shop.declining.close()
    shop.declining.close()

    assert len(shop.declined()) == 1
