"""The camera process's end of the vision socket: observations out; permit, zones and asks in."""

from __future__ import annotations

import select
import socket
from pathlib import Path

from pydantic import BaseModel, ValidationError

from agent.errors import VisionError
from agent.vision.observations import MAX_LINE, SOCKET_NAME, WORD, Word

SEND_S = 2.0
"""An agent that does not read for this long hangs."""


class AgentGone(VisionError, ConnectionError):  # noqa: N818 - it says what happened
    """The agent is not there, hung up, or does not speak the protocol."""


class Channel:
    """One connection to the agent."""

    def __init__(self, runtime_dir: Path) -> None:
        """Connect. Raises `AgentGone` when nobody listens."""
        path = runtime_dir / SOCKET_NAME
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(SEND_S)
        self._received = b""
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            raise AgentGone(
                f"no agent listens on {path} ({error.strerror or error}): start `smilepost run`"
                " with the same runtime_dir"
            ) from error

    def send(self, observation: BaseModel) -> None:
        """Send one observation as a line. Raises `AgentGone`."""
        line = observation.model_dump_json(exclude_none=True).encode() + b"\n"
        try:
            self._socket.sendall(line)
        except OSError as error:
            raise AgentGone(f"the agent hung up ({error}): waiting for it") from error

    def hear(self, *, wait_s: float) -> tuple[Word, ...]:
        """Return what arrives within `wait_s`, in its order. Raises `AgentGone`."""
        heard: list[Word] = []
        while select.select([self._socket], [], [], 0.0 if heard else wait_s)[0]:
            heard += map(_word, self._lines())
        return tuple(heard)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _lines(self) -> list[bytes]:
        try:
            chunk = self._socket.recv(MAX_LINE)
        except OSError as error:
            raise AgentGone(f"the agent hung up ({error}): waiting for it") from error
        if not chunk:
            raise AgentGone("the agent hung up: waiting for it")
        *lines, self._received = (self._received + chunk).split(b"\n")
        if len(self._received) > MAX_LINE:
            raise AgentGone("the agent sent a line without an end: waiting for another")
        return lines


def _word(line: bytes) -> Word:
    try:
        return WORD.validate_json(line)
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        raise AgentGone(f"the agent sent something that is no word of ours: {reason}") from error
