"""The agent's end of a preview: what an installer sees of a camera, and nobody else, ever.

A second socket is there only while somebody with an installer's session looks, the customers'
screen says so, and the camera holds its permit. Of the pictures the newest is kept, in memory,
until the next one or the end. A phone that is closed ends it by asking no more: it is a lease.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from agent.errors import VisionError
from agent.events.catalogue import EventData, PreviewEnded, PreviewStarted
from agent.vision.observations import MOST_FRAME_BYTES, PREVIEW_SOCKET, PreviewAsk

log = logging.getLogger(__name__)

LEASE_S = 5.0
"""Who has not asked for a picture for this long looks no more."""
RENEW_S = 1.0
GRACE_S = 2.0
"""The camera's process gives up so much later: it is the agent that ends a lease, and says why."""
LONGEST_S = 600.0
"""Then somebody has to begin it anew: no phone that lies there shows customers all day."""
SIGN_S = 4.0
"""How long the customers' screen may take to show the sign."""
GREETING_S, FRAME_S = 2.0, 5.0
MOST_STRANGERS = 4
PAUSE_S = 0.1
"""Between two pictures: whatever comes, presses do not wait for it."""
SOCKET_MODE = 0o660
KEY_BYTES = 32
JPEG_START, JPEG_END = b"\xff\xd8", b"\xff\xd9"

Why = Literal["busy", "no_camera", "no_permit", "no_sign", "no_socket", "over"]
End = Literal["closed", "left", "limit", "permit", "sign", "camera", "stopped"]
Sign = Literal["screen", "none"]


class PreviewError(VisionError, ValueError):
    """There is no preview; `why` tells a program the reason."""

    def __init__(self, why: Why, text: str) -> None:
        super().__init__(text)
        self.why = why


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a preview."""

    number: int
    jpeg: bytes = field(repr=False)


@dataclass(slots=True, eq=False)
class _Run:
    """One preview; `holder` is whoever began it."""

    camera: str
    holder: object
    began_s: float
    until_s: float
    key: str = field(default_factory=lambda: secrets.token_hex(KEY_BYTES // 2))
    told_s: float = float("-inf")
    painted: asyncio.Event = field(default_factory=asyncio.Event)
    server: asyncio.Server | None = None
    writer: asyncio.StreamWriter | None = None
    strangers: int = 0
    frame: Frame | None = None


class Preview:
    """Previews of one kiosk, one at a time. Make it inside a running event loop.

    `tell` sends a camera's process a message and says whether it is there; `show` draws the
    customers' screen anew, which asks `signed`; `watched` tells whether there is such a screen.
    """

    def __init__(
        self,
        runtime_dir: Path,
        *,
        tell: Callable[[str, PreviewAsk], bool],
        show: Callable[[], None],
        watched: bool,
        keep: Callable[[EventData], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = runtime_dir / PREVIEW_SOCKET
        self._tell = tell
        self._show = show
        self._watched = watched
        self._keep = keep
        self._clock = clock
        self._run: _Run | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._permitted = False

    @property
    def signed(self) -> bool:
        """Whether the customers' screen is to say that somebody looks."""
        return self._run is not None

    def camera_of(self, holder: object) -> str | None:
        """Return which camera somebody looks through now; None for none."""
        return self._run.camera if self._run is not None and self._run.holder is holder else None

    def start(self) -> None:
        """Remove a socket that a former run left."""
        self._path.unlink(missing_ok=True)

    async def begin(self, camera: str, *, holder: object) -> None:
        """Begin to look, or go on. Raises `PreviewError`.

        It returns once the customers' screen shows the sign.
        """
        if self.camera_of(holder) == camera:
            return
        self.end(holder)
        self._check(camera)
        now_s = self._clock()
        run = _Run(camera, holder, began_s=now_s, until_s=now_s + SIGN_S + LEASE_S)
        self._run = run
        self._show()
        try:
            await self._open(run)
        except PreviewError:
            if self._run is run:
                self._forget()
            raise

    def end(self, holder: object) -> None:
        """End it, if it is this one's."""
        if self._run is not None and self._run.holder is holder:
            self.stop("closed")

    def frame(self, holder: object, *, after: int) -> Frame | None:
        """Return the newest picture, if there is one newer than number `after`; goes on looking.

        Raises `PreviewError` where nobody looks, or somebody else does.
        """
        run = self._run
        if run is None or run.holder is not holder or run.server is None:
            raise PreviewError("over", "the preview is over: begin it anew")
        now_s = self._clock()
        run.until_s = now_s + LEASE_S
        if now_s - run.told_s >= RENEW_S:
            self._ask(run, now_s)
        return run.frame if run.frame is not None and run.frame.number > after else None

    def painted(self) -> None:
        """Learn that the customers' screen shows what was drawn last."""
        if self._run is not None:
            self._run.painted.set()

    def unwatched(self) -> None:
        """Learn that no page shows the sign any more."""
        if self._watched:
            self.stop("sign")

    def permit(self, *, granted: bool) -> None:
        """Learn whether the cameras may be open."""
        self._permitted = granted
        if not granted:
            self.stop("permit")

    def lose(self, camera: str) -> None:
        """Learn that a camera's process is gone."""
        if self._run is not None and self._run.camera == camera:
            self.stop("camera")

    def stop(self, why: End) -> None:
        """End it, whoever looks."""
        run = self._run
        if run is None:
            return
        began = run.server is not None
        self._forget()
        if began:
            self._tell(run.camera, PreviewAsk(on=False))
            span_s = round(self._clock() - run.began_s, 3)
            self._keep(PreviewEnded(camera=run.camera, span_s=span_s, reason=why))
            log.info("the preview of camera %s is over: %s", run.camera, why)

    # -- beginning and ending -------------------------------------------------------------------

    def _check(self, camera: str) -> None:
        if self._run is not None:
            raise PreviewError("busy", "somebody else looks through a camera: try again later")
        if not self._permitted:
            raise PreviewError("no_permit", "the camera may not be open now: see its notice")
        if not self._tell(camera, PreviewAsk(on=False)):
            raise PreviewError("no_camera", f"no process of camera `{camera}` is there")

    async def _open(self, run: _Run) -> None:
        if self._watched:
            await self._await_sign(run)
        try:
            server = await asyncio.start_unix_server(self._serve, path=self._path)
        except OSError as error:
            text = f"no socket can be made at {self._path}: {error.strerror or error}"
            raise PreviewError("no_socket", text) from error
        if self._run is not run:  # it was ended meanwhile
            server.close()
            self._path.unlink(missing_ok=True)
            raise PreviewError("over", "the preview was ended before it began")
        run.server = server
        self._path.chmod(SOCKET_MODE)
        run.began_s = self._clock()
        sign: Sign = "screen" if self._watched else "none"
        self._keep(PreviewStarted(camera=run.camera, sign=sign))
        log.info("a preview of camera %s begins", run.camera)
        run.until_s = run.began_s + LEASE_S
        self._ask(run, run.began_s)
        self._tick()

    async def _await_sign(self, run: _Run) -> None:
        try:
            await asyncio.wait_for(run.painted.wait(), SIGN_S)
        except TimeoutError as error:
            text = "the customers' screen does not show the sign: open its page"
            raise PreviewError("no_sign", text) from error

    def _ask(self, run: _Run, now_s: float) -> None:
        run.told_s = now_s
        until_ms = round((run.until_s + GRACE_S) * 1000)
        self._tell(run.camera, PreviewAsk(on=True, until_ms=until_ms, key=run.key))

    def _tick(self) -> None:
        """End what is over; look again soon."""
        run, now_s = self._run, self._clock()
        if run is None:
            return
        if now_s >= run.until_s:
            self.stop("left")
        elif now_s - run.began_s >= LONGEST_S:
            self.stop("limit")
        else:
            self._timer = asyncio.get_running_loop().call_later(RENEW_S, self._tick)

    def _forget(self) -> None:
        """Let the picture and the socket go, and take the sign away."""
        run, self._run = self._run, None
        if self._timer is not None:
            self._timer.cancel()
        if run is not None:
            run.frame = None
            if run.server is not None:
                run.server.close()
            if run.writer is not None:
                run.writer.transport.abort()
        self._path.unlink(missing_ok=True)
        self._show()

    # -- pictures -----------------------------------------------------------------------------

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        run = self._run
        try:
            if run is not None and await self._is_ours(run, reader) and run.writer is None:
                run.writer = writer
                await self._take_all(run, reader)
        finally:
            writer.close()

    async def _is_ours(self, run: _Run, reader: asyncio.StreamReader) -> bool:
        """Tell whether a stranger knows the key that only the camera's process was told."""
        if run.strangers >= MOST_STRANGERS:
            return False
        run.strangers += 1
        try:
            said = await asyncio.wait_for(reader.readexactly(KEY_BYTES), GREETING_S)
        except (TimeoutError, ConnectionError, EOFError):
            return False
        finally:
            run.strangers -= 1
        known = hmac.compare_digest(said, run.key.encode())
        if not known:
            log.warning("somebody without its key came to the preview: turned away")
        return known

    async def _take_all(self, run: _Run, reader: asyncio.StreamReader) -> None:
        """Keep the newest picture; the end of the line ends the preview."""
        try:
            while self._run is run:
                await self._take(run, reader)
                await asyncio.sleep(PAUSE_S)
        except (TimeoutError, ConnectionError, EOFError):
            log.info("camera %s sends no more pictures", run.camera)
        except PreviewError as error:
            log.warning("%s", error)
        if self._run is run:
            self.stop("camera")

    async def _take(self, run: _Run, reader: asyncio.StreamReader) -> None:
        async with asyncio.timeout(FRAME_S):
            size = int.from_bytes(await reader.readexactly(4), "big")
            if not 0 < size <= MOST_FRAME_BYTES:
                raise PreviewError("over", f"a picture of {size} bytes came: the preview is over")
            jpeg = await reader.readexactly(size)
        if not (jpeg.startswith(JPEG_START) and jpeg.endswith(JPEG_END)):
            raise PreviewError("over", "what came is no picture: the preview is over")
        number = 1 if run.frame is None else run.frame.number + 1
        if self._run is run:
            run.frame = Frame(number, jpeg)
