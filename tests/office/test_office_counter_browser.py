"""The counter's check under a thumb, in the system's Chromium."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, ViewportSize, async_playwright, expect

from agent.served.calibration import LEAST_TAPS
from tests.kiosk.scene import until
from tests.office.staging import PINS, House
from tests.screen.chromium import ARGUMENTS, CHROMIUM, needs_chromium

pytestmark = needs_chromium

PHONE: ViewportSize = {"width": 390, "height": 844}


@dataclass
class Hand:
    """An installer's phone, and what its browser complained of."""

    page: Page
    house: House
    base: str
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda message: self._note(message.type, message.text))

    def _note(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(text)

    async def begin(self) -> None:
        await self.page.goto(f"{self.base}/")
        await self.page.check("#role-installer")
        await self.page.fill("#pin", PINS["installer"])
        await self.page.locator(".door button").click()
        await self.page.locator("#count button").click()
        await self.page.locator("#tap").wait_for()

    async def tap(self, times: int = 1) -> None:
        for _ in range(times):
            await self.page.locator("#tap button").tap()

    async def shows(self, number: int) -> None:
        await expect(self.page.locator("#taps")).to_have_text(str(number))

    async def counted(self, number: int) -> None:
        """Wait until the kiosk knows of so many."""
        await until(lambda: self.house.calibrator.taps == number)


@pytest_asyncio.fixture(params=[True, False], ids=["script", "no script"])
async def hand(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Hand]:
    async for each in a_hand(tmp_path, script=request.param):
        yield each


@pytest_asyncio.fixture
async def quick(tmp_path: Path) -> AsyncIterator[Hand]:
    async for each in a_hand(tmp_path, script=True):
        yield each


async def a_hand(folder: Path, *, script: bool) -> AsyncIterator[Hand]:
    house = House(folder, served={"sensor": {"pin": 17}})
    house.calibrator.works("sensor", on=True)
    office = house.make()
    await office.start()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page(
            viewport=PHONE, ignore_https_errors=True, has_touch=True, java_script_enabled=script
        )
        yield Hand(page, house, f"https://localhost:{office.port}")
        await browser.close()
    await office.stop()


async def test_every_tap_counts_up_with_and_without_our_script(hand: Hand) -> None:
    await hand.begin()
    for number in range(1, 4):
        await hand.tap()
        await hand.shows(number)
        await hand.counted(number)
    await hand.page.get_by_role("button", name="Undo last tap").click()
    await hand.shows(2)

    assert hand.complaints == []


async def test_taps_in_a_hurry_are_all_taken(quick: Hand) -> None:
    await quick.begin()
    await quick.tap(LEAST_TAPS)
    await quick.shows(LEAST_TAPS)
    await quick.counted(LEAST_TAPS)
    await quick.page.evaluate("document.body.dataset.every = 0.05")
    await quick.page.evaluate("look()")
    await expect(quick.page.locator("#progress")).to_contain_text("Enough.")
    await quick.shows(LEAST_TAPS)


async def test_a_tap_is_not_taken_back_by_a_page_that_was_asked_for_before(quick: Hand) -> None:
    await quick.begin()
    await quick.page.evaluate(
        """() => { const fetched = window.fetch; window.fetch = (url, more) =>
        url === location.pathname
            ? fetched(url, more).then((a) => new Promise((f) => setTimeout(() => f(a), 400)))
            : fetched(url, more); window.late = look(); }"""
    )
    await asyncio.sleep(0.1)
    await quick.tap()
    await quick.counted(1)
    await quick.page.evaluate("window.late")

    await quick.shows(1)


async def test_a_tap_that_does_not_arrive_is_taken_back_and_told(quick: Hand) -> None:
    await quick.begin()
    await quick.tap()
    await quick.counted(1)
    await quick.page.context.set_offline(offline=True)
    await quick.tap()
    await expect(quick.page.locator("#tap-lost")).to_be_visible()
    await quick.shows(1)
    await quick.page.context.set_offline(offline=False)
    await quick.tap()
    await quick.counted(2)

    await expect(quick.page.locator("#tap-lost")).to_be_hidden()


async def test_a_count_taken_over_elsewhere_is_seen_at_the_next_tap(quick: Hand) -> None:
    await quick.begin()
    quick.house.calibrator.take_over(holder="another")
    await quick.tap()
    await expect(quick.page.get_by_role("button", name="Go on counting here")).to_be_visible()

    assert quick.house.calibrator.taps == 0


async def test_the_button_is_for_a_thumb_and_nothing_is_in_anybodys_way(quick: Hand) -> None:
    await quick.begin()
    box = await quick.page.locator("#tap button").bounding_box()
    assert box is not None
    assert box["width"] > 0.8 * PHONE["width"]
    assert box["height"] > 200
    assert box["y"] + box["height"] < PHONE["height"]
    found = await Axe().run(quick.page)

    assert [rule["id"] for rule in found.response["violations"]] == []
