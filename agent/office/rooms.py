"""What is in the room `/today`, and what its forms do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from aiohttp import web

from agent.office import alerts, at_till, page, today
from agent.office.alerts import Desk
from agent.office.cases import Case, cases_section
from agent.office.figures import Figures, Newsstand
from agent.office.forms import OnAlert, OnShift, OverAlert, Press
from agent.office.parts import Backstage, Duty
from agent.office.server import Room, read_own
from agent.office.sessions import Session
from agent.office.words import Words, words
from agent.outbox.commands.target import NotAStoreError
from agent.report.markup import Markup, joined, tag
from agent.report.opening import open_hours
from agent.report.telling import telling
from agent.screen.words import words as screen_words
from agent.staff.batches import closed_batches
from agent.staff.refusals import RefusedError

TODAY_S = 10.0


class Today:
    """`/today`: for a manager at once, for the till late and in batches."""

    def __init__(
        self,
        backstage: Backstage,
        newsstand: Newsstand,
        *,
        place: str,
        now: Callable[[], datetime],
    ) -> None:
        self._backstage = backstage
        self._newsstand = newsstand
        self._place = place
        self._now = now

    def room(self) -> Room:
        """Return it with its forms."""
        acts = {
            "acknowledge": self._acknowledge,
            "resolve": self._resolve,
            "sign-on": self._sign_on,
            "sign-off": self._sign_off,
        }
        return Room("/today", frozenset({"staff", "manager"}), self._show, acts)

    async def _show(self, session: Session) -> str:
        spoken = self._spoken(session)
        session.reads = spoken.code
        now = self._now()
        moment = screen_words(spoken.code).dates.write(now)
        title = tag("h1", spoken.today.heading.format(moment=moment), id="title", data_live="")
        try:
            figures = await self._newsstand.figures()
        except NotAStoreError:
            told = tag("p", spoken.today.no_figures, class_="notice")
            body = joined(title, *self._open(session, (), spoken), told)
        else:
            shown = self._figures(session, figures, now, spoken)
            body = joined(title, *self._open(session, figures.cases, spoken), shown)
        return page.write(
            body,
            place=self._place,
            title=spoken.today.title,
            session=session,
            words=spoken,
            every_s=TODAY_S,
        )

    def _spoken(self, session: Session) -> Words:
        """Return the words of who reads: at the till of whoever is signed on there."""
        duty = self._backstage.duty
        wanted = duty.language if duty is not None and session.role == "staff" else None
        return words(wanted or session.language)

    def _figures(self, session: Session, figures: Figures, now: datetime, spoken: Words) -> Markup:
        day = figures.day
        past = alerts.closed_section(day.alerts, role=session.role, local=day.local, words=spoken)
        if session.role == "manager":
            told = telling(spoken.code, asked=figures.asked)
            book = self._backstage.cases
            cases = cases_section(figures.cases, book, local=day.local, words=spoken)
            shown = today.sections(
                day,
                telling=told,
                words=spoken,
                opened=open_hours(self._backstage.settings.site, day.local.date),
                now_ms=round(now.timestamp() * 1000),
            )
            return joined(*cases, shown, *past)
        batches = closed_batches(figures.answers, now_ms=round(now.timestamp() * 1000))
        duty = self._backstage.duty
        shift = None if duty is None else duty.shift
        shown = at_till.sections(
            batches, local=day.local, shift=shift, session=session, words=spoken
        )
        return joined(shown, *past)

    def _open(self, session: Session, cases: Sequence[Case], spoken: Words) -> list[Markup]:
        duty = self._backstage.duty
        if duty is None or not self._backstage.settings.alerts.enabled:
            return []
        seen = alerts.visible(duty.open_alerts(), role=session.role)
        numbers = {case.event: case.number for case in cases}
        desk = Desk(session, spoken, duty.age_s, duty.actions, numbers)
        return [alerts.open_section(seen, desk)]

    # -- forms --------------------------------------------------------------------------------

    async def _acknowledge(self, request: web.Request, session: Session) -> str:
        form = await read_own(request, session, OnAlert)
        duty = self._duty_for(form.alert, session)
        duty.acknowledge(form.alert, by=_name_of(session, duty))
        return self._spoken(session).alerts.is_yours

    async def _resolve(self, request: web.Request, session: Session) -> str:
        form = await read_own(request, session, OverAlert)
        duty = self._duty_for(form.alert, session)
        duty.resolve(form.alert, by=_name_of(session, duty), how=form.how)
        return self._spoken(session).alerts.is_over

    async def _sign_on(self, request: web.Request, session: Session) -> str:
        form = await read_own(request, session, OnShift)
        shift = await self._duty(session).sign_on(form.pin)
        till = self._spoken(session).till
        return till.ended if shift is None else till.begun.format(seller=shift.seller)

    async def _sign_off(self, request: web.Request, session: Session) -> str:
        await read_own(request, session, Press)
        till = self._spoken(session).till
        self._duty(session).sign_off()
        return till.ended

    def _duty(self, session: Session) -> Duty:
        duty = self._backstage.duty
        if duty is None or session.role != "staff":
            raise RefusedError("not_at_the_till", "shifts begin and end at the till")
        return duty

    def _duty_for(self, alert: str, session: Session) -> Duty:
        """Return who takes it on, if the alert is one that this role may know of."""
        duty = self._backstage.duty
        known = [] if duty is None else alerts.visible(duty.open_alerts(), role=session.role)
        if duty is None or alert not in {each.id for each in known}:
            raise RefusedError("not_open", "this alert is not open any more")
        return duty


def _name_of(session: Session, duty: Duty) -> str:
    if session.role == "manager":
        return "manager"
    return "counter" if duty.shift is None else duty.shift.seller
