"""What a camera's `source` says."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.vision.source import (
    CsiCamera,
    IpCamera,
    Place,
    Recording,
    SourceError,
    UsbCamera,
    is_recording,
    is_remote,
    place_of,
)

BY_ID = "/dev/v4l/by-id/usb-Maker_Camera_123-video-index0"


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("0", UsbCamera(Path("/dev/video0"))),
        (" 12 ", UsbCamera(Path("/dev/video12"))),
        (BY_ID, UsbCamera(Path(BY_ID))),
        ("picamera2", CsiCamera(0)),
        ("picamera2:1", CsiCamera(1)),
        ("visit.mp4, pause:3", Recording("visit.mp4, pause:3")),
        ("/srv/visit.mp4", Recording("/srv/visit.mp4")),
        (
            "rtsp://192.168.1.60/stream1",
            IpCamera("rtsp://192.168.1.60/stream1", "192.168.1.60", 554),
        ),
        ("http://10.0.0.7:8081/?a=b", IpCamera("http://10.0.0.7:8081/?a=b", "10.0.0.7", 8081)),
        ("https://[fd00::7]/mjpeg", IpCamera("https://[fd00::7]/mjpeg", "fd00::7", 443)),
    ],
)
def test_a_source_is_one_of_four_places(source: str, place: Place) -> None:
    assert place_of(source) == place
    assert is_remote(source) == isinstance(place, IpCamera)
    assert is_recording(source) == isinstance(place, Recording)


@pytest.mark.parametrize(
    "source",
    [
        "rtsp://admin:Geheim1@192.168.1.60/stream",
        "rtsp://Geheim1@192.168.1.60/stream",
        "http://192.168.1.60/video?user=admin&PWD=Geheim1",
        "http://192.168.1.60/video?token=Geheim1",
    ],
)
def test_words_that_open_a_camera_do_not_stand_in_its_address(source: str) -> None:
    with pytest.raises(SourceError, match="username and password_file beside it") as told:
        place_of(source)
    assert "Geheim1" not in str(told.value)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("ftp://192.168.1.60/a", "ftp:// is not spoken here"),
        ("rtsp://camera.local/a", "`camera.local` is no address"),
        ("rtsp:///a", "`` is no address"),
        ("http://192.168.1.60:99999/", "the address is none"),
        ("http://[::1/", "the address is none"),
        ("http://192.168.1.60/a b", "characters that none has"),
        ("http://192.168.1.60/a\nb", "characters that none has"),
        ("http://192.168.1.60\\@10.0.0.1/", "characters that none has"),
        ("picamera2:x", "is no camera"),
        ("picamera2:9", "is no camera"),
    ],
)
def test_what_cannot_be_opened_is_told_in_one_line(source: str, why: str) -> None:
    with pytest.raises(SourceError, match=why) as told:
        place_of(source)
    assert "\n" not in str(told.value)


@given(st.text(max_size=60) | st.text("rtsphttps:/@[]?&=.1", max_size=30))
def test_whatever_is_written_there_it_is_a_place_or_refused(source: str) -> None:
    try:
        place = place_of(source)
    except SourceError:
        return
    assert not (isinstance(place, IpCamera) and "@" in place.url.split("/")[2])
