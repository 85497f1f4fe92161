"""A recording in the camera's place, with a clock that only the test moves."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from agent.emoscope.film import BETWEEN_ROUNDS_S, Film
from agent.errors import CameraError
from agent.vision.clips import Clip
from agent.vision.detector import Pixels
from agent.vision.settings import VisionSettings
from agent.vision.tracking import FORGET_S
from tests.emoscope.scene import FPS, HEIGHT, WIDTH, film


class Time:
    def __init__(self) -> None:
        self.now_s = 100.0

    def clock(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


@pytest.fixture
def time() -> Time:
    return Time()


def new_film(folder: Path, time: Time, *, seconds: float = 2) -> Film:
    source = str(film(folder, seconds=seconds))
    return Film(VisionSettings(source=source), clock=time.clock, sleep=time.sleep)


def times(film: Film, count: int) -> list[float]:
    looks = [film.look(wait_s=0.2) for _ in range(count)]
    return [look.at_s for look in looks if look is not None]


def test_it_plays_at_its_own_pace(tmp_path: Path, time: Time) -> None:
    playing = new_film(tmp_path, time)
    assert times(playing, 11)[-1] == pytest.approx(1.0)
    assert time.now_s == pytest.approx(101.0)
    assert playing.skipped() == 0


def test_what_comes_too_late_is_skipped_and_counted(tmp_path: Path, time: Time) -> None:
    playing = new_film(tmp_path, time)
    playing.look(wait_s=0)
    time.now_s += 1.05
    (at_s,) = times(playing, 1)
    assert at_s == pytest.approx(1.0, abs=0.11)
    assert playing.skipped() == pytest.approx(9, abs=1)
    assert playing.skipped() == 0


def test_held_it_stands_still_and_goes_on_from_there(tmp_path: Path, time: Time) -> None:
    playing = new_film(tmp_path, time)
    before = times(playing, 5)[-1]
    playing.close()
    time.now_s += 3600
    (after,) = times(playing, 1)
    assert after - before == pytest.approx(1 / FPS)
    assert playing.skipped() == 0


def test_it_begins_again_after_an_empty_scene(tmp_path: Path, time: Time) -> None:
    playing = new_film(tmp_path, time, seconds=1.5)
    looks = [playing.look(wait_s=0) for _ in range(round((1.5 + BETWEEN_ROUNDS_S + 1.5) * FPS))]
    faces = [look.at_s for look in looks if look is not None and look.pixels.max() > 230]
    pauses = [after - before for before, after in itertools.pairwise(faces)]
    assert max(pauses) > BETWEEN_ROUNDS_S > FORGET_S
    sizes = {look.pixels.shape[:2] for look in looks if look is not None}
    assert sizes == {(HEIGHT, WIDTH)}


def test_its_time_never_goes_back(tmp_path: Path, time: Time) -> None:
    seen = times(new_film(tmp_path, time, seconds=1), 120)
    assert seen == sorted(seen)


def test_a_damaged_film_is_told_once_and_then_gives_nothing(
    tmp_path: Path, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    playing = new_film(tmp_path, time)
    playing.look(wait_s=0.2)

    def damaged(_: Clip) -> Pixels:
        raise CameraError("the video is damaged: choose another")

    monkeypatch.setattr(Clip, "picture", damaged)
    with pytest.raises(CameraError, match="damaged"):
        playing.look(wait_s=0.2)
    before_s = time.now_s
    assert playing.look(wait_s=0.2) is None
    assert time.now_s - before_s == pytest.approx(0.2)


def test_what_is_no_video_is_refused_before_anything_is_served(tmp_path: Path, time: Time) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("no video", encoding="utf-8")
    with pytest.raises(CameraError, match="choose another file"):
        Film(VisionSettings(source=str(path)), clock=time.clock, sleep=time.sleep)
