"""How fast a backlog goes, and what its size costs: our uplink beside paho without a store.

Both publish the same bytes with the same window, each in a process of its own, in turn.
"""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from statistics import median

from agent.bench.durable import RATING
from agent.bench.environment import program
from agent.bench.figures import Figure
from agent.bench.ours import WINDOW, fill, open_outbox
from agent.bench.servants import told
from agent.outbox import to_message

log = logging.getLogger(__name__)

BARE = "bare paho"
PUBLISHING = "agent.bench.peers.publishing"
ROUNDS = 5  # others use the machine too: the middle one counts
GROWTH = 10
"""How much longer the long backlog is, where memory is looked at."""
PART = 5  # of the short backlog: what is drained of both while memory is looked at


def measure_drain(scratch: Path, *, port: int, events: int) -> list[Figure]:
    """Drain `events` beside bare paho, then look at the memory with ten times as many."""
    log.info("a backlog of %d events is written", events)
    backlog = scratch / "backlog.db"
    fill(backlog, events)
    ours, bare = _take_turns(scratch, backlog, port=port, events=events)
    rows = [
        Figure(f"drain of {events:,}", "events/s", events / ours[0], BARE, events / bare[0]),
        Figure("CPU of a drained event", "us", *_each_us(ours[1], bare[1], events)),
    ]
    return [*rows, _growth(scratch, backlog, port=port, events=events)]


def _each_us(ours_s: float, bare_s: float, events: int) -> tuple[float, str, float]:
    return ours_s / events * 1e6, BARE, bare_s / events * 1e6


def _take_turns(
    scratch: Path, backlog: Path, *, port: int, events: int
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the median (seconds, CPU seconds) of ours and of bare paho."""
    payload = payload_file(scratch, backlog)
    ours, bare = [], []
    for number in range(1, ROUNDS + 1):
        log.info("drain of %d events, round %d of %d", events, number, ROUNDS)
        copy = scratch / "drained.db"
        shutil.copy(backlog, copy)
        ours.append(drained(copy, scratch, port=port, count=events))
        copy.unlink()
        words = ("drain", port, WINDOW, payload, events)
        bare.append(told(program(None, PUBLISHING, *words), scratch=scratch))
    return _middle(ours), _middle(bare)


def _middle(rounds: list[dict[str, float]]) -> tuple[float, float]:
    return median(r["seconds"] for r in rounds), median(r["cpu_s"] for r in rounds)


def drained(database: Path, scratch: Path, *, port: int, count: int) -> dict[str, float]:
    """Let an uplink of ours drain `count` events of a store; returns what it took."""
    words = ("drain", database, port, WINDOW, count)
    found: dict[str, float] = told(program(None, "agent.bench.ours", *words), scratch=scratch)
    return found


def payload_file(scratch: Path, database: Path) -> Path:
    """Write one message of a store as it is published."""
    outbox = open_outbox(database)
    rows = outbox.take(0, up_to=outbox.high, limit=5)
    outbox.close()
    row = next(row for row in rows if row.kind == RATING.kind)
    path = scratch / "payload.json"
    path.write_bytes(to_message(row, replayed=True))
    return path


def _growth(scratch: Path, backlog: Path, *, port: int, events: int) -> Figure:
    """Compare the most memory an agent has had with a long and with a short backlog."""
    part = max(1, events // PART)
    short = scratch / "short.db"
    shutil.copy(backlog, short)
    few = drained(short, scratch, port=port, count=part)
    log.info("a backlog of %d events is written", events * GROWTH)
    fill(backlog, events * (GROWTH - 1))
    many = drained(backlog, scratch, port=port, count=part)
    metric = f"memory with a backlog of {events * GROWTH:,}"
    return Figure(metric, "MiB", many["peak_mb"], f"ours with {events:,}", few["peak_mb"])
