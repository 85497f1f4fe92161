"""The demo's processes: started, watched, and ended by their ids."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from agent.demo.ties import tie
from agent.errors import DemoError

STOP_S = 8.0
REASON_LENGTH = 160


class Child:
    """One Python process of the demo. What it says goes to `log`, or is `heard` here."""

    def __init__(
        self, name: str, arguments: Sequence[str], *, log: Path, heard: bool = False
    ) -> None:
        self.name = name
        self._arguments = arguments
        self._log = log
        self._heard = heard
        self._process: asyncio.subprocess.Process | None = None

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int | None:
        """Its process id; None before its start."""
        return None if self._process is None else self._process.pid

    @property
    def output(self) -> asyncio.StreamReader:
        """What it says on its standard output."""
        if self._process is None or self._process.stdout is None:
            raise DemoError(f"{self.name} was not started")
        return self._process.stdout

    async def start(self) -> None:
        """Start it in a session of its own: a Ctrl-C at the terminal is not meant for it.

        It ends when this process is killed.
        """
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *self._arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE if self._heard else log,
                stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1", "GLOG_minloglevel": "2"},
                start_new_session=True,
                preexec_fn=tie(),
            )

    async def wait(self) -> int:
        """Wait for its end; returns its exit code."""
        if self._process is None:
            raise DemoError(f"{self.name} was not started")
        return await self._process.wait()

    async def stop(self) -> None:
        """Ask it to end (SIGTERM), and end it if it does not."""
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), STOP_S)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def close_input(self) -> None:
        """End its standard input, and wait until it has ended by itself."""
        if self._process is None or self._process.stdin is None:
            return
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), STOP_S)
        except TimeoutError:
            await self.stop()

    def last_words(self) -> str:
        """Return the last line it wrote: usually the reason of its end."""
        text = self._log.read_text(encoding="utf-8", errors="replace").strip()
        return text.rpartition("\n")[2][:REASON_LENGTH] or "it gave no reason"
