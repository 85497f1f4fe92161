"""A device in a world whose true time is known: crystals drift, clocks are lost, set and mended."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from agent.clock import RELEASE_FLOOR_MS, Moment, SystemClock, iso_utc
from agent.clock.anchor import Reading
from agent.clock.corrections import BootSpan
from agent.clock.keeper import ClockKeeper
from agent.clock.redating import Dated, last_corrections, redate
from agent.events.catalogue import DeviceStopped, EventData

Message = Mapping[str, Any]
Start = Literal["shutdown", "1970", "wrong", "battery"]

_SLEWED_BELOW_MS = 400.0
_SLEWS_IN_MS = 8000.0
_KERNEL_GIVES_UP_MS = 16_000.0
DAY_MS = 86_400_000


@dataclass
class Machine:
    """The two clocks of a machine without a battery, and the kernel that keeps them."""

    true_ms: float = RELEASE_FLOOR_MS + 30.5 * DAY_MS
    drift_ppm: float = 0.0
    monotonic_ms: float = 3000.0
    wall_ms: float = 0.0
    boots: int = 1
    error_ms: float | None = None
    slewing_ms: float = 0.0

    @property
    def boot(self) -> str:
        return f"00000000-0000-4000-8000-{self.boots:012d}"

    def live(self, passed_ms: float) -> None:
        """Let true time pass."""
        self.true_ms += passed_ms
        slewed_ms = self.slewing_ms * (1 - math.exp(-passed_ms / _SLEWS_IN_MS))
        self.slewing_ms -= slewed_ms
        ticked_ms = passed_ms * (1 + self.drift_ppm / 1e6) + slewed_ms
        self.monotonic_ms += ticked_ms
        self.wall_ms += ticked_ms
        if self.error_ms is not None:
            self.error_ms += passed_ms * 500e-6
            if self.error_ms >= _KERNEL_GIVES_UP_MS:
                self.error_ms = None

    def synchronise(self, server_off_ms: float) -> None:
        """Do as systemd-timesyncd does after an answer."""
        off_ms = self.true_ms + server_off_ms - self.wall_ms
        if abs(off_ms) < _SLEWED_BELOW_MS:
            self.slewing_ms = off_ms
        else:
            self.wall_ms += off_ms
            self.slewing_ms = 0.0
        self.error_ms = 0.0

    def set_by_hand(self, ahead_ms: float) -> None:
        """Do as `date --set` does."""
        self.wall_ms = max(0.0, self.wall_ms + ahead_ms)
        self.error_ms, self.slewing_ms = None, 0.0

    def boot_again(self, *, off_ms: float, start: Start, drift_ppm: float) -> None:
        """Stay without power, and start with what a clock without a battery has."""
        self.true_ms += off_ms
        starts = {
            "shutdown": self.wall_ms,
            "1970": 0.0,
            "wrong": self.true_ms + 400 * DAY_MS,
            "battery": self.true_ms + 350,
        }
        self.wall_ms = starts[start]
        self.monotonic_ms, self.drift_ppm = 0.0, drift_ppm
        self.error_ms, self.slewing_ms = None, 0.0
        self.boots += 1
        self.live(3000)

    def read(self) -> Reading:
        error_ms = self.error_ms
        if error_ms is not None:
            error_ms = math.ceil(error_ms) + math.ceil(abs(self.slewing_ms))
        return Reading(int(self.monotonic_ms), int(self.wall_ms), error_ms)


@dataclass
class Device:
    """An agent's clock and keeper on a machine, and a store that never forgets."""

    machine: Machine = field(default_factory=Machine)
    stores_latest: bool = True
    looks_far: bool = True
    messages: list[Message] = field(default_factory=list)
    truths: list[float] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Begin a run of the agent."""
        self.clock = SystemClock(
            floor_ms=RELEASE_FLOOR_MS, read=self.machine.read, boot=self.machine.boot
        )
        known = [m.wall_ms for m in self.moments[-100:] if m.trust == "synced"]
        self.clock.raise_floor(max((ms for ms in known if ms is not None), default=0))
        self.press()
        self.keeper = ClockKeeper(self.clock, keep=self.keep, boots=self.boots)
        self.keeper.begin(self.boots())

    def boot_again(self, *, off_ms: float, start: Start, drift_ppm: float = 0.0) -> None:
        self.machine.boot_again(off_ms=off_ms, start=start, drift_ppm=drift_ppm)
        self.start()

    def look(self) -> None:
        self.keeper.look()

    def live(self, passed_ms: float) -> None:
        self.machine.live(passed_ms)

    def synchronise(self, server_off_ms: float = 0.0) -> None:
        self.machine.synchronise(server_off_ms)

    def find_time(self) -> None:
        """A server answers, and the keeper sees it."""
        self.synchronise()
        self.watch(1)

    def set_by_hand(self, ahead_ms: float) -> None:
        self.machine.set_by_hand(ahead_ms)

    def watch(self, seconds: int) -> None:
        """Let time pass while the keeper looks once a second."""
        for _ in range(seconds):
            self.machine.live(1000)
            self.keeper.look()

    def press(self) -> Message:
        self.keep(DeviceStopped(reason="press"))
        return self.messages[-1]

    def keep(self, event: EventData) -> None:
        moment = self.clock.moment()
        stamps = {
            "time": moment.wall_ms,
            "timeearliest": moment.earliest_ms,
            "timelatest": moment.latest_ms if self.stores_latest else None,
        }
        self.moments.append(moment)
        self.truths.append(self.machine.true_ms)
        self.messages.append(
            {
                "type": event.event_type(),
                "boot": moment.boot,
                "monotonic": str(moment.monotonic_ms),
                "clock": moment.trust,
                "data": event.model_dump(),
                **{name: iso_utc(ms) for name, ms in stamps.items() if ms is not None},
            }
        )

    @property
    def corrections(self) -> list[dict[str, Any]]:
        return [m["data"] for m in self.messages if m["type"].endswith("clock.corrected.v1")]

    def boots(self) -> list[BootSpan]:
        """Tell of each boot what an outbox would."""
        corrected = last_corrections(self.messages)
        boots = dict.fromkeys(moment.boot for moment in self.moments)
        return [
            _span(boot, self.moments, corrected.get(boot), looks_far=self.looks_far)
            for boot in boots
        ]

    def dated(self, number: int, *, seen: int | None = None) -> Dated:
        """Date an event by what a consumer of the first `seen` events knows; all by default."""
        return redate(self.messages[number], last_corrections(self.messages[:seen]))


def _span(
    boot: str, moments: list[Moment], correction: Message | None, *, looks_far: bool
) -> BootSpan:
    own = [moment for moment in moments if moment.boot == boot]
    last = max(own, key=lambda moment: moment.monotonic_ms)
    floors = [moment.earliest_ms for moment in own if moment.earliest_ms is not None]
    return BootSpan(
        boot,
        first_ms=min(moment.monotonic_ms for moment in own),
        last_ms=last.monotonic_ms,
        synced=all(moment.trust == "synced" for moment in own),
        floor_ms=max(floors, default=None),
        last_wall_ms=last.wall_ms,
        offset_ms=None if correction is None else correction["data"]["offset_ms"],
        uncertainty_ms=None if correction is None else correction["data"]["uncertainty_ms"],
        blurred_ms=max(
            (moment.monotonic_ms for moment in own if looks_far and moment.trust != "synced"),
            default=None,
        ),
    )
