"""The demo's line to the agent's pins: presses go out, light and vision lines come in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Pins:
    """What can be seen at the till."""

    listening: bool = False
    """The buttons are heard."""
    lit: bool = False
    """The lights are on."""
    thanks: int = 0
    """How often an answer was acknowledged since the agent's start."""


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told what comes from the agent, on the event loop."""

    pins: Callable[[Pins], None]
    vision: Callable[[str], None]
    """A raw line that left the camera process."""
    gone: Callable[[], None]
    """The agent is gone."""


class Control:
    """Listens for the agent of this demo, one at a time."""

    def __init__(self, path: Path, told: Told) -> None:
        self._path = path
        self._told = told
        self._server: asyncio.Server | None = None
        self._writer: asyncio.StreamWriter | None = None

    @property
    def connected(self) -> bool:
        """Whether an agent is there."""
        return self._writer is not None

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_unix_server(self._serve, path=self._path)

    async def stop(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()
        if self._server is not None:
            self._server.close()

    def press(self, key: str) -> None:
        """Hold a button down."""
        self._order({"do": "press", "key": key})

    def release(self, key: str) -> None:
        """Let a button go."""
        self._order({"do": "release", "key": key})

    def tap(self, key: str) -> None:
        """Press a button for a moment."""
        self._order({"do": "tap", "key": key})

    def arm(self, point: str) -> None:
        """Let the agent die when its store comes to `point`."""
        self._order({"do": "arm", "point": point})

    def _order(self, order: dict[str, str]) -> None:
        if self._writer is not None:
            self._writer.write(json.dumps(order).encode() + b"\n")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        try:
            while line := await reader.readline():
                self._hear(json.loads(line))
        except ConnectionError:
            pass  # it was killed with something unread, which is an end like any other
        finally:
            self._writer = None
            writer.close()
            self._told.gone()

    def _hear(self, message: dict[str, Any]) -> None:
        if message.pop("say") == "pins":
            self._told.pins(Pins(**message))
        else:
            self._told.vision(message["line"])
