"""The server of the customer's page: loopback only, one WebSocket, one page that owns the visit."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from agent.errors import ScreenError
from agent.http.pace import Pace
from agent.screen.guard import (
    HEADERS,
    add_headers,
    check_origin,
    host_guard,
    refuse_long_paths,
    slow_down,
)
from agent.screen.listener import Listener, listen
from agent.screen.media import Shelf, logo, serve
from agent.screen.offers import NOT_OFFERED, trouble
from agent.screen.pages import REPLACED, MessageError, Page, Pages, read
from agent.screen.parts import CameraOff, PlaylistItem
from agent.screen.settings import ScreenSettings
from agent.screen.views import (
    MAX_MESSAGE,
    AdReport,
    Choice,
    Hello,
    LanguageChoice,
    NoCamera,
    Painted,
    Refused,
    Said,
    View,
)

LOG = logging.getLogger(__name__)

ADDRESS = "127.0.0.1"
STATIC = Path(__file__).parent / "static"
HEARTBEAT_S = 10.0
CLOSE_S = 1.0
HELLO_S = 3.0
"""How long a page may take to say hello before it loses its place."""
MAX_CONNECTIONS = 8
REQUESTS_PER_S, REQUESTS_AT_ONCE = 50.0, 150
MESSAGES_PER_S, MESSAGES_AT_ONCE = 20.0, 60
"""Of one page: more than anybody taps and types. What comes faster waits, and presses do not."""
MIRRORS = "this page only mirrors: another one owns the visit"
# A little above MAX_MESSAGE, so that a message just too long is answered and not cut off.
READ_LIMIT = 4 * MAX_MESSAGE

Ruling = Callable[[Choice], str | None]
LanguageRuling = Callable[[LanguageChoice], str | None]
SaidRuling = Callable[[Said], str | None]
Notify = Callable[[int], None]
AdNotify = Callable[[AdReport], None]


def _ignore(_: object) -> None:
    pass


def _accept(_: Said) -> None:
    return None


def _ignore_wish() -> None:
    pass


class ScreenServer:
    """Shows views on the customer's page and hands its choices to the rules.

    `on_choice`, `on_language` and `on_said` (several options, texts, contacts, signs of life)
    return None when they accept, or the reason why not, which goes back to the page. Only what the
    owner says about the revision shown now, and what its view offers, reaches them. `on_ad` hears
    which item of the playlist was on the owner's glass, `on_no_camera` that a customer wants none.
    `on_pages` hears how many pages are open, `on_painted` that the revision shown now is on the
    owner's glass. Everything runs in the event loop that `start` was awaited in.
    """

    def __init__(
        self,
        settings: ScreenSettings,
        *,
        on_choice: Ruling,
        on_language: LanguageRuling,
        on_said: SaidRuling = _accept,
        on_pages: Notify = _ignore,
        on_painted: Notify = _ignore,
        on_ad: AdNotify = _ignore,
        on_no_camera: Callable[[], None] = _ignore_wish,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._on_choice = on_choice
        self._on_language = on_language
        self._on_said = on_said
        self._on_ad = on_ad
        self._on_no_camera = on_no_camera
        self._on_pages = on_pages
        self._on_painted = on_painted
        self._clock = clock
        self._shelf = Shelf(settings.attract)
        self._logo = logo(settings.theme.logo)
        self._pages = Pages()
        self._connections: set[Page] = set()
        self._view: View | None = None
        self._shown_at_s = self._told_at_s = 0.0
        self._runner: web.AppRunner | None = None
        self._listener: Listener | None = None

    @property
    def port(self) -> int:
        """The TCP port in use; the configured one until started."""
        return self._settings.port if self._listener is None else self._listener.port

    @property
    def playlist(self) -> tuple[PlaylistItem, ...]:
        """What the folder of `screen.attract` holds; read when the server starts."""
        return self._shelf.items

    async def start(self) -> None:
        """Listen; ScreenError when the port is taken or the page was never built."""
        if not (STATIC / "index.html").is_file():
            raise ScreenError(
                "the customer's page is not built: install the package again without"
                " SMILEPOST_SKIP_PAGE (`pip install .`), or set screen.enabled to false"
            )
        self._shelf.read()
        self._runner = web.AppRunner(self._application(), shutdown_timeout=CLOSE_S)
        await self._runner.setup()
        server = cast("web.Server", self._runner.server)
        try:
            self._listener = listen(
                server, address=ADDRESS, port=self._settings.port, headers=HEADERS
            )
        except OSError as error:
            await self.stop()
            raise ScreenError(_port_trouble(self._settings.port, error)) from error
        LOG.info("screen at http://%s:%d", ADDRESS, self.port)

    async def stop(self) -> None:
        """Say goodbye to every page and stop listening."""
        if self._runner is None:
            return
        goodbyes = [
            page.close(WSCloseCode.GOING_AWAY, "the kiosk stops") for page in self._connections
        ]
        await asyncio.gather(*goodbyes)
        if self._listener is not None:
            await self._listener.close()
        await self._runner.cleanup()
        self._runner = self._listener = None

    def show(self, view: View) -> None:
        """Send `view` to every page, and to each page that comes later until the next view.

        One of the revision that is shown already goes on closing when it would have.
        """
        if self._view is None or view.revision != self._view.revision:
            self._shown_at_s = self._clock()
        self._view, self._told_at_s = view, self._clock()
        for page in self._pages:
            self._tell_view(page)

    def _application(self) -> web.Application:
        pace = Pace(per_s=REQUESTS_PER_S, burst=REQUESTS_AT_ONCE)
        app = web.Application(
            middlewares=[slow_down(pace), host_guard(lambda: self.port), refuse_long_paths]
        )
        app.on_response_prepare.append(add_headers)
        app.router.add_get("/", self._index)
        app.router.add_get("/ws", self._converse)
        app.router.add_get("/logo", self._company_logo)
        app.router.add_get("/attract/{name}", self._shelf.get)
        app.router.add_static("/static", STATIC)
        return app

    async def _index(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / "index.html")

    async def _company_logo(self, _: web.Request) -> web.StreamResponse:
        return serve(self._logo)

    async def _converse(self, request: web.Request) -> web.StreamResponse:
        check_origin(request, port=self.port)
        if len(self._connections) >= MAX_CONNECTIONS:
            raise web.HTTPServiceUnavailable(text="too many pages are open: close some")
        socket = web.WebSocketResponse(
            autoping=False, heartbeat=HEARTBEAT_S, timeout=CLOSE_S, max_msg_size=READ_LIMIT
        )
        await socket.prepare(request)
        page = Page(socket)
        self._connections.add(page)
        delivery = asyncio.create_task(page.deliver())
        patience = asyncio.create_task(_await_hello(page))
        pace = Pace(per_s=MESSAGES_PER_S, burst=MESSAGES_AT_ONCE)
        try:
            async for message in socket:
                await pace.wait()
                await self._take(page, message)
        finally:
            delivery.cancel()
            patience.cancel()
            self._connections.discard(page)
            self._let_go(page)
        return socket

    async def _take(self, page: Page, message: WSMessage) -> None:
        match message.type:
            case WSMsgType.PING:
                await page.answer(message.data)
            case WSMsgType.PONG:
                pass
            case _:
                await self._hear(page, message)

    async def _hear(self, page: Page, message: WSMessage) -> None:
        try:
            said = read(message)
        except MessageError as error:
            page.tell(Refused(reason=str(error)))
            return
        reason = (
            await self._welcome(page, said) if isinstance(said, Hello) else self._obey(page, said)
        )
        if reason is not None:
            page.tell(Refused(reason=reason))

    async def _welcome(self, page: Page, hello: Hello) -> str | None:
        if page.name is not None:
            return "hello was said already"
        page.name = hello.page
        earlier = self._pages.join(page)
        self._tell_view(page)
        self._on_pages(len(self._pages))
        if earlier is not None:
            await earlier.close(REPLACED, "this page came back on another connection")
        return None

    def _let_go(self, page: Page) -> None:
        was_owner = page is self._pages.owner
        if not self._pages.leave(page):
            return
        self._on_pages(len(self._pages))
        if was_owner and self._pages.owner is not None:
            self._tell_view(self._pages.owner)

    def _obey(
        self, page: Page, said: Choice | LanguageChoice | NoCamera | Painted | AdReport | Said
    ) -> str | None:
        if page.name is None:
            return "say hello first"
        if isinstance(said, Painted):
            self._note_painted(page, said)
            return None
        if isinstance(said, AdReport):
            return self._note_ad(page, said)
        if isinstance(said, NoCamera):
            return self._close_camera(page)
        return self._trouble(page, said) or self._rule(said)

    def _rule(self, said: Choice | LanguageChoice | Said) -> str | None:
        match said:
            case Choice():
                return self._on_choice(said)
            case LanguageChoice():
                return self._on_language(said)
            case _:
                return self._on_said(said)

    def _note_painted(self, page: Page, painted: Painted) -> None:
        view = self._view
        shown = view is not None and (painted.revision, painted.preview) == (
            view.revision,
            view.preview is not None,
        )
        if shown and page is self._pages.owner:
            self._on_painted(painted.revision)

    def _note_ad(self, page: Page, report: AdReport) -> str | None:
        if page is not self._pages.owner:
            return MIRRORS
        if report.item not in {item.name for item in self.playlist}:
            return "this is not in the playlist"
        self._on_ad(report)
        return None

    def _close_camera(self, page: Page) -> str | None:
        if page is not self._pages.owner:
            return MIRRORS
        if self._view is None or self._view.no_camera is None:
            return NOT_OFFERED
        self._on_no_camera()
        return None

    def _trouble(self, page: Page, said: Choice | LanguageChoice | Said) -> str | None:
        if page is not self._pages.owner:
            return MIRRORS
        if self._view is None:
            return "nothing is shown yet"
        return trouble(self._view, said)

    def _tell_view(self, page: Page) -> None:
        if self._view is None:
            return
        now = {
            "owner": page is self._pages.owner,
            "closes_ms": self._closes_ms(),
            "camera_off": self._camera_off(),
        }
        page.tell(self._view.model_copy(update=now))

    def _camera_off(self) -> CameraOff | None:
        off = None if self._view is None else self._view.camera_off
        if off is None:
            return None
        elapsed_ms = round((self._clock() - self._told_at_s) * 1000)
        return off.model_copy(update={"left_ms": max(0, off.left_ms - elapsed_ms)})

    def _closes_ms(self) -> int | None:
        if self._view is None or self._view.closes_ms is None:
            return None
        elapsed_ms = round((self._clock() - self._shown_at_s) * 1000)
        return max(0, self._view.closes_ms - elapsed_ms)


async def _await_hello(page: Page) -> None:
    await asyncio.sleep(HELLO_S)
    if page.name is None:
        await page.close(WSCloseCode.POLICY_VIOLATION, "no hello came")


def _port_trouble(port: int, error: OSError) -> str:
    why = os.strerror(error.errno) if error.errno else str(error)
    return (
        f"port {port} on {ADDRESS} cannot be used ({why}):"
        " stop the program that has it, or set another screen.port"
    )
