"""The testing kit: public, so that a user's own tests can use it too.

`FakeClock` stands still until told to go, `PinPlayer` presses buttons that do not exist,
`LocalBroker` is a real broker on a free port and `Proxy` the bad network before it (`Road` for
tests that block), `FaultyBroker` a broker that does wrong exactly what it is told, `LeapingLoop` an
event loop in which nothing sleeps.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.testing.broker import LocalBroker
    from agent.testing.clock import FakeClock
    from agent.testing.faulty_broker import FaultyBroker
    from agent.testing.leaping import LeapingLoop
    from agent.testing.pins import PinPlayer
    from agent.testing.proxy import Proxy
    from agent.testing.road import Road

__all__ = ["FakeClock", "FaultyBroker", "LeapingLoop", "LocalBroker", "PinPlayer", "Proxy", "Road"]

_HOMES = {
    "FakeClock": "agent.testing.clock",
    "FaultyBroker": "agent.testing.faulty_broker",
    "LeapingLoop": "agent.testing.leaping",
    "LocalBroker": "agent.testing.broker",
    "PinPlayer": "agent.testing.pins",
    "Proxy": "agent.testing.proxy",
    "Road": "agent.testing.road",
}


def __getattr__(name: str) -> object:
    """Import a part when it is first asked for: a clock needs neither pins nor brokers."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(importlib.import_module(_HOMES[name]), name)
