"""Connections to the page's server: how many there may be, and how long they may dawdle."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aiohttp
import pytest

from agent.screen import listener
from agent.screen.guard import HEADERS
from agent.screen.server import ScreenServer
from tests.screen.scenes import Desk, view

WAIT_S = 5.0
SHORT_S = 0.3


class Wire:
    """A TCP connection that speaks no more HTTP than it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, text: str) -> None:
        self._writer.write(text.encode())

    async def line(self) -> str:
        """The next line; empty once the server has closed."""
        async with asyncio.timeout(WAIT_S):
            try:
                return (await self._reader.readline()).decode().strip()
            except ConnectionResetError:
                return ""

    async def head(self) -> AsyncIterator[str]:
        """The header lines that follow."""
        while line := await self.line():
            yield line

    async def end(self) -> None:
        """Read until the server closes."""
        async with asyncio.timeout(WAIT_S):
            await self._reader.read()

    async def hang_up(self) -> None:
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except ConnectionError:
            return


class Exchange:
    """Opens connections to one server, and closes them all in the end."""

    def __init__(self, server: ScreenServer, open_wires: AsyncExitStack) -> None:
        self.server = server
        self._open = open_wires

    async def dial(self, text: str = "") -> Wire:
        wire = Wire(*await asyncio.open_connection("127.0.0.1", self.server.port))
        self._open.push_async_callback(wire.hang_up)
        wire.send(text)
        return wire

    def request(self) -> str:
        return f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{self.server.port}\r\n\r\n"


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    server = Desk().server()
    await server.start()
    async with AsyncExitStack() as open_wires:
        yield Exchange(server, open_wires)
    await server.stop()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "REQUEST_S", SHORT_S)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("start", ["", "G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nX"])
async def test_a_request_that_is_not_finished_in_time_is_cut_off(
    exchange: Exchange, start: str
) -> None:
    assert await (await exchange.dial(start)).line() == ""


@pytest.mark.usefixtures("impatient")
async def test_a_request_that_trickles_in_is_cut_off_too(exchange: Exchange) -> None:
    wire = await exchange.dial("GET / HTTP/1.1\r\n")
    closed = asyncio.create_task(wire.line())
    while not closed.done():
        wire.send("X")
        await asyncio.sleep(SHORT_S / 10)
    assert closed.result() == ""


@pytest.mark.usefixtures("impatient")
async def test_a_connection_that_idles_after_an_answer_is_closed(exchange: Exchange) -> None:
    wire = await exchange.dial(exchange.request())
    assert await wire.line() == "HTTP/1.1 200 OK"
    await wire.end()


@pytest.mark.usefixtures("impatient")
async def test_an_open_page_outlives_the_time_for_requests(exchange: Exchange) -> None:
    base = f"http://127.0.0.1:{exchange.server.port}"
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{base}/ws", origin=base) as page,
    ):
        await page.send_json({"type": "hello", "page": "a"})
        assert await (await exchange.dial("G")).line() == ""
        exchange.server.show(view(revision=3))
        assert (await page.receive_json(timeout=WAIT_S))["revision"] == 3


async def test_connections_beyond_the_limit_are_closed_at_once(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "MAX_SOCKETS", 2)
    within = [await exchange.dial(), await exchange.dial()]
    assert await (await exchange.dial()).line() == ""
    for wire in within:
        wire.send(exchange.request())
        assert await wire.line() == "HTTP/1.1 200 OK"


async def test_a_connection_that_leaves_makes_room(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "MAX_SOCKETS", 1)
    first = await exchange.dial(exchange.request())
    assert await first.line() == "HTTP/1.1 200 OK"
    await first.hang_up()
    async with asyncio.timeout(WAIT_S):
        while await (await exchange.dial(exchange.request())).line() != "HTTP/1.1 200 OK":  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.mark.usefixtures("impatient")
async def test_a_crowd_of_half_requests_leaves_the_page_reachable(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(listener, "MAX_SOCKETS", 8)
    crowd = [await exchange.dial("GET / HTTP/1.1\r\nX") for _ in range(2 * listener.MAX_SOCKETS)]
    for wire in crowd:
        assert await wire.line() == ""
    caller = await exchange.dial(exchange.request())
    assert await caller.line() == "HTTP/1.1 200 OK"
    assert caplog.records == []


async def test_connections_beyond_the_pace_wait_for_their_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listener, "CONNECTIONS_AT_ONCE", 3)
    monkeypatch.setattr(listener, "CONNECTIONS_PER_S", 1e-6)
    server = Desk().server()
    await server.start()
    async with AsyncExitStack() as open_wires:
        exchange = Exchange(server, open_wires)
        wires = [await exchange.dial(exchange.request()) for _ in range(6)]
        assert [await wire.line() for wire in wires[:3]] == ["HTTP/1.1 200 OK"] * 3
        waiting = [asyncio.create_task(wire.line()) for wire in wires[3:]]
        done, _ = await asyncio.wait(waiting, timeout=SHORT_S)
        assert not done
        for task in waiting:
            task.cancel()
    await server.stop()


async def test_a_connection_that_cannot_be_accepted_is_told_and_waits(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    loop = asyncio.get_running_loop()
    accept, refusals = loop.sock_accept, [OSError(24, "Too many open files")]

    async def refuse_once(listening: socket.socket) -> object:
        if refusals:
            raise refusals.pop()
        return await accept(listening)

    monkeypatch.setattr(listener, "BREATH_S", 0.01)
    monkeypatch.setattr(loop, "sock_accept", refuse_once)
    first = await exchange.dial(exchange.request())  # was being waited for already
    assert await first.line() == "HTTP/1.1 200 OK"
    second = await exchange.dial(exchange.request())
    assert await second.line() == "HTTP/1.1 200 OK"
    assert refusals == []
    assert [record.getMessage() for record in caplog.records] == [
        "the page's connections wait: [Errno 24] Too many open files"
    ]


@pytest.mark.parametrize(
    "said", ["\x16\x03\x01\r\n\r\n", "GET / HTTP/9.9.9\r\n\r\n", "GET\r\n\r\n"]
)
async def test_what_is_no_http_is_answered_under_the_policy_and_told_without_a_traceback(
    exchange: Exchange, caplog: pytest.LogCaptureFixture, said: str
) -> None:
    wire = await exchange.dial(said)
    assert (await wire.line()).split()[1] == "400"
    head = [line async for line in wire.head()]
    names = {line.partition(":")[0].lower() for line in head}
    assert {name.lower() for name in HEADERS} <= names
    assert "server" not in names
    assert [record.exc_info for record in caplog.records] == [None]


async def test_a_connection_that_heaps_up_requests_is_cut_off_unread(exchange: Exchange) -> None:
    wire = await exchange.dial(exchange.request() * (listener.REQUESTS_AT_ONCE + 1))
    assert await wire.line() == ""
    one_after_the_other = await exchange.dial(exchange.request() * 3)
    assert await one_after_the_other.line() == "HTTP/1.1 200 OK"
