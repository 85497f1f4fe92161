"""Cameras: the freshest picture, failures, and drivers that hang."""

from __future__ import annotations

import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agent.errors import CameraError, VisionError
from agent.vision import cameras
from agent.vision.cameras import Camera, Picture, Repeats, VideoSource, open_source
from agent.vision.clips import BLANK_LEVEL, Pause
from agent.vision.detector import Pixels
from agent.vision.eye import LAST_RETRY_S, Eye
from agent.vision.settings import VisionSettings

VideoOf = Callable[..., Path]
WAIT_S = 5.0


class Levels:
    """A source that gives one plain picture after each permission to."""

    def __init__(self, *, fails_after: int | None = None) -> None:
        self.go = threading.Semaphore(0)
        self.given = 0
        self.closed = threading.Event()
        self._fails_after = fails_after

    def read(self) -> Pixels:
        self.go.acquire()
        if self.closed.is_set() or self.given == self._fails_after:
            raise CameraError("unplugged: plug it in")
        self.given += 1
        return np.full((8, 8, 3), self.given, np.uint8)

    def close(self) -> None:
        self.closed.set()


class Frozen:
    """A source that gives one picture for ever."""

    def __init__(self, *, level: int) -> None:
        self._picture = np.full((48, 64, 3), level, np.uint8)

    def read(self) -> Pixels:
        time.sleep(0.005)
        return self._picture

    def close(self) -> None:
        pass


class Hung:
    """A source whose driver never answers, until the test is over."""

    def __init__(self) -> None:
        self.end = threading.Event()

    def read(self) -> Pixels:
        self.end.wait()
        raise CameraError("the test is over")

    def close(self) -> None:
        pass


class Clock:
    """Time that passes only when told, or slept."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


@pytest.fixture
def hung(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hung]:
    monkeypatch.setattr(cameras, "CLOSE_WAIT_S", 0.05)
    source = Hung()
    yield source
    source.end.set()


def look_until_something_happens(eye: Eye) -> Picture:
    while (picture := eye.look(wait_s=0.05)) is None:
        pass
    return picture


def finish(camera: Camera, source: Levels) -> None:
    source.go.release(3)
    camera.close()


def test_pictures_come_with_their_time() -> None:
    source = Levels()
    camera = Camera(lambda: source)
    source.go.release()
    first = camera.take(wait_s=WAIT_S)
    source.go.release()
    second = camera.take(wait_s=WAIT_S)
    finish(camera, source)
    assert first is not None
    assert second is not None
    assert (first.pixels[0, 0, 0], second.pixels[0, 0, 0]) == (1, 2)
    assert first.at_s < second.at_s


def test_the_freshest_picture_wins_and_skips_are_counted() -> None:
    source = Levels()
    camera = Camera(lambda: source)
    source.go.release(4)
    while source.given < 4 or camera._skipped < 3:
        pass
    picture = camera.take(wait_s=WAIT_S)
    assert picture is not None
    assert picture.pixels[0, 0, 0] == 4
    assert camera.skipped() == 3
    assert camera.skipped() == 0
    finish(camera, source)


def test_no_picture_is_given_twice() -> None:
    source = Levels()
    camera = Camera(lambda: source)
    source.go.release()
    assert camera.take(wait_s=WAIT_S) is not None
    assert camera.take(wait_s=0.01) is None
    finish(camera, source)


def test_a_failure_reaches_whoever_looks_and_the_device_is_let_go() -> None:
    source = Levels(fails_after=0)
    camera = Camera(lambda: source)
    source.go.release()
    with pytest.raises(CameraError, match="unplugged"):
        camera.take(wait_s=WAIT_S)
    assert source.closed.wait(WAIT_S)


def test_a_camera_that_cannot_be_opened_says_why() -> None:
    def fail() -> Levels:
        raise CameraError("no camera /dev/video9: plug it in")

    with pytest.raises(CameraError, match="video9"):
        Camera(fail).take(wait_s=WAIT_S)


def test_a_hung_capture_blocks_nobody(hung: Hung) -> None:
    camera = Camera(lambda: hung)
    assert camera.take(wait_s=0.01) is None
    assert camera.silent_s > 0
    assert not camera.close()


def test_a_frozen_camera_is_reported_and_opened_again() -> None:
    frozen, good, opened = Frozen(level=90), Levels(), []

    def open_next() -> Levels | Frozen:
        opened.append(1)
        return frozen if len(opened) == 1 else good

    clock = Clock()
    eye = Eye(open_next, timeout_s=0.05, clock=clock, sleep=clock.sleep)
    for _ in ("new", "perhaps changed in a corner"):
        assert look_until_something_happens(eye).pixels[0, 0, 0] == 90
    with pytest.raises(CameraError, match=r"nothing new for 0\.05 s"):
        look_until_something_happens(eye)
    good.go.release()
    picture = look_until_something_happens(eye)
    assert picture.pixels[0, 0, 0] == 1
    good.go.release(3)
    eye.close()


@pytest.mark.parametrize(
    ("level", "live", "pictures"),
    [(90, True, 2), (90, False, 4), (0, True, 4)],
    ids=["a sensor's noise never repeats", "a recording may hold still", "the dark has no noise"],
)
def test_a_picture_that_comes_again(level: int, *, live: bool, pictures: int) -> None:
    camera = Camera(lambda: Frozen(level=level), live=live)
    taken = [camera.take(wait_s=0.2) for _ in range(4)]
    camera.close()
    assert sum(picture is not None for picture in taken) == pictures


def test_a_picture_of_which_one_corner_changes_is_another_one() -> None:
    repeats, picture = Repeats(), np.full((360, 640, 3), 90, np.uint8)
    told = []
    for seconds in range(5):
        picture[3, 7] = seconds
        told.append(repeats.comes_again(picture))
    assert told == [False] * 5
    assert repeats.comes_again(picture)


def test_reopening_backs_off_up_to_a_limit() -> None:
    attempts: list[float] = []
    clock = Clock()

    def fail() -> Levels:
        attempts.append(clock.now_s)
        raise CameraError("no camera")

    eye = Eye(fail, timeout_s=WAIT_S, clock=clock, sleep=clock.sleep)
    failures = 0
    while failures < 8:
        try:
            eye.look(wait_s=1.0)
        except CameraError:
            failures += 1
    waits = [later - earlier for earlier, later in pairwise(attempts)]
    assert waits == [1, 2, 4, 8, 16, LAST_RETRY_S, LAST_RETRY_S]


def test_a_driver_that_hangs_ends_the_process_which_alone_frees_the_camera(hung: Hung) -> None:
    clock = Clock()
    eye = Eye(lambda: hung, timeout_s=0.01, clock=clock, sleep=clock.sleep)
    with pytest.raises(VisionError, match="driver hangs"):
        look_until_something_happens(eye)


def test_a_closed_eye_opens_at_once_when_asked_again() -> None:
    source = Levels(fails_after=0)
    clock = Clock()
    eye = Eye(lambda: source, timeout_s=WAIT_S, clock=clock, sleep=clock.sleep)
    source.go.release()
    with pytest.raises(CameraError):
        eye.look(wait_s=WAIT_S)
    eye.close()
    source.go.release()
    with pytest.raises(CameraError):
        eye.look(wait_s=WAIT_S)
    assert clock.now_s == 0


def test_a_missing_v4l2_camera_is_named() -> None:
    with pytest.raises(CameraError, match=r"/dev/video97.*mend vision.source"):
        open_source(VisionSettings(source="97"))


def test_picamera2_is_imported_only_when_configured(
    video_of: VideoOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", None)
    open_source(VisionSettings(source=str(video_of([1])))).close()
    with pytest.raises(CameraError, match="apt install python3-picamera2"):
        open_source(VisionSettings(source="picamera2"))


class FakePicamera2:
    """The part of picamera2 that is used."""

    asked: dict[str, Any]
    fails = False
    number = -1

    def __init__(self, number: int) -> None:
        FakePicamera2.number = number

    def create_video_configuration(self, main: dict[str, Any], *, controls: object) -> object:
        FakePicamera2.asked = main
        return controls

    def configure(self, configuration: object) -> None:
        assert configuration == {"FrameRate": 10.0}

    def start(self) -> None:
        if self.fails:
            raise RuntimeError("Camera __init__ sequence did not complete.")

    def capture_array(self, name: str) -> np.ndarray:
        assert name == "main"
        return np.full((480, 640, 3), 9, np.uint8)

    def stop(self) -> None:
        self.stopped = True

    def close(self) -> None:
        assert self.stopped


@pytest.fixture
def picamera(monkeypatch: pytest.MonkeyPatch) -> type[FakePicamera2]:
    module = types.ModuleType("picamera2")
    module.Picamera2 = FakePicamera2  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "picamera2", module)
    return FakePicamera2


def test_a_pi_camera_gives_pictures_of_the_size_asked(picamera: type[FakePicamera2]) -> None:
    source = open_source(VisionSettings(source="picamera2"))
    assert source.read().shape == (480, 640, 3)
    assert picamera.asked["size"] == (640, 480)
    source.close()


@pytest.mark.parametrize(("source", "number"), [("picamera2", 0), ("picamera2:1", 1)])
def test_a_pi_may_have_two_ribbons(picamera: type[FakePicamera2], source: str, number: int) -> None:
    open_source(VisionSettings(source=source))
    assert picamera.number == number


def test_a_pi_camera_that_does_not_start_says_why(
    picamera: type[FakePicamera2], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picamera, "fails", True)
    with pytest.raises(CameraError, match=r"did not complete.*rpicam-hello"):
        open_source(VisionSettings(source="picamera2"))


def played(playlist: list[Any], count: int) -> tuple[list[int], Clock]:
    clock = Clock()
    settings = VisionSettings(width=160, height=120)
    source = VideoSource(playlist, settings=settings, sleep=clock.sleep, clock=clock)
    levels = [round(float(source.read().mean())) for _ in range(count)]
    source.close()
    return levels, clock


def test_a_video_is_played_in_real_time(video_of: VideoOf) -> None:
    _, clock = played([video_of([50] * 40, fps=20)], 20)
    assert clock.now_s == pytest.approx(1.9, abs=0.06)


def test_a_video_begins_again_when_it_ends(video_of: VideoOf) -> None:
    levels, _ = played([video_of([10, 200], fps=10)], 4)
    assert [level > 100 for level in levels] == [False, True, False, True]


def test_a_pause_shows_an_empty_wall_for_its_time(video_of: VideoOf) -> None:
    levels, clock = played([video_of([200] * 5, fps=10), Pause(1)], 20)
    assert levels[5:15] == [BLANK_LEVEL] * 10
    assert levels[15] > 150
    assert clock.now_s == pytest.approx(1.8, abs=0.25)
