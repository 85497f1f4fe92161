"""The pages' server: who is signed in, which page is theirs, and what their forms do.

Without a PIN there is one answer to everything, known or not: the page that asks for one.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from agent.errors import StaffError
from agent.http.headers import stamp
from agent.office import page
from agent.office.door import Door
from agent.office.forms import MOST_BYTES, STALE, Model, Press, SignIn, read_form
from agent.office.guard import (
    COOKIE,
    is_asked_for,
    is_from_our_page,
)
from agent.office.pins import ROLES, OfficePins, Role
from agent.office.sessions import LONGEST_MS, Session, Sessions
from agent.office.words import Words, languages, wished, words
from agent.staff.refusals import LockedError, RefusedError

log = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "static"
OPEN_FILES = {"/office.css": "text/css", "/icon.svg": "image/svg+xml"}
FILES = dict.fromkeys(("/office.js", "/counter.js", "/aim.js"), "text/javascript")
LIVE = "X-Smilepost-Live"
"""A page that looks for news by itself says so: that keeps nobody signed in."""

SESSION = web.RequestKey("session", Session)
Show = Callable[[Session], Awaitable[str]]
Act = Callable[[web.Request, Session], Awaitable[str]]
"""Does what a form asks for; returns where the browser goes on. StaffError says why it cannot."""


Fetch = Callable[[web.Request, Session], Awaitable[web.Response]]
"""Answers with what is no page, to who may see the room."""

Vouch = Callable[[asyncio.BaseTransport | None], None]
"""Hears on which connection somebody is signed in."""


@dataclass(frozen=True, slots=True)
class Room:
    """One page and its forms."""

    path: str
    roles: frozenset[Role]
    show: Show
    acts: Mapping[str, Act] = field(default_factory=dict)
    files: Mapping[str, Fetch] = field(default_factory=dict)
    left: Callable[[Session], object] = lambda _session: None
    """Hears of a session that ended."""


class OfficeServer:
    """Answers requests; the listener is not its own.

    `names` are the host names it is asked for by, `port` tells its port; `headers` stand on every
    answer, `language` is spoken to browsers that ask for none that there is.
    """

    def __init__(
        self,
        pins: OfficePins,
        rooms: tuple[Room, ...],
        *,
        names: tuple[str, ...],
        port: Callable[[], int],
        headers: Mapping[str, str],
        vouch: Vouch,
        language: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pins = pins
        self._rooms = {room.path: room for room in rooms}
        self._names = names
        self._port = port
        self._headers = headers
        self._vouch = vouch
        self._language = language
        self._monotonic = monotonic
        self._doors = {role: Door() for role in ROLES}
        self._checking = asyncio.Lock()
        self.sessions = Sessions(self._left)

    def application(self) -> web.Application:
        """Return what answers."""
        app = web.Application(middlewares=[self._guard], client_max_size=MOST_BYTES)
        app.on_response_prepare.append(stamp(self._headers))
        app.router.add_get("/", self._home)
        app.router.add_post("/sign-in", self._sign_in)
        app.router.add_post("/sign-out", self._sign_out)
        for path, kind in {**OPEN_FILES, **FILES}.items():
            app.router.add_get(path, _file(path, kind))
        for room in self._rooms.values():
            app.router.add_get(room.path, self._show(room))
            for name, act in room.acts.items():
                app.router.add_post(f"{room.path}/{name}", self._act(room, act))
            for name, fetch in room.files.items():
                app.router.add_get(f"{room.path}/{name}", self._fetch(room, fetch))
        return app

    # -- before anything is answered ------------------------------------------------------------

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not is_asked_for(request, names=self._names, port=self._port()):
            raise web.HTTPMisdirectedRequest(text="")
        if request.method == "POST" and not is_from_our_page(request):
            raise web.HTTPForbidden(text="")
        if request.path in OPEN_FILES or request.path == "/sign-in":
            return await handler(request)
        session = self._session_of(request)
        if session is None:
            door = page.sign_in(words(self._wished(request)))
            return _html(door, status=200 if request.path == "/" else 401)
        request[SESSION] = session
        self._vouch(request.transport)
        return await self._answered(request, handler)

    async def _answered(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        spoken = words(request[SESSION].reads)
        try:
            return await handler(request)
        except web.HTTPError as error:
            frame = spoken.frame
            if error.status in {404, 405}:
                text = page.refusal(frame.not_here, frame.no_such_page, spoken)
                return _html(text, status=404)
            text = page.refusal(frame.failed, _told(error, spoken), spoken)
            return _html(text, status=error.status)

    def _wished(self, request: web.Request) -> str:
        """Return the language that a browser asks for."""
        asked = ", ".join(request.headers.getall("Accept-Language", []))
        return wished(asked, known=languages(), otherwise=self._language)

    def _session_of(self, request: web.Request) -> Session | None:
        token = request.cookies.get(COOKIE)
        if token is None:
            return None
        by_person = LIVE not in request.headers
        return self.sessions.find(token, now_ms=self._now_ms(), by_person=by_person)

    def _now_ms(self) -> int:
        return round(self._monotonic() * 1000)

    def _left(self, session: Session) -> None:
        for room in self._rooms.values():
            room.left(session)

    # -- signing in and out -----------------------------------------------------------------------

    async def _home(self, request: web.Request) -> web.StreamResponse:
        return _see(page.HOMES[request[SESSION].role])

    async def _sign_in(self, request: web.Request) -> web.StreamResponse:
        spoken = words(self._wished(request))
        if request.method != "POST":
            return _html(page.sign_in(spoken), status=401)
        try:
            form = await read_form(request, SignIn)
        except web.HTTPError as error:
            bad = error.status == web.HTTPBadRequest.status_code
            trouble = spoken.door.choose if bad else _told(error, spoken)
            return _html(page.sign_in(spoken, trouble=trouble), status=error.status)
        address = request.remote or ""
        async with self._checking:  # one at a time: a check takes memory
            refused = await self._try(form, address, spoken)
        if refused is not None:
            again = page.sign_in(spoken, trouble=refused, role=form.role)
            return _html(again, status=401)
        log.info("signed in as %s from %s", form.role, address)
        return self._welcome(request, form.role)

    async def _try(self, form: SignIn, address: str, spoken: Words) -> str | None:
        """Return why a PIN is not taken, None where it is right."""
        door = self._doors[form.role]
        try:
            door.attempt(address, self._now_ms())
        except LockedError as error:
            wait = spoken.duration(error.left_s)
            return spoken.count(spoken.door.locked, error.wrong, wait=wait)
        if not await asyncio.to_thread(self._pins.matches, form.role, form.pin):
            wait_s = -(-door.remaining_ms(address, self._now_ms()) // 1000)
            log.warning("a wrong PIN for %s from %s", form.role, address)
            return spoken.door.wrong.format(wait=spoken.duration(wait_s))
        door.succeed(address)
        return None

    def _welcome(self, request: web.Request, role: Role) -> web.StreamResponse:
        """Give a new token: one that the browser already had is never taken over."""
        self.sessions.close(request.cookies.get(COOKIE, ""))
        language = self._pins.language_of(role) or self._wished(request)
        token, _ = self.sessions.open(role, now_ms=self._now_ms(), language=language)
        response = _see(page.HOMES[role])
        response.set_cookie(
            COOKIE, token, max_age=LONGEST_MS // 1000, path="/", secure=True, httponly=True,
            samesite="Strict",
        )  # fmt: skip
        return response

    async def _sign_out(self, request: web.Request) -> web.StreamResponse:
        await _own_form(request, Press)
        self.sessions.close(request.cookies[COOKIE])
        response = _see("/")
        response.del_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Strict")
        return response

    # -- rooms ------------------------------------------------------------------------------------

    def _show(self, room: Room) -> Handler:
        async def show(request: web.Request) -> web.StreamResponse:
            session = _allowed(request, room)
            notice = session.notice
            text = await room.show(session)
            if LIVE in request.headers:  # nobody reads it there: the next page tells it
                session.notice = notice
            return _html(text)

        return show

    def _fetch(self, room: Room, fetch: Fetch) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            return await fetch(request, _allowed(request, room))

        return answer

    def _act(self, room: Room, act: Act) -> Handler:
        async def perform(request: web.Request) -> web.StreamResponse:
            session = _allowed(request, room)
            try:
                session.notice = await act(request, session)
            except StaffError as error:
                session.notice = _refused(error, words(session.reads))
            return _see(room.path)

        return perform


def _allowed(request: web.Request, room: Room) -> Session:
    """Return the session, if the room is its role's; who may not know of a room finds none."""
    session = request[SESSION]
    if session.role not in room.roles:
        raise web.HTTPNotFound
    return session


async def _own_form(request: web.Request, model: type[Model]) -> Model:
    return await read_own(request, request[SESSION], model)


async def read_own(request: web.Request, session: Session, model: type[Model]) -> Model:
    """Return what a form of this session's pages says; HTTPForbidden for one of another."""
    form = await read_form(request, model)
    if isinstance(form, Press) and session.takes(form.token):
        return form
    raise web.HTTPForbidden(text=STALE)


def _told(error: web.HTTPError, spoken: Words) -> str:
    """Return what is wrong with a request, in the reader's language."""
    known = {str(mistake): text for mistake, text in spoken.refusals.forms.items()}
    return known.get(error.text or "", spoken.refusals.other)


def _refused(error: StaffError, spoken: Words) -> str:
    """Return why somebody is not obeyed, in the reader's language."""
    if isinstance(error, LockedError):
        wait = spoken.duration(error.left_s)
        return spoken.count(spoken.door.locked, error.wrong, wait=wait)
    if isinstance(error, RefusedError):
        return spoken.refusals.people[error.reason]
    return spoken.refusals.other


def _html(text: str, *, status: int = 200) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html")


def _see(path: str) -> web.Response:
    """Send the browser on, so that a reload sends no form again."""
    return web.Response(status=303, headers={"Location": path})


def _file(path: str, kind: str) -> Handler:
    content = (STATIC / path.removeprefix("/")).read_bytes()

    async def serve(_: web.Request) -> web.StreamResponse:
        return web.Response(body=content, content_type=kind, charset="utf-8")

    return serve
