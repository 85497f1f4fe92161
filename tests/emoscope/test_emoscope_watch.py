"""The thread that looks: only while somebody watches, and only as often as the page can show."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator

import pytest

from agent.emoscope.scope import Scope
from agent.emoscope.watch import State, Watch
from agent.errors import CameraError, VisionError
from agent.vision.cameras import Picture
from agent.vision.settings import VisionSettings
from tests.emoscope.scene import scene, tools

WAIT_S = 10.0


class Eyes:
    """A camera that gives a picture at each call, or fails."""

    def __init__(self) -> None:
        self.looks = 0
        self.closed = 0
        self.error: VisionError | None = None
        self._looked = threading.Condition()

    def look(self, *, wait_s: float) -> Picture | None:
        with self._looked:
            self.looks += 1
            self._looked.notify_all()
        if self.error is not None:
            error, self.error = self.error, None
            raise error
        return Picture(scene(), self.looks / 10) if wait_s else None

    def skipped(self) -> int:
        return 1

    def close(self) -> None:
        self.closed += 1

    def until(self, looks: int) -> None:
        with self._looked:
            assert self._looked.wait_for(lambda: self.looks >= looks, timeout=WAIT_S)


class Told:
    """What the thread told, and waiting for it."""

    def __init__(self) -> None:
        self.states: list[State] = []
        self.frames: list[bytes] = []
        self._news = threading.Condition()

    def state(self, state: State) -> None:
        with self._news:
            self.states.append(state)
            self._news.notify_all()

    def frame(self, frame: bytes) -> None:
        with self._news:
            self.frames.append(frame)
            self._news.notify_all()

    def until(self, true: Callable[[], bool]) -> None:
        with self._news:
            assert self._news.wait_for(true, timeout=WAIT_S)


@pytest.fixture
def eyes() -> Eyes:
    return Eyes()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def scope() -> Scope:
    return Scope(VisionSettings(), tools())


@pytest.fixture
def watch(eyes: Eyes, told: Told, scope: Scope) -> Iterator[Watch]:
    running = Watch(scope, eyes, on_frame=told.frame, on_state=told.state, clock=lambda: eyes.looks)
    running.start()
    yield running
    running.stop()


def test_nothing_is_looked_at_before_somebody_watches(watch: Watch, eyes: Eyes) -> None:
    watch.ask()
    watch.stop()
    assert (eyes.looks, eyes.closed) == (0, 0)


def test_it_looks_while_somebody_watches_and_closes_the_camera_after(
    watch: Watch, eyes: Eyes, told: Told, scope: Scope
) -> None:
    watch.want(looking=True)
    eyes.until(40)
    watch.want(looking=False)
    told.until(lambda: told.states[-1:] == [State("waiting")])
    assert eyes.closed == 1
    assert [state.how for state in told.states] == ["looking", "waiting"]
    assert len(scope.stays.gone) == 1


def test_a_frame_is_made_only_for_a_page_that_asked(watch: Watch, eyes: Eyes, told: Told) -> None:
    watch.want(looking=True)
    eyes.until(30)
    assert told.frames == []
    watch.ask()
    told.until(lambda: len(told.frames) == 1)
    eyes.until(eyes.looks + 20)
    assert len(told.frames) == 1


def test_pages_that_ask_at_once_get_ten_pictures_a_second_at_most(
    eyes: Eyes, told: Told, scope: Scope
) -> None:
    watch = Watch(
        scope, eyes, on_frame=told.frame, on_state=told.state, clock=lambda: eyes.looks / 50
    )
    watch.start()
    watch.want(looking=True)
    while eyes.looks < 100:
        watch.ask()
        eyes.until(eyes.looks + 1)
    watch.stop()
    assert len(told.frames) <= 100 / 50 * 12.5 + 1


def test_a_camera_that_fails_is_told_once_and_comes_back(
    watch: Watch, eyes: Eyes, told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    eyes.error = CameraError("no camera: plug it in")
    with caplog.at_level(logging.WARNING):
        watch.want(looking=True)
        told.until(lambda: bool(told.states) and told.states[-1].how == "looking")
    assert told.states[0] == State("lost", "no camera: plug it in")
    assert caplog.messages == ["no camera: plug it in"]


def test_a_driver_that_hangs_for_good_ends_the_looking(
    watch: Watch, eyes: Eyes, told: Told
) -> None:
    eyes.error = VisionError("the driver hangs")
    watch.want(looking=True)
    told.until(lambda: bool(told.states))
    watch.stop()
    assert told.states == [State("lost", "the driver hangs")]
    assert eyes.looks == 1
