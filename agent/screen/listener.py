"""Accepting connections for the page: not too many, not too fast, and none that dawdles."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Mapping

from aiohttp import web

from agent.http.connection import Connection, Manners
from agent.http.pace import Pace

log = logging.getLogger(__name__)

MAX_SOCKETS = 64
CONNECTIONS_PER_S, CONNECTIONS_AT_ONCE = 20.0, 64
"""A browser opens six and keeps them; the others wait in the system's queue, and presses do not."""
REQUESTS_PER_S, REQUESTS_AT_ONCE = 20.0, 60
"""Of one connection; whoever sends more, without waiting for the answers, is cut off unread."""
HEAD_ENDS = b"\r\n\r\n"
REQUEST_S = 5.0
"""How long a connection may take over a request's line and headers, and idle between requests."""
LINGER_S = 1.0
"""How long a body that nobody asked for is read before the connection is closed."""
BREATH_S = 1.0
"""After the system refused to accept: no file handles, no memory."""


class _Connection(Connection):
    """One TCP connection; closed at once when too many are open, or too much comes by it."""

    def __init__(self, server: web.Server, *, manners: Manners) -> None:
        super().__init__(server, manners=manners)
        self._server = server
        self._pace = Pace(per_s=REQUESTS_PER_S, burst=REQUESTS_AT_ONCE)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if len(self._server.connections) > MAX_SOCKETS:
            self.force_close()

    def data_received(self, data: bytes) -> None:
        """Read what came, unless it holds too many requests: reading them holds up presses."""
        if all(self._pace.take() for _ in range(data.count(HEAD_ENDS))):
            super().data_received(data)
        else:
            self.force_close()


class Listener:
    """Lets `server` answer the connections that come in on a socket, at most so many a second."""

    def __init__(
        self, server: web.Server, listening: socket.socket, *, headers: Mapping[str, str]
    ) -> None:
        self._server = server
        self._listening = listening
        self._manners = Manners(headers=headers, idle_s=REQUEST_S, linger_s=LINGER_S)
        self._pace = Pace(per_s=CONNECTIONS_PER_S, burst=CONNECTIONS_AT_ONCE)
        self._accepting = asyncio.create_task(self._accept())

    @property
    def address(self) -> str:
        """The address it listens on."""
        return str(self._listening.getsockname()[0])

    @property
    def port(self) -> int:
        """The TCP port."""
        return int(self._listening.getsockname()[1])

    async def close(self) -> None:
        """Accept no more."""
        self._accepting.cancel()
        await asyncio.wait({self._accepting})
        self._listening.close()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._pace.wait()
            try:
                line, _ = await loop.sock_accept(self._listening)
            except OSError as error:
                log.warning("the page's connections wait: %s", error)
                await asyncio.sleep(BREATH_S)
                continue
            with contextlib.suppress(OSError):  # it is gone already
                await loop.connect_accepted_socket(self._connection, line)

    def _connection(self) -> _Connection:
        return _Connection(self._server, manners=self._manners)


def listen(server: web.Server, *, address: str, port: int, headers: Mapping[str, str]) -> Listener:
    """Accept connections to `address`:`port` and let `server` answer them, in the running loop.

    At most MAX_SOCKETS are open at a time, WebSockets included. `headers` stand on answers to what
    is no HTTP. OSError when the port is taken.
    """
    listening = socket.create_server((address, port), backlog=MAX_SOCKETS)
    listening.setblocking(False)  # noqa: FBT003 - a name is not taken
    return Listener(server, listening, headers=headers)
