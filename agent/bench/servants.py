"""Processes that a benchmark asks to do something, one order after the other."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from agent.bench.environment import surroundings
from agent.errors import StoreError

STOP_S = 20.0


class Servant:
    """One process that answers a line with a line of JSON. What it complains of goes to a log."""

    def __init__(self, command: list[str], *, scratch: Path) -> None:
        self._log = scratch / "servant.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=surroundings(scratch),
                text=True,
            )

    def ask(self, order: str) -> Any:
        """Give an order and wait for the answer. Raises StoreError when the process has ended."""
        _stream(self._process.stdin).write(f"{order}\n")
        _stream(self._process.stdin).flush()
        answer = _stream(self._process.stdout).readline()
        if not answer:
            raise StoreError(f"a measured process has failed: {self._last_words()}")
        return json.loads(answer)

    def _last_words(self) -> str:
        text = self._log.read_text("utf-8", errors="replace").strip()
        return text.rpartition("\n")[2] or "it says nothing"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        _stream(self._process.stdin).close()
        self._process.wait(STOP_S)
        _stream(self._process.stdout).close()


def _stream(stream: IO[str] | None) -> IO[str]:
    assert stream is not None, "the process was started with pipes"  # noqa: S101
    return stream


def told(command: list[str], *, scratch: Path) -> Any:
    """Run a program to its end; returns the JSON it prints. Raises StoreError when it fails."""
    done = subprocess.run(
        command, capture_output=True, text=True, env=surroundings(scratch), check=False
    )
    if done.returncode != 0:
        raise StoreError(
            f"a measured process has failed: {done.stderr.strip().rpartition(chr(10))[2]}"
        )
    return json.loads(done.stdout)
