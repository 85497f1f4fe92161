"""An empty scene is hardly looked at."""

from __future__ import annotations

import numpy as np
import pytest

from agent.vision.detector import Pixels
from agent.vision.faces import Box
from agent.vision.motion import (
    BURST_S,
    LOOK_ANYWAY_S,
    STAYS_OPEN_S,
    MotionGate,
    Surroundings,
    moved,
    outside,
    tiny,
)

RNG = np.random.default_rng(7)
NOISE = RNG.normal(0, 6, (480, 640, 3)).astype(np.float32)


def wall(*, level: float = 120) -> Pixels:
    """Return a picture of a wall, whose noise is nowhere that of the picture before."""
    lines, columns = RNG.integers(1, 480, 2)
    picture = np.roll(NOISE, (lines, columns), axis=(0, 1)) + np.float32(level)
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


def with_person(x: int = 300) -> Pixels:
    picture = wall()
    picture[150:400, x : x + 120] = 60
    return picture


@pytest.fixture
def gate() -> MotionGate:
    """A gate that has looked at an empty wall for a while."""
    gate = MotionGate()
    for frame in range(60):
        gate.opens(wall(), at_s=frame / 10)
    return gate


def opened(gate: MotionGate, picture: Pixels, *, start_s: float, seconds: float) -> int:
    frames = range(round(seconds * 10))
    return sum(gate.opens(picture, at_s=start_s + frame / 10) for frame in frames)


def test_the_first_frame_is_looked_at() -> None:
    assert MotionGate().opens(wall(), at_s=0)


def test_a_noisy_wall_is_looked_at_now_and_then_alone(gate: MotionGate) -> None:
    looks = opened(gate, wall(), start_s=6, seconds=10)
    assert looks == pytest.approx(10 / LOOK_ANYWAY_S, abs=1)


def test_somebody_who_comes_is_looked_at_at_once_and_in_every_frame(gate: MotionGate) -> None:
    assert gate.opens(with_person(), at_s=6.0)
    assert gate.opens(with_person(), at_s=6.1)


def test_a_scene_that_rests_is_compared_in_every_second_frame(gate: MotionGate) -> None:
    gate.opens(wall(), at_s=6.0)
    opens = [gate.opens(with_person(), at_s=at_s) for at_s in (6.1, 6.2, 6.3)]
    assert opens == [False, True, True]


def test_the_gate_stays_open_for_a_while_after_a_movement(gate: MotionGate) -> None:
    looks = opened(gate, with_person(), start_s=6, seconds=STAYS_OPEN_S)
    assert looks == STAYS_OPEN_S * 10


def test_a_scene_that_never_rests_is_looked_at_in_every_second_frame(gate: MotionGate) -> None:
    places = range(100, 500, 4)
    looks = [gate.opens(with_person(x), at_s=6 + i / 10) for i, x in enumerate(places)]
    burst, then = looks[: round(BURST_S * 10)], looks[round(BURST_S * 10) + 1 :]
    assert all(burst)
    assert sum(then) == pytest.approx(len(then) / 2, abs=1)


def test_a_lamp_switched_on_is_no_movement() -> None:
    assert not moved(tiny(wall(level=100)), tiny(wall(level=140)))


def test_a_slow_approach_adds_up() -> None:
    reference = tiny(with_person(300))
    assert not moved(reference, tiny(with_person(300)))
    assert moved(reference, tiny(with_person(330)))


@pytest.mark.parametrize("shape", [(480, 640, 3), (1080, 1920, 3), (120, 160, 3), (20, 20, 3)])
def test_any_picture_becomes_tiny(shape: tuple[int, int, int]) -> None:
    assert tiny(np.zeros(shape, np.uint8)).shape == (24, 32)


FACE = Box(340, 90, 400, 150)
"""Of `with_person`, who stands at 300 to 420."""


@pytest.fixture
def surroundings() -> Surroundings:
    """Surroundings of one person who has stood there for a while."""
    surroundings = Surroundings()
    surroundings.stir(with_person(), known=[FACE])
    return surroundings


def test_who_stands_there_may_move_without_a_stir(surroundings: Surroundings) -> None:
    assert not surroundings.stir(with_person(x=310), known=[FACE])
    assert not surroundings.stir(wall(), known=[FACE])


def test_a_newcomer_beside_somebody_is_a_stir(surroundings: Surroundings) -> None:
    picture = with_person()
    picture[150:400, 20:140] = 60
    assert surroundings.stir(picture, known=[FACE])


def test_what_stirred_once_and_stays_is_no_stir_again(surroundings: Surroundings) -> None:
    picture = with_person()
    picture[150:400, 20:140] = 60
    surroundings.stir(picture, known=[FACE])
    assert not surroundings.stir(picture, known=[FACE])


def test_slow_changes_add_up_to_a_stir(surroundings: Surroundings) -> None:
    stirs = []
    for step in range(1, 11):
        picture = with_person()
        picture[150:400, 20:140] -= np.uint8(2 * step)
        stirs.append(surroundings.stir(picture, known=[FACE]))
    assert not stirs[0]
    assert any(stirs)


def test_everything_below_and_beside_a_face_is_that_person() -> None:
    cells = outside([FACE], width=640, height=480)
    assert cells.shape == (24, 32)
    assert not cells[5:, 14:23].any()
    assert cells[:, :13].all()
    assert cells[:, 24:].all()
    assert cells[:2].all()


def test_a_face_at_the_edge_hides_no_cell_on_the_other_side() -> None:
    cells = outside([Box(-40, -30, 20, 30), Box(620, 440, 680, 500)], width=640, height=480)
    assert cells[:, 5:27].all()
