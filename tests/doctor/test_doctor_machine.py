"""Checks of the machine, the pins, the camera and the models."""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory

from agent.doctor import machine
from agent.doctor.camera import camera, models, parse_capability
from agent.doctor.checks import Failed, NotApplicable
from agent.doctor.machine import disk, python, runtime_dir, screen_port
from agent.doctor.pins import lgpio_version, pins
from agent.errors import PanelError
from agent.panel.settings import ButtonSettings, PanelSettings
from agent.screen.settings import ScreenSettings
from agent.vision.models import DETECTOR, EXPRESSION, FULL_RANGE
from agent.vision.settings import FurtherCamera, Mode, NoticeSettings, VisionSettings
from agent.vision.source import UsbCamera

BUTTONS = (ButtonSettings(id="bad", pin=5), ButtonSettings(id="good", pin=26))
PANEL = PanelSettings(buttons=BUTTONS)


def seeing(
    source: str = "0",
    *,
    mode: Mode = "smile",
    folder: Path | None = None,
    distance_m: float = 1.0,
) -> VisionSettings:
    return VisionSettings(
        mode=mode,
        source=source,
        notice=NoticeSettings(),
        models=folder,
        distance_m=distance_m,
    )


# Python


def test_the_board_is_named_where_the_kernel_knows_it(tmp_path: Path) -> None:
    board = tmp_path / "model"
    board.write_text("Raspberry Pi 4 Model B Rev 1.5\0")
    assert python((3, 11, 2), bits=64, board=board) == (
        "Python 3.11.2, 64-bit, Raspberry Pi 4 Model B Rev 1.5"
    )


def test_this_interpreter_will_do() -> None:
    assert "64-bit" in python()


def test_an_old_python_is_refused() -> None:
    with pytest.raises(Failed, match=r"Python 3\.9\.2"):
        python((3, 9, 2), bits=64)


def test_32_bits_are_refused_with_the_remedy() -> None:
    with pytest.raises(Failed) as caught:
        python((3, 11, 2), bits=32)
    assert "64-bit Raspberry Pi OS" in caught.value.remedy


# Disk, folders


def test_free_space_is_told(tmp_path: Path) -> None:
    assert disk(tmp_path, free_bytes=lambda _: 5_000_000_000) == f"5000 MB free at {tmp_path}"


def test_a_folder_that_is_not_there_yet_is_measured_at_its_parent(tmp_path: Path) -> None:
    assert disk(tmp_path / "a" / "b").endswith(f" at {tmp_path}")


def test_a_full_disk_fails(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="199 MB free"):
        disk(tmp_path, free_bytes=lambda _: 199_999_999)


def test_the_runtime_folder_matters_only_with_a_camera(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable):
        runtime_dir(tmp_path, needed=False)


def test_a_writable_runtime_folder_holds(tmp_path: Path) -> None:
    assert runtime_dir(tmp_path, needed=True) == f"{tmp_path} is writable"
    assert runtime_dir(tmp_path / "x", needed=True) == f"{tmp_path / 'x'} will be made"


def test_an_unwritable_runtime_folder_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(Failed, match="not writable"):
        runtime_dir(tmp_path, needed=True)


# The screen's port


class OurPage(http.server.BaseHTTPRequestHandler):
    body = b"<title>Smilepost</title>"

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        pass


class AnotherPage(OurPage):
    body = b"<title>Router</title>"


@pytest.fixture(params=[OurPage, AnotherPage])
def page(request: pytest.FixtureRequest) -> Iterator[tuple[bytes, int]]:
    with http.server.HTTPServer(("127.0.0.1", 0), request.param) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield request.param.body, server.server_port
        server.shutdown()
        thread.join()


def test_a_port_in_use_is_good_only_if_it_is_our_page(page: tuple[bytes, int]) -> None:
    body, port = page
    if b"Smilepost" in body:
        assert "shows our page" in screen_port(ScreenSettings(port=port))
    else:
        with pytest.raises(Failed, match="Address already in use"):
            screen_port(ScreenSettings(port=port))


def test_a_port_held_by_something_silent_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "ASK_TIMEOUT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as holder, pytest.raises(Failed) as caught:
        screen_port(ScreenSettings(port=holder.getsockname()[1]))
    assert "screen.port" in caught.value.remedy


def test_a_free_port_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
    assert screen_port(ScreenSettings(port=port)) == f"127.0.0.1:{port} is free"
    assert screen_port(ScreenSettings(port=0)) == "any free port"


def test_no_screen_needs_no_port() -> None:
    with pytest.raises(NotApplicable):
        screen_port(ScreenSettings(enabled=False))


# Pins


def chips(folder: Path) -> Path:
    (folder / "gpiochip0").touch()
    return folder


def no_pins(_backend: str) -> MockFactory:
    raise PanelError("GPIO cannot be opened")


def test_working_pins_name_their_backend(tmp_path: Path) -> None:
    fact = pins(
        PANEL,
        devices=chips(tmp_path),
        lgpio=lambda: "0.2.2.0",
        open_factory=lambda _: MockFactory(),
    )
    assert fact == f"lgpio 0.2.2.0 on {tmp_path}/gpiochip0; buttons on pins 5, 26"


def test_no_buttons_need_no_pins() -> None:
    with pytest.raises(NotApplicable):
        pins(PanelSettings())


def test_mock_pins_say_so() -> None:
    assert "mock pins" in pins(PanelSettings(backend="mock", buttons=BUTTONS))


def test_a_machine_without_pins_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Failed) as caught:
        pins(PANEL, devices=tmp_path)
    assert "panel.backend to mock" in caught.value.remedy


def test_pins_of_another_group_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(Failed) as caught:
        pins(PANEL, devices=chips(tmp_path))
    assert "group gpio" in caught.value.remedy


def test_a_backend_that_does_not_open_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="GPIO cannot be opened"):
        pins(PANEL, devices=chips(tmp_path), lgpio=lambda: "0.2.2.0", open_factory=no_pins)


def test_the_lgpio_of_this_environment_is_a_real_one() -> None:
    assert lgpio_version().startswith("0.2.")


def test_the_old_pure_python_lgpio_is_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.doctor.pins.version", lambda _: "0.0.0.2")
    with pytest.raises(Failed, match=r"lgpio 0\.0\.0\.2 cannot drive pins"):
        lgpio_version()


# Camera


def test_no_camera_mode_needs_no_camera() -> None:
    with pytest.raises(NotApplicable):
        camera(VisionSettings())


@pytest.fixture
def devices(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    (tmp_path / "video0").touch()
    monkeypatch.setattr(stat, "S_ISCHR", lambda _mode: True)
    at(tmp_path, monkeypatch)
    return tmp_path


def at(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let devices lie in another folder than /dev."""
    monkeypatch.setattr(
        "agent.doctor.camera.place_of", lambda number: UsbCamera(folder / f"video{number}")
    )


def test_a_camera_tells_its_name(devices: Path) -> None:
    fact = camera(seeing(), ask=lambda _: ("HD Webcam", True))
    assert fact == f"{devices}/video0: HD Webcam"


@pytest.mark.usefixtures("devices")
def test_a_video_device_that_takes_no_pictures_is_no_camera() -> None:
    with pytest.raises(Failed, match="takes no pictures"):
        camera(seeing(), ask=lambda _: ("codec", False))


def test_a_missing_camera_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at(tmp_path, monkeypatch)
    with pytest.raises(Failed, match="there is no") as caught:
        camera(seeing("3"))
    assert "`ls /dev/video*` shows the numbers" in caught.value.remedy


def test_a_camera_that_is_named_by_its_plug_is_looked_for_where_such_names_are() -> None:
    with pytest.raises(Failed, match="there is no /dev/v4l/by-id/usb-none") as caught:
        camera(seeing("/dev/v4l/by-id/usb-none"))
    assert caught.value.remedy == "plug the camera in; `ls /dev/v4l/by-id` shows the names"


@pytest.mark.usefixtures("devices")
def test_a_camera_of_another_group_is_told() -> None:
    def refuse(_device: Path) -> tuple[str, bool]:
        raise PermissionError(13, "Permission denied")

    with pytest.raises(Failed) as caught:
        camera(seeing(), ask=refuse)
    assert "group video" in caught.value.remedy


def test_a_plain_file_is_no_camera(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "video0").touch()
    at(tmp_path, monkeypatch)
    with pytest.raises(Failed, match="is no camera"):
        camera(seeing())


def test_a_device_that_is_no_video_device_does_not_answer() -> None:
    with pytest.raises(Failed, match="does not answer as a camera"):
        camera(seeing("/dev/null"))


def test_a_camera_on_the_network_answers_or_does_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        seen = seeing(f"rtsp://127.0.0.1:{port}/stream")
        assert camera(seen) == f"127.0.0.1 port {port} answers"
    with pytest.raises(Failed, match=r"no camera answers at 127\.0\.0\.1 port"):
        camera(seen)


def capability(whole: int, node: int) -> bytes:
    return (
        b"uvcvideo".ljust(16, b"\0")
        + b"HD Cam".ljust(32, b"\0")
        + bytes(32)
        + bytes(4)
        + (whole.to_bytes(4, "little") + node.to_bytes(4, "little") + bytes(12))
    )


def test_the_capability_of_the_node_counts_where_it_is_given() -> None:
    assert parse_capability(capability(0x8000_0001, 0x0080_0000)) == ("HD Cam", False)
    assert parse_capability(capability(0x8000_0001, 0x1)) == ("HD Cam", True)
    assert parse_capability(capability(0x1, 0)) == ("HD Cam", True)


def test_video_files_are_counted_and_pauses_are_none(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    assert camera(seeing(f"{tmp_path}/a.mp4,pause:2,{tmp_path}/a.mp4")) == "2 video files"


def test_a_missing_video_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"b\.mp4 cannot be read"):
        camera(seeing(f"{tmp_path}/b.mp4"))


@pytest.mark.parametrize(
    ("lacking", "told"),
    [
        ({"cv2"}, "a camera needs cv2, which"),
        ({"cv2", "numpy"}, "needs cv2 and numpy, which"),
        ({"ai_edge_litert", "tflite_runtime"}, "needs ai_edge_litert, which"),
    ],
)
def test_what_a_camera_imports_is_asked_for_before_the_camera(
    lacking: set[str], told: str, tmp_path: Path
) -> None:
    with pytest.raises(Failed, match=told) as caught:
        camera(seeing(f"{tmp_path}/a.mp4"), importable=lambda name: name not in lacking)
    assert "[vision]" in caught.value.remedy


def test_one_of_the_two_runtimes_is_enough(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    found = camera(seeing(f"{tmp_path}/a.mp4"), importable=lambda name: name != "ai_edge_litert")
    assert found == "1 video file"


def test_picamera2_is_asked_for_without_being_loaded() -> None:
    assert camera(seeing("picamera2"), importable=lambda _: True) == "picamera2 is installed"
    with pytest.raises(Failed, match="libcamera is not installed"):
        camera(seeing("picamera2"), importable=lambda name: name != "libcamera")


# Models


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (DETECTOR, EXPRESSION, FULL_RANGE):
        content = f"model {name}".encode()
        (tmp_path / f"{name}.tflite").write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        card = {"id": f"{name}-1", "file": f"{name}.tflite", "sha256": sha256, "licence": "x"}
        (tmp_path / f"{name}.json").write_text(json.dumps(card))
    return tmp_path


def test_models_that_match_their_cards_are_named_with_their_hashes(folder: Path) -> None:
    fact = models(seeing(folder=folder))
    assert f"{DETECTOR}-1 (" in fact
    assert f"{EXPRESSION}-1 (" in fact


def test_counting_people_needs_the_detector_alone(folder: Path) -> None:
    (folder / f"{EXPRESSION}.json").unlink()
    assert EXPRESSION not in models(seeing(mode="presence", folder=folder))


def test_customers_far_away_need_the_net_that_searches_there(folder: Path) -> None:
    assert FULL_RANGE not in models(seeing(folder=folder))
    assert f"{FULL_RANGE}-1 (" in models(seeing(folder=folder, distance_m=3))


def test_the_models_are_those_of_all_cameras_together(folder: Path) -> None:
    door = FurtherCamera(id="door", source="2", distance_m=3)
    seen = seeing(folder=folder).model_copy(update={"cameras": (door,)})
    assert f"{FULL_RANGE}-1 (" in models(seen)


def test_a_changed_model_is_caught(folder: Path) -> None:
    (folder / f"{DETECTOR}.tflite").write_bytes(b"other")
    with pytest.raises(Failed, match="is not the model its card describes"):
        models(seeing(folder=folder))


def test_a_missing_model_is_told(folder: Path) -> None:
    (folder / f"{EXPRESSION}.tflite").unlink()
    with pytest.raises(Failed, match="cannot be read"):
        models(seeing(folder=folder))


def test_no_camera_mode_needs_no_model() -> None:
    with pytest.raises(NotApplicable):
        models(VisionSettings())
