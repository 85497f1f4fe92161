"""Of several sources one counts at a time; answers belong to its contacts."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from agent.events.catalogue import EventData, ModelRef, ServedCounted, ServedDisputed
from agent.served.registrar import UNOBSERVED, Registrar
from agent.served.tally import Source
from agent.visit.ledger import SeenBy

MINUTE = 60_000


@dataclass
class Hall:
    """What the visit is told, and what is kept."""

    told: list[str] = field(default_factory=list)
    kept: list[EventData] = field(default_factory=list)
    shown: list[tuple[int | None, SeenBy | None]] = field(default_factory=list)
    now_ms: int = 0

    def show(self, present: int | None, *, seen_by: SeenBy | None) -> None:
        self.shown.append((present, seen_by))

    def watch(self, *, on: bool) -> None:
        self.told.append(f"watch {'on' if on else 'off'}")

    def arrive(self, contact: str, *, arrived_ms: int, seen_by: SeenBy) -> None:
        self.told.append(f"{contact} arrived {arrived_ms} by {seen_by}")

    def leave(self, contact: str, *, left_ms: int) -> None:
        self.told.append(f"{contact} left {left_ms}")

    def registrar(self, *sources: Source) -> Registrar:
        return Registrar(
            sources,
            visitors=self,
            keep=self.kept.append,
            now_ms=lambda: self.now_ms,
            show_presence=self.show,
        )

    def counted(self) -> ServedCounted:
        event = next(event for event in reversed(self.kept) if isinstance(event, ServedCounted))
        self.kept.remove(event)
        return event


@pytest.fixture
def hall() -> Hall:
    return Hall()


def test_contacts_of_the_trusted_source_reach_the_visit(hall: Hall) -> None:
    camera = hall.registrar("camera", "sensor").desk("camera")
    camera.watch(on=True)
    camera.arrive("a", arrived_ms=5)
    camera.leave("a", left_ms=9)
    assert hall.told == ["watch on", "a arrived 5 by camera", "a left 9"]


def test_what_the_other_source_sees_is_counted_but_told_to_nobody(hall: Hall) -> None:
    registrar = hall.registrar("camera", "sensor")
    for source in ("camera", "sensor"):
        registrar.desk(source).watch(on=True)
    registrar.desk("sensor").arrive("s", arrived_ms=5)
    registrar.desk("sensor").leave("s", left_ms=9)
    hall.now_ms = MINUTE
    registrar.close_interval()
    assert hall.told == ["watch on"]
    assert hall.counted().counts == {"camera": 0, "sensor": 1}


def test_a_sensor_takes_over_from_a_camera_that_fails_with_who_is_there(hall: Hall) -> None:
    registrar = hall.registrar("camera", "sensor")
    camera, sensor = registrar.desk("camera"), registrar.desk("sensor")
    sensor.watch(on=True)
    camera.watch(on=True)
    sensor.arrive("s", arrived_ms=5)
    hall.told.clear()
    camera.watch(on=False)
    assert hall.told == ["watch off", "watch on", "s arrived 5 by sensor"]
    assert registrar.counting == "sensor"


def test_at_the_end_nobody_takes_over_and_whoever_is_there_leaves_once(hall: Hall) -> None:
    registrar = hall.registrar("camera", "sensor")
    camera, sensor = registrar.desk("camera"), registrar.desk("sensor")
    for desk in (sensor, camera):
        desk.watch(on=True)
        desk.arrive(f"by the {desk.source}", arrived_ms=5)
    hall.told.clear()
    registrar.close()
    camera.watch(on=False, gone={"by the camera"})
    sensor.leave("by the sensor", left_ms=9)

    assert hall.told == ["watch off"]
    assert hall.counted().counts == {"camera": 1, "sensor": 1}
    assert hall.shown[-1] == (None, None)


def test_a_key_of_the_staffs_counts_heads_and_sees_nobody(hall: Hall) -> None:
    registrar = hall.registrar("manual")
    key = registrar.desk("manual")
    key.watch(on=True)
    key.tick_off()
    key.tick_off()
    hall.now_ms = MINUTE
    registrar.close_interval()
    assert hall.told == []
    counted = hall.counted()
    assert (counted.counted_by, counted.counts) == ("manual", {"manual": 2})


def test_an_interval_says_who_counted_and_for_how_long_each_worked(hall: Hall) -> None:
    registrar = hall.registrar("camera", "sensor")
    registrar.desk("sensor").watch(on=True)
    registrar.desk("camera").watch(on=True)
    hall.now_ms = MINUTE // 4
    registrar.desk("camera").watch(on=False)
    hall.now_ms = MINUTE
    registrar.close_interval()
    counted = hall.counted()
    assert counted.span_s == 60
    assert counted.counted_by == "sensor"
    assert counted.worked == {"camera": 0.25, "sensor": 1.0}


def test_sources_that_disagree_are_an_event(hall: Hall) -> None:
    registrar = hall.registrar("camera", "sensor")
    for source in ("camera", "sensor"):
        registrar.desk(source).watch(on=True)
    for number in range(40):
        registrar.desk("sensor").arrive(f"s{number}", arrived_ms=number)
    hall.now_ms = MINUTE
    registrar.close_interval()
    dispute = hall.kept[-1]
    assert isinstance(dispute, ServedDisputed)
    assert dispute.counts == {"camera": 0, "sensor": 40}


def test_without_a_source_nothing_is_said(hall: Hall) -> None:
    registrar = hall.registrar()
    hall.now_ms = MINUTE
    registrar.close_interval()
    assert hall.kept == []
    assert registrar.counting is None


# -- presence, for signage -----------------------------------------------------------------------


def test_who_is_there_is_told_at_every_change_with_who_sees_them(hall: Hall) -> None:
    camera = hall.registrar("camera", "sensor").desk("camera")
    camera.watch(on=True)
    camera.arrive("a", arrived_ms=5)
    camera.arrive("b", arrived_ms=6)
    camera.watch(on=True)
    camera.leave("a", left_ms=9)
    assert hall.shown == [(0, "camera"), (1, "camera"), (2, "camera"), (1, "camera")]


def test_of_several_sources_only_the_one_that_counts_shows_who_is_there(hall: Hall) -> None:
    registrar = hall.registrar("camera", "sensor")
    for source in ("camera", "sensor"):
        registrar.desk(source).watch(on=True)
    registrar.desk("sensor").arrive("s", arrived_ms=5)
    assert hall.shown == [(0, "camera")]


def test_the_source_that_takes_over_shows_whom_it_sees(hall: Hall) -> None:
    registrar = hall.registrar("camera", "sensor")
    for source in ("camera", "sensor"):
        registrar.desk(source).watch(on=True)
    registrar.desk("sensor").arrive("s", arrived_ms=5)
    registrar.desk("camera").watch(on=False)
    assert hall.shown == [(0, "camera"), (1, "sensor")]


def test_when_no_source_sees_any_more_nobody_knows_who_is_there(hall: Hall) -> None:
    registrar = hall.registrar("camera", "manual")
    registrar.desk("manual").watch(on=True)
    registrar.desk("camera").watch(on=True)
    registrar.desk("camera").arrive("a", arrived_ms=5)
    registrar.desk("camera").watch(on=False, gone={"a"})
    assert hall.shown == [(0, "camera"), (1, "camera"), (None, None)]


def test_a_key_of_the_staffs_never_says_who_is_there(hall: Hall) -> None:
    key = hall.registrar("manual").desk("manual")
    key.watch(on=True)
    key.tick_off()
    assert hall.shown == []


# -- the models that counted ---------------------------------------------------------------------

DETECTOR = ModelRef(id="squares-1", sha256="ab" * 32)


class Knowing(type(UNOBSERVED)):  # type: ignore[misc]
    """Who knows what a camera searches with."""

    def models(self, source: Source) -> dict[str, ModelRef]:
        return {"detector": DETECTOR} if source == "camera" else {}


@pytest.mark.parametrize(("source", "told"), [("camera", {"detector": DETECTOR}), ("sensor", None)])
def test_the_models_of_a_camera_travel_with_its_counts(
    hall: Hall, source: Source, told: dict[str, ModelRef] | None
) -> None:
    registrar = Registrar(
        (source,),
        visitors=hall,
        keep=hall.kept.append,
        now_ms=lambda: hall.now_ms,
        observer=Knowing(),
    )
    registrar.desk(source).watch(on=True)
    hall.now_ms = MINUTE
    registrar.close_interval()
    assert hall.counted().models == told


def test_who_is_still_there_when_a_camera_counts_again_has_a_new_name(hall: Hall) -> None:
    registrar = hall.registrar("camera")
    camera = registrar.desk("camera")
    camera.watch(on=True)
    camera.arrive("a", arrived_ms=5)
    camera.watch(on=False)
    camera.watch(on=True)
    camera.leave("a", left_ms=9)
    arrivals = [told.partition(" ")[0] for told in hall.told if "arrived" in told]
    first, again = arrivals
    assert (first, len(again)) == ("a", 12)
    assert hall.told[-1] == f"{again} left 9"
