"""The checks of `smilepost doctor` for the installer's page, in a process of their own.

Beside the agent, with its rights and at a low priority: a check that hangs or eats memory costs no
press.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from agent.doctor.checks import Check

log = logging.getLogger(__name__)

PATIENCE_S = 120.0
Trouble = Literal["cannot_start", "took_too_long", "no_results"]
_CHECKS = TypeAdapter(list[Check])


def command_of(config: Path) -> tuple[str, ...]:
    """Return what is run."""
    doctor = (sys.executable, "-m", "agent", "doctor", "--json", "-c", str(config))
    return ("nice", "-n", "10", *doctor)


def _environment() -> dict[str, str]:
    """Return the agent's own, but for the folder in which lgpio keeps a pipe of the same name."""
    return os.environ | {"LG_WD": tempfile.gettempdir()}


class Checks:
    """The last results, and whether new ones are on their way."""

    def __init__(self, command: Sequence[str], *, patience_s: float = PATIENCE_S) -> None:
        self._command = tuple(command)
        self.patience_s = patience_s
        self._running: asyncio.Task[None] | None = None
        self.results: tuple[Check, ...] = ()
        self.trouble: Trouble | None = None
        """Why there are no results."""

    @property
    def running(self) -> bool:
        """Whether they are at work."""
        return self._running is not None and not self._running.done()

    def start(self) -> None:
        """Begin, unless they are at work."""
        if not self.running:
            self._running = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End what is under way."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def _run(self) -> None:
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL, env=_environment()
            )
        except OSError as error:
            log.warning("the checks cannot be started: %s", error.strerror)
            self._tell((), "cannot_start")
            return
        try:
            async with asyncio.timeout(self.patience_s):
                written, _ = await process.communicate()
        except TimeoutError:
            self._tell((), "took_too_long")
        else:
            self._read(written)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    def _read(self, written: bytes) -> None:
        try:
            results = tuple(_CHECKS.validate_python(json.loads(written)["checks"]))
        except (ValueError, KeyError, TypeError, ValidationError):
            log.warning("the checks wrote %d bytes that are no results", len(written))
            self._tell((), "no_results")
        else:
            self._tell(results, None)

    def _tell(self, results: tuple[Check, ...], trouble: Trouble | None) -> None:
        self.results, self.trouble = results, trouble
