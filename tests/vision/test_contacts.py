"""When a face is a contact."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.vision.contacts import Changes, Contact, ContactSensor, longest_step_s, near_enough
from agent.vision.faces import Face
from agent.vision.settings import VisionSettings, Zone
from agent.vision.tracking import FORGET_S

FaceAt = Callable[..., Face]


def new_sensor(*, min_dwell_s: float = 1.5, step_s: float = 0.5) -> ContactSensor:
    names = (f"{number:012x}" for number in count(1))
    return ContactSensor(min_dwell_s=min_dwell_s, step_s=step_s, new_id=lambda: next(names))


@pytest.fixture
def sensor() -> ContactSensor:
    return new_sensor()


def watch(
    sensor: ContactSensor, *, start_s: float, end_s: float, track: int = 1, sure: bool = True
) -> list[Changes]:
    """See one face at 10 frames a second from start to end."""
    frames = range(round(start_s * 10), round(end_s * 10) + 1)
    return [sensor.update({track: sure}, at_s=frame / 10) for frame in frames]


def test_somebody_who_stays_becomes_a_contact_after_the_least_dwell(sensor: ContactSensor) -> None:
    began = [i for i, c in enumerate(watch(sensor, start_s=0, end_s=3)) if c.began]
    assert began == [15]


def test_the_arrival_is_the_first_sighting(sensor: ContactSensor) -> None:
    (contact,) = [c for changes in watch(sensor, start_s=4, end_s=6) for c in changes.began]
    assert contact.arrived_s == pytest.approx(4)


def test_a_pass_by_is_not_a_contact(sensor: ContactSensor) -> None:
    seen = watch(sensor, start_s=0, end_s=1.4)
    gone = sensor.update({}, at_s=1.4 + FORGET_S + 0.1)
    assert not any(changes.began for changes in seen)
    assert (gone.left, len(gone.passed)) == ((), 1)


def test_leaving_is_known_late_but_dated_at_the_last_sighting(sensor: ContactSensor) -> None:
    watch(sensor, start_s=0, end_s=3)
    assert sensor.update({}, at_s=3 + FORGET_S - 0.1).left == ()
    (contact,) = sensor.update({}, at_s=3 + FORGET_S + 0.1).left
    assert contact.seen_s == pytest.approx(3)
    assert contact.dwell_s == pytest.approx(3)


def test_a_turned_head_does_not_split_a_contact(sensor: ContactSensor) -> None:
    watch(sensor, start_s=0, end_s=2)
    sensor.update({}, at_s=3)
    back = watch(sensor, start_s=4, end_s=6)
    assert not any(changes.began or changes.left for changes in back)
    assert sensor.present == 1


def test_two_chance_sightings_are_not_a_visit(sensor: ContactSensor) -> None:
    assert sensor.update({1: True}, at_s=0).began == ()
    assert sensor.update({1: True}, at_s=1.6).began == ()
    assert sensor.present == 0


def test_what_is_never_surely_a_face_is_never_a_contact(sensor: ContactSensor) -> None:
    assert not any(c.began for c in watch(sensor, start_s=0, end_s=20, sure=False))


def test_people_side_by_side_are_counted_each(sensor: ContactSensor) -> None:
    for frame in range(30):
        sensor.update({1: True, 2: True, 3: True}, at_s=frame / 10)
    assert sensor.present == 3


def test_closing_makes_contacts_leave_and_forgets_candidates(sensor: ContactSensor) -> None:
    watch(sensor, start_s=0, end_s=3)
    sensor.update({1: True, 2: True}, at_s=3.1)
    closed = sensor.close()
    assert [contact.track for contact in closed.left] == [1]
    assert [contact.track for contact in closed.passed] == [2]
    assert sensor.present == 0


def test_ids_are_random_twelve_hex_digits() -> None:
    sensors = [ContactSensor(min_dwell_s=0.2) for _ in range(2)]
    ids = {
        contact.id
        for sensor in sensors
        for changes in watch(sensor, start_s=0, end_s=1)
        for contact in changes.began
    }
    assert len(ids) == 2
    assert all(len(name) == 12 and int(name, 16) >= 0 for name in ids)


def test_a_slow_camera_may_have_wider_steps() -> None:
    assert longest_step_s(10) == 0.5
    assert longest_step_s(1) == 1.5


def test_small_faces_are_not_near_enough(settings: VisionSettings, face_at: FaceAt) -> None:
    assert near_enough(face_at(100, height=60), height=480, width=640, settings=settings)
    assert not near_enough(face_at(100, height=30), height=480, width=640, settings=settings)


def test_only_the_contact_zone_counts(face_at: FaceAt) -> None:
    zone = Zone(x=0.5, y=0, width=0.5, height=1)
    settings = VisionSettings(contact_zone=zone)
    assert near_enough(face_at(400), height=480, width=640, settings=settings)
    assert not near_enough(face_at(200), height=480, width=640, settings=settings)


moments = st.lists(st.booleans(), min_size=1, max_size=200)


@given(seen=moments)
def test_every_contact_begins_once_leaves_once_and_dwells_long_enough(seen: list[bool]) -> None:
    sensor = new_sensor()
    began: list[Contact] = []
    left: list[Contact] = []
    for index, there in enumerate(seen):
        changes = sensor.update({1: True} if there else {}, at_s=index / 10)
        began += changes.began
        left += changes.left
        assert sensor.present == len(began) - len(left)
    left += sensor.close().left
    assert [c.id for c in began] == [c.id for c in left]
    assert all(c.dwell_s >= 1.5 - 1e-9 and c.in_view_s <= c.dwell_s + 1e-9 for c in left)
    assert all(one.seen_s < two.arrived_s for one, two in pairwise(left))


def test_what_is_only_now_and_then_taken_for_a_face_is_no_contact(sensor: ContactSensor) -> None:
    seen = [sensor.update({1: frame % 8 == 0}, at_s=frame / 10) for frame in range(300)]
    assert not any(changes.began for changes in seen)


def test_a_face_seen_surely_half_of_the_time_is_one(sensor: ContactSensor) -> None:
    seen = [sensor.update({1: frame % 2 == 0}, at_s=frame / 10) for frame in range(30)]
    assert sum(len(changes.began) for changes in seen) == 1
