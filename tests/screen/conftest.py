"""One browser for all tests of the page; a desk, a server and a fresh page for each."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from agent.screen.server import ScreenServer
from tests.screen.chromium import ARGUMENTS, CHROMIUM
from tests.screen.scenes import Desk


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


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 800, "height": 480})
    opened = await context.new_page()
    yield opened
    await context.close()
