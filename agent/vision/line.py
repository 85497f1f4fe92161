"""One camera's line to the agent: what its process may make us believe, and what it is told.

The camera process is not trusted with more than it needs: every line is bounded and validated,
and it may open the camera only while it holds a permit, which says that the notice stands. What
cannot be true is counted and ends the belief in all it says: it gets no permit for a while then,
and starts over.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from pydantic import BaseModel, ValidationError

from agent.errors import VisionError
from agent.vision.belief import Belief, Distrust
from agent.vision.observations import OBSERVATION, Observation, Permit

log = logging.getLogger(__name__)

BROKEN = "the camera process broke the protocol"
UNBELIEVED = "the camera process is not to be believed"
GULP, GULP_S = 65_536, 0.1
"""What is not believed is thrown away, a little at a time."""
SILENCE_S = 5.0
MOST_UNREAD = 65_536
"""Bytes that wait for a process that does not read; then it is hung up on."""


class UnbelievableError(VisionError, ValueError):
    """The camera process said what cannot be true."""


@dataclass(frozen=True, slots=True)
class Ears:
    """Who hears of a camera, by its id."""

    on_observation: Callable[[str, Observation], None]
    """Every valid line."""
    on_lost: Callable[[str, str], None]
    """The process is gone, silent, or caught at what cannot be true."""
    on_raw: Callable[[bytes], None]
    """The lines as they came, for a display."""


class Line:
    """The line of one camera, whichever process holds it just now. `clock` in seconds."""

    def __init__(
        self, camera: str, *, ears: Ears, min_dwell_s: float, clock: Callable[[], float]
    ) -> None:
        self.camera = camera
        self._ears = ears
        self._clock = clock
        self._permit = Permit(granted=False, reason="the notice does not stand yet")
        self._writer: asyncio.StreamWriter | None = None
        self._stopping = False
        self._belief = Belief(min_dwell_s=min_dwell_s, now_ms=self._now_ms())
        self._distrust = Distrust()
        self.refused = 0
        """Messages that could not be true."""

    @property
    def held(self) -> bool:
        """Whether a process is there."""
        return self._writer is not None

    @property
    def believed(self) -> bool:
        """Whether a process is there, and what it says counts."""
        return self.held and not self._distrust.left_s(now_s=self._clock())

    def permit(self, permit: Permit) -> None:
        """Allow the camera, or withdraw the permission; whoever comes later hears it, too."""
        self._permit = permit
        self._tell_permit()

    def tell(self, message: BaseModel) -> bool:
        """Send a message; False where nobody is there who is believed."""
        if self._writer is None or not self.believed:
            return False
        self._write(self._writer, message)
        return True

    def hang_up(self) -> None:
        """End the line; this is no loss to report."""
        self._stopping = True
        if self._writer is not None:
            self._writer.close()

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, hello: bytes
    ) -> None:
        """Hear a process that has said `hello`, until it is gone. Only while nobody is `held`."""
        self._writer = writer
        try:
            if not await self._ignore(reader):
                await self._hear(reader, hello)
        finally:
            self._writer = None

    async def _hear(self, reader: asyncio.StreamReader, hello: bytes) -> None:
        self._belief.begin(now_ms=self._now_ms())
        reason = await self._read_all(reader, hello)
        if self._stopping:
            return
        self._ears.on_lost(self.camera, reason)
        await self._ignore(reader)

    async def _ignore(self, reader: asyncio.StreamReader) -> bool:
        """Throw away what comes while nothing is believed; tells whether there was such a time."""
        if not self._distrust.left_s(now_s=self._clock()):
            return False
        self._tell_permit()  # its camera is closed
        while left_s := self._distrust.left_s(now_s=self._clock()):
            try:
                said = await asyncio.wait_for(reader.read(GULP), left_s)
            except (TimeoutError, ConnectionError):
                break
            if not said:
                break
            await asyncio.sleep(GULP_S)
        return True

    async def _read_all(self, reader: asyncio.StreamReader, hello: bytes) -> str:
        """Read until the process is gone; returns why."""
        try:
            self._take(hello)
            self._tell_permit()
            await self._follow(reader)
        except TimeoutError:
            return "the camera process is silent"
        except (ConnectionError, EOFError):
            return "the camera process ended"
        except UnbelievableError as error:
            return f"{UNBELIEVED}: {error}"
        except ValidationError as error:
            return f"{BROKEN}: {error.errors()[0]['msg']}"
        except ValueError as error:  # a line over the limit
            return f"{BROKEN}: {error}"
        except Exception as error:  # whatever it said, the next camera process must get in
            log.exception("the camera process said what cannot be used")
            return f"{BROKEN}: {error!r}"

    async def _follow(self, reader: asyncio.StreamReader) -> NoReturn:
        """Pass on line after line; ends by an exception."""
        while True:
            line = await asyncio.wait_for(reader.readline(), SILENCE_S)
            if not line:
                raise EOFError
            self._take(line)

    def _take(self, line: bytes) -> None:
        observation = OBSERVATION.validate_json(line)
        self._check(observation)
        self._ears.on_raw(line)
        self._ears.on_observation(self.camera, observation)

    def _check(self, observation: Observation) -> None:
        now_s = self._clock()
        why = self._belief.doubt(observation, now_ms=int(now_s * 1000))
        if why is not None:
            self.refused += 1
            self._distrust.catch(now_s=now_s)
            raise UnbelievableError(why)

    def _tell_permit(self) -> None:
        if self._writer is not None:
            refusal = Permit(granted=False, reason=UNBELIEVED)
            self._write(self._writer, self._permit if self.believed else refusal)

    def _write(self, writer: asyncio.StreamWriter, message: BaseModel) -> None:
        writer.write(message.model_dump_json().encode() + b"\n")
        if writer.transport.get_write_buffer_size() > MOST_UNREAD:
            writer.transport.abort()

    def _now_ms(self) -> int:
        return int(self._clock() * 1000)
