"""The least a page on a kiosk can be: aiohttp, one WebSocket, one key. What ours is compared with.

It is told a number, paints it, and echoes it two animation frames later, as the customer's page
tells what it has painted; a touch of its key comes back over the same WebSocket.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import WSMessage, web

from agent.bench.browser import Tab

HOST = "127.0.0.1"
KEY = "button"
TOUCHED = "touched"
LOAD_S = 10.0
PATIENCE_S = 5.0
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>bare</title><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width">
<style>button { width: 400px; height: 200px; touch-action: manipulation; }</style>
<button></button>
<script>
const socket = new WebSocket(`ws://${location.host}/ws`);
const key = document.querySelector("button");
const frame = requestAnimationFrame;
socket.onmessage = ({ data }) => {
  key.textContent = data;
  frame(() => frame(() => socket.send(data)));
};
key.onclick = () => socket.send("touched");
</script></html>
"""


class BarePage:
    """The server of that page. `on_touch` is called as soon as a touch of its key is heard."""

    def __init__(self, on_touch: Callable[[], None]) -> None:
        self._on_touch = on_touch
        self._socket = web.WebSocketResponse()
        self._joined = asyncio.Event()
        self._painted: asyncio.Queue[float] = asyncio.Queue()
        self._touched: asyncio.Queue[float] = asyncio.Queue()
        self._number = 0

    async def show(self) -> float:
        """Show the next number; returns when it was on the glass. Monotonic seconds."""
        self._number += 1
        await self._socket.send_str(str(self._number))
        async with asyncio.timeout(PATIENCE_S):
            return await self._painted.get()

    async def touched(self) -> float:
        """Wait for a touch; returns when `on_touch` had been called for it."""
        async with asyncio.timeout(PATIENCE_S):
            return await self._touched.get()

    async def joined(self) -> None:
        """Wait until a browser shows the page."""
        async with asyncio.timeout(LOAD_S):
            await self._joined.wait()

    async def close(self) -> None:
        """Hang up: a browser keeps the connections of a page that was left, in case of a return."""
        await self._socket.close()

    async def serve(self, _: web.Request) -> web.Response:
        """Answer with the page."""
        return web.Response(text=_PAGE, content_type="text/html")

    async def converse(self, request: web.Request) -> web.WebSocketResponse:
        """Talk with the page."""
        self._socket = web.WebSocketResponse()
        await self._socket.prepare(request)
        self._joined.set()
        async for message in self._socket:
            self._hear(message)
        return self._socket

    def _hear(self, message: WSMessage) -> None:
        if message.data == TOUCHED:
            self._on_touch()
            self._touched.put_nowait(time.monotonic())
        else:
            self._painted.put_nowait(time.monotonic())


@asynccontextmanager
async def bare_page(tab: Tab, *, on_touch: Callable[[], None]) -> AsyncIterator[BarePage]:
    """Serve the bare page on a free port and show it in `tab`."""
    page = BarePage(on_touch)
    application = web.Application()
    application.router.add_get("/", page.serve)
    application.router.add_get("/ws", page.converse)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, HOST, 0)
    await site.start()
    try:
        await tab.visit(f"http://{HOST}:{runner.addresses[0][1]}/")
        await page.joined()
        yield page
    finally:
        await tab.visit("about:blank")
        await page.close()
        await runner.cleanup()
