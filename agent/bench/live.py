"""How long a live event takes from its commit to the broker's PUBACK, beside paho alone."""

from __future__ import annotations

import logging
from pathlib import Path

from agent.bench.drain import BARE, PUBLISHING, payload_file
from agent.bench.environment import program
from agent.bench.figures import Figure, compared
from agent.bench.ours import WINDOW, fill
from agent.bench.servants import told

log = logging.getLogger(__name__)

RATE = 100
BLOCKS = 2


def measure_live(scratch: Path, *, port: int, count: int) -> list[Figure]:
    """Publish `count` live events at the same rate, ours and bare paho in turn."""
    log.info("live events, %d a second: %d each", RATE, count)
    database = scratch / "live.db"
    fill(database, 1)
    payload = payload_file(scratch, database)
    ours_ms, bare_ms = [], []
    for _ in range(BLOCKS):
        numbers = (count // BLOCKS, RATE)
        ours = program(None, "agent.bench.ours", "live", database, port, WINDOW, *numbers)
        bare = program(None, PUBLISHING, "live", port, WINDOW, payload, *numbers)
        ours_ms += told(ours, scratch=scratch)
        bare_ms += told(bare, scratch=scratch)
    metric = f"commit to PUBACK at {RATE}/s"
    return compared(metric, ours_ms, peer=BARE, theirs_ms=bare_ms)
