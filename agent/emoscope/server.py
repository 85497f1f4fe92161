"""The live page's server: loopback only, behind a random key in its address."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from pathlib import Path
from typing import Protocol, cast

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web
from aiohttp.typedefs import Handler, Middleware

from agent.emoscope.viewers import Viewer
from agent.emoscope.watch import State
from agent.errors import EmoscopeError
from agent.http.headers import stamp
from agent.screen.guard import HEADERS, check_origin, host_guard, refuse_long_paths
from agent.screen.listener import Listener, listen

log = logging.getLogger(__name__)

ADDRESS = "127.0.0.1"
STATIC = Path(__file__).parent / "static"
FILES = frozenset(path.name for path in STATIC.iterdir() if path.is_file())
KEY_BYTES = 16
HEARTBEAT_S = 10.0
CLOSE_S = 1.0
RELOAD_S = 1.5
"""A page that is loaded again is away for less: the camera stays open."""
MAX_PAGES = 4
MAX_MESSAGE = 64
POLICY = {
    **HEADERS,
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
        " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
}
ASKS = ("next", "pause", "resume")


class Looking(Protocol):
    """What looks; `agent.emoscope.watch.Watch` is it."""

    def want(self, *, looking: bool) -> None:
        """Look from now on, or close the camera."""
        ...

    def ask(self) -> None:
        """Make a picture of the next frame."""
        ...


class ScopeServer:
    """Shows frames and states on every open page. Runs in the event loop it was started in."""

    def __init__(self, facts: dict[str, object], *, port: int = 0) -> None:
        """`facts` are told to each page once: source, mode, zones, models."""
        self._facts = facts
        self._wanted_port = port
        self._key = secrets.token_urlsafe(KEY_BYTES)
        self._viewers: set[Viewer] = set()
        self._watch: Looking | None = None
        self._paused = False
        self._state = State("waiting")
        self._runner: web.AppRunner | None = None
        self._listener: Listener | None = None

    @property
    def port(self) -> int:
        """The TCP port in use; the wanted one until started."""
        return self._listener.port if self._listener is not None else self._wanted_port

    @property
    def url(self) -> str:
        """The page's address. Who does not know its key gets nothing."""
        return f"http://{ADDRESS}:{self.port}/{self._key}/"

    async def start(self, watch: Looking) -> None:
        """Listen. Raises EmoscopeError when the port is taken."""
        self._watch = watch
        self._runner = web.AppRunner(self._application(), shutdown_timeout=CLOSE_S)
        await self._runner.setup()
        server = cast("web.Server", self._runner.server)
        try:
            self._listener = listen(server, address=ADDRESS, port=self._wanted_port, headers=POLICY)
        except OSError as error:
            await self.stop()
            why = os.strerror(error.errno) if error.errno else str(error)
            raise EmoscopeError(
                f"port {self._wanted_port} on {ADDRESS} cannot be used ({why}): stop the program"
                " that has it, or choose another --port"
            ) from error

    async def stop(self) -> None:
        """Say goodbye to every page and stop listening."""
        goodbyes = [viewer.close(WSCloseCode.GOING_AWAY, "ended") for viewer in self._viewers]
        await asyncio.gather(*goodbyes)
        if self._listener is not None:
            await self._listener.close()
        if self._runner is not None:
            await self._runner.cleanup()
        self._runner = self._listener = None

    def show(self, frame: bytes) -> None:
        """Give a frame to every page that waits for one."""
        for viewer in self._viewers:
            viewer.offer(frame)

    def tell(self, state: State) -> None:
        """Tell every page what is being done."""
        self._state = state
        for viewer in self._viewers:
            viewer.tell("state", self._told())

    def _told(self) -> dict[str, object]:
        how = "paused" if self._paused else self._state.how
        return {"state": how, "reason": self._state.reason}

    def _application(self) -> web.Application:
        guards = [host_guard(lambda: self.port), refuse_long_paths, _key_guard(self._key)]
        app = web.Application(middlewares=guards)
        app.on_response_prepare.append(stamp(POLICY))
        app.router.add_get("/{key}/", self._index)
        app.router.add_get("/{key}/live", self._converse)
        app.router.add_get("/{key}/{name}", self._file)
        return app

    async def _index(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / "index.html")

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in FILES:
            raise web.HTTPNotFound
        return web.FileResponse(STATIC / name)

    async def _converse(self, request: web.Request) -> web.StreamResponse:
        check_origin(request, port=self.port)
        if len(self._viewers) >= MAX_PAGES:
            raise web.HTTPServiceUnavailable(text="too many pages are open: close some")
        socket = web.WebSocketResponse(
            heartbeat=HEARTBEAT_S, timeout=CLOSE_S, max_msg_size=MAX_MESSAGE
        )
        await socket.prepare(request)
        viewer = Viewer(socket)
        self._welcome(viewer)
        delivery = asyncio.create_task(viewer.deliver())
        try:
            async for received in socket:
                if not await self._hear(viewer, received):
                    break
        finally:
            delivery.cancel()
            self._let_go(viewer)
        return socket

    def _welcome(self, viewer: Viewer) -> None:
        self._viewers.add(viewer)
        viewer.tell("facts", {"facts": self._facts})
        viewer.tell("state", self._told())
        self._want()

    def _let_go(self, viewer: Viewer) -> None:
        self._viewers.discard(viewer)
        asyncio.get_running_loop().call_later(RELOAD_S, self._want)

    def _want(self) -> None:
        if self._watch is not None:
            self._watch.want(looking=bool(self._viewers) and not self._paused)

    async def _hear(self, viewer: Viewer, received: WSMessage) -> bool:
        """Do what a page asks; False when it has to go."""
        asked = received.data if received.type is WSMsgType.TEXT else None
        if asked not in ASKS:
            await viewer.close(WSCloseCode.POLICY_VIOLATION, f"say {', '.join(ASKS)}")
            return False
        if asked == "next":
            viewer.ask()
            if self._watch is not None:
                self._watch.ask()
        else:
            self._paused = asked == "pause"
            self._want()
            self.tell(self._state)
        return True


def _key_guard(key: str) -> Middleware:
    """Build the middleware that finds nothing at any address without the key (404)."""

    @web.middleware
    async def refuse_without_key(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.match_info.get("key", "")
        if not secrets.compare_digest(given.encode(), key.encode()):
            raise web.HTTPNotFound
        return await handler(request)

    return refuse_without_key
