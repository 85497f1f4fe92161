"""A local Mosquitto that bridges to the central one: what people use instead of an outbox.

It accepts by PUBACK. What is killed is the local broker, because it holds the messages; who
publishes to it goes with it.
"""

from __future__ import annotations

import random
import time

from agent.bench.consumer import Consumer
from agent.bench.outcome import Outcome, judge
from agent.bench.victims import Victim
from agent.testing.broker import LocalBroker

LIVED_S = (0.2, 1.0)
BRIDGED_S = 1.0  # what is lost while a bridge comes up is not what is measured
# A consumer slower than a drain must not be what loses: Mosquitto keeps 1000 for it by itself. Nor
# should Nagle's wait for a delayed ACK slow a component down.
CENTRAL = ("max_queued_messages 0", "set_tcp_nodelay true")
QUIET_S = 8.0  # a bridge takes its time to connect again
DRAIN_S = 120.0
_BRIDGE = (
    "connection centre",
    "address 127.0.0.1:{port}",
    "topic # out 1",
    "bridge_protocol_version mqttv50",
    "bridge_attempt_unsubscribe false",
    "notifications false",
    "cleansession false",
    "restart_timeout 1",
)
BRIDGES: dict[str, tuple[str, ...]] = {
    "Mosquitto bridge, Debian's defaults": ("autosave_on_changes false", "autosave_interval 1800"),
    "Mosquitto bridge, every persistence knob on": ("max_queued_messages 0",),
}
"""Lines of the local broker; the testing kit's broker saves at every change by itself."""


def bridge_outcome(lines: tuple[str, ...], *, kills: int, outage: bool) -> Outcome:
    """Kill a local broker `kills` times, with the central one there or away."""
    with (
        LocalBroker(kind="mosquitto", lines=CENTRAL) as centre,
        Consumer(centre.port) as consumer,
        LocalBroker(kind="mosquitto", lines=(*lines, *bridge_to(centre.port))) as local,
    ):
        if outage:
            centre.stop()
        victim = Victim("acknowledged", local.folder, local.port)
        for life in range(kills):
            local.start()
            time.sleep(0.0 if outage else BRIDGED_S)
            with victim.alive(life):
                time.sleep(random.SystemRandom().uniform(*LIVED_S))
                local.kill()
        centre.start()
        local.start()
        consumer.catch_up()
        accepted = victim.accepted
        consumer.wait_for(accepted, quiet_s=QUIET_S, for_s=DRAIN_S)
    return judge(accepted, copies=consumer.copies, marks=consumer.marks, kills=kills)


def bridge_to(port: int) -> tuple[str, ...]:
    """Return the lines that make a broker a bridge to the one on `port`."""
    return tuple(line.format(port=port) for line in _BRIDGE)
