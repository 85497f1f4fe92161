"""The button panel in a browser window: it exists in the demo and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from aiohttp import WSMsgType, web
from pydantic import BaseModel, ConfigDict, ValidationError

from agent.demo.control import Pins
from agent.screen.guard import add_headers, check_origin, host_guard
from agent.testing.broker import HOST

FILES = Path(__file__).parent / "buttons"
MAX_MESSAGE = 200
CLOSE_S = 1.0


class Finger(BaseModel):
    """What the page says: a finger went down on a button, or up."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    do: Literal["press", "release"]
    key: str


class ButtonPage:
    """Serves the panel on loopback, to this machine's own pages only."""

    def __init__(self, keys: tuple[str, ...], on_finger: Callable[[Finger], None]) -> None:
        self._keys = keys
        self._on_finger = on_finger
        self._pins = Pins()
        self._sockets: set[web.WebSocketResponse] = set()
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def start(self, port: int) -> None:
        """Listen on `port`, or on any free one when it is taken."""
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=CLOSE_S)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, HOST, port).start()
        except OSError:
            await web.TCPSite(self._runner, HOST, 0).start()
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Stop listening."""
        for socket in list(self._sockets):
            await socket.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def show(self, pins: Pins) -> None:
        """Show the lights on every open page."""
        self._pins = pins
        for socket in list(self._sockets):
            await self._tell(socket)

    def _application(self) -> web.Application:
        app = web.Application(middlewares=[host_guard(lambda: self.port)])
        app.on_response_prepare.append(add_headers)
        app.router.add_get("/", self._index)
        app.router.add_get("/ws", self._converse)
        app.router.add_static("/", FILES)
        return app

    async def _index(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(FILES / "index.html")

    async def _converse(self, request: web.Request) -> web.StreamResponse:
        check_origin(request, port=self.port)
        socket = web.WebSocketResponse(heartbeat=10.0, timeout=CLOSE_S, max_msg_size=MAX_MESSAGE)
        await socket.prepare(request)
        self._sockets.add(socket)
        down: set[str] = set()
        try:
            await self._tell(socket)
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._feel(message.data, down)
        finally:
            self._sockets.discard(socket)
            for key in down:  # a page that goes away has no finger on a button any more
                self._on_finger(Finger(do="release", key=key))
        return socket

    def _feel(self, text: str, down: set[str]) -> None:
        try:
            finger = Finger.model_validate_json(text)
        except ValidationError:
            return
        if finger.key not in self._keys:
            return
        if finger.do == "press":
            down.add(finger.key)
        else:
            down.discard(finger.key)
        self._on_finger(finger)

    async def _tell(self, socket: web.WebSocketResponse) -> None:
        pins = self._pins
        await socket.send_json({"keys": self._keys, "lit": pins.lit, "listening": pins.listening})
