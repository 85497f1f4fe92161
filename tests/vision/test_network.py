"""Cameras on the network: what they send, what they cannot make us do, how soon it is told."""

from __future__ import annotations

import base64
import itertools
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import CameraError
from agent.vision.cameras import open_source
from agent.vision.eye import Eye
from agent.vision.grabbing import Source
from agent.vision.network import decoded, jpeg_size
from agent.vision.settings import VisionSettings
from tests.vision.ip_camera import IpCamera, Send, film, jpeg, over_http, over_rtsp, part

USER, PASSWORD = "kiosk", "pä/ß@: 1"
WORD = b"Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode())
TIMEOUT_S = 2.0


def settings(camera: IpCamera, *, scheme: str = "http", **given: object) -> VisionSettings:
    return VisionSettings.model_validate(
        {"source": f"{scheme}://127.0.0.1:{camera.port}/stream", "capture_timeout_s": TIMEOUT_S}
        | {"fps": 30, **given}
    )


@pytest.fixture
def words(tmp_path: Path) -> dict[str, str]:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\nnot this\n", "utf-8")
    return {"username": USER, "password_file": str(file)}


def until_it_fails(source: Source) -> tuple[int, str]:
    """Read on; returns how many pictures came, and what ended them."""
    for count in range(10_000):
        try:
            source.read()
        except CameraError as error:
            source.close()
            return count, str(error)
    raise AssertionError("it goes on for ever")


# -- over HTTP -------------------------------------------------------------------------------------


def test_the_pictures_of_a_stream_come_one_after_the_other() -> None:
    levels = iter(range(40, 240, 10))

    with over_http(lambda send: film(send, pictures=20, picture=lambda: grey(next(levels)))) as it:
        source = open_source(settings(it))
        seen = [round(float(source.read().mean()) - 1.5, -1) for _ in range(10)]
        source.close()
    assert seen == sorted(seen)
    assert seen[0] < seen[-1]


def grey(level: int) -> bytes:
    return jpeg(level=level)


def test_a_stream_larger_than_asked_for_is_looked_at_in_the_size_asked_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with over_http(lambda send: film(send, picture=lambda: jpeg(1280, 720))) as camera:
        source = open_source(settings(camera))
        assert {source.read().shape for _ in range(3)} == {(360, 640, 3)}
        source.close()
    told = "gives pictures of 1280x720, looked at in 640x360, where 640x480 is asked for"
    assert caplog.messages == [f"camera 127.0.0.1 {told}"]


def test_a_smaller_stream_is_looked_at_as_it_is() -> None:
    with over_http(film) as camera:
        source = open_source(settings(camera))
        assert source.read().shape == (240, 320, 3)
        source.close()


def test_the_password_goes_to_the_camera_and_nowhere_else(
    words: dict[str, str], capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with over_http(film, wants=WORD) as camera:
        source = open_source(settings(camera, **words))
        assert source.read().shape == (240, 320, 3)
        source.close()
        Path(words["password_file"]).write_text("wrong", "utf-8")
        with pytest.raises(CameraError, match="username and password_file") as told:
            open_source(settings(camera, **words))
        with pytest.raises(CameraError, match="gives no stream"):
            open_source(settings(camera))

    said = capfd.readouterr()
    for text in (said.out, said.err, caplog.text, str(told.value)):
        assert "pä" not in text
        assert "p%C3%A4" not in text
        assert "wrong" not in text


def test_a_password_that_cannot_be_read_says_which_file(words: dict[str, str]) -> None:
    Path(words["password_file"]).unlink()
    with over_http(film) as camera, pytest.raises(CameraError, match=r"password_file .* cannot be"):
        open_source(settings(camera, **words))


def stall(send: Send) -> None:
    film(send, pictures=5)
    time.sleep(20)


def close(send: Send) -> None:
    film(send, pictures=5)


def garbage(send: Send) -> None:
    film(send, pictures=5)
    for _ in range(200):
        send(os.urandom(2000))


def half(send: Send) -> None:
    film(send, pictures=5)
    film(send, picture=lambda: jpeg()[:2000])


def no_jpeg(send: Send) -> None:
    film(send, pictures=5)
    film(send, picture=lambda: os.urandom(500) + b"\xff\xd9")


def another_size(send: Send) -> None:
    film(send, pictures=5)
    film(send, picture=lambda: jpeg(640, 480))


def giant(send: Send) -> None:
    film(send, pictures=5)
    film(send, picture=lambda: sized(60_000, 60_000))


def sized(width: int, height: int) -> bytes:
    """Return a JPEG that claims to be of another size."""
    true = jpeg()
    at = true.index(b"\xff\xc0") + 5
    claimed = height.to_bytes(2) + width.to_bytes(2)
    return true[:at] + claimed + true[at + 4 :]


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        (stall, "gives no pictures"),
        (close, "gives no pictures"),
        (garbage, "gives no pictures|broken picture"),
        (half, "broken picture"),
        (no_jpeg, "broken picture|gives no pictures"),
        (another_size, "gives pictures of 640x480 after 320x240"),
        (giant, "broken picture"),
    ],
)
def test_a_stream_that_goes_wrong_is_told_and_shows_nothing_more(
    plan: Callable[[Send], None], why: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with over_http(plan) as camera:
        pictures, told = until_it_fails(open_source(settings(camera)))
    assert 1 <= pictures <= 5
    assert any(reason in told for reason in why.split("|"))
    assert "\n" not in told
    assert capfd.readouterr().err == "", "FFmpeg would fill the journal"


def mute(_send: Send) -> None:
    time.sleep(20)


def trickle(send: Send) -> None:
    for _ in range(200):
        send(b"x")
        time.sleep(0.1)


def text(send: Send) -> None:
    send(b"<html>please sign in</html>")


def tiny(send: Send) -> None:
    film(send, picture=lambda: jpeg(64, 48))


@pytest.mark.parametrize(
    ("plan", "why"),
    [(mute, "no stream"), (trickle, "no stream"), (text, "no stream"), (tiny, "64x48: set it to")],
)
def test_what_is_no_stream_is_told_when_it_is_opened(
    plan: Callable[[Send], None], why: str
) -> None:
    with over_http(plan) as camera, pytest.raises(CameraError, match=why):
        open_source(settings(camera)).read()


def test_a_playlist_in_the_streams_place_opens_no_file(tmp_path: Path) -> None:
    """FFmpeg would follow one to files of this machine, if it were asked what comes."""
    secret = tmp_path / "secret.mp4"
    os.mkfifo(secret)  # opening it would hang
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{secret}\n#EXT-X-ENDLIST\n"

    def answer(line: socket.socket, _request: bytes) -> None:
        line.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: application/vnd.apple.mpegurl\r\n\r\n")
        line.sendall(playlist.encode())
        line.shutdown(socket.SHUT_RDWR)

    with IpCamera(answer) as camera, pytest.raises(CameraError, match="no stream"):
        open_source(settings(camera))


def test_nobody_who_listens_is_told_at_once() -> None:
    with over_http(film) as camera:
        gone = settings(camera)
    with pytest.raises(CameraError, match="check that it is on"):
        open_source(gone)


def test_a_stalled_camera_is_told_once_and_opened_anew() -> None:
    with over_http(stall) as camera:
        chosen = settings(camera)
        eye = Eye(lambda: open_source(chosen), timeout_s=TIMEOUT_S)
        seen: list[str] = []
        while seen.count("picture after") < 1:
            try:
                picture = eye.look(wait_s=0.05)
            except CameraError:
                seen.append("lost")
            else:
                seen += [f"picture {'after' if 'lost' in seen else 'before'}"] * bool(picture)
        eye.close()
    assert (seen[0], seen.count("lost")) == ("picture before", 1)


def test_a_stalled_camera_is_closed_without_waiting_for_it_and_is_no_hung_driver() -> None:
    with over_http(stall) as camera:
        chosen = settings(camera, capture_timeout_s=30)
        eye = Eye(lambda: open_source(chosen), timeout_s=30, remote=True)
        while eye.look(wait_s=0.3) is None:
            pass
        while eye.look(wait_s=0.3) is not None:
            pass
        began_s = time.monotonic()
        eye.close()
        assert time.monotonic() - began_s < 10, "of 24 it would wait"


def test_who_sends_the_same_picture_again_and_again_has_frozen() -> None:
    same = jpeg()
    with over_http(lambda send: film(send, picture=lambda: same)) as camera:
        chosen = settings(camera)
        eye = Eye(lambda: open_source(chosen), timeout_s=TIMEOUT_S, still_s=0.3)
        pictures = 0
        with pytest.raises(CameraError, match="nothing new"):  # noqa: PT012 - it takes a while
            while True:
                pictures += eye.look(wait_s=0.05) is not None
        eye.close()
    assert pictures > 1, "an encoder may hold still for a moment"


# -- RTSP ------------------------------------------------------------------------------------------


def test_rtsp_goes_over_the_one_connection_and_asks_for_no_sound() -> None:
    with over_rtsp(jpeg() for _ in itertools.count()) as camera:
        source = open_source(settings(camera, scheme="rtsp"))
        assert source.read().shape == (240, 320, 3)
        source.close()
    setups = [asked for asked in camera.requests if asked.startswith(b"SETUP")]
    assert [asked.split()[1].rpartition(b"/")[2] for asked in setups] == [b"track1"]
    assert b"RTP/AVP/TCP" in setups[0]


def test_rtsp_takes_the_password_without_sending_it(
    words: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    with over_rtsp((jpeg() for _ in itertools.count()), word=(USER, PASSWORD)) as camera:
        source = open_source(settings(camera, scheme="rtsp", **words))
        assert source.read().shape == (240, 320, 3)
        source.close()
        with pytest.raises(CameraError, match="username and password_file"):
            open_source(settings(camera, scheme="rtsp"))
    assert PASSWORD.encode() not in b"".join(camera.requests)
    assert "pä" not in capfd.readouterr().err


def test_a_stalled_rtsp_camera_is_told() -> None:
    def pictures() -> Iterator[bytes]:
        yield from (jpeg() for _ in range(30))
        time.sleep(20)

    with over_rtsp(pictures()) as camera:
        count, told = until_it_fails(open_source(settings(camera, scheme="rtsp")))
    assert count >= 1
    assert "gives no pictures" in told


# -- one JPEG --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "height"), [(16, 16), (320, 240), (1920, 1080)])
def test_a_jpegs_size_stands_in_its_head(width: int, height: int) -> None:
    assert jpeg_size(jpeg(width, height)) == (width, height)


@given(st.binary(max_size=200) | st.binary(max_size=40).map(lambda tail: b"\xff\xd8\xff" + tail))
def test_what_is_no_jpeg_has_no_picture(content: bytes) -> None:
    with pytest.raises(CameraError, match="broken picture"):
        decoded(np.frombuffer(content, np.uint8), name="any")


def test_a_whole_jpeg_is_a_picture() -> None:
    content = jpeg(320, 240)
    assert decoded(np.frombuffer(content, np.uint8), name="any").shape == (240, 320, 3)
    assert part(content).count(content) == 1
