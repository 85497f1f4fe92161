"""The bad network: passes, cuts, stalls and restores."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from agent.testing import FaultyBroker, Proxy, Road
from agent.testing.broker import free_port
from agent.testing.codec import encode
from agent.testing.packets import Connack, Connect, Ping

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(1000):
        writer.write(chunk)
        await writer.drain()
    writer.close()


@asynccontextmanager
async def network() -> AsyncIterator[Proxy]:
    """A proxy before a server that says back what it hears."""
    server = await asyncio.start_server(_echo, "127.0.0.1", 0)
    async with Proxy(server.sockets[0].getsockname()[1]) as proxy:
        yield proxy
    server.close()


async def connect(proxy: Proxy) -> Streams:
    return await asyncio.open_connection("127.0.0.1", proxy.port)


async def say(streams: Streams, text: bytes) -> bytes:
    reader, writer = streams
    writer.write(text)
    return await asyncio.wait_for(reader.read(100), 5)


async def is_broken(streams: Streams) -> bool:
    try:
        return await asyncio.wait_for(streams[0].read(1), 5) == b""
    except ConnectionError:
        return True


async def test_it_passes_bytes_both_ways() -> None:
    async with network() as proxy:
        streams = await connect(proxy)
        assert await say(streams, b"hello") == b"hello"
        assert proxy.connections == 1


async def test_a_cut_breaks_connections_off_and_refuses_new_ones() -> None:
    async with network() as proxy:
        streams = await connect(proxy)
        await say(streams, b"hello")
        proxy.cut()
        assert await is_broken(streams)
        assert await is_broken(await connect(proxy))
        assert not proxy.up


async def test_after_a_cut_it_can_be_restored_on_the_same_port() -> None:
    async with network() as proxy:
        port = proxy.port
        proxy.cut()
        proxy.restore()
        assert proxy.port == port
        assert await say(await connect(proxy), b"back") == b"back"


async def test_a_stall_holds_bytes_until_restored_and_loses_none() -> None:
    async with network() as proxy:
        reader, writer = await connect(proxy)
        await say((reader, writer), b"hello")
        proxy.stall()
        writer.write(b"held")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(100), 0.1)
        proxy.restore()
        assert await asyncio.wait_for(reader.read(100), 5) == b"held"


async def test_a_stalled_network_can_be_cut() -> None:
    async with network() as proxy:
        streams = await connect(proxy)
        await say(streams, b"hello")
        proxy.stall()
        proxy.cut()
        assert await is_broken(streams)


async def test_when_one_end_leaves_the_other_hears_of_it() -> None:
    async with network() as proxy:
        reader, writer = await connect(proxy)
        await say((reader, writer), b"bye")
        writer.write_eof()
        assert await asyncio.wait_for(reader.read(), 5) == b""


async def test_without_anybody_behind_it_connections_end() -> None:
    async with Proxy(free_port()) as proxy:
        assert await is_broken(await connect(proxy))
        assert proxy.connections == 0


async def test_a_cut_in_the_middle_lets_a_part_through() -> None:
    arrived: list[bytes] = []

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(100):
                arrived.append(chunk)
        writer.close()
        ended.set()

    ended = asyncio.Event()
    server = await asyncio.start_server(note, "127.0.0.1", 0)
    async with Proxy(server.sockets[0].getsockname()[1]) as proxy:
        streams = await connect(proxy)
        proxy.cut_after(7)
        streams[1].write(b"half a packet")
        assert await is_broken(streams)
        await asyncio.wait_for(ended.wait(), 5)
        assert (b"".join(arrived), proxy.passed, proxy.up) == (b"half a ", 7, False)
    server.close()


async def test_what_is_swallowed_is_gone_and_restoring_breaks_the_connection_off() -> None:
    async with network() as proxy:
        streams = await connect(proxy)
        await say(streams, b"hello")
        proxy.swallow()
        streams[1].write(b"lost")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(streams[0].read(1), 0.1)
        proxy.restore()
        assert await is_broken(streams)
        assert await say(await connect(proxy), b"anew") == b"anew"


async def test_a_delay_holds_for_each_direction() -> None:
    async with network() as proxy:
        streams = await connect(proxy)
        proxy.delay_s = 0.05
        began_s = time.monotonic()
        assert await say(streams, b"slow") == b"slow"
        assert time.monotonic() - began_s >= 0.1


def test_a_road_is_a_proxy_for_tests_that_block() -> None:
    with FaultyBroker() as broker, Road(broker.port) as road:
        with socket.create_connection(("127.0.0.1", road.port), timeout=5) as till:
            road.delay(0.001)
            till.sendall(encode(Connect("till")))
            assert till.recv(100) == encode(Connack())
            road.stall()
            road.restore()
            road.cut_after(1)
            till.sendall(encode(Ping()))
            with contextlib.suppress(ConnectionError):
                assert till.recv(100) == b""
        road.swallow()
        road.restore()
        road.cut()
        assert road.passed == len(encode(Connect("till"))) + 1
