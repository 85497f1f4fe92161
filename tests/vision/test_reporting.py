"""What is said to the agent, and how often."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agent.vision.batches import Batches
from agent.vision.contacts import Contact
from agent.vision.faces import Box, Face
from agent.vision.measurement import Measured
from agent.vision.observations import (
    CameraState,
    ContactBegan,
    ContactLeft,
    ExpressionBatch,
    Observation,
    Presence,
)
from agent.vision.pipeline import Departure, Looked, Seen
from agent.vision.reporting import Reporter

SOMEBODY = Contact("0123456789ab", 1, arrived_s=10.0, seen_s=14.5, in_view_s=4, confirmed=True)
SMILED = Measured(face_s=4, smile_s=1, positive_s=1, neutral_s=2, negative_s=1)


@pytest.fixture
def said() -> list[Observation]:
    return []


def new_reporter(said: list[Observation], **options: Any) -> Reporter:
    return Reporter(said.append, **({"batches": None, "gauge": False} | options))


def test_a_contact_is_announced_with_its_arrival(said: list[Observation]) -> None:
    looked = Looked(present=1, smile=None, began=(SOMEBODY,))
    new_reporter(said).looked(looked, at_s=11.5)
    assert said[0] == ContactBegan(at_ms=11500, contact=SOMEBODY.id, arrived_ms=10000)
    assert said[1] == Presence(at_ms=11500, present=1)


def test_a_contact_leaves_with_when_it_was_last_seen(said: list[Observation]) -> None:
    looked = Looked(present=0, smile=None, left=(Departure(SOMEBODY, SMILED),))
    new_reporter(said).looked(looked, at_s=17)
    assert said == [ContactLeft(at_ms=17000, contact=SOMEBODY.id, arrived_ms=10000, left_ms=14500)]


def test_presence_is_said_at_every_change_and_once_a_second(said: list[Observation]) -> None:
    reporter = new_reporter(said)
    for frame in range(31):
        at_s = frame / 10
        reporter.looked(Looked(present=int(frame >= 15), smile=None), at_s=at_s)
        reporter.beat(at_s=at_s)
    times = [(p.at_ms, p.present) for p in said if isinstance(p, Presence)]
    assert times == [(0, 0), (1000, 0), (1500, 1), (2500, 1)]


def test_without_the_gauge_no_smile_is_said(said: list[Observation]) -> None:
    reporter = new_reporter(said)
    reporter.looked(Looked(present=1, smile=0.8), at_s=1)
    reporter.beat(at_s=2)
    assert [p.smile for p in said if isinstance(p, Presence)] == [None] * len(said)


def test_a_face_that_a_display_sees_is_never_said(said: list[Observation]) -> None:
    face = Face(Box(11, 22, 33, 44), 0.9, ((15, 30), (25, 30)))
    seen = Seen(face, SOMEBODY, smile=0.77, level=None, measured=SMILED)
    looked = Looked(present=1, smile=None, faces=1, began=(SOMEBODY,), seen=(seen,))
    new_reporter(said, gauge=True).looked(looked, at_s=11.5)
    bare: list[Observation] = []
    new_reporter(bare, gauge=True).looked(replace(looked, seen=()), at_s=11.5)
    assert said == bare


def test_with_the_gauge_the_smile_is_said_five_times_a_second(said: list[Observation]) -> None:
    reporter = new_reporter(said, gauge=True)
    for frame in range(100):
        reporter.looked(Looked(present=0, smile=0.8), at_s=frame / 50)
        reporter.beat(at_s=frame / 50)
    levels = [p.smile for p in said if isinstance(p, Presence)]
    assert levels == [0.8] * len(levels)
    assert len(levels) == pytest.approx(10, abs=1)


def test_expression_is_said_only_when_a_batch_is_full(said: list[Observation]) -> None:
    reporter = new_reporter(said, batches=Batches(size=3, mode="smile"))
    for index in range(3):
        assert not any(isinstance(o, ExpressionBatch) for o in said)
        reporter.left([Departure(SOMEBODY, SMILED)], present=0, at_s=20 + index)
    (batch,) = [o for o in said if isinstance(o, ExpressionBatch)]
    assert (batch.mode, batch.n, batch.s, batch.f, batch.classes) == ("smile", 3, 3, 12, None)


def test_mode_emotion_says_class_sums(said: list[Observation]) -> None:
    reporter = new_reporter(said, batches=Batches(size=3, mode="emotion"))
    reporter.left([Departure(SOMEBODY, SMILED)] * 3, present=0, at_s=20)
    (batch,) = [o for o in said if isinstance(o, ExpressionBatch)]
    assert batch.classes is not None
    assert batch.classes.neutral == 6


def test_mode_presence_says_nothing_of_expression(said: list[Observation]) -> None:
    new_reporter(said).left([Departure(SOMEBODY, SMILED)] * 9, present=0, at_s=20)
    assert {type(o) for o in said} == {ContactLeft}


def test_the_cameras_state_is_said_once_a_change(said: list[Observation]) -> None:
    reporter = new_reporter(said)
    for working, reason in [(True, ""), (True, ""), (False, "lost"), (False, "lost"), (True, "")]:
        reporter.camera(working=working, reason=reason, at_s=1)
    states = [o for o in said if isinstance(o, CameraState)]
    assert [(s.working, s.reason) for s in states] == [(True, ""), (False, "lost"), (True, "")]


def test_a_long_reason_is_cut_to_fit(said: list[Observation]) -> None:
    new_reporter(said).camera(working=False, reason="x" * 1000, at_s=1)
    assert len(said) == 1


def test_why_a_camera_fails_is_said_in_one_line_that_a_terminal_can_show(
    said: list[Observation],
) -> None:
    new_reporter(said).camera(working=False, reason="no\npicture\x1b[2J" + "x" * 400, at_s=1)
    [told] = said
    assert isinstance(told, CameraState)
    assert told.reason == ("no picture [2J" + "x" * 400)[:300]
