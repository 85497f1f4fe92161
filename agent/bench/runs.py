"""What each benchmark is made of: which measurements, how many of each, in which order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agent.bench.drain import measure_drain
from agent.bench.environment import peer_python
from agent.bench.figures import Figure, Report, machine
from agent.bench.idle import measure_idle
from agent.bench.kills import measure_kills
from agent.bench.kiosks import write_config
from agent.bench.live import measure_live
from agent.bench.presses import measure_presses
from agent.bench.stores import StoreSizes, measure_stores
from agent.bench.vision import measure_vision
from agent.bench.visits import measure_visits, visit_sections
from agent.bench.weights import weigh_page
from agent.demo.media import clips
from agent.doctor.storage import filesystem_of
from agent.errors import StoreError, UplinkError
from agent.testing.broker import LocalBroker, available_broker, free_port
from agent.vision.models import DETECTOR, EXPRESSION, load_model

log = logging.getLogger(__name__)

PARTS = ("store", "uplink", "kills")
# Else Nagle holds a PUBACK back until the kernel's delayed ACK of the one before: timers of the
# network would be measured, up to 40 ms.
PROMPT = "set_tcp_nodelay true"


@dataclass(frozen=True, slots=True)
class PressSizes:
    """How much of `bench press` is measured."""

    presses: int = 1000
    paints: int = 60
    idle_s: float = 10.0


@dataclass(frozen=True, slots=True)
class VisitSizes:
    """How much of `bench visit` is measured."""

    visits: int = 100


@dataclass(frozen=True, slots=True)
class OutboxSizes:
    """How much of `bench outbox` is measured."""

    stores: StoreSizes = field(default_factory=StoreSizes)
    events: int = 100_000
    """Drained from the backlog; the memory is looked at with ten times as many."""
    live: int = 1000
    kills: int = 20
    parts: tuple[str, ...] = PARTS


@contextlib.contextmanager
def disk_scratch(folder: Path) -> Iterator[Path]:
    """Yield an empty folder in `folder` that is removed afterwards. Raises StoreError on tmpfs."""
    folder.mkdir(parents=True, exist_ok=True)
    if filesystem_of(folder) == "tmpfs":
        raise StoreError(f"{folder.absolute()} is on tmpfs: run the benchmark in another folder")
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        yield Path(scratch).absolute()


def run_press(folder: Path, *, sizes: PressSizes) -> Report:
    """Measure the path of a press on the disk of `folder`. Raises StoreError on a tmpfs."""
    with disk_scratch(folder) as place, _broker_port() as broker_port:
        idle, pressed = place / "idle", place / "pressed"
        for kiosk in (idle, pressed):
            kiosk.mkdir()
        port = free_port()
        config = write_config(idle, broker_port=broker_port, screen_port=port)
        rows = measure_idle(config, screen_port=port, seconds=sizes.idle_s)
        config = write_config(pressed, broker_port=broker_port, screen_port=0)
        rows += asyncio.run(measure_presses(config, presses=sizes.presses, paints=sizes.paints))
    return Report(machine(folder), rows)


def run_visit(folder: Path, *, sizes: VisitSizes) -> Report:
    """Measure whole visits with a page. Raises StoreError (tmpfs), ScreenError (no Chromium)."""
    with disk_scratch(folder) as place, _broker_port() as broker_port:
        sections = visit_sections(place)
        config = write_config(place, broker_port=broker_port, screen_port=0, sections=sections)
        rows = asyncio.run(measure_visits(config, visits=sizes.visits))
    return Report(machine(folder), [*rows, *weigh_page()])


def run_vision(folder: Path, *, models: Sequence[Path]) -> Report:
    """Measure what looking costs. Raises VisionError, DemoError (no clips of real faces).

    Other folders' models are looked at first: what is wrong with them is told before the minutes.
    """
    for other in models:
        for role in (DETECTOR, EXPRESSION):
            load_model(role, folder=other)
    with disk_scratch(folder) as place:
        faces = clips(folder.parent / "media")
        rows = measure_vision(place, clips=faces, envs=folder, models=models)
    return Report(machine(folder), rows)


def run_outbox(folder: Path, *, sizes: OutboxSizes) -> Report:
    """Measure store and uplink beside what people use instead. Raises StoreError on a tmpfs."""
    measures = {"store": _store, "uplink": _uplink, "kills": _kills}
    rows: list[Figure] = []
    with disk_scratch(folder) as place:
        python = peer_python(folder / "peers")
        for part in sizes.parts:
            rows += measures[part](place, python, sizes)
    return Report(machine(folder), rows)


def _store(place: Path, python: Path | None, sizes: OutboxSizes) -> list[Figure]:
    return measure_stores(place, python=python, sizes=sizes.stores)


def _uplink(place: Path, _python: Path | None, sizes: OutboxSizes) -> list[Figure]:
    if not _mosquitto("the uplink"):
        return []
    with LocalBroker(kind="mosquitto", lines=(PROMPT,)) as broker:
        rows = measure_live(place, port=broker.port, count=sizes.live)
        return rows + measure_drain(place, port=broker.port, events=sizes.events)


def _kills(place: Path, python: Path | None, sizes: OutboxSizes) -> list[Figure]:
    if not _mosquitto("the loss under kills"):
        return []
    return measure_kills(place, python=python, kills=sizes.kills)


def _mosquitto(what: str) -> bool:
    if available_broker() == "mosquitto":
        return True
    log.warning("Mosquitto is not installed: %s is left out (apt install mosquitto)", what)
    return False


@contextlib.contextmanager
def _broker_port() -> Iterator[int]:
    """Yield the port of a broker, or one where nobody listens when none is installed."""
    try:
        broker = LocalBroker()
    except UplinkError:
        yield free_port()
        return
    with broker:
        yield broker.port
