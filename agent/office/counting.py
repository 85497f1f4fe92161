"""What the forms of the counter's check do."""

from __future__ import annotations

import logging
from collections.abc import Callable

from aiohttp import web

from agent.office.counter import Counter, told_of
from agent.office.forms import Press, Sure
from agent.office.server import Act, read_own
from agent.office.sessions import Session
from agent.office.words import words
from agent.served.calibrator import Calibrator, RefusedTallyError

log = logging.getLogger(__name__)

BY_SCRIPT = "X-Smilepost-Tap"
"""Our script sends a tap by itself and reads no page: what is wrong it learns from the status."""


class Counting:
    """The forms; whoever began to count holds the count, by the token of the session's forms."""

    def __init__(self, calibrator: Calibrator) -> None:
        self._calibrator = calibrator

    def shown(self, session: Session) -> Counter:
        """Return what the page shows to a session."""
        found = self._calibrator
        return Counter(found.standings, found.taps, found.held_by(session.form_token))

    def acts(self) -> dict[str, Act]:
        """Return what each form does."""
        begin, take_over = self._calibrator.begin, self._calibrator.take_over
        return {
            "count": self._does(lambda holder: begin(holder=holder)),
            "take-over": self._does(lambda holder: take_over(holder=holder)),
            "undo": self._does(lambda holder: self._calibrator.undo(holder=holder)),
            "tap": self._tap,
            "discard": self._discard,
            "finish": self._finish,
        }

    def _does(self, what: Callable[[str], None]) -> Act:
        async def act(request: web.Request, session: Session) -> str:
            await read_own(request, session, Press)
            return _tried(lambda: what(session.form_token), session)

        return act

    async def _tap(self, request: web.Request, session: Session) -> str:
        await read_own(request, session, Press)
        refused = _tried(lambda: self._calibrator.tap(holder=session.form_token), session)
        if refused and BY_SCRIPT in request.headers:
            session.notice = refused
            raise web.HTTPConflict(text=refused)
        return refused

    async def _discard(self, request: web.Request, session: Session) -> str:
        form = await read_own(request, session, Sure)
        told = words(session.language).counter
        if not form.sure:
            return words(session.language).restart.not_done
        refused = _tried(lambda: self._calibrator.discard(holder=session.form_token), session)
        return refused or told.discarded

    async def _finish(self, request: web.Request, session: Session) -> str:
        await read_own(request, session, Press)
        spoken = words(session.language)
        try:
            verdicts = await self._calibrator.finish(holder=session.form_token)
        except RefusedTallyError as error:
            return spoken.counter.refused[error.reason]
        except OSError as error:
            log.warning("a check of the counter cannot be stored: %s", error.strerror or error)
            return spoken.counter.not_stored
        return told_of(verdicts, spoken)


def _tried(what: Callable[[], None], session: Session) -> str:
    """Do it; returns why it cannot be done, in the reader's language."""
    try:
        what()
    except RefusedTallyError as error:
        return words(session.language).counter.refused[error.reason]
    return ""
