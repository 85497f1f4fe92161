"""The camera process, over a real Unix socket with an agent of the test's own."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar, cast

import cv2
import numpy as np
import pytest
from pydantic import BaseModel

from agent.errors import CameraError, VisionError
from agent.vision import cameras, lens
from agent.vision import eye as eye_module
from agent.vision.detector import Pixels
from agent.vision.expression import Expression
from agent.vision.eye import Eye
from agent.vision.faces import Box, Face
from agent.vision.models import models_folder
from agent.vision.nets import Nets
from agent.vision.observations import (
    MAX_LINE,
    OBSERVATION,
    PREVIEW_SOCKET,
    SOCKET_NAME,
    CameraState,
    ContactBegan,
    ContactLeft,
    ExpressionBatch,
    Hello,
    Observation,
    Permit,
    Presence,
    PreviewAsk,
    Zones,
)
from agent.vision.process import Vision
from agent.vision.settings import NoticeSettings, VisionSettings, Zone
from tests.vision.conftest import VideoOf

WAIT_S = 20.0
Seen = TypeVar("Seen")


class Agent:
    """Listens where the agent listens; keeps what it is told."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / SOCKET_NAME
        self.path.unlink(missing_ok=True)
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(self.path))
        self._server.listen()
        self._server.settimeout(WAIT_S)
        self._peer: socket.socket | None = None
        self._rest = b""
        self.told: list[Observation] = []

    def accept(self) -> None:
        self._peer, _ = self._server.accept()
        self._peer.settimeout(WAIT_S)

    def permit(self, *, granted: bool, reason: str = "", forget: bool = False) -> None:
        self.say(Permit(granted=granted, reason=reason, forget=forget))

    def say(self, word: BaseModel) -> None:
        self._connected().sendall(word.model_dump_json().encode() + b"\n")

    def hear(self, kind: type[Seen], *, where: Callable[[Any], bool] = lambda _: True) -> Seen:
        """Return the next observation of a kind; everything before it is kept too."""
        until_s = time.monotonic() + WAIT_S
        while True:
            assert time.monotonic() < until_s, f"no {kind.__name__} came, but heartbeats"
            observation = self._next()
            self.told.append(observation)
            if isinstance(observation, kind) and where(observation):
                return observation

    def close(self) -> None:
        if self._peer is not None:
            self._peer.close()
        self._server.close()

    def _connected(self) -> socket.socket:
        assert self._peer is not None
        return self._peer

    def _next(self) -> Observation:
        while b"\n" not in self._rest:
            chunk = self._connected().recv(MAX_LINE)
            assert chunk, "the camera process hung up"
            self._rest += chunk
        line, self._rest = self._rest.split(b"\n", 1)
        return OBSERVATION.validate_json(line)


class Scene:
    """A camera the test conducts: somebody is there, or it fails, or it hangs."""

    def __init__(self) -> None:
        self.somebody = True
        self.fails = False
        self.hangs = threading.Event()
        self.ended = threading.Event()
        self.opened = 0
        self.open = False
        self.pictures = 0

    def __call__(self) -> Scene:
        if self.fails:
            raise CameraError("no camera: plug it in")
        self.opened += 1
        self.open = True
        return self

    def read(self) -> Pixels:
        time.sleep(0.02)
        while self.hangs.is_set():
            time.sleep(0.02)
        if self.fails:
            raise CameraError("unplugged: check its cable")
        self.pictures += 1
        picture = np.full((120, 160, 3), 255 if self.somebody else 0, np.uint8)
        picture[0, 0] = self.pictures % 9
        return picture

    def close(self) -> None:
        self.open = False


class OneFace:
    """Sees one face in every white picture."""

    threshold = 0.75

    def __call__(self, picture: Pixels) -> list[Face]:
        if picture.max() < 255:
            return []
        height, width = picture.shape[:2]
        x, y = width / 2, height / 2
        return [Face(Box(x - 30, y - 30, x + 30, y + 30), 0.9, ((x - 12, y - 8), (x + 12, y - 8)))]


def happy(_picture: Pixels, _face: Face) -> Expression:
    return Expression(positive=0.9, neutral=0.1, negative=0.0)


NETS = Nets(detector=cast("Any", OneFace()), reader=cast("Any", happy), refs={})


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    listening = Agent(tmp_path)
    yield listening
    listening.close()


@pytest.fixture
def camera() -> Scene:
    return Scene()


@pytest.fixture
def vision(
    tmp_path: Path, agent: Agent, camera: Scene, monkeypatch: pytest.MonkeyPatch
) -> Iterator[threading.Event]:
    """The process's work in a thread, connected; yields what stops it."""
    monkeypatch.setattr(cameras, "CLOSE_WAIT_S", 0.2)
    settings = VisionSettings(
        mode="smile",
        notice=NoticeSettings(),
        min_dwell_s=0.3,
        batch_contacts=3,
        capture_timeout_s=0.5,
    )
    eye = Eye(camera, timeout_s=settings.capture_timeout_s)
    work = Vision(settings, nets=NETS, runtime_dir=tmp_path, eye=eye)
    stop = threading.Event()

    def serve() -> None:
        with contextlib.suppress(VisionError):  # a driver that hangs: the process would end
            work.run(stop)
        camera.ended.set()

    thread = threading.Thread(target=serve)
    thread.start()
    agent.accept()
    yield stop
    camera.hangs.clear()
    stop.set()
    thread.join(WAIT_S)
    assert not thread.is_alive()


@pytest.mark.usefixtures("vision")
def test_the_first_word_names_mode_and_protocol(agent: Agent) -> None:
    agent.hear(Hello)
    assert agent.told == [Hello(mode="smile", models={})]


@pytest.mark.usefixtures("vision")
def test_without_a_permit_the_camera_stays_closed_and_the_heart_beats(
    agent: Agent, camera: Scene
) -> None:
    agent.permit(granted=False, reason="the notice does not stand yet")
    assert agent.hear(Presence).present == 0
    assert agent.hear(Presence).present == 0
    assert camera.opened == 0


@pytest.mark.usefixtures("vision")
def test_a_permit_opens_the_camera_and_somebody_is_counted(agent: Agent) -> None:
    agent.permit(granted=True)
    assert agent.hear(CameraState).working
    began = agent.hear(ContactBegan)
    assert began.at_ms - began.arrived_ms >= 300
    assert agent.hear(Presence).present == 1


@pytest.mark.usefixtures("vision")
def test_a_withdrawn_permit_closes_the_camera_and_ends_the_contact(
    agent: Agent, camera: Scene
) -> None:
    agent.permit(granted=True)
    began = agent.hear(ContactBegan)
    agent.permit(granted=False, reason="the page is gone")
    left = agent.hear(ContactLeft)
    state = agent.hear(CameraState)
    assert left.contact == began.contact
    assert (state.working, state.reason) == (False, "the page is gone")
    assert not camera.open


@pytest.mark.usefixtures("vision")
def test_a_renewed_permit_opens_the_camera_again(agent: Agent, camera: Scene) -> None:
    agent.permit(granted=True)
    agent.hear(ContactBegan)
    agent.permit(granted=False)
    agent.hear(CameraState, where=lambda state: not state.working)
    agent.permit(granted=True)
    assert agent.hear(CameraState).working
    assert camera.opened == 2


@pytest.mark.usefixtures("vision")
@pytest.mark.parametrize(("forget", "batches"), [(False, 1), (True, 0)])
def test_who_wants_no_camera_goes_into_no_batch(
    agent: Agent, *, forget: bool, batches: int
) -> None:
    for _ in range(3):
        agent.permit(granted=True)
        agent.hear(ContactBegan)
        agent.permit(granted=False, forget=forget)
        agent.hear(CameraState, where=lambda state: not state.working)
    assert sum(isinstance(told, ExpressionBatch) for told in agent.told) == batches


@pytest.mark.usefixtures("vision")
def test_a_camera_that_stays_lost_is_logged_once(
    agent: Agent, camera: Scene, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eye_module, "FIRST_RETRY_S", 0.05)
    caplog.set_level(logging.INFO, "agent.vision.process")
    camera.fails = True
    agent.permit(granted=True)
    agent.hear(CameraState, where=lambda state: not state.working)
    agent.hear(Presence)
    agent.hear(Presence)
    camera.fails = False
    agent.hear(CameraState, where=lambda state: state.working)
    told = [record.getMessage() for record in caplog.records]
    assert [text for text in told if "camera lost" in text] == [
        "camera lost: no camera: plug it in"
    ]
    assert told[-1] == "the camera delivers pictures again"


@pytest.mark.usefixtures("vision")
def test_somebody_who_leaves_is_said_to_have_left(agent: Agent, camera: Scene) -> None:
    agent.permit(granted=True)
    began = agent.hear(ContactBegan)
    camera.somebody = False
    left = agent.hear(ContactLeft)
    assert left.contact == began.contact
    assert left.at_ms - left.left_ms >= 2500


@pytest.mark.usefixtures("vision")
def test_a_camera_lost_midway_ends_contacts_and_invents_none(agent: Agent, camera: Scene) -> None:
    agent.permit(granted=True)
    began = agent.hear(ContactBegan)
    camera.fails = True
    left = agent.hear(ContactLeft)
    state = agent.hear(CameraState)
    assert left.contact == began.contact
    assert left.left_ms <= left.at_ms
    assert (state.working, state.reason) == (False, "unplugged: check its cable")
    silence = len(agent.told)
    agent.hear(Presence)
    agent.hear(Presence)
    assert all(isinstance(told, Presence | CameraState) for told in agent.told[silence:])


@pytest.mark.usefixtures("vision")
def test_a_camera_that_comes_back_works_again(agent: Agent, camera: Scene) -> None:
    agent.permit(granted=True)
    agent.hear(ContactBegan)
    camera.fails = True
    agent.hear(CameraState, where=lambda state: not state.working)
    camera.fails = False
    assert agent.hear(CameraState, where=lambda state: state.working)
    assert agent.hear(ContactBegan)


@pytest.mark.usefixtures("vision")
def test_a_hung_capture_is_told_and_ends_the_process(agent: Agent, camera: Scene) -> None:
    agent.permit(granted=True)
    began = agent.hear(ContactBegan)
    camera.hangs.set()
    assert agent.hear(ContactLeft).contact == began.contact
    assert "driver hangs" in agent.hear(CameraState).reason
    assert camera.ended.wait(WAIT_S)


def test_when_the_agent_is_gone_the_camera_closes_and_the_next_agent_is_greeted(
    vision: threading.Event, agent: Agent, camera: Scene, tmp_path: Path
) -> None:
    agent.permit(granted=True)
    agent.hear(ContactBegan)
    agent.close()
    again = Agent(tmp_path)
    again.accept()
    again.hear(Hello)
    assert not camera.open
    assert again.hear(Presence).present == 0
    vision.set()
    again.close()


def test_being_stopped_ends_the_contact_and_closes_the_camera(
    vision: threading.Event, agent: Agent, camera: Scene
) -> None:
    agent.permit(granted=True)
    began = agent.hear(ContactBegan)
    vision.set()
    assert agent.hear(ContactLeft).contact == began.contact
    assert not agent.hear(CameraState).working
    assert not camera.open


# -- zones and previews -------------------------------------------------------------------------

MIDDLE = Zone(x=0.2, y=0.2, width=0.6, height=0.6)
KEY = "0123456789abcdef" * 2


class Window:
    """Listens where the agent listens for a preview's pictures."""

    def __init__(self, folder: Path) -> None:
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(folder / PREVIEW_SOCKET))
        self._server.listen()
        self._server.settimeout(WAIT_S)
        self._peer: socket.socket | None = None

    def accept(self) -> bytes:
        self._peer, _ = self._server.accept()
        self._peer.settimeout(WAIT_S)
        return self._read(len(KEY))

    def picture(self) -> Pixels:
        jpeg = self._read(int.from_bytes(self._read(4), "big"))
        picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
        assert picture is not None
        return np.asarray(picture, np.uint8)

    def ended(self) -> bool:
        """Read until the camera process hangs up."""
        assert self._peer is not None
        while self._peer.recv(65_536):
            pass
        return True

    def close(self) -> None:
        if self._peer is not None:
            self._peer.close()
        self._server.close()

    def _read(self, size: int) -> bytes:
        said = b""
        while len(said) < size:
            assert self._peer is not None
            chunk = self._peer.recv(size - len(said))
            assert chunk, "the camera process hung up"
            said += chunk
        return said


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    opened = Window(tmp_path)
    yield opened
    opened.close()


def asked(*, for_s: float = 8.0) -> PreviewAsk:
    until_ms = round((time.monotonic() + for_s) * 1000)
    return PreviewAsk(on=True, until_ms=until_ms, key=KEY)


@pytest.mark.usefixtures("vision")
def test_zones_told_before_the_permit_hold_from_the_first_frame(agent: Agent) -> None:
    agent.say(Zones(staff_mask=(Zone(x=0, y=0, width=1, height=1),)))
    agent.permit(granted=True)
    assert agent.hear(CameraState).working
    for _ in range(3):
        assert agent.hear(Presence).present == 0
    assert not any(isinstance(told, ContactBegan) for told in agent.told)


@pytest.mark.usefixtures("vision")
def test_who_stands_outside_a_new_zone_has_left(agent: Agent) -> None:
    agent.permit(granted=True)
    began = agent.hear(ContactBegan)
    agent.say(Zones(contact_zone=Zone(x=0, y=0, width=0.1, height=0.1)))
    assert agent.hear(ContactLeft).contact == began.contact


@pytest.mark.usefixtures("vision")
def test_who_stands_in_a_new_zone_stays(agent: Agent) -> None:
    agent.permit(granted=True)
    agent.hear(ContactBegan)
    agent.say(Zones(contact_zone=MIDDLE))
    agent.hear(Presence)
    for _ in range(3):
        assert agent.hear(Presence).present == 1
    assert not any(isinstance(told, ContactLeft) for told in agent.told)


@pytest.mark.usefixtures("vision")
def test_a_preview_shows_what_is_masked_as_black(agent: Agent, window: Window) -> None:
    agent.say(Zones(staff_mask=(Zone(x=0, y=0, width=0.25, height=1),)))
    agent.permit(granted=True)
    agent.say(asked())
    assert window.accept() == KEY.encode()
    picture = window.picture()
    assert picture.shape == (120, 160)
    assert picture[:, :36].max() < 40
    assert picture[:20, 44:].min() > 200


@pytest.mark.usefixtures("vision")
def test_without_a_permit_no_picture_is_sent(agent: Agent, window: Window, camera: Scene) -> None:
    agent.permit(granted=False)
    agent.say(asked().model_copy(update={"key": "f" * 32}))
    agent.hear(Presence)
    agent.permit(granted=True)
    agent.hear(CameraState, where=lambda state: state.working)
    agent.say(asked())
    assert window.accept() == KEY.encode()
    window.picture()
    agent.permit(granted=False)
    assert window.ended()
    agent.hear(CameraState, where=lambda state: not state.working)
    assert not camera.open


@pytest.mark.usefixtures("vision")
def test_a_lease_that_nobody_renews_ends_the_preview(agent: Agent, window: Window) -> None:
    agent.permit(granted=True)
    agent.say(asked(for_s=1.0))
    window.accept()
    window.picture()
    assert window.ended()
    assert agent.hear(Presence)


@pytest.mark.usefixtures("vision")
def test_an_agent_that_dies_sees_no_more(agent: Agent, window: Window) -> None:
    agent.permit(granted=True)
    agent.say(asked())
    window.accept()
    window.picture()
    agent.close()
    assert window.ended()


@pytest.mark.usefixtures("vision")
def test_a_window_that_closes_stops_nothing_else(agent: Agent, window: Window) -> None:
    agent.permit(granted=True)
    agent.say(asked())
    window.accept()
    window.close()
    assert agent.hear(ContactBegan)
    agent.hear(Presence)
    assert agent.hear(Presence).present == 1


# -- the real process ---------------------------------------------------------------------------

CONFIG = """\
device: {{tenant: acme, site: shop, id: till}}
runtime_dir: {folder}
vision:
  mode: smile
  source: "{source}"
  notice: {{shown: screen}}
  models: {models}
  gauge: true
"""


def start(folder: Path, *, source: str, models: Path) -> subprocess.Popen[str]:
    config = folder / "kiosk.yaml"
    config.write_text(CONFIG.format(folder=folder, source=source, models=models))
    return subprocess.Popen(
        [sys.executable, "-m", "agent", "vision", "-c", str(config)],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def open_files(pid: int) -> list[tuple[str, int]]:
    """What a process has open: where each descriptor points, and its flags."""
    found = []
    for entry in os.scandir(f"/proc/{pid}/fd"):
        details = Path(f"/proc/{pid}/fdinfo/{entry.name}").read_text()
        flags = next(line for line in details.splitlines() if line.startswith("flags:"))
        found.append((str(Path(entry.path).readlink()), int(flags.split()[1], 8)))
    return found


def network_sockets() -> set[str]:
    tables = [Path("/proc/net") / name for name in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6")]
    rows = [row.split() for table in tables if table.exists() for row in table.open()]
    return {f"socket:[{row[9]}]" for row in rows if len(row) > 9}


def test_the_real_process_shows_its_picture_out_of_its_confinement(
    tmp_path: Path, agent: Agent, window: Window, video_of: VideoOf
) -> None:
    source = f"{video_of([90] * 100)},pause:3"
    process = start(tmp_path, source=source, models=models_folder(None))
    agent.accept()
    agent.hear(Hello)
    agent.say(Zones(staff_mask=(Zone(x=0, y=0, width=0.5, height=1),)))
    agent.permit(granted=True)
    agent.hear(CameraState, where=lambda state: state.working)
    agent.say(asked())
    key, picture = window.accept(), window.picture()
    agent.say(PreviewAsk(on=False))
    ended, files = window.ended(), open_files(process.pid)
    process.send_signal(signal.SIGTERM)
    assert process.wait(WAIT_S) == 0
    assert (key, ended) == (KEY.encode(), True)
    assert picture[:, :70].max() < 20
    assert abs(int(picture[:, 90:].mean()) - 90) < 5
    written = [target for target, flags in files if target.startswith("/") and flags & os.O_ACCMODE]
    assert [target for target in written if not target.startswith("/dev/")] == []


def test_the_real_process_sees_a_real_face_and_ends_well(
    tmp_path: Path, agent: Agent, real_clips: dict[str, Path]
) -> None:
    source = f"{real_clips['single_face.mp4']},{real_clips['single_face.mp4']},pause:3"
    process = start(tmp_path, source=source, models=models_folder(None))
    agent.accept()
    hello = agent.hear(Hello)
    assert sorted(hello.models) == ["detector", "expression"]
    agent.permit(granted=True)
    began = agent.hear(ContactBegan)
    smiling = agent.hear(Presence, where=lambda told: (told.smile or 0) > 0.5)
    files = open_files(process.pid)
    process.send_signal(signal.SIGTERM)
    assert agent.hear(ContactLeft).contact == began.contact
    assert process.wait(WAIT_S) == 0
    assert smiling.present == 1
    sockets = {target for target, _ in files if target.startswith("socket:")}
    assert len(sockets) == 1
    assert sockets.isdisjoint(network_sockets())
    written = [target for target, flags in files if target.startswith("/") and flags & os.O_ACCMODE]
    assert [target for target in written if not target.startswith("/dev/")] == []


def test_missing_models_end_the_process_with_one_line(tmp_path: Path) -> None:
    process = start(tmp_path, source="0", models=tmp_path / "nowhere")
    _, errors = process.communicate(timeout=WAIT_S)
    assert process.returncode == 3
    (line,) = [line for line in errors.splitlines() if "face_short_range.json" in line]
    assert "vision.models" in line
    assert "Traceback" not in errors


def test_no_camera_is_told_and_the_process_goes_on(tmp_path: Path, agent: Agent) -> None:
    process = start(tmp_path, source="97", models=models_folder(None))
    agent.accept()
    agent.permit(granted=True)
    state = agent.hear(CameraState)
    assert (state.working, "/dev/video97" in state.reason) == (False, True)
    agent.hear(Presence)
    process.terminate()
    assert process.wait(WAIT_S) == 0


@pytest.mark.usefixtures("vision")
def test_a_covered_lens_ends_contacts_and_says_so(
    agent: Agent, camera: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent.permit(granted=True)
    began = agent.hear(ContactBegan)
    monkeypatch.setattr(lens, "BLIND_AFTER_S", 0.5)
    left = agent.hear(ContactLeft)
    state = agent.hear(CameraState)
    assert left.contact == began.contact
    assert (state.working, state.blind) == (False, "covered")
    assert agent.hear(Presence).present == 0
    assert camera.open
