"""Loss under kill -9: what a component accepted, and never reached a consumer.

Every component accepts at the same rate and is killed at random moments, again and again, with
its broker there (online) or away (outage). Then the broker comes back, the component may deliver
all it has, and what it had accepted is compared with what came.
"""

from __future__ import annotations

import logging
import random
import time
from dataclasses import dataclass
from pathlib import Path

from agent.bench.bridge import BRIDGES, CENTRAL, bridge_outcome
from agent.bench.consumer import Consumer
from agent.bench.environment import versions
from agent.bench.figures import Figure
from agent.bench.outcome import Outcome, judge, loss_rows
from agent.bench.peers.stores import QUEUES
from agent.bench.victims import Victim
from agent.testing.broker import LocalBroker, free_port

log = logging.getLogger(__name__)

LIVED_S = (0.2, 1.0)
"""How long a component accepts before it is killed."""
BROKER_LIVED_S = (0.5, 1.2)
QUIET_S = 15.0  # longer than an event may wait for its receipt
DRAIN_S = 900.0  # a broker that saves at every change hands a long queue out slowly
# Debian's own configuration keeps a database, and writes it every half hour.
SAVED_SELDOM = ("autosave_on_changes false", "autosave_interval 1800")
PERSISTENCE = {"saved at every change": (), "saved as Debian does": SAVED_SELDOM}
"""Lines of the central broker; the testing kit's broker saves at every change by itself."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One component under one kind of kill."""

    component: str
    title: str
    kills: int
    outage: bool
    python: Path | None = None


def measure_kills(scratch: Path, *, python: Path | None, kills: int) -> list[Figure]:
    """Kill ours and every peer `kills` times, online and in an outage; then the central broker."""
    rows = []
    for outage in (False, True):
        ours, *others = trials(python, kills=kills, outage=outage)
        own = outcome_of(ours, scratch)
        peers = {trial.title: outcome_of(trial, scratch) for trial in others}
        peers |= _bridges(kills=kills, outage=outage)
        rows += loss_rows(_when(kills, outage=outage), own, peers)
    return rows + _broker_rows(scratch, kills=kills)


def _when(kills: int, *, outage: bool) -> str:
    return f"{kills} kills {'in an outage' if outage else 'online'}"


def trials(python: Path | None, *, kills: int, outage: bool) -> list[Trial]:
    """Return ours, bare paho and, with a Python for them, the stores with paho behind them."""
    both = [
        Trial("outbox", "this agent", kills, outage),
        Trial("bare", "bare paho, QoS 1", kills, outage),
    ]
    if python is None:
        return both
    pins = versions()
    stores = [Trial(n, f"{n} {pins[n]} + paho", kills, outage, python) for n in QUEUES]
    return both + stores


def outcome_of(trial: Trial, scratch: Path, *, rng: random.Random | None = None) -> Outcome:
    """Kill one component as often as the trial says; returns what became of its events."""
    log.info("%s: %s", trial.title, _when(trial.kills, outage=trial.outage))
    lifetimes = rng or random.SystemRandom()
    folder = scratch / f"{trial.component}-{'outage' if trial.outage else 'online'}"
    folder.mkdir()
    with (
        LocalBroker(kind="mosquitto", lines=CENTRAL) as broker,
        Consumer(broker.port) as consumer,
    ):
        victim = Victim(trial.component, folder, broker.port, trial.python)
        if trial.outage:
            broker.stop()
        for life in range(trial.kills):
            with victim.alive(life):
                time.sleep(lifetimes.uniform(*LIVED_S))
        broker.start()
        return deliver(victim, consumer, kills=trial.kills)


def deliver(victim: Victim, consumer: Consumer, *, kills: int) -> Outcome:
    """Let a component deliver what it has, and judge."""
    consumer.catch_up()
    accepted = victim.accepted
    with victim.alive(kills, rate=0):
        consumer.wait_for(accepted, quiet_s=QUIET_S, for_s=DRAIN_S)
    return judge(accepted, copies=consumer.copies, marks=consumer.marks, kills=kills)


def _bridges(*, kills: int, outage: bool) -> dict[str, Outcome]:
    found = {}
    for title, lines in BRIDGES.items():
        log.info("%s: %s", title, _when(kills, outage=outage))
        found[title] = bridge_outcome(lines, kills=kills, outage=outage)
    return found


def _broker_rows(scratch: Path, *, kills: int) -> list[Figure]:
    """Kill the central broker while its consumer is away: what it acknowledged is its to keep.

    Only receipts of the centre make it the agent's again.
    """
    found: dict[str, Outcome] = {}
    for persistence, lines in PERSISTENCE.items():
        for component, word in (("outbox-receipts", "receipts"), ("outbox", "no receipts")):
            folder = scratch / f"broker-{len(found)}"
            folder.mkdir()
            log.info("central broker killed %d times: %s, %s", kills, word, persistence)
            found[f"{word}, {persistence}"] = broker_outcome(
                Victim(component, folder, free_port()), lines, kills=kills
            )
    ours, *others = found
    when = f"central broker killed {kills} times"
    return loss_rows(f"{when}, {ours}", found[ours], {title: found[title] for title in others})


def broker_outcome(victim: Victim, lines: tuple[str, ...], *, kills: int) -> Outcome:
    """Kill the broker `kills` times under an agent of ours; then the consumer comes back."""
    receipts = victim.component == "outbox-receipts"
    with LocalBroker(kind="mosquitto", port=victim.port, lines=(*CENTRAL, *lines)) as broker:
        with Consumer(broker.port):
            pass  # its session stays
        with victim.alive(0):
            for _ in range(kills):
                time.sleep(random.SystemRandom().uniform(*BROKER_LIVED_S))
                broker.kill()
                broker.start()
        with Consumer(broker.port, receipts=receipts) as consumer:
            return deliver(victim, consumer, kills=kills)
