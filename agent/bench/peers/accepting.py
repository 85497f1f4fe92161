"""A process that accepts events and delivers them, made to be killed.

    python -m agent.bench.peers.accepting COMPONENT FOLDER PORT RATE FIRST

It writes an empty line once the component runs. Then it accepts `RATE` events a second, numbered
from `FIRST`, and writes the key of each only once the component has accepted it. With a rate of 0
it delivers what is left.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from importlib import import_module
from itertools import count
from pathlib import Path

from agent.bench.peers.forwarding import forwarding
from agent.bench.peers.sending import Accept, acknowledged, bare
from agent.bench.peers.stores import QUEUES

Component = Callable[[Path, int], AbstractContextManager[Accept]]

COMPONENTS: dict[str, Component] = {
    "bare": bare,
    "acknowledged": acknowledged,
    **{name: partial(forwarding, name) for name in QUEUES},
}


def component(name: str) -> Component:
    """Return a peer, or ours: that needs our own environment."""
    if name in COMPONENTS:
        return COMPONENTS[name]
    ours: dict[str, Component] = import_module("agent.bench.ours").COMPONENTS
    return ours[name]


def accept_for_ever(accept: Accept, *, rate: int, first: int) -> None:
    """Accept events until killed."""
    began_s = time.monotonic()
    for number in count():
        time.sleep(max(0.0, began_s + number / rate - time.monotonic()))
        key = accept(first + number)
        if key is not None:
            os.write(sys.stdout.fileno(), f"{key}\n".encode())


def main(arguments: list[str]) -> None:
    """Run until killed."""
    name, folder, *numbers = arguments
    port, rate, first = map(int, numbers)
    with component(name)(Path(folder), port) as accept:
        os.write(sys.stdout.fileno(), b"\n")
        if rate:
            accept_for_ever(accept, rate=rate, first=first)
        while True:
            time.sleep(1)


if __name__ == "__main__":
    main(sys.argv[1:])
