"""The headers of every answer: what the server wants said, and nothing about its software."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from aiohttp import hdrs, web

Stamp: TypeAlias = Callable[[web.Request, web.StreamResponse], Awaitable[None]]


def stamp(headers: Mapping[str, str]) -> Stamp:
    """Return what puts `headers` on every answer of an application.

    Give it to `on_response_prepare`. Answers to what is no HTTP never reach an application:
    `Connection` stamps those.
    """

    async def put(_: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(headers)
        response.headers.pop(hdrs.SERVER, None)

    return put


class Nameless(web.Response):
    """An answer of no application: without the name and the version of the software."""

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        self.headers.pop(hdrs.SERVER, None)
