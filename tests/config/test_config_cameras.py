"""What `smilepost check` says of several cameras."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.config.commands import kiosk_problems
from agent.config.loading import load
from agent.doctor.private import private_things
from agent.office.certificate import make_own
from agent.vision.models import DETECTOR, FULL_RANGE

HEAD = """\
device: {tenant: acme, site: high-street, id: till-1}
vision:
  mode: presence
  notice: {shown: screen}
"""
Checked = Callable[[str], list[str]]


@pytest.fixture
def checked(tmp_path: Path) -> Checked:
    """Check a configuration with these lines below `vision`; its folder is written as `HERE`."""

    def run(lines: str) -> list[str]:
        file = tmp_path / "kiosk.yaml"
        file.write_text(HEAD + lines.replace("HERE", str(tmp_path)), "utf-8")
        return [str(problem).replace(str(tmp_path), "HERE") for problem in kiosk_problems(file)]

    return run


def test_two_cameras_in_order_are_silent(checked: Checked) -> None:
    lines = (
        "  cameras:\n"
        "    - {id: door, source: picamera2:1}\n"
        "    - id: desk\n"
        "      source: rtsp://192.168.1.60/stream1\n"
        "      username: kiosk\n"
        "      password_file: /run/credentials/none.service/camera-password\n"
    )
    assert checked(lines) == []


@pytest.mark.parametrize(
    "lines",
    [
        "  source: rtsp://kiosk:Geheim1@192.168.1.60/a\n",
        "  cameras: [{id: desk, source: 'http://192.168.1.60/a?pwd=Geheim1'}]\n",
        "  cameras:\n    - id: desk\n      source: rtsp://kiosk:Geheim1@192.168.1.60/a\n",
    ],
)
def test_a_password_in_an_address_is_refused_and_not_quoted(checked: Checked, lines: str) -> None:
    [told] = checked(lines)
    assert "username and password_file beside it" in told
    assert "Geheim1" not in told


def test_what_a_further_camera_names_is_looked_for_at_its_line(checked: Checked) -> None:
    lines = (
        "  cameras:\n"
        "    - {id: door, source: HERE/a.mp4}\n"
        "    - id: desk\n"
        "      source: rtsp://192.168.1.60/a\n"
        "      username: kiosk\n"
        "      password_file: HERE/b\n"
    )
    first, second = checked(lines)
    absent = "HERE/kiosk.yaml:6: vision.cameras[0].source: there is no file HERE/a.mp4"
    mend = "give a camera's number, picamera2, an address, or a video file"
    assert first == f"{absent}: {mend}"
    absent = "HERE/kiosk.yaml:10: vision.cameras[1].password_file: there is no file HERE/b"
    assert second == f"{absent}: write the password into its first line, or mend the path"


def test_a_password_must_be_closed_to_others(checked: Checked, tmp_path: Path) -> None:
    (tmp_path / "word").write_text("let me in\n")
    lines = "  source: rtsp://192.168.1.60/a\n  username: u\n  password_file: HERE/word\n"
    assert checked(lines) == []
    config = tmp_path / "kiosk.yaml"
    assert tmp_path / "word" in private_things(load(config).settings, config=config)


def model(folder: Path, name: str) -> None:
    content = name.encode()
    (folder / f"{name}.tflite").write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    card = {"id": name, "file": f"{name}.tflite", "sha256": sha256, "licence": "any"}
    (folder / f"{name}.json").write_text(json.dumps(card))


@pytest.mark.parametrize(
    "far", ["  distance_m: 3\n", "  cameras: [{id: door, source: '2', distance_m: 1.6}]\n"]
)
def test_customers_far_from_any_camera_need_the_net_that_searches_there(
    checked: Checked, tmp_path: Path, far: str
) -> None:
    model(tmp_path, DETECTOR)
    assert checked("  models: HERE\n") == []
    [told] = checked(f"  models: HERE\n{far}")
    assert told.startswith(f"HERE/kiosk.yaml:5: vision.models: model file HERE/{FULL_RANGE}.json")
    model(tmp_path, FULL_RANGE)
    assert checked(f"  models: HERE\n{far}") == []


def test_a_certificate_that_cannot_be_read_as_one_is_told(checked: Checked, tmp_path: Path) -> None:
    lines = "  source: https://192.168.1.60/a\n  certificate_file: HERE/camera.pem\n"
    [told] = checked(lines)
    assert "vision.certificate_file: there is no file HERE/camera.pem" in told
    (tmp_path / "camera.pem").write_text("-----BEGIN CERTIFICATE-----\nno\n", "ascii")
    [told] = checked(lines)
    assert "holds no certificate that can be read: write one there, as PEM" in told
    make_own(tmp_path / "camera.pem", names=("camera.local",))
    assert checked(lines) == []
