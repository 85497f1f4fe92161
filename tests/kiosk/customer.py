"""A customer at the page of a running kiosk: sees views, and sends what a page would."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

PATIENCE_S = 10.0


class Customer:
    """One page's WebSocket, and what came over it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.view: dict[str, Any] = {}
        self.refusals: list[str] = []

    async def hear(self) -> dict[str, Any]:
        """Take the next message from the kiosk."""
        message: dict[str, Any] = await self.socket.receive_json(timeout=PATIENCE_S)
        if message["type"] == "view":
            self.view = message
        else:
            self.refusals.append(message["reason"])
        return message

    async def until(self, seen: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """Wait for a view that is as `seen` wants it."""
        while not self.view or not seen(self.view):
            await self.hear()
        return self.view

    async def sees(self, screen: str) -> dict[str, Any]:
        """Wait for a screen."""
        return await self.until(lambda view: view["screen"] == screen)

    async def send(self, kind: str, **facts: object) -> None:
        """Send a message about the view shown now."""
        await self.socket.send_json({"type": kind, "revision": self.view["revision"]} | facts)

    async def choose(self, option: str) -> dict[str, Any]:
        """Choose an option, and wait for the next view."""
        return await self._next("choice", option=option)

    async def choose_all(self, *options: str) -> dict[str, Any]:
        """Choose several options, and wait for the next view."""
        return await self._next("choices", options=options)

    async def write(self, text: str) -> dict[str, Any]:
        """Write a text, and wait for the next view."""
        return await self._next("written", text=text)

    async def leave_contact(self, value: str, *, way: str = "email") -> dict[str, Any]:
        """Ask for an answer, and wait for the next view."""
        return await self._next("contact", way=way, value=value, consent=True)

    async def refused(self, kind: str, **facts: object) -> str:
        """Send what the kiosk refuses; returns why."""
        known = len(self.refusals)
        await self.send(kind, **facts)
        while len(self.refusals) == known:
            await self.hear()
        return self.refusals[-1]

    async def _next(self, kind: str, **facts: object) -> dict[str, Any]:
        before = self.view["revision"]
        await self.send(kind, **facts)
        return await self.until(lambda view: view["revision"] != before)


@asynccontextmanager
async def customer_at(address: str) -> AsyncIterator[Customer]:
    """Open the kiosk's page, which owns the visit from then on."""
    async with (
        aiohttp.ClientSession(headers={"Origin": address}) as web,
        web.ws_connect(f"{address}/ws") as socket,
    ):
        customer = Customer(socket)
        await socket.send_json({"type": "hello", "page": "customer"})
        async with asyncio.timeout(PATIENCE_S):
            await customer.hear()
        yield customer
