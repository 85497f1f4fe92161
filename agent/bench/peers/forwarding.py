"""A store people use today with paho behind it: one thread forwards what another one puts."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.bench.peers.sending import Accept, new_message, publish_and_wait, started_client
from agent.bench.peers.stores import QUEUES

IDLE_S = 0.01


@contextmanager
def forwarding(name: str, folder: Path, port: int) -> Iterator[Accept]:
    """Accept by `put`: what it returned for is the store's to deliver."""
    queue, client = QUEUES[name](folder), started_client(port, name=f"bench-{name}")

    def forward() -> None:
        while True:
            if not queue.forward(lambda payload: publish_and_wait(client, payload)):
                time.sleep(IDLE_S)

    def accept(number: int) -> str | None:
        key, payload = new_message(number)
        queue.put(payload)
        return key

    threading.Thread(target=forward, daemon=True).start()
    yield accept
    client.loop_stop()
