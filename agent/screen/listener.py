"""Accepting connections for the page: not too many, and none that dawdles over its request."""

from __future__ import annotations

import asyncio

from aiohttp import web

MAX_SOCKETS = 64
REQUEST_S = 5.0
"""How long a connection may take over a request's line and headers, and idle between requests."""
LINGER_S = 1.0
"""How long a body that nobody asked for is read before the connection is closed."""


class _Connection(web.RequestHandler):
    """One TCP connection; closed at once when too many are open."""

    def __init__(self, server: web.Server) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]  # documented: None logs no requests
            keepalive_timeout=REQUEST_S,
            lingering_time=LINGER_S,
        )
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if len(self._server.connections) > MAX_SOCKETS:
            self.force_close()


async def listen(server: web.Server, *, address: str, port: int) -> asyncio.Server:
    """Accept connections to `address`:`port` and let `server` answer them.

    At most MAX_SOCKETS are open at a time, WebSockets included. OSError when the port is taken.
    """
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: _Connection(server), address, port, backlog=MAX_SOCKETS)
