"""What is killed: a process that accepts events and writes down which ones it has accepted."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agent.bench.environment import program, surroundings
from agent.errors import StoreError

RATE = 200  # every component can keep up with it
START_S = 30.0
READY_BYTES = 1  # the line that says the component runs
TRIAL = 1_000_000
"""Numbers between the first events of two lives: no number is offered twice."""


@dataclass(frozen=True, slots=True)
class Victim:
    """A component under kills. `component` is what `agent.bench.peers.accepting` knows it by."""

    component: str
    folder: Path
    port: int
    python: Path | None = None

    @property
    def _diary(self) -> Path:
        return self.folder / f"{self.component}.accepted"

    @property
    def accepted(self) -> set[str]:
        """Keys of all events that were accepted in any life; a torn last line is not one."""
        lines = self._diary.read_bytes().split(b"\n")[:-1] if self._diary.exists() else []
        return {line.decode() for line in lines if line}

    @contextmanager
    def alive(self, life: int, *, rate: int = RATE) -> Iterator[None]:
        """Let it accept `rate` events a second, or only deliver (0); it is killed at the end."""
        words = (self.component, self.folder, self.port, rate, life * TRIAL)
        command = program(self.python, "agent.bench.peers.accepting", *words)
        with self._diary.open("ab") as diary, (self.folder / "victim.log").open("ab") as log:
            size = diary.tell()
            process = subprocess.Popen(
                command, stdout=diary, stderr=log, env=surroundings(self.folder)
            )
        try:
            self._wait_until_longer(size + (READY_BYTES if rate else 0), process)
            yield
        finally:
            process.kill()
            process.wait()

    def _wait_until_longer(self, size: int, process: subprocess.Popen[bytes]) -> None:
        """Wait for the line that says it runs, and where it accepts, for a key."""
        deadline_s = time.monotonic() + START_S
        while self._diary.stat().st_size <= size:
            if process.poll() is not None or time.monotonic() > deadline_s:
                raise StoreError(f"{self.component} accepts nothing: {self._last_words()}")
            time.sleep(0.005)

    def _last_words(self) -> str:
        text = (self.folder / "victim.log").read_text("utf-8", errors="replace").strip()
        return text.rpartition("\n")[2] or "it says nothing"
