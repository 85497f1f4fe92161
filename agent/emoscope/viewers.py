"""The open pages: each gets the freshest frame when it asks for one, and every change of state."""

from __future__ import annotations

import asyncio
import json

from aiohttp import web


class Viewer:
    """One page. What it has not asked for yet is replaced by what is fresher."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket
        self._news = asyncio.Event()
        self._texts: dict[str, str] = {}
        self._frame: bytes | None = None
        self._ready = False

    def tell(self, topic: str, told: dict[str, object]) -> None:
        """Say something small; it takes the place of what was not said yet on the same topic."""
        self._texts[topic] = json.dumps(told)
        self._news.set()

    def offer(self, frame: bytes) -> None:
        """Keep a frame until the page asks; it takes the place of the one before."""
        self._frame = frame
        self._news.set()

    def ask(self) -> None:
        """Note that the page has shown what it had."""
        self._ready = True
        self._news.set()

    async def close(self, code: int, reason: str) -> None:
        """Say goodbye."""
        await self._socket.close(code=code, message=reason.encode())

    async def deliver(self) -> None:
        """Send what there is, for as long as the page is open."""
        while not self._socket.closed:
            await self._news.wait()
            self._news.clear()
            texts, self._texts = self._texts, {}
            try:
                await self._send(list(texts.values()))
            except ConnectionError:  # the page went away in the middle
                return

    async def _send(self, texts: list[str]) -> None:
        for text in texts:
            await self._socket.send_str(text)
        if self._ready and self._frame is not None:
            frame, self._frame, self._ready = self._frame, None, False
            await self._socket.send_bytes(frame)
