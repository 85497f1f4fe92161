"""The command with a live page: what it says, what it serves, how it ends."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from agent.emoscope.film import Film
from agent.emoscope.live import facts, open_eyes
from agent.emoscope.options import NOTICE
from agent.errors import CameraError
from agent.vision.eye import Eye
from agent.vision.settings import VisionSettings, Zone
from tests.emoscope.scene import MODELS, film, tools

ROOT = Path(__file__).parents[2]
PROFILE = ROOT / "config" / "profiles" / "emoscope.yaml"
WAIT_S = 30.0


@dataclass
class Running:
    """The command, and what it said until its address."""

    process: asyncio.subprocess.Process
    lines: list[str]

    @property
    def url(self) -> str:
        found = re.search(r"http://\S+", self.lines[-1])
        return found.group() if found else ""

    async def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), WAIT_S)


@asynccontextmanager
async def started(*words: str) -> AsyncIterator[Running]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "agent", "emoscope", "--no-browser", *words,
        cwd=ROOT, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    running = Running(process, [""])
    try:
        async with asyncio.timeout(WAIT_S):
            while not running.url:
                line = (await process.stderr.readline()).decode()
                assert line, running.lines
                running.lines.append(line.strip())
        yield running
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def state_of(url: str, *, wanted: str) -> dict[str, object]:
    """Be a page until it is told a state."""
    async with (
        asyncio.timeout(WAIT_S),
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{url}live", origin=url.rsplit("/", 2)[0]) as socket,
    ):
        async for message in socket:
            told = json.loads(message.data) if message.type is aiohttp.WSMsgType.TEXT else {}
            if told.get("state") == wanted:
                return dict(told)
    raise AssertionError(f"it was never {wanted}")


async def test_with_a_camera_it_says_that_people_must_be_told_and_what_is_wrong() -> None:
    async with started("97") as running:
        assert NOTICE in running.lines
        lost = await state_of(running.url, wanted="lost")
        assert "no camera /dev/video97" in str(lost["reason"])
        assert await running.end(signal.SIGINT) == 0


async def test_with_a_recording_there_is_nobody_to_be_told(tmp_path: Path) -> None:
    async with started(str(film(tmp_path))) as running:
        assert NOTICE not in running.lines
        assert "nothing is stored or sent" in running.lines[-1]
        await state_of(running.url, wanted="looking")
        assert await running.end(signal.SIGTERM) == 0


async def test_the_profile_runs(tmp_path: Path) -> None:
    async with started(str(film(tmp_path)), "-c", str(PROFILE)) as running:
        await state_of(running.url, wanted="looking")
        assert await running.end(signal.SIGTERM) == 0


async def test_a_port_of_ones_own_is_kept(tmp_path: Path) -> None:
    async with started(str(film(tmp_path))) as first:
        port = first.url.split(":")[2].split("/")[0]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "agent", "emoscope", str(tmp_path / "drawn.avi"),
            "--no-browser", "--port", port,
            cwd=ROOT, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        _, told = await asyncio.wait_for(process.communicate(), WAIT_S)
    assert process.returncode == 3
    assert f"port {port} on 127.0.0.1 cannot be used" in told.decode()


def test_a_camera_is_opened_by_looking_and_a_recording_at_once(tmp_path: Path) -> None:
    assert isinstance(open_eyes(VisionSettings(source="97")), Eye)
    assert isinstance(open_eyes(VisionSettings(source=str(film(tmp_path)))), Film)
    with pytest.raises(CameraError, match=r"none\.mp4"):
        open_eyes(VisionSettings(source=str(tmp_path / "none.mp4")))


def test_a_page_is_told_zones_models_and_mode_once() -> None:
    settings = VisionSettings(
        source="/private/folder/clip.mp4",
        staff_mask=(Zone(x=0, y=0.5, width=0.25, height=0.5),),
        contact_zone=Zone(x=0.2, y=0, width=0.6, height=1),
    ).model_copy(update={"mode": "smile"})
    told = facts(settings, tools())
    assert json.loads(json.dumps(told)) == {
        "source": "clip.mp4",
        "recording": True,
        "mode": "smile",
        "masks": [[0, 0.5, 0.25, 0.5]],
        "zone": [0.2, 0, 0.6, 1],
        "min_face": settings.min_face,
        "min_dwell_s": 1.5,
        "models": [
            {
                "id": model.id,
                "sha256": model.sha256,
                "role": model.role,
                "licence": model.licence,
                "limits": model.limits,
            }
            for model in MODELS
        ],
    }


def test_no_folder_of_this_machine_is_told() -> None:
    assert "private" not in json.dumps(facts(VisionSettings(source="/private/a.mp4"), tools()))
