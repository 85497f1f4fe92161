"""Kiosks to measure: their configuration, and one inside this process with timed pins."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from gpiozero.pins.mock import MockFactory, MockPin

from agent.config.loading import load
from agent.kiosk import Kiosk, Seams

START_S = 30.0
PATIENCE_S = 5.0
BUTTONS = ("very_bad", "bad", "okay", "good", "very_good")
_PINS = {"very_bad": 5, "bad": 6, "okay": 13, "good": 19, "very_good": 26}
_LIGHT = 12


def write_config(
    folder: Path,
    *,
    broker_port: int,
    screen_port: int,
    sections: Mapping[str, Mapping[str, object]] | None = None,
) -> Path:
    """Write the configuration of a kiosk with five buttons on mock pins; returns the file.

    What `sections` hold is added to the sections of that name.
    """
    first = {"id": BUTTONS[0], "pin": _PINS[BUTTONS[0]], "light": _LIGHT}
    others = [{"id": key, "pin": _PINS[key]} for key in BUTTONS[1:]]
    configuration: dict[str, Any] = {
        "device": {"tenant": "bench", "site": "bench", "id": "bench"},
        "store": {"path": str(folder / "outbox.db")},
        "uplink": {"port": broker_port},
        "panel": {"backend": "mock", "buttons": [first, *others]},
        "screen": {"port": screen_port},
        "runtime_dir": str(folder / "run"),
    }
    for name, more in (sections or {}).items():
        configuration[name] = {**configuration.get(name, {}), **more}
    path = folder / "kiosk.yaml"
    path.write_text(yaml.safe_dump(configuration), encoding="utf-8")
    return path


class TimedPin(MockPin):  # type: ignore[misc]  # gpiozero has no types
    """A mock pin that remembers when it was last switched on, and tells it."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.on_s = 0.0
        self.tell: Callable[[], None] = lambda: None

    def _set_state(self, value: float) -> None:
        if value:
            self.on_s = time.monotonic()
            self.tell()
        super()._set_state(value)


@dataclass(slots=True)
class Bench:
    """A kiosk in this process, and when what happened last. Monotonic seconds."""

    factory: MockFactory
    committed_s: list[float] = field(default_factory=list)
    painted: list[tuple[int, float]] = field(default_factory=list)
    kiosk: Kiosk = field(init=False)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.factory.pin(_LIGHT).tell = self._news.set

    def edge(self, key: str, *, closed: bool) -> float:
        """Close or open a button's contact; returns when."""
        pin = self.factory.pin(_PINS[key])
        at_s = time.monotonic()
        if closed:
            pin.drive_low()
        else:
            pin.drive_high()
        return at_s

    @property
    def lit_s(self) -> float:
        """When the light was last switched on."""
        found: float = self.factory.pin(_LIGHT).on_s
        return found

    async def thanked(self, *, since_s: float) -> float:
        """Wait until the light thanks; returns the time of the commit that it follows.

        A light before the first commit since then pulses: it asks for patience. Other commits may
        come later, of what a visit writes beside the answer.
        """
        await self.until(lambda: self._thanked_for(since_s))
        return self._thanked_for(since_s)[-1]

    def _thanked_for(self, since_s: float) -> list[float]:
        return [at_s for at_s in self.committed_s if since_s < at_s <= self.lit_s]

    async def shown(self, *, after: int) -> float:
        """Wait until a revision above `after` is on the glass; returns when it was."""
        await self.until(lambda: any(revision > after for revision, _ in self.painted))
        return next(at_s for revision, at_s in self.painted if revision > after)

    async def until(self, condition: Callable[[], object], *, for_s: float = PATIENCE_S) -> None:
        """Wait until a condition holds, looking at it after every happening.

        Not every millisecond: that would give the loop of the kiosk timers it does not have.
        Raises TimeoutError.
        """
        async with asyncio.timeout(for_s):
            while not condition():
                self._news.clear()
                await self._news.wait()

    def passed(self, point: str) -> None:
        """Note a commit of the store; called in its thread."""
        if point == "append.commit":
            self.committed_s.append(time.monotonic())

    def saw(self, revision: int) -> None:
        """Note a revision that is on the glass."""
        self.painted.append((revision, time.monotonic()))
        self._news.set()


@asynccontextmanager
async def running_kiosk(config: Path) -> AsyncIterator[Bench]:
    """Run a kiosk in this event loop."""
    bench = Bench(MockFactory(pin_class=TimedPin))
    seams = Seams(factory=bench.factory, crash_point=bench.passed, on_painted=bench.saw)
    bench.kiosk = Kiosk(load(config), seams=seams)
    ready, stop = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(bench.kiosk.run(stop, on_ready=ready.set))
    waiting = asyncio.create_task(ready.wait())
    try:
        await asyncio.wait({running, waiting}, timeout=START_S, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        yield bench
    finally:
        waiting.cancel()
        stop.set()
        await running
