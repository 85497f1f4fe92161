"""QEMU's test socket: the host sets the guest's input lines and sees its output lines change.

The protocol is lines of text. A command is answered by `OK` or `FAIL why`; between the answers
come `IRQ raise N` and `IRQ lower N`, for every change of the lines that are intercepted.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from virtual_pi.errors import GuestError


@dataclass(frozen=True, slots=True)
class Answer:
    """The end of a command."""

    ok: bool
    text: str


@dataclass(frozen=True, slots=True)
class Edge:
    """An intercepted line changed."""

    line: int
    on: bool


def parse(line: str) -> Answer | Edge:
    """Read one line of the protocol. Raises GuestError for any other line."""
    words = line.split()
    match words:
        case ["OK", *rest]:
            return Answer(ok=True, text=" ".join(rest))
        case ["FAIL" | "ERR", *rest]:
            return Answer(ok=False, text=" ".join(rest))
        case ["IRQ", ("raise" | "lower") as how, number] if number.isdigit():
            return Edge(int(number), how == "raise")
    raise GuestError(f"QEMU's test socket said {line.strip()!r}: is this QEMU 7.2 or newer?")


OnEdge = Callable[[Edge, float], None]


class Qtest:
    """The socket of one running guest. Make it with `connect`."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, on_edge: OnEdge
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._on_edge = on_edge
        self._answers: asyncio.Queue[Answer] = asyncio.Queue()
        self._turn = asyncio.Lock()
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def connect(cls, path: Path, *, on_edge: OnEdge) -> Qtest:
        """Connect; `on_edge(edge, monotonic seconds of the host)` hears every change."""
        reader, writer = await asyncio.open_unix_connection(path)
        return cls(reader, writer, on_edge=on_edge)

    async def intercept(self, device: str) -> None:
        """Begin to hear the output lines of a device (a QOM path)."""
        await self._ask(f"irq_intercept_out {device}")

    async def set_input(self, device: str, line: int, *, high: bool) -> None:
        """Set an input line of a device."""
        await self._ask(f"set_irq_in {device} unnamed-gpio-in {line} {int(high)}")

    async def drained(self) -> None:
        """Wait until all that a guest said before it was killed has been heard."""
        await self._listening
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()

    async def _ask(self, command: str) -> None:
        async with self._turn:
            self._writer.write(f"{command}\n".encode())
            answer = await self._answers.get()
        if not answer.ok:
            raise GuestError(f"QEMU refuses {command!r}: {answer.text or 'no reason given'}")

    async def _listen(self) -> None:
        with contextlib.suppress(ConnectionError):
            while line := await self._reader.readline():
                self._take(parse(line.decode()))
        self._answers.put_nowait(Answer(ok=False, text="the guest is gone"))

    def _take(self, said: Answer | Edge) -> None:
        if isinstance(said, Edge):
            self._on_edge(said, time.monotonic())
        else:
            self._answers.put_nowait(said)
