"""Accepting connections for the office: TLS, from the local network, and not too many.

Who comes from the internet, or is one too many, is cut off before a byte of TLS is spent on them:
a crowd at this door must leave the rest of the agent its file handles.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from ipaddress import ip_address

from aiohttp import web

MAX_SOCKETS = 48
MAX_OF_ONE = 16
"""A browser opens six."""
HANDSHAKE_S = 5.0
REQUEST_S = 5.0
"""How long a connection may take over a request's line and headers, and idle between requests."""
LINGER_S = 1.0
"""How long a body that nobody asked for is read before the connection is closed."""


def is_near(address: str) -> bool:
    """Tell whether an address is of a local network: anything that the internet does not route."""
    found = ip_address(address.partition("%")[0])
    return not found.is_global and not found.is_multicast


class _Lobby(asyncio.Protocol):
    """Keeps what is said between the handshake and the moment somebody listens."""

    def __init__(self) -> None:
        self.said = b""
        self.left = False

    def data_received(self, data: bytes) -> None:
        self.said += data

    def connection_lost(self, _error: Exception | None) -> None:
        self.left = True


class _Arrival(asyncio.Protocol):
    """A TCP connection of which nothing is known but where it comes from."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._listener.admit(transport)


class Listener:
    """Lets `server` answer requests that come through TLS. Use it in one event loop."""

    def __init__(self, server: web.Server, *, context: ssl.SSLContext) -> None:
        self._server = server
        self._context = context
        self._greetings: dict[asyncio.Task[None], asyncio.Transport] = {}
        self._open: dict[asyncio.BaseTransport, str] = {}
        self._listening: asyncio.Server | None = None

    @property
    def port(self) -> int | None:
        """The TCP port in use; None while closed."""
        sockets = () if self._listening is None else self._listening.sockets
        return int(sockets[0].getsockname()[1]) if sockets else None

    async def open(self, *, address: str, port: int) -> None:
        """Begin to listen; OSError when the port is taken."""
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(
            lambda: _Arrival(self), address, port, backlog=MAX_SOCKETS
        )

    async def close(self) -> None:
        """Listen no more, and send away who is still at the door."""
        if self._listening is not None:
            self._listening.close()
        self._listening = None
        greetings = dict(self._greetings)
        for task, transport in greetings.items():
            task.cancel()
            transport.abort()
        await asyncio.gather(*greetings, return_exceptions=True)

    def admit(self, transport: asyncio.Transport) -> None:
        """Greet a connection, or cut it off."""
        peer = str(transport.get_extra_info("peername")[0])
        self._forget_the_gone()
        from_there = Counter(self._open.values())[peer]
        if not is_near(peer) or from_there >= MAX_OF_ONE or len(self._open) >= MAX_SOCKETS:
            transport.abort()
            return
        self._open[transport] = peer
        transport.pause_reading()  # what comes is for TLS
        task = asyncio.create_task(self._greet(transport))
        self._greetings[task] = transport
        task.add_done_callback(lambda done: self._greetings.pop(done, None))

    async def _greet(self, transport: asyncio.Transport) -> None:
        lobby = _Lobby()
        try:
            secure = await asyncio.get_running_loop().start_tls(
                transport,
                lobby,
                self._context,
                server_side=True,
                ssl_handshake_timeout=HANDSHAKE_S,
                ssl_shutdown_timeout=LINGER_S,
            )
        except OSError:  # no TLS, another version of it, or too slow: told to nobody
            transport.abort()
            return
        if secure is not None and not lobby.left:
            self._hand_over(secure, lobby)

    def _hand_over(self, secure: asyncio.Transport, lobby: _Lobby) -> None:
        handler = web.RequestHandler(
            self._server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]  # documented: None logs no requests
            keepalive_timeout=REQUEST_S,
            lingering_time=LINGER_S,
        )
        secure.set_protocol(handler)
        handler.connection_made(secure)
        if lobby.said:
            handler.data_received(lobby.said)

    def _forget_the_gone(self) -> None:
        self._open = {t: peer for t, peer in self._open.items() if not t.is_closing()}
