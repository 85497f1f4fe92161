"""Who checks the counter hears every source; what it finds travels with the counts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

from agent.events.catalogue import (
    CountedHow,
    EventData,
    ModelRef,
    RatioWithin,
    ServedCounted,
    ShareWithin,
)
from agent.served.registrar import Registrar
from agent.served.tally import Source
from agent.visit.ledger import SeenBy

MINUTE = 60_000


@dataclass
class Hall:
    """A visit that is told nothing, and what is kept."""

    kept: list[EventData] = field(default_factory=list)
    now_ms: int = 0

    def watch(self, *, on: bool) -> None:
        pass

    def arrive(self, contact: str, *, arrived_ms: int, seen_by: SeenBy) -> None:
        pass

    def leave(self, contact: str, *, left_ms: int) -> None:
        pass

    def registrar(self, observer: Beside) -> Registrar:
        return Registrar(
            ("camera", "sensor"),
            visitors=self,
            keep=self.kept.append,
            now_ms=lambda: self.now_ms,
            observer=observer,
        )

    def counted(self) -> ServedCounted:
        (event,) = self.kept
        self.kept.clear()
        assert isinstance(event, ServedCounted)
        return event


@dataclass
class Beside:
    """Who hears what every source tells."""

    heard: list[str] = field(default_factory=list)
    known: dict[Source, CountedHow] = field(default_factory=dict)

    def works(self, source: Source, *, on: bool) -> None:
        self.heard.append(f"{source} {'on' if on else 'off'}")

    def arrives(self, source: Source, contact: str, *, arrived_ms: int) -> None:
        self.heard.append(f"{source}: {contact} came {arrived_ms}")

    def leaves(self, source: Source, contact: str, *, left_ms: int) -> None:
        self.heard.append(f"{source}: {contact} went {left_ms}")

    def loses(self, source: Source, contacts: Collection[str]) -> None:
        self.heard.extend(f"{source}: {contact} lost" for contact in contacts)

    def how(self, source: Source) -> CountedHow | None:
        return self.known.get(source)

    def models(self, _source: Source) -> dict[Literal["detector", "search"], ModelRef]:
        return {}


SHARE = ShareWithin(value=0.9, low=0.7, high=0.97)
HOW = CountedHow(
    source="sensor",
    taps=30,
    precision=SHARE,
    recall=SHARE,
    factor=RatioWithin(value=1, low=0.9, high=1.1),
)


def test_who_checks_the_counter_hears_of_every_source_and_not_only_of_the_trusted() -> None:
    beside = Beside()
    registrar = Hall().registrar(beside)
    registrar.desk("camera").watch(on=True)
    registrar.desk("sensor").watch(on=True)
    registrar.desk("sensor").arrive("s", arrived_ms=5)
    registrar.desk("sensor").leave("s", left_ms=9)
    registrar.desk("camera").arrive("c", arrived_ms=6)
    registrar.desk("camera").watch(on=False, gone=["c"])

    assert beside.heard == [
        "camera on",
        "sensor on",
        "sensor: s came 5",
        "sensor: s went 9",
        "camera: c came 6",
        "camera: c lost",
        "camera off",
    ]


def test_how_well_it_counts_travels_with_the_count_that_holds() -> None:
    hall = Hall()
    registrar = hall.registrar(Beside(known={"sensor": HOW}))
    registrar.desk("sensor").watch(on=True)
    hall.now_ms = MINUTE
    registrar.close_interval()
    assert hall.counted().calibration == HOW
    registrar.desk("camera").watch(on=True)
    hall.now_ms = 2 * MINUTE
    registrar.close_interval()
    assert hall.counted().calibration is None
