"""A USB camera, through a stand-in for OpenCV's capture."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from agent.errors import CameraError
from agent.vision.cameras import V4l2Source, open_source
from agent.vision.grabbing import Framed
from agent.vision.settings import VisionSettings
from agent.vision.source import UsbCamera


class Capture:
    """What OpenCV gives for a camera of 30 pictures a second."""

    opens = True
    pictures = 1000
    broken = False
    made: Capture

    def __init__(self, device: str, _backend: int) -> None:
        self.device = device
        self.asked: dict[int, float] = {}
        self.grabbed = self.decoded = 0
        self.now_s = 0.0
        self.released = False
        Capture.made = self

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return self.opens

    def set(self, what: int, value: float) -> bool:
        self.asked[what] = value
        return True

    def grab(self) -> bool:
        self.grabbed += 1
        self.now_s += 1 / 30
        return self.grabbed <= self.pictures

    def retrieve(self) -> tuple[bool, Any]:
        self.decoded += 1
        return not self.broken, np.zeros((480, 640, 3), np.uint8)

    def release(self) -> None:
        self.released = True


@pytest.fixture
def capture(monkeypatch: pytest.MonkeyPatch) -> type[Capture]:
    monkeypatch.setattr(Path, "exists", lambda _path: True)
    monkeypatch.setattr(cv2, "VideoCapture", Capture)
    clock = SimpleNamespace(monotonic=lambda: Capture.made.now_s)
    monkeypatch.setattr("agent.vision.grabbing.time", clock)
    return Capture


def test_the_configured_number_and_size_are_asked_for(capture: type[Capture]) -> None:
    source = open_source(VisionSettings(source="2", width=800, height=600))
    assert isinstance(source, Framed)
    assert isinstance(source.source, V4l2Source)
    assert capture.made.device == "/dev/video2"
    assert capture.made.asked[cv2.CAP_PROP_FRAME_WIDTH] == 800
    assert capture.made.asked[cv2.CAP_PROP_FRAME_HEIGHT] == 600


def test_a_camera_may_be_named_by_a_link_that_outlives_its_number(
    capture: type[Capture], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = tmp_path / "usb-Maker_Camera_123-video-index0"
    link.symlink_to("/dev/video7")
    monkeypatch.setattr("agent.vision.cameras.place_of", lambda _: UsbCamera(link))
    open_source(VisionSettings(source="/dev/v4l/by-id/usb-Maker_Camera_123-video-index0"))
    assert capture.made.device == "/dev/video7"


def test_pictures_that_are_not_due_are_not_decoded(capture: type[Capture]) -> None:
    source = open_source(VisionSettings(source="0", fps=10))
    for _ in range(20):
        source.read()
    assert capture.made.decoded == 20
    assert capture.made.grabbed == pytest.approx(60, abs=4)


def test_a_camera_in_use_says_what_to_check(
    capture: type[Capture], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture, "opens", False)
    with pytest.raises(CameraError, match=r"another program.*group `video`"):
        open_source(VisionSettings(source="0"))


def test_an_unplugged_camera_is_an_error(
    capture: type[Capture], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture, "pictures", 1)
    source = open_source(VisionSettings(source="0"))
    source.read()
    with pytest.raises(CameraError, match="/dev/video0 gives no pictures"):
        source.read()


def test_a_broken_picture_is_an_error(
    capture: type[Capture], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture, "broken", True)
    with pytest.raises(CameraError, match="broken picture"):
        open_source(VisionSettings(source="0")).read()


def test_closing_lets_the_device_go(capture: type[Capture]) -> None:
    open_source(VisionSettings(source="0")).close()
    assert capture.made.released
