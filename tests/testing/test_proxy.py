"""The bad network: passes, cuts, stalls and restores."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from agent.testing import Proxy
from agent.testing.broker import free_port

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
