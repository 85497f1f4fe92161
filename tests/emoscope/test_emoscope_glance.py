"""What the page is told of one frame."""

from __future__ import annotations

import json
from dataclasses import asdict

import cv2
import numpy as np
import pytest

from agent.emoscope.glance import SHOWN_STAYS, WIDEST, Glance, glance, jpeg, message
from agent.emoscope.scope import Scope
from agent.vision.pipeline import RESTING_EVERY_S
from agent.vision.settings import VisionSettings
from tests.emoscope.scene import HEIGHT, WIDTH, look, scene, tools, visited


def told_of(scope: Scope, *, start_s: float = 0, seconds: float = 3, y: int = 140) -> Glance:
    (*_, last) = look(scope, seconds=seconds, start_s=start_s, y=y)
    return glance(scope, last, width=WIDTH, height=HEIGHT)


def new_scope(mode: str = "smile", **settings: object) -> Scope:
    chosen = VisionSettings.model_validate(settings).model_copy(update={"mode": mode})
    return Scope(chosen, tools(reads=mode != "presence"))


def test_a_contact_stands_with_its_number_dwell_and_smile() -> None:
    told = told_of(new_scope(), y=90)
    (face,) = told.faces
    assert (face.standing, face.number) == ("contact", 1)
    assert face.dwell_s == pytest.approx(2.9, abs=RESTING_EVERY_S)
    assert face.smile == pytest.approx(0.8)
    assert (face.x + face.width / 2) * WIDTH == pytest.approx(160, abs=1)
    assert (face.y + face.height / 2) * HEIGHT == pytest.approx(90, abs=1)


def test_a_face_that_came_just_now_is_arriving() -> None:
    (face,) = told_of(new_scope(), seconds=1).faces
    assert (face.standing, face.number) == ("arriving", None)


def test_a_face_too_far_away_has_neither_number_nor_smile() -> None:
    (face,) = told_of(new_scope(min_face=0.9)).faces
    assert (face.standing, face.number, face.dwell_s, face.smile) == ("far", None, None, None)


def test_classes_of_expression_are_told_in_emotion_alone() -> None:
    for mode in ("smile", "presence"):
        told = told_of(new_scope(mode))
        assert {face.expression for face in told.faces} == {None}
        assert {step.expression for step in told.steps} == {None}
    told = told_of(new_scope("emotion"))
    assert told.faces[0].expression == pytest.approx((0.1, 0.7, 0.2))
    assert told.steps[-1].expression == pytest.approx((0.1, 0.7, 0.2))


def test_in_presence_no_smile_is_told() -> None:
    told = told_of(new_scope("presence"))
    assert (told.faces[0].smile, told.smiling_share) == (None, None)
    assert told.stays[0].smile_share is None


def test_the_chart_is_the_last_minute_from_the_oldest_on() -> None:
    scope = new_scope()
    for start_s in range(0, 90, 10):
        told = told_of(scope, seconds=10, start_s=start_s)
    agos = [step.ago_s for step in told.steps]
    assert agos == sorted(agos, reverse=True)
    assert 59 < agos[0] <= 60.5
    assert agos[-1] < 0.6
    assert len(agos) <= 122


def test_figures_are_of_everything_so_far() -> None:
    scope = visited()
    told = told_of(scope, start_s=9)
    assert (told.present, told.contacts) == (1, 2)
    assert told.dwell_median_s == pytest.approx((4.9 + 2.9) / 2, abs=RESTING_EVERY_S)
    assert told.smiling_share == pytest.approx(0.25, abs=0.1)
    assert told.passed_s == pytest.approx(11.9)


def test_the_list_has_the_newest_contacts_first_and_not_too_many() -> None:
    scope = new_scope()
    for visit in range(8):
        look(scope, seconds=2, start_s=visit * 6)
        look(scope, seconds=4, start_s=visit * 6 + 2, x=None)
    told = told_of(scope, start_s=48)
    assert [stay.number for stay in told.stays] == [9, 8, 7, 6, 5, 4][:SHOWN_STAYS]
    assert [stay.here for stay in told.stays] == [True] + [False] * 5


def test_a_message_is_the_figures_and_then_the_picture() -> None:
    scope = new_scope()
    told = told_of(scope)
    sent = message(told, scene())
    length = int.from_bytes(sent[:4], "big")
    assert json.loads(sent[4 : 4 + length]) == json.loads(json.dumps(asdict(told)))
    picture = cv2.imdecode(np.frombuffer(sent[4 + length :], np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape == (HEIGHT, WIDTH, 3)


def test_a_large_picture_is_made_smaller() -> None:
    picture = cv2.imdecode(
        np.frombuffer(jpeg(np.zeros((1080, 1920, 3), np.uint8)), np.uint8), cv2.IMREAD_COLOR
    )
    assert picture is not None
    assert picture.shape[:2] == (540, WIDEST)


def test_staff_are_black_in_the_picture_too() -> None:
    scope = new_scope(staff_mask=[{"x": 0, "y": 0, "width": 0.5, "height": 1}])
    picture = scene(80)
    scope.look(picture, at_s=0)
    shown = cv2.imdecode(np.frombuffer(jpeg(picture), np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown[:, : WIDTH // 2 - 8].max() < 12
    assert shown[:, WIDTH // 2 + 8 :].min() > 60
