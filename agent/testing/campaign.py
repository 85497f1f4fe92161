"""Kill -9 of agent and broker at random moments, and the account afterwards.

    with LocalBroker(kind="mosquitto", lines=BROKER_LINES) as broker:
        outcome = run_campaign(folder, broker=broker, kills=100, victims=("agent",))
    assert not outcome.lost

The agent is a child process with the real store and uplink (`agent.testing.appender`); what it
had told as kept when it was killed is held against what a central server has received.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from agent.errors import UplinkError
from agent.testing.broker import LocalBroker
from agent.testing.centre import Centre
from agent.testing.road import Road

Victim = Literal["agent", "broker"]

BROKER_LINES = ("max_queued_messages 0", "max_inflight_messages 100")
"""Without the first Mosquitto drops what waits for an absent subscriber beyond 1,000 messages."""
DRAIN_S = 600.0
BEGIN_S = 30.0
LIVES_S = (0.05, 0.8)
"""How long a victim lives at least and at most, from the first event it kept."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The account of a campaign."""

    kills: int
    accepted: int
    """Events the agent had told as kept."""
    lost: frozenset[str]
    """Keys that were told as kept and have never come."""
    arrived: int
    """Different keys that came."""
    duplicates: tuple[int, ...]
    """Copies one too many, by the kill after which they came."""

    @property
    def most_duplicates(self) -> int:
        """The worst kill."""
        return max(self.duplicates, default=0)

    def __str__(self) -> str:
        return (
            f"{self.kills} kills: {self.accepted} accepted, {len(self.lost)} lost, "
            f"{sum(self.duplicates)} duplicates, at most {self.most_duplicates} after one kill"
        )


@dataclass(slots=True)
class Campaign:
    """What `run_campaign` works with."""

    folder: Path
    broker: LocalBroker
    road: Road
    centre: Centre
    flags: list[str]
    rng: random.Random
    duplicates: list[int] = field(default_factory=list)

    @property
    def told(self) -> Path:
        """The file of the keys that were told as kept."""
        return self.folder / "told"

    def kill_agent(self, *, outage: bool) -> None:
        """Let an agent live for a moment, with or without a network, and kill it."""
        if outage:
            self.road.cut()
        with self._living() as agent:
            self._live()
            agent.kill()
        self.road.restore()
        self._note_duplicates()

    def kill_broker(self) -> None:
        """Kill the broker under a living agent, and start it again."""
        with self._living() as agent:
            self._live()
            self.broker.kill()
            self._live()
            self.broker.start()
            self._live()
            agent.kill()
        self._note_duplicates()

    def drain(self) -> None:
        """Let an agent publish all that is left. Raises UplinkError when it cannot."""
        with self._agent("--drain") as agent:
            try:
                agent.wait(DRAIN_S)
            except subprocess.TimeoutExpired as error:
                raise UplinkError(f"the backlog is not drained in {DRAIN_S:.0f} s") from error
        self._note_duplicates()

    def _note_duplicates(self) -> None:
        self.centre.catch_up()
        self.duplicates.append(self.centre.duplicates - sum(self.duplicates))

    def _live(self) -> None:
        time.sleep(self.rng.uniform(*LIVES_S))

    @contextmanager
    def _living(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run an agent that has begun to keep events."""
        before = _size(self.told)
        with self._agent() as agent:
            deadline_s = time.monotonic() + BEGIN_S
            while _size(self.told) == before:
                if agent.poll() is not None or time.monotonic() > deadline_s:
                    raise UplinkError(f"the agent does not begin: exit code {agent.poll()}")
                time.sleep(0.005)
            yield agent

    @contextmanager
    def _agent(self, *flags: str) -> Iterator[subprocess.Popen[bytes]]:
        program = [sys.executable, "-m", "agent.testing.appender", str(self.folder / "outbox.db")]
        command = [*program, str(self.road.port), *self.flags, *flags]
        with self.told.open("ab") as told:
            process = subprocess.Popen(command, stdout=told)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def account(self) -> Outcome:
        """Hold what was told against what came."""
        told = _whole_lines(self.told)
        came = self.centre.keys
        return Outcome(
            kills=len(self.duplicates) - 1,
            accepted=len(told),
            lost=frozenset(told - came),
            arrived=len(came),
            duplicates=tuple(self.duplicates),
        )


def run_campaign(
    folder: Path,
    *,
    broker: LocalBroker,
    kills: int,
    victims: tuple[Victim, ...] = ("agent", "broker"),
    outages: bool = False,
    receipts: bool = False,
    window: int = 20,
    seed: int = 0,
) -> Outcome:
    """Kill one of `victims` `kills` times at random moments, drain, and return the account.

    With `outages` every second agent lives and dies without a network. Without `receipts` a
    killed broker loses what it had acknowledged and not passed on yet, whatever the agent does.
    `folder` is for the store and should be on the disk in question. Raises UplinkError when
    something cannot run at all.
    """
    rng = random.Random(seed)  # noqa: S311 - chance, not secrets
    flags = ["--window", str(window), *(["--receipts"] if receipts else [])]
    with Centre(broker.port, receipts=receipts) as centre, Road(broker.port) as road:
        campaign = Campaign(folder, broker, road, centre, flags, rng)
        for number in range(kills):
            if rng.choice(victims) == "agent":
                campaign.kill_agent(outage=outages and number % 2 == 1)
            else:
                campaign.kill_broker()
        campaign.drain()
        return campaign.account()


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _whole_lines(path: Path) -> set[str]:
    return set(path.read_text(encoding="ascii").split("\n")[:-1])
