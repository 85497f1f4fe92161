"""A kiosk reduced to its store and its uplink, to be killed: `python -m agent.testing.appender`.

It appends numbered events for ever and writes the key of every event on a line of its standard
output, once the store has said that it is kept. With `--drain` it appends nothing and ends when
the broker has answered for everything, with `--receipts` when the centre has.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import sys
import time
from pathlib import Path

from agent.clock import SystemClock
from agent.events.catalogue import DeviceHealth
from agent.outbox import Limits, Outbox, Reader, State
from agent.uplink import Topics, Uplink
from agent.uplink.settings import UplinkSettings

TOPICS = Topics("bench", "faults", "till-1")
LOOK_S = 0.02


def event(number: int) -> DeviceHealth:
    """Return an event that can be told from others by its number."""
    return DeviceHealth(uptime_s=float(number), presses={}, pending=0, resident_mb=1.0)


def main(arguments: list[str]) -> None:
    """Run until killed, or until everything is settled."""
    wish = _parser().parse_args(arguments)
    limits = Limits(free_disk_bytes=0, receipts=wish.receipts)
    outbox = Outbox(
        wish.store, source=TOPICS.source, clock=SystemClock(), software="bench", limits=limits
    )
    settings = UplinkSettings(
        port=wish.port,
        window=wish.window,
        reconnect_max_s=0.2,
        backlog_rate=wish.backlog_rate,
        receipts=wish.receipts,
        receipt_wait_s=2.0,
    )
    uplink = Uplink(settings, topics=TOPICS, outbox=outbox)
    uplink.start()
    if not wish.drain:
        _append_for_ever(outbox, pause_s=wish.pause_s)
    while outbox.pending or (wish.receipts and _unconfirmed(wish.store)):
        time.sleep(LOOK_S)
    uplink.stop()
    outbox.close()


def _unconfirmed(store: Path) -> int:
    with contextlib.closing(Reader(store)) as reader:
        return reader.count_by_state().get(State.ACKNOWLEDGED, 0)


def _append_for_ever(outbox: Outbox, *, pause_s: float) -> None:
    for number in itertools.count(1):
        receipt = outbox.append(event(number)).result()
        # Straight to the kernel: what is written has been told, even if the next line never runs.
        os.write(1, f"{receipt.event_id}\n".encode())
        time.sleep(pause_s)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m agent.testing.appender")
    parser.add_argument("store", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("--window", type=int, default=20)
    parser.add_argument("--pause-s", type=float, default=0.001)
    parser.add_argument("--backlog-rate", type=float, default=1000.0)
    parser.add_argument("--receipts", action="store_true")
    parser.add_argument("--drain", action="store_true")
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
