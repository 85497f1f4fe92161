"""The power cuts: boot, settle the cut before, press, cut, look at the disk, and again.

The boot that shows what the last cut left is also the next cut's run, so N cuts take N + 1 boots.
In every other cut the network cable is pulled before the presses begin. Half of the cuts fall at
any moment, half within a fifth of a second of a press, where a commit is under way.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from virtual_pi.centre import Centre
from virtual_pi.errors import GuestError
from virtual_pi.image import Image, Say
from virtual_pi.ledger import Press, Run, Verdict, judge, reused_keys
from virtual_pi.machine import Disks, Machine
from virtual_pi.store import Found, read_disk
from virtual_pi.wiring import BUTTONS, acknowledgements

READY_S = 400.0
DRAINED_S = 120.0
PRESSING_S = (4.0, 12.0)
PAUSE_S = (0.1, 0.8)
HELD_S = (0.05, 0.25)
AIMED_S = 0.2


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a verdict was reached from, for whoever doubts it. Seconds of host and guest."""

    presses: tuple[tuple[str, float], ...]
    acknowledged: tuple[float, ...]
    stored: tuple[tuple[str, str, float], ...]
    delivered: tuple[tuple[str, str, float, int], ...]
    holes: int = 0
    """Numbers missing in the store."""


@dataclass(frozen=True, slots=True)
class Cut:
    """One cut, as it is told in the results."""

    number: int
    online: bool
    """The broker was reachable while the presses went on."""
    aimed: bool
    """The cut fell right behind a press."""
    boot_s: float
    """From power-on until the device had told the broker of its start."""
    sound: bool
    """The store on the disk passed SQLite's integrity check."""
    verdict: Verdict
    evidence: Evidence


@dataclass(slots=True)
class Result:
    """All cuts of one run."""

    cuts: list[Cut] = field(default_factory=list)
    reused_keys: list[str] = field(default_factory=list)
    """Keys that stood for two facts."""
    store_faults: list[str] = field(default_factory=list)
    """What the device itself said is wrong with its store."""
    memory_only: int = 0
    """Answers acknowledged by the double pulse: kept in memory only."""

    @property
    def total(self) -> Verdict:
        """All cuts added up."""
        return sum((cut.verdict for cut in self.cuts), Verdict())

    def as_json(self) -> dict[str, object]:
        """Return it as it stands in the JSON."""
        return asdict(self) | {"total": asdict(self.total)}


@dataclass(frozen=True, slots=True)
class _Open:
    """A cut whose answers have yet to reach the broker, on the next boot."""

    number: int
    online: bool
    aimed: bool
    boot_s: float
    boot: str
    presses: tuple[Press, ...]
    acknowledged: tuple[float, ...]
    """When each was, in order."""
    found: Found
    deliveries: dict[str, int]
    """How often every key had come when the power went."""


class PowerCuts:
    """A run of cuts on one store disk."""

    def __init__(
        self,
        image: Image,
        disks: Disks,
        *,
        centre: Centre,
        logs: Path,
        rng: random.Random,
        say: Say,
    ) -> None:
        self._image = image
        self._disks = disks
        self._centre = centre
        self._logs = logs
        self._rng = rng
        self._say = say
        self._open: _Open | None = None
        self.result = Result()

    async def run(self, cuts: int, *, on_cut: Callable[[Result], None]) -> None:
        """Make the cuts; `on_cut` hears the result as far as it has come, after each."""
        for number in range(1, cuts + 2):
            async with self._machine() as machine:
                began_s = time.monotonic()
                boot = await self._ready()
                boot_s = time.monotonic() - began_s
                if self._open is not None:
                    await self._close(self._open)
                    on_cut(self.result)
                if number <= cuts:
                    self._open = await self._cut(machine, number, boot=boot, boot_s=boot_s)

    def _machine(self) -> Machine:
        masked = ("smilepost-vision.service",)
        return Machine(self._image.boot, self._disks, logs=self._logs, masked=masked)

    async def _ready(self) -> str:
        """Wait for a boot nobody has heard of; returns its id."""
        known = len(self._centre.received.boots)
        deadline_s = time.monotonic() + READY_S
        while len(self._centre.received.boots) == known:
            if time.monotonic() > deadline_s:
                raise GuestError(f"no agent after {READY_S:.0f} s: see {self._logs}/console.log")
            await asyncio.sleep(0.1)
        return self._centre.received.boots[-1]

    async def _cut(self, machine: Machine, number: int, *, boot: str, boot_s: float) -> _Open:
        online, aimed = number % 2 == 1, self._rng.choice((True, False))
        await machine.monitor.plug(network=online)
        presses = await self._press(machine)
        if aimed:
            presses.append(await self._press_once(machine))
            await asyncio.sleep(self._rng.uniform(0, AIMED_S))
        await machine.cut()
        told = acknowledgements(machine.changes)
        self.result.memory_only += sum(not ack.kept for ack in told)
        return _Open(
            number,
            online,
            aimed,
            boot_s,
            boot,
            tuple(presses),
            acknowledged=tuple(ack.at_s for ack in told if ack.kept),
            found=read_disk(self._disks.store),
            deliveries=dict(self._centre.received.deliveries),
        )

    async def _press(self, machine: Machine) -> list[Press]:
        """Press at random for a random time, until it ends in the middle of whatever is on."""
        presses: list[Press] = []
        try:
            async with asyncio.timeout(self._rng.uniform(*PRESSING_S)):
                while True:
                    await asyncio.sleep(self._rng.uniform(*PAUSE_S))
                    key = self._rng.choice(list(BUTTONS))
                    presses.append(Press(key, time.monotonic()))
                    await machine.set_line(BUTTONS[key], high=False)
                    presses[-1] = Press(key, time.monotonic())
                    await asyncio.sleep(self._rng.uniform(*HELD_S))
                    await machine.set_line(BUTTONS[key], high=True)
        except TimeoutError:
            return presses

    async def _press_once(self, machine: Machine) -> Press:
        key = self._rng.choice(list(BUTTONS))
        for other in BUTTONS.values():  # one may still be held
            await machine.set_line(other, high=True)
        await asyncio.sleep(HELD_S[0])
        await machine.set_line(BUTTONS[key], high=False)
        return Press(key, time.monotonic())

    async def _close(self, cut: _Open) -> None:
        """Wait until everything the disk held has come, and judge."""
        deadline_s = time.monotonic() + DRAINED_S
        while missing := self._undelivered(cut):
            if time.monotonic() > deadline_s:
                self._say(f"  {len(missing)} pending rows never came")
                break
            await asyncio.sleep(0.1)
        received = self._centre.received
        run = Run(
            cut.presses,
            cut.acknowledged,
            cut.found.of_boot(cut.boot),
            received.of_boot(cut.boot),
            cut.found.holes[cut.boot],
        )
        told = Cut(
            cut.number,
            cut.online,
            cut.aimed,
            round(cut.boot_s, 1),
            cut.found.sound,
            judge(run),
            _evidence(run),
        )
        self.result.cuts.append(told)
        self.result.reused_keys = reused_keys(received.ratings)
        self.result.store_faults = list(received.faults)
        self._say(describe(told))

    def _undelivered(self, cut: _Open) -> list[str]:
        now = self._centre.received.deliveries
        return [key for key in cut.found.pending if now[key] <= cut.deliveries.get(key, 0)]


def _evidence(run: Run) -> Evidence:
    return Evidence(
        tuple((press.key, round(press.at_s, 3)) for press in run.presses),
        tuple(round(at_s, 3) for at_s in run.acknowledged),
        tuple((r.event_id, r.key, r.at_s) for r in run.stored),
        tuple((r.event_id, r.key, r.at_s, count) for r, count in run.delivered.items()),
        run.holes,
    )


def describe(cut: Cut) -> str:
    """Say in one line what a cut did."""
    verdict = cut.verdict
    where = "online" if cut.online else "outage"
    return (
        f"cut {cut.number:2} {where}: {verdict.presses} presses, {verdict.acknowledged}"
        f" acknowledged, {verdict.lost} lost, {verdict.duplicates} duplicates"
        f" (boot {cut.boot_s:.0f} s)"
    )
