"""What must be seen in recordings of real people, as they are and made worse."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from agent.vision.detector import Pixels
from agent.vision.settings import VisionSettings
from tests.vision.recordings import (
    COMPOSITION,
    FROM_BEHIND,
    ROOT,
    Alter,
    Frames,
    Seen,
    frames_of,
    measured,
    seen_in,
    webcam,
)

DEFAULTS = VisionSettings()
Grain = npt.NDArray[np.int16]
HAPPY_MAN = (26.5, 38.4)
"""Seconds of the composition."""


@pytest.fixture(scope="module")
def man_at_a_webcam() -> Seen:
    """What is seen of a man who comes near, goes back, and turns his head."""
    video = webcam(ROOT / ".cache" / "media")
    return seen_in(frames_of(video, fps=DEFAULTS.fps), DEFAULTS)


@pytest.fixture(scope="module")
def sad_then_happy(real_clips: dict[str, Path]) -> Seen:
    """What is seen of a man who is sad, holds a hand before his face, and is happy."""
    video = real_clips["WolfgangLanger_Pexels.mp4"]
    return seen_in(frames_of(video, fps=DEFAULTS.fps), DEFAULTS)


def test_head_turns_and_steps_back_do_not_split_a_contact(man_at_a_webcam: Seen) -> None:
    (departure,) = man_at_a_webcam.left
    assert departure.contact.dwell_s > 53


def test_a_hand_before_the_face_does_not_split_a_contact(sad_then_happy: Seen) -> None:
    (departure,) = sad_then_happy.left
    assert departure.contact.dwell_s > 19


def test_who_was_sad_and_then_happy_smiles_in_the_last_third_alone(sad_then_happy: Seen) -> None:
    (departure,) = sad_then_happy.left
    start_s, end_s = departure.contact.arrived_s, departure.contact.seen_s
    third_s = (end_s - start_s) / 3
    assert sad_then_happy.smile_share(start_s, start_s + third_s) < 0.2
    assert sad_then_happy.smile_share(end_s - third_s, end_s) > 0.8


@measured
@pytest.mark.parametrize("fps", [5, 7, 15])
def test_the_five_contacts_are_five_at_every_frame_rate(fps: float) -> None:
    seen = seen_in(frames_of(COMPOSITION, fps=fps), VisionSettings(fps=fps))
    assert len(seen.left) == 5


@measured
@pytest.mark.parametrize("fps", [5, 15])
def test_people_seen_from_behind_are_no_contact_at_any_frame_rate(fps: float) -> None:
    seen = seen_in(frames_of(FROM_BEHIND, fps=fps), VisionSettings(fps=fps))
    assert seen.left == []


def passing(seconds: float) -> Frames:
    """Yield nobody, then the happy man for so long, then nobody."""
    fps = DEFAULTS.fps
    yield from frames_of(COMPOSITION, fps=fps, start_s=23.5, end_s=26.4)
    yield from frames_of(COMPOSITION, fps=fps, start_s=27.0, end_s=27.0 + seconds)
    for at_s, picture in frames_of(COMPOSITION, fps=fps, start_s=39.0, end_s=43.0):
        yield at_s - 39.0 + 27.0 + seconds, picture


@measured
@pytest.mark.parametrize(("seconds", "contacts"), [(0.6, 0), (1.2, 0), (2.5, 1)])
def test_a_pass_by_is_no_contact_and_who_stays_is_one(seconds: float, contacts: int) -> None:
    assert len(seen_in(passing(seconds), DEFAULTS).left) == contacts


def darkened(share: float, *, noise: float) -> Alter:
    """Return what a picture becomes in so much less light, with a sensor's noise (levels)."""
    chance = np.random.default_rng(seed=5)
    grain: dict[tuple[int, ...], Grain] = {}

    def alter(picture: Pixels) -> Pixels:
        if picture.shape not in grain:
            grain[picture.shape] = chance.normal(0, noise, picture.shape).round().astype(np.int16)
        field = np.roll(grain[picture.shape], int(chance.integers(picture.shape[1])), axis=1)
        levels = (picture * np.float32(share)).astype(np.int16) + field
        return np.asarray(np.clip(levels, 0, 255), np.uint8)

    return alter


def sized(width: int, height: int) -> Alter:
    """Return what a camera gives that does not care for the size it was asked for."""
    return lambda picture: np.asarray(
        cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8
    )


@measured
@pytest.mark.parametrize(("width", "height"), [(320, 180), (1920, 1080)])
def test_another_size_than_the_one_asked_for_counts_the_same(width: int, height: int) -> None:
    frames = frames_of(COMPOSITION, fps=DEFAULTS.fps)
    seen = seen_in(frames, DEFAULTS, alter=sized(width, height))
    assert len(seen.left) == 5


def test_a_picture_drawn_out_of_shape_makes_no_second_contact(
    real_clips: dict[str, Path],
) -> None:
    frames = frames_of(real_clips["WolfgangLanger_Pexels.mp4"], fps=5)
    assert len(seen_in(frames, VisionSettings(fps=5), alter=sized(480, 640)).left) == 1


DIM = darkened(0.15, noise=1)


@measured
def test_in_little_light_the_same_five_are_counted_and_the_same_one_smiles() -> None:
    seen = seen_in(frames_of(COMPOSITION, fps=10), DEFAULTS, alter=DIM)
    assert len(seen.left) == 5
    for departure in seen.left:
        contact, measured_ = departure.contact, departure.measured
        happy = HAPPY_MAN[0] - 1 < contact.arrived_s < HAPPY_MAN[1]
        assert measured_.smile_share > 0.9 if happy else measured_.smile_share < 0.2


def test_in_little_light_a_contact_is_not_split_and_its_smile_is_read(
    real_clips: dict[str, Path],
) -> None:
    frames = frames_of(real_clips["WolfgangLanger_Pexels.mp4"], fps=10)
    seen = seen_in(frames, DEFAULTS, alter=DIM)
    (departure,) = seen.left
    assert departure.contact.dwell_s > 19
    assert seen.smile_share(0, 6) < 0.2
    assert seen.smile_share(13, 20) > 0.8


@measured
def test_in_little_light_nobody_is_made_up() -> None:
    seen = seen_in(frames_of(FROM_BEHIND, fps=5), VisionSettings(fps=5), alter=DIM)
    assert seen.left == []
