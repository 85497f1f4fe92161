"""EmoScope publishes nothing: watched from inside its own process while a page looks on."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from agent import emoscope
from tests.emoscope.scene import film

FOLDER = Path(emoscope.__file__).parent
KIOSK_PARTS = {
    "agent.events.write", "agent.kiosk", "agent.outbox", "agent.uplink", "agent.visit",
    "agent.staff", "agent.feedback", "agent.survey", "paho", "sqlite3", "sqlite_utils",
}  # fmt: skip
WAIT_S = 30.0
# Python tells of every file and socket that it opens; what OpenCV opens, the folder would show.
WATCHED = """
import json, os, sys
from agent.cli import main

noted = []

def note(event, args):
    if event == "open":
        path, mode, flags = args
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and path != os.devnull:
            noted.append([event, str(path)])
    elif event in ("socket.bind", "socket.connect", "socket.sendto", "socket.getaddrinfo"):
        noted.append([event, str(args[1] if event != "socket.getaddrinfo" else args[0])])
    elif event in ("os.mkdir", "os.rename", "os.link", "os.symlink", "subprocess.Popen", "os.exec",
                   "sqlite3.connect", "tempfile.mkstemp", "os.posix_spawn", "webbrowser.open"):
        noted.append([event, str(args[0])])

sys.addaudithook(note)
code = main(sys.argv[1:])
print(json.dumps(noted))
sys.exit(code)
"""


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.name)
def test_no_part_of_it_knows_the_kiosk_its_store_or_its_broker(path: Path) -> None:
    known = {name for name in imports(path) for part in KIOSK_PARTS if name.startswith(part)}
    assert known == set()


def held(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def watched_run(folder: Path, *, pictures: int) -> tuple[list[list[str]], int]:
    """Run it in a process that notes what it does; take some pictures as a page would."""
    video = film(folder, seconds=3)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-B", "-c", WATCHED, "emoscope", video.name, "--no-browser",
        cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert process.stderr is not None
    url = ""
    async with asyncio.timeout(WAIT_S):
        while not url:
            line = (await process.stderr.readline()).decode()
            assert line, "it ended before it told its address"
            url = (re.findall(r"http://\S+", line) or [""])[0]
        taken = await look_on(url, pictures=pictures)
        process.send_signal(signal.SIGTERM)
        out, _ = await process.communicate()
    assert process.returncode == 0
    return json.loads(out.decode().splitlines()[-1]), taken


async def look_on(url: str, *, pictures: int) -> int:
    """Be a page; return how many bytes of pictures came."""
    taken = 0
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{url}live", origin=url.rsplit("/", 2)[0]) as socket,
    ):
        while pictures:
            await socket.send_str("next")
            async for message in socket:
                if message.type is aiohttp.WSMsgType.BINARY:
                    taken, pictures = taken + len(message.data), pictures - 1
                    break
    return taken


async def test_it_writes_no_file_and_reaches_nothing_but_its_own_page(tmp_path: Path) -> None:
    noted, taken = await watched_run(tmp_path, pictures=20)
    assert taken > 20_000
    assert [note for note in noted if note[0] != "socket.bind"] == []
    assert [note[1] for note in noted] == ["('127.0.0.1', 0)"]
    assert held(tmp_path) == ["drawn.avi"]


async def test_the_watching_would_see_a_written_file_and_a_connection(tmp_path: Path) -> None:
    guilty = WATCHED.replace(
        "code = main(sys.argv[1:])",
        "import socket\nopen('frame.jpg', 'wb').close()\n"
        "socket.socket().connect_ex(('127.0.0.1', 9))\ncode = 0",
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-B", "-c", guilty,
        cwd=tmp_path, stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    out, _ = await process.communicate()
    assert [note[0] for note in json.loads(out)] == ["open", "socket.connect"]
