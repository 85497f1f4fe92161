"""Two camera processes as their units start them: a recording, and a camera on the network."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import yaml

from agent.vision.link import VisionLink
from agent.vision.observations import CameraState, ContactBegan, Hello, Observation
from tests.vision.conftest import VideoOf
from tests.vision.ip_camera import IpCamera, Send, film, jpeg, over_http

ROOT = Path(__file__).parents[2]
WAIT_S = 60.0
PASSWORD = "geheim"  # noqa: S105 - of no camera


class Agent:
    """The agent's end of the socket, and what it was told of which camera."""

    def __init__(self, folder: Path) -> None:
        self.told: list[tuple[str, Observation]] = []
        self.lost: list[tuple[str, str]] = []
        self.link = VisionLink(
            folder,
            cameras=("main", "desk"),
            on_observation=lambda camera, said: self.told.append((camera, said)),
            on_lost=lambda camera, why: self.lost.append((camera, why)),
        )

    def states(self, camera: str) -> list[bool]:
        """Whether a camera worked, from one change to the next."""
        said = (
            state.working
            for named, state in self.told
            if named == camera and isinstance(state, CameraState)
        )
        return [working for working, _ in itertools.groupby(said)]

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(WAIT_S):
            while not condition():  # noqa: ASYNC110 - processes tell nobody
                await asyncio.sleep(0.05)


@pytest.fixture
async def agent(tmp_path: Path) -> AsyncIterator[Agent]:
    made = Agent(tmp_path / "run")
    await made.link.start()
    yield made
    await made.link.stop()


@pytest.fixture
def camera() -> Iterator[IpCamera]:
    """Stalls after a while, and works again when it is asked anew."""
    asked = itertools.count()

    def plan(send: Send) -> None:
        if next(asked):
            film(send, picture=picture)
        film(send, pictures=40, picture=picture)
        time.sleep(WAIT_S)

    with over_http(plan) as made:
        yield made


def picture() -> bytes:
    return jpeg(640, 360)


def configured(folder: Path, *, film: Path, port: int) -> Path:
    (folder / "password").write_text(f"{PASSWORD}\n")
    desk = {
        "id": "desk",
        "source": f"http://127.0.0.1:{port}/video",
        "username": "kiosk",
        "password_file": str(folder / "password"),
        "capture_timeout_s": 1,
    }
    vision = {"mode": "presence", "notice": {"shown": "screen"}, "source": str(film)}
    config = folder / "kiosk.yaml"
    device = {"tenant": "acme", "site": "high-street", "id": "till-1"}
    vision_of_both = {**vision, "cameras": [desk]}
    config.write_text(
        yaml.safe_dump(
            {"device": device, "runtime_dir": str(folder / "run"), "vision": vision_of_both}
        )
    )
    return config


def start(config: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "agent", "vision", "-c", str(config), *options]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> str:
    """End a process; returns what it said."""
    process.terminate()
    return process.communicate(timeout=WAIT_S)[1]


async def test_each_camera_has_its_process_and_one_that_stalls_takes_no_other_down(
    agent: Agent, camera: IpCamera, tmp_path: Path, video_of: VideoOf
) -> None:
    config = configured(tmp_path, film=video_of([90, 110] * 10), port=camera.port)
    agent.link.permit(granted=True)
    main, desk = start(config), start(config, "--camera", "desk", "--ip")
    try:
        await agent.until(lambda: agent.link.connected == {"main", "desk"})
        await agent.until(lambda: agent.states("desk")[-3:] == [True, False, True])
    finally:
        said = ended(main) + ended(desk)

    assert {(name, said.camera) for name, said in agent.told if isinstance(said, Hello)} == {
        ("main", "main"),
        ("desk", "desk"),
    }
    assert agent.states("main")[0]
    assert not [said for _, said in agent.told if isinstance(said, ContactBegan)], "nobody is there"
    assert "camera lost: camera http://127.0.0.1" in said
    assert PASSWORD not in said


async def test_a_second_process_of_a_camera_waits_and_says_so(
    agent: Agent, tmp_path: Path, video_of: VideoOf, caplog: pytest.LogCaptureFixture
) -> None:
    config = configured(tmp_path, film=video_of([90, 110] * 10), port=9)
    first = start(config)
    try:
        await agent.until(lambda: "main" in agent.link.connected)
        second = start(config)
        try:
            await agent.until(lambda: "a second process of camera `main`" in caplog.text)
            assert "main" in agent.link.connected
        finally:
            ended(second)
    finally:
        ended(first)
    assert [camera for camera, said in agent.told if isinstance(said, Hello)] == ["main"]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--camera", "roof"), "there is no camera `roof`"),
        (("--camera", "desk"), "enable smilepost-vision-ip@desk.service instead"),
        (("--ip",), "enable smilepost-vision.service instead"),
    ],
)
def test_the_wrong_unit_ends_at_once_with_a_line_and_2(
    tmp_path: Path, video_of: VideoOf, options: tuple[str, ...], why: str
) -> None:
    process = start(configured(tmp_path, film=video_of([90]), port=9), *options)
    said = process.communicate(timeout=WAIT_S)[1]
    assert process.returncode == 2
    assert why in said
    assert said.count("\n") == 1
