"""What the camera process tells the service manager, and when: the real process, a fake manager."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.config.schema import KioskSettings
from agent.vision.models import models_folder
from agent.vision.service import run_vision

WAIT_S = 20.0
CREDENTIALS = struct.Struct("3i")  # process, user, group
CAMERA = """\
vision:
  mode: presence
  source: "97"
  notice: {{shown: screen}}
  models: {models}
"""


class Manager:
    """Listens where systemd listens; knows which process a word came from."""

    def __init__(self, folder: Path) -> None:
        self.address = str(folder / "notify")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._socket.settimeout(WAIT_S)
        self._socket.bind(self.address)

    def hear(self) -> tuple[int, str]:
        """Return the next word, and the process that said it."""
        said, ancillary, _, _ = self._socket.recvmsg(4096, socket.CMSG_SPACE(CREDENTIALS.size))
        ((_, _, credentials),) = ancillary
        return CREDENTIALS.unpack(credentials)[0], said.decode()

    def silent(self) -> bool:
        """Tell whether nothing was said that has not been heard."""
        self._socket.settimeout(0)
        try:
            self._socket.recv(4096)
        except BlockingIOError:
            return True
        return False

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    listening = Manager(tmp_path)
    yield listening
    listening.close()


def start(manager: Manager, folder: Path, *, vision: str = "") -> subprocess.Popen[str]:
    """Start the camera process as its unit does; it says on stderr what it imports."""
    config = folder / "kiosk.yaml"
    device = "device: {tenant: acme, site: shop, id: till}\n"
    config.write_text(f"{device}runtime_dir: {folder}\n{vision}", encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, "-X", "importtime", "-m", "agent", "vision", "-c", str(config)],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"NOTIFY_SOCKET": manager.address},
        stderr=subprocess.PIPE,
        text=True,
    )


def test_it_is_ready_with_its_models_and_alive_from_then_on(
    manager: Manager, tmp_path: Path
) -> None:
    process = start(manager, tmp_path, vision=CAMERA.format(models=models_folder(None)))
    said = [manager.hear(), manager.hear(), manager.hear()]
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=WAIT_S)

    assert [word for _, word in said] == ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]
    assert {speaker for speaker, _ in said} == {process.pid}  # NotifyAccess=main hears no other
    assert process.returncode == 0


def test_before_its_models_are_loaded_it_is_not_ready(manager: Manager, tmp_path: Path) -> None:
    process = start(manager, tmp_path, vision=CAMERA.format(models=tmp_path / "nowhere"))
    _, errors = process.communicate(timeout=WAIT_S)

    assert process.returncode == 3
    assert "vision.models" in errors.splitlines()[-1]
    assert manager.silent()


@pytest.mark.parametrize("vision", ["", "vision: {mode: off}\n"], ids=["unconfigured", "off"])
def test_without_a_camera_it_is_ready_and_ends_well(
    manager: Manager, tmp_path: Path, vision: str
) -> None:
    process = start(manager, tmp_path, vision=vision)
    _, errors = process.communicate(timeout=WAIT_S)

    assert manager.hear() == (process.pid, "READY=1")
    assert manager.silent()
    assert process.returncode == 0
    assert "Traceback" not in errors


def test_without_a_camera_nothing_is_loaded_that_looks(manager: Manager, tmp_path: Path) -> None:
    _, off = start(manager, tmp_path).communicate(timeout=WAIT_S)
    missing = CAMERA.format(models=tmp_path / "nowhere")
    _, on = start(manager, tmp_path, vision=missing).communicate(timeout=WAIT_S)

    assert (" numpy\n" in on, " cv2\n" in on) == (True, True)
    assert (" numpy\n" in off, " cv2\n" in off) == (False, False)


def test_outside_systemd_a_kiosk_without_a_camera_ends_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    settings = KioskSettings.model_validate(
        {"device": {"tenant": "acme", "site": "shop", "id": "till"}}
    )

    assert run_vision(settings) == 0
