"""One browser and one page for all tests of the page; a desk and a server for each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from agent.screen.server import ScreenServer
from tests.screen.chromium import ARGUMENTS, CHROMIUM
from tests.screen.scenes import Desk

PANEL: ViewportSize = {"width": 800, "height": 480}
FAKED = "!Date.toString().includes('[native code]')"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        await running.close()


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest_asyncio.fixture(loop_scope="session")
async def server(desk: Desk) -> AsyncIterator[ScreenServer]:
    running = desk.server()
    await running.start()
    yield running
    await running.stop()


@dataclass
class Glass:
    """The page that the tests share: to open one for each takes longer than most of them.

    It is left empty. Where a test closed it or set its clock, the next one gets a new one.
    """

    browser: Browser
    page: Page | None = None

    async def take(self) -> Page:
        """Return the page, empty and of the usual size."""
        if self.page is None:
            context = await self.browser.new_context(viewport=PANEL)
            self.page = await context.new_page()
        return self.page

    async def put_back(self, page: Page) -> None:
        """Undo what a test did to the page, or throw it away."""
        if page.is_closed() or await page.evaluate(FAKED):
            await page.context.close()
            self.page = None
            return
        for other in page.context.pages:
            if other is not page:
                await other.close()
        await page.goto("about:blank")
        await page.set_viewport_size(PANEL)
        await page.emulate_media(reduced_motion="null")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def glass(browser: Browser) -> Glass:
    return Glass(browser)


@pytest_asyncio.fixture(loop_scope="session")
async def page(glass: Glass) -> AsyncIterator[Page]:
    taken = await glass.take()
    yield taken
    await glass.put_back(taken)
