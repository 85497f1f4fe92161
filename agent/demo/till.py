"""The demo's agent: the kiosk as it runs at a till, with pins that can be pressed from outside.

    python -m agent.demo.till CONFIG SOCKET

It connects to the demo's Unix socket and does what it is told, one JSON object a line:
`{"do": "press" | "release" | "tap", "key": ...}` and `{"do": "arm", "point": ...}`, which kills
the process at that moment of its store. It tells back what a person at the till would see and
what leaves the camera process. When the demo is gone it ends too.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

from gpiozero.pins.mock import MockFactory

from agent.config.loading import load
from agent.kiosk import Seams
from agent.panel.settings import PanelSettings
from agent.service import run_agent
from agent.testing.pins import PinPlayer

LOOK_S = 0.01
"""How often the lights are looked at."""


class Till:
    """Hands for the pins and eyes for the lights, at the other end of a socket."""

    def __init__(self, connection: socket.socket, settings: PanelSettings) -> None:
        self._connection = connection
        self.factory = MockFactory()
        self._player = PinPlayer(self.factory, settings)
        self._armed: str | None = None
        self._said: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._seen = (False, False, 0)

    def seams(self) -> Seams:
        """Return where this takes hold of the kiosk."""
        return Seams(
            factory=self.factory, crash_point=self._reach, on_vision_line=self._pass_vision
        )

    def start(self) -> None:
        """Begin to obey and to tell, in threads of its own."""
        for work in (self._obey, self._tell):
            threading.Thread(target=work, daemon=True).start()

    def _reach(self, point: str) -> None:
        if point == self._armed:
            os.kill(os.getpid(), signal.SIGKILL)

    def _pass_vision(self, line: bytes) -> None:
        self._said.put({"say": "vision", "line": line.decode().rstrip("\n")})

    def _obey(self) -> None:
        # A demo that was killed may leave something unread, which resets the connection.
        with contextlib.suppress(ConnectionError), self._connection.makefile("rb") as orders:
            for line in orders:
                self._do(json.loads(line))
        os.kill(os.getpid(), signal.SIGTERM)  # the demo is gone

    def _do(self, order: dict[str, str]) -> None:
        match order["do"]:
            case "press":
                self._player.bounce(order["key"], closed=True)
            case "release":
                self._player.bounce(order["key"], closed=False)
            case "tap":
                self._player.tap(order["key"])
            case "arm":
                self._armed = order["point"]

    def _tell(self) -> None:
        while True:
            try:
                self._send(self._said.get(timeout=LOOK_S))
            except queue.Empty:
                self._look()

    def _look(self) -> None:
        player = self._player
        seen = (player.listening, player.light(player.keys[0]), player.thanks())
        if seen != self._seen:
            self._seen = seen
            listening, lit, thanks = seen
            self._send({"say": "pins", "listening": listening, "lit": lit, "thanks": thanks})

    def _send(self, message: dict[str, Any]) -> None:
        self._connection.sendall(json.dumps(message).encode() + b"\n")


def main(config: Path, path: str) -> int:
    """Run the agent until it is asked to stop; returns its exit code."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(path)
        till = Till(connection, load(config).settings.panel)
        till.start()
        return run_agent(config, seams=till.seams())


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
