"""Cameras on the network that mean harm: another's certificate, redirects, what takes memory."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from agent.errors import CameraError
from agent.office.certificate import make_own
from agent.vision.cameras import open_source
from agent.vision.confine import allowance
from agent.vision.network import decoded
from agent.vision.settings import VisionSettings
from tests.vision.ip_camera import HEAD, IpCamera, film, jpeg, over_http

ROOT = Path(__file__).parents[2]
MOST_MB = 200
"""Of what a camera may make us keep; the picture it claims is ten times as large."""
GREEDY = """
import resource, sys
from agent.errors import CameraError
from agent.vision.cameras import open_source
from agent.vision.confine import bound_memory
from agent.vision.settings import VisionSettings
bound_memory(100 * 1024 * 1024)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    source = open_source(VisionSettings(source=sys.argv[1], capture_timeout_s=5, fps=30))
    while True:
        source.read()
except CameraError as error:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, error)
"""


def settings(camera: IpCamera, *, scheme: str = "http", **given: object) -> VisionSettings:
    source = f"{scheme}://127.0.0.1:{camera.port}/stream"
    return VisionSettings.model_validate({"source": source, "capture_timeout_s": 2, **given})


def paper(path: Path) -> Path:
    """Write a key and a certificate that signs for itself, as cameras have it."""
    make_own(path, names=("camera.local",))
    return path


def shown(path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


# -- https -----------------------------------------------------------------------------------------


def test_a_camera_that_shows_its_certificate_is_looked_through(tmp_path: Path) -> None:
    own = paper(tmp_path / "own.pem")
    with over_http(film, tls=shown(own)) as camera:
        source = open_source(settings(camera, scheme="https", certificate_file=own))
        assert source.read().shape == (240, 320, 3)
        source.close()


def test_one_that_shows_another_is_told_and_hears_no_password(tmp_path: Path) -> None:
    own, other = paper(tmp_path / "own.pem"), paper(tmp_path / "other.pem")
    (tmp_path / "word").write_text("secret", "utf-8")
    words = {"username": "kiosk", "password_file": tmp_path / "word"}
    with over_http(film, tls=shown(other)) as camera:
        chosen = settings(camera, scheme="https", certificate_file=own, **words)
        with pytest.raises(CameraError, match="that it shows certificate_file"):
            open_source(chosen)
    assert camera.requests == []


@pytest.mark.parametrize(
    ("content", "why"), [(None, "cannot be read"), (b"\xff\xfe", "no UTF-8"), (b"x", "as PEM")]
)
def test_a_certificate_that_cannot_be_used_is_told(
    tmp_path: Path, content: bytes | None, why: str
) -> None:
    file = tmp_path / "camera.pem"
    if content is not None:
        file.write_bytes(content)
    with over_http(film) as camera, pytest.raises(CameraError, match=rf"certificate_file .*{why}"):
        open_source(settings(camera, scheme="https", certificate_file=file))


def test_https_without_a_certificate_is_refused() -> None:
    with pytest.raises(ValidationError, match="known by its certificate: write certificate_file"):
        VisionSettings(source="https://192.168.1.60/video")
    further = {"id": "desk", "source": "https://192.168.1.60/video"}
    with pytest.raises(ValidationError, match="known by its certificate: write certificate_file"):
        VisionSettings.model_validate({"cameras": [further]})


@pytest.mark.parametrize("source", ["0", "http://192.168.1.60/video", "rtsp://192.168.1.60/a"])
def test_a_certificate_is_for_https_alone(source: str) -> None:
    with pytest.raises(ValidationError, match="is for a camera by https"):
        VisionSettings(source=source, certificate_file=Path("/run/camera.pem"))


@pytest.mark.parametrize("name", ["a;tls_verify", "a|tls_verify"])
def test_no_name_of_a_file_switches_an_option_of_ffmpeg(name: str) -> None:
    with pytest.raises(ValidationError, match="another name"):
        VisionSettings(source="https://192.168.1.60/video", certificate_file=Path(name))


def test_each_camera_has_a_certificate_of_its_own() -> None:
    further = {"id": "desk", "source": "https://192.168.1.61/v", "certificate_file": "/run/desk"}
    both = VisionSettings.model_validate(
        {"source": "https://192.168.1.60/v", "certificate_file": "/run/main", "cameras": [further]}
    )
    assert both.of("desk").certificate_file == Path("/run/desk")
    assert Path("/run/desk") in allowance(both.of("desk")).read
    assert Path("/run/main") not in allowance(both.of("desk")).read


# -- elsewhere, and too much -----------------------------------------------------------------------


def test_a_redirect_leads_nowhere() -> None:
    def elsewhere(line: socket.socket, _request: bytes) -> None:
        place = b"http://127.0.0.1:%d/stream" % other.port
        line.sendall(b"HTTP/1.0 302 Found\r\nLocation: " + place + b"\r\n\r\n")
        line.shutdown(socket.SHUT_RDWR)

    with over_http(film) as other, IpCamera(elsewhere) as camera:
        with pytest.raises(CameraError, match="no redirect is followed"):
            open_source(settings(camera))
        assert other.requests == []


def claims_much(line: socket.socket, _request: bytes) -> None:
    line.sendall(
        HEAD + b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: 2000000000\r\n\r\n"
    )
    for _ in range(2000):
        line.sendall(bytes(1_000_000))


def test_a_picture_of_gigabytes_ends_the_stream_and_not_the_process() -> None:
    with IpCamera(claims_much) as camera:
        done = subprocess.run(
            [sys.executable, "-c", GREEDY, f"http://127.0.0.1:{camera.port}/stream"],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
    grown_kb, _, told = done.stdout.partition(" ")
    assert int(grown_kb) < MOST_MB * 1024
    assert "check" in told


def test_a_picture_of_a_thousand_scans_is_not_decoded() -> None:
    whole = jpeg()
    bomb = whole[:-2] + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" * 1000 + whole[-2:]
    with pytest.raises(CameraError, match="broken picture"):
        decoded(np.frombuffer(bomb, np.uint8), name="any")
