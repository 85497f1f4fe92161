"""A camera that is closed for a customer: the count holds, and says for how long it was closed."""

from __future__ import annotations

from agent.served.tally import REOPENING_MS, Source
from tests.served.test_registrar import MINUTE, Hall


def test_a_minute_without_camera_leaves_the_interval_to_the_camera_and_is_told() -> None:
    hall = Hall()
    registrar = hall.registrar("camera")
    camera = registrar.desk("camera")
    camera.watch(on=True)
    hall.now_ms = MINUTE
    camera.blank(on=True)
    camera.watch(on=False)
    hall.now_ms = 2 * MINUTE
    camera.blank(on=False)
    camera.watch(on=True)
    hall.now_ms = 15 * MINUTE
    registrar.close_interval()

    counted = hall.counted()
    assert (counted.counted_by, counted.blanked_s, counted.worked) == (
        "camera",
        60.0,
        {"camera": 1},
    )


def closed_for(minutes: int, *sources: Source) -> Source | None:
    """Close the camera for so long of an interval of 15 minutes; return whose count holds."""
    hall = Hall()
    registrar = hall.registrar(*sources)
    for source in sources:
        registrar.desk(source).watch(on=True)
    camera = registrar.desk("camera")
    camera.blank(on=True)
    camera.watch(on=False)
    hall.now_ms = minutes * MINUTE
    camera.blank(on=False)
    camera.watch(on=True)
    hall.now_ms = 15 * MINUTE
    registrar.close_interval()
    return hall.counted().counted_by


def test_closed_for_most_of_an_interval_it_leaves_that_to_a_source_that_saw_it_all() -> None:
    assert closed_for(7, "camera", "sensor") == "camera"
    assert closed_for(8, "camera", "sensor") == "sensor"


def test_closed_for_most_of_an_interval_it_is_still_better_than_nobody() -> None:
    assert closed_for(14, "camera") == "camera"


def test_the_next_source_takes_over_meanwhile() -> None:
    hall = Hall()
    registrar = hall.registrar("camera", "sensor")
    registrar.desk("camera").watch(on=True)
    registrar.desk("sensor").watch(on=True)
    registrar.desk("camera").watch(on=False)
    registrar.desk("camera").blank(on=True)

    assert registrar.counting == "sensor"


def test_who_wanted_no_camera_is_no_contact_of_the_next_source_and_who_comes_then_is() -> None:
    hall = Hall()
    registrar = hall.registrar("camera", "sensor")
    camera, sensor = registrar.desk("camera"), registrar.desk("sensor")
    for desk in (camera, sensor):
        desk.watch(on=True)
    sensor.arrive("who wants none", arrived_ms=1)
    hall.told.clear()
    camera.blank(on=True)
    camera.watch(on=False)
    assert hall.told == ["watch off", "watch on"]

    sensor.leave("who wants none", left_ms=3)
    sensor.arrive("the next", arrived_ms=5)
    assert hall.told[-1] == "the next arrived 5 by sensor"


def test_an_interval_in_which_nobody_wanted_it_closed_says_nothing_of_it() -> None:
    hall = Hall()
    registrar = hall.registrar("camera")
    registrar.desk("camera").watch(on=True)
    hall.now_ms = 15 * MINUTE
    registrar.close_interval()

    assert hall.counted().blanked_s is None


def test_a_camera_that_is_not_there_cannot_be_closed() -> None:
    hall = Hall()
    registrar = hall.registrar("sensor")
    registrar.desk("camera").blank(on=True)
    hall.now_ms = REOPENING_MS
    registrar.close_interval()

    assert hall.counted().blanked_s is None


def test_who_opts_out_is_taken_out_of_the_count_and_it_never_falls_below_nobody() -> None:
    hall = Hall()
    registrar = hall.registrar("camera", "sensor")
    both: tuple[Source, ...] = ("camera", "sensor")
    for source in both:
        registrar.desk(source).watch(on=True)
        registrar.desk(source).arrive(f"{source}-1", arrived_ms=1)
    registrar.uncount()
    registrar.uncount()
    hall.now_ms = MINUTE
    registrar.close_interval()

    assert hall.counted().counts == {"camera": 0, "sensor": 1}


def test_with_no_source_at_work_there_is_nobody_to_take_out() -> None:
    hall = Hall()
    registrar = hall.registrar("camera")
    registrar.uncount()
    hall.now_ms = MINUTE
    registrar.close_interval()

    assert hall.counted().counts == {"camera": 0}
