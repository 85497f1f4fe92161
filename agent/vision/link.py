"""The agent's end of the vision socket: one line for each configured camera.

A camera process says first which camera it looks through. One of an unknown camera, or a second
one of the same, is turned away; what the others say is heard as `agent.vision.line` tells.
"""

from __future__ import annotations

import asyncio
import logging
import pwd
import socket
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel

from agent.private import GROUP_LOOKS, GROUP_PASSES, private_folder
from agent.vision import line as of_one
from agent.vision.line import Ears, Line
from agent.vision.observations import HELLO, MAX_LINE, SOCKET_NAME, Observation, Permit
from agent.vision.source import MAIN
from agent.vision.unit import USERS

log = logging.getLogger(__name__)

SOCKET_MODE = 0o660
PATIENCE_S = 60.0  # a Pi loads the models in a few seconds; a missing model never comes
MOST_STRANGERS = 8
"""Connections that have not said yet which camera they are."""
NOBODY: Mapping[str, str] = MappingProxyType({})
MOST_REFUSALS = 20
"""Different refusals that are told before they come too often to matter."""


def peer(writer: asyncio.StreamWriter) -> str:
    """Return as whom the process at the other end of a Unix socket runs; empty where unknown."""
    line: socket.socket = writer.get_extra_info("socket")
    _, user, _ = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return ""


class VisionLink:
    """Listens on `<runtime_dir>/vision.sock` for one process of each of the `cameras`.

    `on_observation` gets a camera's id and every valid line of its process, `on_raw` the bytes as
    they came (for a display), and `on_lost` is called with the id and the reason when the process
    is gone, silent for longer than its heartbeat allows, or caught at what cannot be true.
    `min_dwell_s` is the setting that the processes work with.

    A process hears its permit once `on_observation` has taken its hello. `users` says as whom each
    camera's unit runs: what a stranger on the network has taken over is no other unit's camera.
    """

    def __init__(
        self,
        runtime_dir: Path,
        *,
        on_observation: Callable[[str, Observation], None],
        on_lost: Callable[[str, str], None],
        on_raw: Callable[[bytes], None] = lambda _line: None,
        cameras: Sequence[str] = (MAIN,),
        min_dwell_s: float = 0.2,
        clock: Callable[[], float] = time.monotonic,
        users: Mapping[str, str] = NOBODY,
        user_at: Callable[[asyncio.StreamWriter], str] = peer,
    ) -> None:
        self._path = runtime_dir / SOCKET_NAME
        self._users = users
        self._user_at = user_at
        self._on_lost = on_lost
        ears = Ears(on_observation, on_lost, on_raw)
        self._lines = {
            camera: Line(camera, ears=ears, min_dwell_s=min_dwell_s, clock=clock)
            for camera in cameras
        }
        self._server: asyncio.Server | None = None
        self._patience: asyncio.TimerHandle | None = None
        self._strangers = 0
        self._told: set[str] = set()

    @property
    def cameras(self) -> tuple[str, ...]:
        """The ids of the configured cameras, `main` first."""
        return tuple(self._lines)

    @property
    def connected(self) -> frozenset[str]:
        """The cameras whose process is there and believed."""
        return frozenset(camera for camera, line in self._lines.items() if line.believed)

    @property
    def refused(self) -> int:
        """How many messages could not be true."""
        return sum(line.refused for line in self._lines.values())

    async def start(self) -> None:
        """Listen; a socket left by a former run is replaced."""
        private_folder(
            self._path.parent, mode=GROUP_PASSES, most=GROUP_LOOKS, ours=SOCKET_NAME.__eq__
        )
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, path=self._path, limit=MAX_LINE)
        self._path.chmod(SOCKET_MODE)
        self._patience = asyncio.get_running_loop().call_later(PATIENCE_S, self._miss)

    async def stop(self) -> None:
        """Hang up; the camera processes close their cameras. This is no loss to report."""
        for line in self._lines.values():
            line.hang_up()
        if self._server is None:
            return
        self._server.close()
        if self._patience is not None:
            self._patience.cancel()
        self._path.unlink(missing_ok=True)

    def permit(
        self, *, granted: bool, reason: str = "", camera: str | None = None, forget: bool = False
    ) -> None:
        """Allow a camera, all of them where none is named, or withdraw the permission.

        `forget`: nothing that was measured of whoever is there may be summed any more.
        """
        permit = Permit(granted=granted, reason=reason, forget=forget)
        for line in self._lines.values() if camera is None else (self._lines[camera],):
            line.permit(permit)

    def tell(self, camera: str, message: BaseModel) -> bool:
        """Send a camera's process a message; False where it is not `connected`."""
        line = self._lines.get(camera)
        return line is not None and line.tell(message)

    def _miss(self) -> None:
        for camera, line in self._lines.items():
            if not line.held:
                self._on_lost(camera, "the camera process has not come; see its journal")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            hello = await self._greeting(reader)
            line = self._line_of(hello, user=self._user_at(writer))
            if line is not None:
                self._told.clear()
                await line.serve(reader, writer, hello=hello)
        finally:
            writer.close()

    async def _greeting(self, reader: asyncio.StreamReader) -> bytes:
        """Return the first line of a stranger; nothing where it says none in time."""
        if self._strangers >= MOST_STRANGERS:
            return b""
        self._strangers += 1
        try:
            return await asyncio.wait_for(reader.readline(), of_one.SILENCE_S)
        except (TimeoutError, ConnectionError, ValueError):  # ValueError: a line over the limit
            return b""
        finally:
            self._strangers -= 1

    def _line_of(self, hello: bytes, *, user: str) -> Line | None:
        try:
            camera = HELLO.validate_json(hello).camera
        except ValueError:
            self._refuse("a camera process was turned away: it did not say hello")
            return None
        line = self._lines.get(camera)
        if line is None:
            known = ", ".join(self._lines)
            self._refuse(
                f"a process of camera `{camera}` was turned away: the cameras are {known};"
                " add it to vision.cameras, or stop its unit"
            )
        elif user in USERS and user != self._users.get(camera, user):
            self._refuse(
                f"a process of camera `{camera}` was turned away: it runs as {user}, which is not"
                " its unit's user; stop that unit"
            )
            return None
        elif line.held:
            self._refuse(f"a second process of camera `{camera}` was turned away: stop its unit")
            return None
        return line

    def _refuse(self, reason: str) -> None:
        """Say it once: who is turned away tries again every second."""
        if reason not in self._told and len(self._told) < MOST_REFUSALS:
            self._told.add(reason)
            log.warning("%s", reason)
