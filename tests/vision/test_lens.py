"""A covered lens is noticed, an empty shop is not taken for one."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.vision.detector import Pixels
from agent.vision.lens import BLIND_AFTER_S, CLEAR_AFTER_S, LensWatch, View, view_of
from agent.vision.motion import tiny

RNG = np.random.default_rng(11)
LINES, COLUMNS = 480, 640


def noisy(levels: object, *, noise: float = 5) -> Pixels:
    picture = np.asarray(levels, np.float32)[..., None] + RNG.normal(0, noise, (LINES, COLUMNS, 3))
    return np.clip(picture, 0, 255).astype(np.uint8)


def even(level: float) -> Pixels:
    return noisy(np.full((LINES, COLUMNS), level))


def vignetted(level: float) -> Pixels:
    line, column = np.mgrid[0:LINES, 0:COLUMNS]
    apart = ((line - LINES / 2) ** 2 + (column - COLUMNS / 2) ** 2) / (LINES**2 + COLUMNS**2) * 4
    return noisy(level * (1 - 0.35 * apart))


def shop(*, light: float = 1.0) -> Pixels:
    levels = np.full((LINES, COLUMNS), 150.0)
    levels[300:, :] = 90
    levels[60:200, 400:600] = 200
    return noisy(levels * light, noise=5)


@pytest.mark.parametrize(
    ("picture", "view"),
    [
        (shop(), "clear"),
        (shop(light=0.25), "clear"),
        (even(0), "dark"),
        (even(4), "dark"),
        (even(128), "covered"),
        (even(250), "covered"),
        (vignetted(180), "covered"),
    ],
    ids=["shop", "dim shop", "cap", "night", "tape", "white sheet", "thumb before a lamp"],
)
def test_a_view_is_known(picture: Pixels, view: View) -> None:
    assert view_of(tiny(picture)) == view


def test_a_lens_is_blind_only_after_a_while() -> None:
    watch, covered = LensWatch(), tiny(even(128))
    views = [watch.update(covered, at_s=second) for second in range(10)]
    assert views == ["clear"] * int(BLIND_AFTER_S) + ["covered"] * (10 - int(BLIND_AFTER_S))


def test_a_lens_set_free_is_believed_soon() -> None:
    watch = LensWatch()
    for second in range(10):
        watch.update(tiny(even(0)), at_s=second)
    assert watch.view == "dark"
    watch.update(tiny(shop()), at_s=10)
    assert watch.update(tiny(shop()), at_s=10 + CLEAR_AFTER_S) == "clear"


def test_somebody_who_leans_in_for_a_moment_covers_nothing() -> None:
    watch = LensWatch()
    scenes = [tiny(shop()), tiny(even(90)), tiny(even(90)), tiny(shop()), tiny(even(90))]
    assert {watch.update(scene, at_s=at_s) for at_s, scene in enumerate(scenes)} == {"clear"}


def test_what_is_seen_before_and_after_a_camera_was_closed_has_not_lasted_meanwhile() -> None:
    watch, dark = LensWatch(), tiny(even(0))
    watch.update(dark, at_s=0)
    assert watch.update(dark, at_s=60) == "clear"
    assert watch.update(dark, at_s=61) == "clear"


@given(st.lists(st.sampled_from([0.0, 128.0]), min_size=2, max_size=60))
def test_a_view_is_believed_only_where_it_lasted(levels: list[float]) -> None:
    watch = LensWatch()
    scenes = {level: np.full((24, 32), level, np.float32) for level in (0.0, 128.0)}
    views = [watch.update(scenes[level], at_s=second) for second, level in enumerate(levels)]
    for second, (before, now) in enumerate(pairwise(views), start=1):
        lasted = levels[max(0, second - int(BLIND_AFTER_S)) : second + 1]
        assert before == now or len(set(lasted)) == 1
