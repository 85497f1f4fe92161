"""What a kiosk takes while nobody presses: resident memory and CPU of a real `smilepost run`."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from agent.bench.figures import Figure
from agent.errors import StoreError
from agent.memory import resident_mb

START_S = 30.0
SETTLE_S = 3.0
# What any agent of this kind has loaded before its first own line.
_IMPORTS = "import aiohttp.web, gpiozero, paho.mqtt.client, pydantic, sqlite_utils, yaml"


def measure_idle(config: Path, *, screen_port: int, seconds: float) -> list[Figure]:
    """Start an agent with `config`, and watch it for `seconds` once it serves its page."""
    with _agent(config) as pid:
        _wait_for(screen_port)
        time.sleep(SETTLE_S)
        before_s = cpu_s(pid)
        time.sleep(seconds)
        percent = (cpu_s(pid) - before_s) / seconds * 100
        memory = resident_mb(pid)
    return [
        Figure("agent, resident memory", "MB", memory, "its libraries alone", _imports_mb()),
        Figure("agent, idle CPU", "% of a core", percent),
    ]


@contextlib.contextmanager
def _agent(config: Path) -> Iterator[int]:
    with (config.parent / "agent.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "agent", "run", "-c", str(config)], stdout=log, stderr=log
        )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(port: int) -> None:
    deadline_s = time.monotonic() + START_S
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if time.monotonic() > deadline_s:
            raise StoreError("the agent to be measured did not start: run `smilepost doctor`")
        time.sleep(0.1)


def _imports_mb() -> float:
    code = f"{_IMPORTS}\nimport sys\nprint(flush=True)\nsys.stdin.read()"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        if process.stdout is not None:
            process.stdout.readline()
        return resident_mb(process.pid)


def cpu_s(pid: int) -> float:
    """Return the CPU seconds a process has used, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
