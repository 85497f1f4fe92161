"""The system's Chromium, and how a test waits for what it shows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.async_api import Page

from agent.screen.server import ScreenServer
from agent.screen.views import View

# The same engine without a browser around it: a page costs a quarter of the time.
SHELL = Path("/usr/bin/chromium-headless-shell")
CHROMIUM = SHELL if SHELL.exists() else Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT_S = 10.0
needs_chromium = pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed")

# Ends the short animations at once; the closing bar goes on.
SETTLED = """document.getAnimations()
    .filter((a) => a.effect.getTiming().duration < 1000)
    .forEach((a) => a.finish())"""


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not true():  # noqa: ASYNC110  the condition lies with the kiosk
            await asyncio.sleep(0.005)


async def shown(page: Page, server: ScreenServer, wanted: View) -> None:
    """Show a view and wait until it stands still."""
    server.show(wanted)
    if page.url == "about:blank":
        await page.goto(f"http://127.0.0.1:{server.port}/")
    await page.wait_for_selector(f'[data-revision="{wanted.revision}"]')
    if wanted.screen in ("text", "contact") and wanted.owner:
        await page.wait_for_selector(".hg-button")
    await page.evaluate(SETTLED)
