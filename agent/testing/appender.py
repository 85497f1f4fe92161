"""A kiosk reduced to its store and its uplink, to be killed: `python -m agent.testing.appender`.

It appends numbered events for ever and writes the key of every event on a line of its standard
output, once the store has said that it is kept. With `--drain` it appends nothing and ends when
the broker has answered for everything.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import time
from pathlib import Path

from agent.clock import SystemClock
from agent.events.catalogue import DeviceHealth
from agent.outbox import Outbox
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
    outbox = Outbox(wish.store, source=TOPICS.source, clock=SystemClock(), software="bench")
    settings = UplinkSettings(
        port=wish.port, window=wish.window, reconnect_max_s=0.2, backlog_rate=5000
    )
    uplink = Uplink(settings, topics=TOPICS, outbox=outbox)
    uplink.start()
    if not wish.drain:
        _append_for_ever(outbox, pause_s=wish.pause_s)
    while outbox.pending:
        time.sleep(LOOK_S)
    uplink.stop()
    outbox.close()


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
    parser.add_argument("--drain", action="store_true")
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
