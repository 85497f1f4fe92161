"""The pages that are open: who owns the visit, and what still has to reach each of them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import suppress

from aiohttp import WSMessage, WSMsgType, web
from pydantic import ValidationError

from agent.errors import ScreenError
from agent.screen.views import FROM_PAGE, MAX_MESSAGE, FromPage, Refused, View

WAITING_MESSAGES = 16
REPLACED = 4001
"""WebSocket close code: this page has come back on another connection."""


class MessageError(ScreenError, ValueError):
    """A message from a page is not one of ours."""


def read(message: WSMessage) -> FromPage:
    """Return what the page said; MessageError with one line when it cannot be understood."""
    if message.type is not WSMsgType.TEXT:
        raise MessageError("send text messages only")
    size = len(message.data.encode())
    if size > MAX_MESSAGE:
        raise MessageError(f"the message has {size} bytes: at most {MAX_MESSAGE} are read")
    try:
        return FROM_PAGE.validate_json(message.data)
    except ValidationError as error:
        raise MessageError(_first_line(error)) from None


def _first_line(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])


class Page:
    """One open WebSocket. What it is told waits here, so that nobody waits for a slow page."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self.name: str | None = None
        """What it called itself in its hello."""
        self._socket = socket
        self._waiting: deque[str] = deque(maxlen=WAITING_MESSAGES)
        self._news = asyncio.Event()

    def tell(self, message: View | Refused) -> None:
        """Send `message` soon; a page that does not read loses its oldest messages."""
        self._waiting.append(message.model_dump_json())
        self._news.set()

    async def deliver(self) -> None:
        """Send what waits, until the connection ends or this task is cancelled."""
        with suppress(ConnectionError):
            while True:
                await self._news.wait()
                self._news.clear()
                while self._waiting:
                    await self._socket.send_str(self._waiting.popleft())

    async def answer(self, ping: bytes) -> None:
        """Answer a ping."""
        with suppress(ConnectionError):
            await self._socket.pong(ping)

    async def close(self, code: int, reason: str) -> None:
        """Close the connection."""
        await self._socket.close(code=code, message=reason.encode())


class Pages:
    """The pages in the order they came; the first one owns the visit."""

    def __init__(self) -> None:
        self._pages: list[Page] = []

    def __len__(self) -> int:
        return len(self._pages)

    def __iter__(self) -> Iterator[Page]:
        return iter(tuple(self._pages))

    @property
    def owner(self) -> Page | None:
        """The page whose choices are accepted."""
        return self._pages[0] if self._pages else None

    def join(self, page: Page) -> Page | None:
        """Take `page` in. One of the same name is replaced, keeps its place, and is returned."""
        for index, earlier in enumerate(self._pages):
            if earlier.name == page.name:
                self._pages[index] = page
                return earlier
        self._pages.append(page)
        return None

    def leave(self, page: Page) -> bool:
        """Let `page` go; True when it was among us."""
        if page not in self._pages:
            return False
        self._pages.remove(page)
        return True
