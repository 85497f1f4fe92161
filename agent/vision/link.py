"""The agent's end of the vision socket: validated observations in, the permit out.

The camera process is not trusted with more than it needs: every line is bounded and validated,
and it may open the camera only while it holds a permit, which says that the notice stands. What
cannot be true is counted and ends the belief in all it says: it gets no permit for a while then,
and starts over.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from pydantic import ValidationError

from agent.errors import VisionError
from agent.private import GROUP_LOOKS, GROUP_PASSES, private_folder
from agent.vision.belief import Belief, Distrust
from agent.vision.observations import MAX_LINE, OBSERVATION, SOCKET_NAME, Hello, Observation, Permit

log = logging.getLogger(__name__)

SOCKET_MODE = 0o660
BROKEN = "the camera process broke the protocol"
UNBELIEVED = "the camera process is not to be believed"
GULP, GULP_S = 65_536, 0.1
"""What is not believed is thrown away, a little at a time."""
SILENCE_S = 5.0
PATIENCE_S = 60.0  # a Pi loads the models in a few seconds; a missing model never comes


class UnbelievableError(VisionError, ValueError):
    """The camera process said what cannot be true."""


class VisionLink:
    """Listens on `<runtime_dir>/vision.sock` for the one camera process.

    `on_observation` gets every valid line, `on_raw` the bytes as they came (for a display), and
    `on_lost` is called when the process is gone, silent for longer than its heartbeat allows, or
    caught at what cannot be true. `min_dwell_s` is the setting that it works with.
    """

    def __init__(
        self,
        runtime_dir: Path,
        *,
        on_observation: Callable[[Observation], None],
        on_lost: Callable[[str], None],
        on_raw: Callable[[bytes], None] = lambda _line: None,
        min_dwell_s: float = 0.2,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = runtime_dir / SOCKET_NAME
        self._on_observation = on_observation
        self._on_lost = on_lost
        self._on_raw = on_raw
        self._permit = Permit(granted=False, reason="the notice does not stand yet")
        self._server: asyncio.Server | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._stopping = False
        self._patience: asyncio.TimerHandle | None = None
        self._clock = clock
        self._belief = Belief(min_dwell_s=min_dwell_s, now_ms=self._now_ms())
        self._distrust = Distrust()
        self.refused = 0
        """Messages that could not be true."""

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
        """Hang up; the camera process closes the camera. This is no loss to report."""
        self._stopping = True
        if self._server is None:
            return
        self._server.close()
        if self._patience is not None:
            self._patience.cancel()
        if self._writer is not None:
            self._writer.close()
        self._path.unlink(missing_ok=True)

    def permit(self, *, granted: bool, reason: str = "") -> None:
        """Allow the camera, or withdraw the permission."""
        self._permit = Permit(granted=granted, reason=reason)
        if self._writer is not None:
            self._send(self._writer)

    def _miss(self) -> None:
        if self._writer is None:
            self._on_lost("the camera process has not come; see its journal")

    def _send(self, writer: asyncio.StreamWriter) -> None:
        believed = not self._distrust.left_s(now_s=self._clock())
        permit = self._permit if believed else Permit(granted=False, reason=UNBELIEVED)
        writer.write(permit.model_dump_json().encode() + b"\n")

    def _now_ms(self) -> int:
        return int(self._clock() * 1000)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._writer is not None:
            log.warning("a second camera process was turned away")
            writer.close()
            return
        self._writer = writer
        self._send(writer)
        try:
            if not await self._ignore(reader):
                await self._hear(reader, writer)
        finally:
            self._writer = None
            writer.close()

    async def _hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._belief.begin(now_ms=self._now_ms())
        reason = await self._read_all(reader)
        if self._stopping:
            return
        self._on_lost(reason)
        if self._distrust.left_s(now_s=self._clock()):
            self._send(writer)  # its camera is closed
            await self._ignore(reader)

    async def _ignore(self, reader: asyncio.StreamReader) -> bool:
        """Throw away what comes while nothing is believed; tells whether there was such a time."""
        ignored = False
        while left_s := self._distrust.left_s(now_s=self._clock()):
            ignored = True
            try:
                said = await asyncio.wait_for(reader.read(GULP), left_s)
            except (TimeoutError, ConnectionError):
                break
            if not said:
                break
            await asyncio.sleep(GULP_S)
        return ignored

    async def _read_all(self, reader: asyncio.StreamReader) -> str:
        """Read until the process is gone; returns why."""
        try:
            await self._follow(reader)
        except TimeoutError:
            return "the camera process is silent"
        except (ConnectionError, EOFError):
            return "the camera process ended"
        except UnbelievableError as error:
            return f"{UNBELIEVED}: {error}"
        except ValidationError as error:
            return f"{BROKEN}: {error.errors()[0]['msg']}"
        except ValueError as error:  # no hello, or a line over the limit
            return f"{BROKEN}: {error}"
        except Exception as error:  # whatever it said, the next camera process must get in
            log.exception("the camera process said what cannot be used")
            return f"{BROKEN}: {error!r}"

    async def _follow(self, reader: asyncio.StreamReader) -> NoReturn:
        """Pass on line after line; ends by an exception."""
        greeted = False
        while True:
            line = await asyncio.wait_for(reader.readline(), SILENCE_S)
            if not line:
                raise EOFError
            observation = OBSERVATION.validate_json(line)
            greeted = greeted or isinstance(observation, Hello)
            if not greeted:
                raise ValueError("it did not say hello")
            self._check(observation)
            self._on_raw(line)
            self._on_observation(observation)

    def _check(self, observation: Observation) -> None:
        now_s = self._clock()
        why = self._belief.doubt(observation, now_ms=int(now_s * 1000))
        if why is not None:
            self.refused += 1
            self._distrust.catch(now_s=now_s)
            raise UnbelievableError(why)
