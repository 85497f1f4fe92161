"""One browser, and clips of real faces that are fetched and never kept in the project."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from agent.demo.media import clips
from agent.errors import DemoError
from tests.screen.chromium import ARGUMENTS, CHROMIUM

ROOT = Path(__file__).parents[2]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        await running.close()


@pytest.fixture(scope="session")
def real_clips() -> dict[str, Path]:
    try:
        return clips(ROOT / ".cache" / "media")
    except DemoError as error:
        pytest.skip(f"needs clips of real faces: {error}")
