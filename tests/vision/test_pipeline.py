"""From frames to contacts, with a detector that sees what the test draws."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from agent.vision.attention import SEARCH_EVERY_S
from agent.vision.detector import Pixels
from agent.vision.expression import Expression
from agent.vision.faces import Box, Face
from agent.vision.pipeline import (
    RESTING_AFTER_S,
    RESTING_EVERY_S,
    STEADY_EVERY_S,
    Looked,
    Pipeline,
    blank,
)
from agent.vision.settings import VisionSettings, Zone
from agent.vision.tracking import FORGET_S

HAPPY = Expression(positive=0.9, neutral=0.1, negative=0.0)
HALF = 40


def white_squares(picture: Pixels) -> list[Face]:
    """See one face, where the picture is white."""
    lines, columns = np.nonzero(picture[..., 0] == 255)
    if len(lines) < HALF * HALF:
        return []
    x, y = float(columns.mean()), float(lines.mean())
    box = Box(x - HALF, y - HALF, x + HALF, y + HALF)
    return [Face(box, 0.9, ((x - 16, y - 10), (x + 16, y - 10)))]


def scene(x: int | None = None, y: int = 200) -> Pixels:
    picture = np.full((480, 640, 3), 100, np.uint8)
    if x is not None:
        picture[y - HALF : y + HALF, x - HALF : x + HALF] = 255
    return picture


class Calls:
    """Counts what a detector is asked."""

    def __init__(self, detect: Callable[[Pixels], list[Face]] = white_squares) -> None:
        self.count = 0
        self.brightest = 0
        self._detect = detect

    def __call__(self, picture: Pixels) -> list[Face]:
        self.count += 1
        self.brightest = max(self.brightest, int(picture.max()))
        return self._detect(picture)


def new_pipeline(
    settings: VisionSettings | None = None, *, detect: Calls | None = None, reads: bool = True
) -> Pipeline:
    return Pipeline(
        settings or VisionSettings(),
        detect=detect or Calls(),
        threshold=0.75,
        read=(lambda _picture, _face: HAPPY) if reads else None,
    )


def run(
    pipeline: Pipeline, *, seconds: float, start_s: float = 0, x: int | None = 300
) -> list[Looked]:
    frames = range(round(seconds * 10))
    return [pipeline.look(scene(x), at_s=start_s + frame / 10) for frame in frames]


def test_a_visit_is_one_contact_with_its_smile() -> None:
    pipeline = new_pipeline()
    looks = run(pipeline, seconds=4) + run(pipeline, start_s=4, seconds=4, x=None)
    (departure,) = [departure for looked in looks for departure in looked.left]
    assert departure.contact.dwell_s == pytest.approx(3.9, abs=RESTING_EVERY_S)
    assert departure.measured.smile_share == pytest.approx(1)
    assert departure.measured.face_s == pytest.approx(departure.contact.dwell_s)


def test_presence_goes_up_once_confirmed_and_down_once_gone() -> None:
    pipeline = new_pipeline()
    looks = run(pipeline, seconds=3) + run(pipeline, start_s=3, seconds=4, x=None)
    changes = [b.present - a.present for a, b in pairwise(looks)]
    assert [change for change in changes if change] == [1, -1]


def test_an_empty_scene_costs_hardly_a_look() -> None:
    detect = Calls()
    run(new_pipeline(detect=detect), seconds=30, x=None)
    assert detect.count < 60


def test_a_face_beyond_the_zone_is_no_contact() -> None:
    settings = VisionSettings(contact_zone=Zone(x=0.8, y=0, width=0.2, height=1))
    assert not any(looked.began for looked in run(new_pipeline(settings), seconds=4))


def test_a_face_too_far_away_is_no_contact() -> None:
    settings = VisionSettings(min_face=0.5)
    assert not any(looked.began for looked in run(new_pipeline(settings), seconds=4))


def test_staff_are_masked_before_anything_looks() -> None:
    settings = VisionSettings(staff_mask=(Zone(x=0.3, y=0, width=0.4, height=1),))
    detect = Calls()
    looks = run(new_pipeline(settings, detect=detect), seconds=4)
    assert not any(looked.began for looked in looks)
    assert detect.brightest == 100


def test_staff_are_masked_in_the_frames_between_two_looks_too() -> None:
    pipeline = new_pipeline(VisionSettings(staff_mask=(Zone(x=0, y=0, width=0.25, height=1),)))
    pictures = [scene(400) for _ in range(20)]
    for frame, picture in enumerate(pictures):
        pipeline.look(picture, at_s=frame / 10)
    assert [picture[:, :160].max() for picture in pictures] == [0] * 20


def test_the_mask_covers_its_zone_and_nothing_else() -> None:
    picture = np.full((100, 200, 3), 9, np.uint8)
    blank(picture, [Zone(x=0.5, y=0.25, width=0.25, height=0.5)])
    assert picture[25:75, 100:150].max() == 0
    assert (picture == 0).sum() == 50 * 50 * 3


def test_a_mask_over_everything_leaves_nothing() -> None:
    picture = np.full((101, 203, 3), 9, np.uint8)
    blank(picture, [Zone(x=0, y=0, width=1, height=1)])
    assert picture.max() == 0


def test_what_was_measured_can_be_forgotten_and_the_contact_still_leaves() -> None:
    pipeline = new_pipeline()
    run(pipeline, seconds=3)
    pipeline.forget_measured()
    (departure,) = pipeline.close()
    assert departure.measured.face_s == 0
    assert departure.contact.dwell_s == pytest.approx(2.9, abs=RESTING_EVERY_S)


def test_without_a_reader_nothing_is_measured() -> None:
    pipeline = new_pipeline(reads=False)
    looks = run(pipeline, seconds=3)
    (departure,) = pipeline.close()
    assert departure.measured.face_s == 0
    assert {looked.smile for looked in looks} == {None}


def test_the_smile_level_is_absent_without_a_face() -> None:
    pipeline = new_pipeline()
    assert run(pipeline, seconds=1, x=None)[-1].smile is None
    assert run(pipeline, start_s=1, seconds=1)[-1].smile == pytest.approx(0.9)


def test_closing_ends_contacts_at_their_last_sighting() -> None:
    pipeline = new_pipeline()
    run(pipeline, seconds=3)
    (departure,) = pipeline.close()
    assert departure.contact.seen_s == pytest.approx(2.9, abs=RESTING_EVERY_S)
    assert pipeline.close() == ()


def test_after_closing_the_same_face_is_a_new_contact() -> None:
    pipeline = new_pipeline()
    run(pipeline, seconds=3)
    (before,) = pipeline.close()
    run(pipeline, start_s=3, seconds=3)
    (after,) = pipeline.close()
    assert before.contact.id != after.contact.id
    assert after.contact.arrived_s == pytest.approx(3)


def test_a_pass_by_leaves_no_measurement_behind() -> None:
    pipeline = new_pipeline()
    run(pipeline, seconds=1)
    run(pipeline, start_s=1, seconds=FORGET_S + 1, x=None)
    assert pipeline._gauges == {}


def test_a_display_in_the_process_sees_each_face_with_its_contact_and_level() -> None:
    looks = run(new_pipeline(), seconds=3)
    (first,), (last,) = looks[0].seen, looks[-1].seen
    assert first.contact is not None
    assert not first.contact.confirmed
    assert last.contact is not None
    assert (last.contact.id, last.contact.confirmed) == (first.contact.id, True)
    assert last.face.box.centre == pytest.approx((300, 200), abs=1)
    assert last.level is not None
    assert last.smile == pytest.approx(0.9)
    assert last.measured.smile_s == pytest.approx(2.9, abs=RESTING_EVERY_S)


def test_a_face_too_far_away_is_shown_and_is_nobodys() -> None:
    (seen,) = run(new_pipeline(VisionSettings(min_face=0.5)), seconds=2)[-1].seen
    assert (seen.contact, seen.level, seen.measured.face_s) == (None, None, 0)


def test_a_face_without_a_reader_has_no_level() -> None:
    (seen,) = run(new_pipeline(reads=False), seconds=2)[-1].seen
    assert (seen.level, seen.smile) == (None, 0)


def test_people_who_stand_still_are_looked_at_five_times_a_second_and_soon_three_times() -> None:
    detect = Calls()
    pipeline = new_pipeline(detect=detect)
    run(pipeline, seconds=RESTING_AFTER_S)
    assert detect.count <= RESTING_AFTER_S / STEADY_EVERY_S + RESTING_AFTER_S / SEARCH_EVERY_S + 2
    before = detect.count
    looks = run(pipeline, start_s=RESTING_AFTER_S, seconds=10)
    assert detect.count - before <= 10 / RESTING_EVERY_S + 10 / SEARCH_EVERY_S
    assert {looked.present for looked in looks} == {1}
    assert [looked.smile for looked in looks] == pytest.approx([0.9] * len(looks))


def test_who_moves_after_a_rest_is_looked_at_in_every_frame_again() -> None:
    detect = Calls()
    pipeline = new_pipeline(detect=detect)
    run(pipeline, seconds=5)
    pipeline.look(scene(330), at_s=5.0)
    pipeline.look(scene(330), at_s=5.3)
    before = detect.count
    for frame in range(10):
        pipeline.look(scene(300 + (30 if frame % 2 else 0)), at_s=5.4 + frame / 10)
    assert detect.count - before >= 10


def test_somebody_who_moves_is_looked_at_in_every_frame() -> None:
    detect = Calls()
    pipeline = new_pipeline(detect=detect)
    places = [300 + (30 if frame % 2 else 0) for frame in range(40)]
    for frame, x in enumerate(places):
        pipeline.look(scene(x), at_s=frame / 10)
    assert detect.count >= len(places)


def test_what_a_look_told_is_not_told_again_in_the_pause_behind_it() -> None:
    looks = run(new_pipeline(), seconds=6) + run(new_pipeline(), seconds=6)
    assert sum(len(looked.began) for looked in looks) == 2
