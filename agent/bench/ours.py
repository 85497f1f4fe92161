"""This agent's store and uplink as a process of its own, driven as the peers are.

    python -m agent.bench.ours drain DATABASE PORT WINDOW COUNT
    python -m agent.bench.ours live DATABASE PORT WINDOW COUNT RATE

One line of JSON tells what it took.
"""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from agent.bench.durable import RATING
from agent.clock import SystemClock
from agent.events.catalogue import DeviceHealth
from agent.outbox import Outbox, Receipt, Settlement
from agent.uplink import Topics, Uplink, UplinkState
from agent.uplink.settings import UplinkSettings

TOPICS = Topics("bench", "bench", "bench")
UNLIMITED = 100_000.0  # the backlog's rate is not what is measured
WINDOW = UplinkSettings().window
POLL_S = 0.002
AHEAD = 2000  # appends that wait at once while a store is filled
ONLINE_S = 30.0
RECEIPT_WAIT_S = 5.0  # much less than usual: a consumer that is away gets what waits again


def open_outbox(path: Path) -> Outbox:
    """Open the store of the device that is measured."""
    return Outbox(path, source=TOPICS.source, clock=SystemClock(), software="bench")


def fill(path: Path, count: int) -> None:
    """Append `count` events to the store at `path`, in groups."""
    outbox, waiting = open_outbox(path), deque[Future[Receipt]]()
    for _ in range(count):
        waiting.append(outbox.append(RATING))
        if len(waiting) >= AHEAD:
            waiting.popleft().result()
    outbox.close()


@contextmanager
def online(
    outbox: Outbox, port: int, *, window: int, receipts: bool = False
) -> Iterator[threading.Event]:
    """Run an uplink; yields what is set once the broker has accepted it."""
    connected = threading.Event()

    def changed(state: UplinkState) -> None:
        if state.online:
            connected.set()

    settings = UplinkSettings(
        port=port,
        window=window,
        backlog_rate=UNLIMITED,
        reconnect_max_s=0.5,
        receipts=receipts,
        receipt_wait_s=RECEIPT_WAIT_S,
    )
    uplink = Uplink(settings, topics=TOPICS, outbox=outbox, on_change=changed)
    uplink.start()
    yield connected
    uplink.stop(drain_s=0.0)
    outbox.close()


@contextmanager
def delivering(
    folder: Path, port: int, *, receipts: bool = False
) -> Iterator[Callable[[int], str | None]]:
    """Yield a step that keeps event number n and returns its key once it is durable."""
    outbox = open_outbox(folder / "outbox.db")

    def accept(number: int) -> str | None:
        mark = DeviceHealth(uptime_s=float(number), presses={}, pending=0, resident_mb=1.0)
        receipt = outbox.append(mark).result()
        return receipt.event_id if receipt.durable else None

    with online(outbox, port, window=WINDOW, receipts=receipts):
        yield accept


COMPONENTS = {"outbox": delivering, "outbox-receipts": partial(delivering, receipts=True)}
"""What `agent.bench.peers.accepting` can be told to run of ours."""


def drain(path: Path, port: int, window: int, count: int) -> dict[str, float]:
    """Deliver `count` events of a backlog as fast as the window allows."""
    outbox = open_outbox(path)
    left = max(0, outbox.pending - count)
    with online(outbox, port, window=window) as connected:
        connected.wait(ONLINE_S)
        began_s, cpu_s = time.monotonic(), time.process_time()
        while outbox.pending > left:
            time.sleep(POLL_S)
        took_s, used_s = time.monotonic() - began_s, time.process_time() - cpu_s
    return {"seconds": took_s, "cpu_s": used_s, "peak_mb": peak_mb()}


def peak_mb() -> float:
    """Return the most memory this process has had resident, in MiB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    return int(found[1]) / 1024 if found else 0.0


class TimedOutbox(Outbox):
    """Notes when the broker's answers come in."""

    def __init__(self, path: Path) -> None:
        self.answered_s: dict[int, float] = {}
        super().__init__(path, source=TOPICS.source, clock=SystemClock(), software="bench")

    def settle(self, settlements: list[Settlement], **rest: Any) -> None:
        """Record what the broker said, and when."""
        now_s = time.monotonic()
        self.answered_s.update((settlement.position, now_s) for settlement in settlements)
        super().settle(settlements, **rest)


def live(path: Path, port: int, window: int, count: int, rate: int) -> list[float]:
    """Append `rate` events a second; returns the milliseconds from each commit to its PUBACK."""
    outbox, kept = TimedOutbox(path), []
    with online(outbox, port, window=window) as connected:
        connected.wait(ONLINE_S)
        began_s = time.monotonic()
        for number in range(count):
            time.sleep(max(0.0, began_s + number / rate - time.monotonic()))
            kept.append(outbox.append(RATING).result())
        while kept[-1].position not in outbox.answered_s:
            time.sleep(POLL_S)
    return [(outbox.answered_s[k.position] - k.committed_s) * 1000 for k in kept]


DEEDS: dict[str, Callable[..., Any]] = {"drain": drain, "live": live}


def main(arguments: list[str]) -> None:
    """Do one thing and tell what it took."""
    deed, path, *numbers = arguments
    print(json.dumps(DEEDS[deed](Path(path), *map(int, numbers))))  # noqa: T201 - the answer


if __name__ == "__main__":
    main(sys.argv[1:])
