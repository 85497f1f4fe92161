"""The root shell in the guest: one command at a time, with its output and exit status."""

from __future__ import annotations

import asyncio
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from virtual_pi.errors import GuestError

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Result:
    """What a command printed, and how it ended."""

    status: int
    output: str


def framed(command: str, mark: str) -> str:
    """Return the line that runs a command and marks the beginning and end of its output.

    The mark is split in what is typed, so that an echo of the line is not taken for output.
    """
    head, tail = mark[:4], mark[4:]
    return f'echo "{head}""{tail}<"; ( {command}\n) 2>&1; echo "{head}""{tail}>$?"\n'


def unframed(text: str, mark: str) -> Result | None:
    """Return the result once all of it is there, else None."""
    clean = _ESCAPES.sub("", text).replace("\r", "")
    match = re.search(rf"{mark}<\n(.*?){mark}>(\d+)\n", clean, re.DOTALL)
    return None if match is None else Result(int(match[2]), match[1].rstrip("\n"))


class Shell:
    """The shell of one running guest. Make it with `connect`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, path: Path) -> Shell:
        """Connect to the console's socket; the guest may still be booting."""
        reader, writer = await asyncio.open_unix_connection(path)
        return cls(reader, writer)

    async def ready(self, *, within_s: float) -> None:
        """Wait until the guest's shell answers."""
        deadline_s = asyncio.get_running_loop().time() + within_s
        while asyncio.get_running_loop().time() < deadline_s:
            try:
                await self.run("stty -echo -onlcr 2>/dev/null", within_s=3.0)
            except GuestError:
                continue
            return
        raise GuestError(f"the guest has no shell after {within_s:.0f} s: see console.log")

    async def run(self, command: str, *, within_s: float = 60.0) -> Result:
        """Run a command line. Raises GuestError when it takes longer than `within_s`."""
        mark = secrets.token_hex(8)
        self._writer.write(framed(command, mark).encode())
        text = ""
        try:
            async with asyncio.timeout(within_s):
                while (result := unframed(text, mark)) is None:
                    text += (await self._more()).decode(errors="replace")
        except TimeoutError as error:
            raise GuestError(f"no end of {command!r} after {within_s:.0f} s") from error
        return result

    async def _more(self) -> bytes:
        data = await self._reader.read(65_536)
        if not data:
            raise GuestError("the guest is gone")
        return data
