"""A bad network: a TCP proxy that can be cut, stalled, slowed and restored.

It listens on a free port of loopback and passes bytes on to `target`. While cut, connections are
broken off and new ones refused by closing; while stalled, they stay open and nothing moves; while
it swallows, bytes are taken and thrown away.
"""

from __future__ import annotations

import asyncio
import contextlib
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"
CHUNK_BYTES = 65_536


class Proxy:
    """One proxy. Use it as an async context manager inside a running event loop.

    `Road` is the same on a thread of its own, for tests that block.
    """

    def __init__(self, target_port: int, *, target_host: str = HOST, port: int = 0) -> None:
        self._target = (target_host, target_port)
        self._port = port
        self._server: asyncio.Server | None = None
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._passing: set[asyncio.Task[None]] = set()
        self._allowance: int | None = None
        self._swallowing = False
        self.up = True
        """Whether connections are let through."""
        self.delay_s = 0.0
        """How long every piece takes, in each direction."""
        self.passed = 0
        """Bytes passed on towards the target."""

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._port

    @property
    def connections(self) -> int:
        """How many connections go through now."""
        return len(self._writers) // 2

    async def start(self) -> None:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._serve, HOST, self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Break everything off and stop listening."""
        self.cut()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        for task in list(self._passing):
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)

    def cut(self) -> None:
        """Break every connection off and let none through."""
        self.up = False
        self._flowing.set()
        self._break_off()

    def cut_after(self, count: int) -> None:
        """Let `count` more bytes through towards the target, then cut: half a packet arrives."""
        self._allowance = count

    def stall(self) -> None:
        """Keep connections open but let nothing pass, as a dead radio link does."""
        self._flowing.clear()

    def swallow(self) -> None:
        """Take what comes from either end and throw it away: both believe it was sent."""
        self._swallowing = True

    def restore(self) -> None:
        """Let everything through again; connections that lost bytes are broken off."""
        if self._swallowing:
            self._break_off()
        self.up, self._swallowing, self._allowance = True, False, None
        self._flowing.set()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self.stop()

    def _break_off(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.up:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, far_writer}
        directions = [
            self._pass(reader, far_writer, upwards=True),
            self._pass(far_reader, writer, upwards=False),
        ]
        tasks = [asyncio.create_task(direction) for direction in directions]
        self._passing |= set(tasks)
        await asyncio.wait(tasks)
        self._passing -= set(tasks)
        self._writers -= {writer, far_writer}

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, upwards: bool
    ) -> None:
        """Pass one direction on until either end is gone; then the other end goes too."""
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(CHUNK_BYTES):
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                await self._flowing.wait()
                if self._swallowing:
                    continue
                writer.write(self._spend(chunk) if upwards else chunk)
                await writer.drain()
                if self._allowance == 0:
                    self.cut()
        writer.close()

    def _spend(self, chunk: bytes) -> bytes:
        """Return what may pass of a chunk while bytes are counted."""
        if self._allowance is not None:
            chunk = chunk[: self._allowance]
            self._allowance -= len(chunk)
        self.passed += len(chunk)
        return chunk
