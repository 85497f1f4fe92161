"""Accepting connections for the office: TLS, from the local network, a fair share for everybody.

Who comes from the internet, is one too many, or comes too often is cut off before a byte of TLS is
spent on them: a crowd at this door must leave the rest of the agent its file handles and its time.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Mapping
from ipaddress import ip_address

from aiohttp import web

from agent.http.connection import Connection, Manners
from agent.http.pace import Pace, Seldom
from agent.office.share import Guest, PaceByAddress, who_gives_way

log = logging.getLogger(__name__)

MAX_SOCKETS = 48
MAX_OF_ONE = 16
"""A browser opens six."""
HANDSHAKES_PER_S, HANDSHAKES_AT_ONCE = 12.0, 24
"""A handshake keeps the event loop busy, and presses wait for it: 2 ms on a desktop's core."""
FROM_ONE_PER_S = 4.0
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


class _Line(Connection):
    """A connection whose guest is known to have said something."""

    def __init__(self, server: web.Server, *, manners: Manners, guest: Guest) -> None:
        super().__init__(server, manners=manners)
        self._guest = guest

    def data_received(self, data: bytes) -> None:
        self._guest.heard_s = asyncio.get_running_loop().time()
        super().data_received(data)


class Listener:
    """Lets `server` answer requests that come through TLS. Use it in one event loop.

    `headers` stand on answers to what is no HTTP.
    """

    def __init__(
        self, server: web.Server, *, context: ssl.SSLContext, headers: Mapping[str, str]
    ) -> None:
        self._server = server
        self._context = context
        self._manners = Manners(headers=headers, idle_s=REQUEST_S, linger_s=LINGER_S)
        self._greetings: dict[asyncio.Task[None], asyncio.Transport] = {}
        self._guests: dict[asyncio.BaseTransport, Guest] = {}
        self._listening: asyncio.Server | None = None
        self._pace = Pace(per_s=HANDSHAKES_PER_S, burst=HANDSHAKES_AT_ONCE)
        self._by_address = PaceByAddress(per_s=FROM_ONE_PER_S, burst=MAX_OF_ONE)
        self._turn = asyncio.Lock()
        self._cut_off = Seldom()

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

    def vouch(self, transport: asyncio.BaseTransport | None) -> None:
        """Note that somebody is signed in on a connection: it gives way to nobody."""
        for guest in self._guests.values():
            if guest.secure is transport is not None:
                guest.known = True

    def admit(self, transport: asyncio.Transport) -> None:
        """Greet a connection, or cut it off."""
        peer = str(transport.get_extra_info("peername")[0])
        if not is_near(peer):
            transport.abort()
            return
        if not self._by_address.take(peer) or not self._has_room(peer):
            self._tell_cut_off(peer)
            transport.abort()
            return
        guest = Guest(peer, transport, heard_s=asyncio.get_running_loop().time())
        self._guests[transport] = guest
        transport.pause_reading()  # what comes is for TLS
        task = asyncio.create_task(self._greet(guest))
        self._greetings[task] = transport
        task.add_done_callback(lambda done: self._greetings.pop(done, None))

    def _has_room(self, peer: str) -> bool:
        """Tell whether one more may come from there, if need be in somebody else's place."""
        self._guests = {t: g for t, g in self._guests.items() if not t.is_closing()}
        guests = self._guests.values()
        if sum(guest.peer == peer for guest in guests) >= MAX_OF_ONE:
            return False
        if len(guests) < MAX_SOCKETS:
            return True
        leaving = who_gives_way(guests, to=peer)
        if leaving is None:
            return False
        leaving.transport.abort()
        del self._guests[leaving.transport]
        return True

    def _tell_cut_off(self, peer: str) -> None:
        before = self._cut_off.ask()
        if before is not None:
            log.warning(
                "too many connections from %s: cut off (%d more since the last line)", peer, before
            )

    async def _greet(self, guest: Guest) -> None:
        lobby = _Lobby()
        await self._wait_for_a_turn()
        if guest.transport.is_closing():  # it had to give way meanwhile
            return
        try:
            secure = await asyncio.get_running_loop().start_tls(
                guest.transport,
                lobby,
                self._context,
                server_side=True,
                ssl_handshake_timeout=HANDSHAKE_S,
                ssl_shutdown_timeout=LINGER_S,
            )
        except OSError:  # no TLS, another version of it, or too slow: told to nobody
            guest.transport.abort()
            return
        if secure is not None and not lobby.left:
            self._hand_over(guest, secure, lobby)

    async def _wait_for_a_turn(self) -> None:
        """Wait, in the order of coming, until one more handshake may begin."""
        async with self._turn:
            await asyncio.sleep(self._pace.wait_s())
            self._pace.take()

    def _hand_over(self, guest: Guest, secure: asyncio.Transport, lobby: _Lobby) -> None:
        guest.secure = secure
        line = _Line(self._server, manners=self._manners, guest=guest)
        secure.set_protocol(line)
        line.connection_made(secure)
        if lobby.said:
            line.data_received(lobby.said)
