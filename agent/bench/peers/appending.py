"""A process that appends to one store when it is told to.

    python -m agent.bench.peers.appending STORE FOLDER

It reads one order a line (`alone 50`, `together 100 10`, `spaced 500 100`) and answers each with
one line of JSON.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path

from agent.bench.peers.stores import QUEUES, appending

Step = Callable[[], None]


def open_store(name: str, folder: Path) -> AbstractContextManager[Step]:
    """Return a peer's step, or one of ours: those need our own environment."""
    if name in QUEUES:
        return appending(name, folder)
    steps: dict[str, Callable[[Path], AbstractContextManager[Step]]] = import_module(
        "agent.bench.durable"
    ).STEPS
    return steps[name](folder)


def alone(step: Step, count: int) -> list[float]:
    """Append one after the other; returns the milliseconds of each."""
    times_ms = []
    for _ in range(count):
        began_s = time.perf_counter()
        step()
        times_ms.append((time.perf_counter() - began_s) * 1000)
    return times_ms


def together(step: Step, threads: int, count: int) -> float:
    """Append from many threads, each `count` times and waiting; returns the seconds in all."""
    gate = threading.Barrier(threads + 1)

    def append() -> None:
        gate.wait()
        for _ in range(count):
            step()

    crew = [threading.Thread(target=append) for _ in range(threads)]
    for thread in crew:
        thread.start()
    gate.wait()
    began_s = time.perf_counter()
    for thread in crew:
        thread.join()
    return time.perf_counter() - began_s


def spaced(step: Step, count: int, rate: int) -> float:
    """Append `rate` times a second with real gaps between; returns the seconds in all."""
    began_s = time.perf_counter()
    for number in range(count):
        time.sleep(max(0.0, began_s + number / rate - time.perf_counter()))
        step()
    return time.perf_counter() - began_s


DEEDS: dict[str, Callable[..., list[float] | float]] = {
    "alone": alone,
    "together": together,
    "spaced": spaced,
}


def main(arguments: list[str]) -> None:
    """Obey until standard input ends."""
    store, folder = arguments
    with open_store(store, Path(folder)) as step:
        for line in sys.stdin:
            name, *numbers = line.split()
            answer = DEEDS[name](step, *map(int, numbers))
            print(json.dumps(answer), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main(sys.argv[1:])
