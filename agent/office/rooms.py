"""The two rooms of the office: what stands in them, and what their forms do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from aiohttp import web

from agent import __version__
from agent.errors import StaffError
from agent.office import alerts, at_till, installer, page, today
from agent.office.checks import Checks
from agent.office.figures import Figures, Newsstand
from agent.office.forms import OnAlert, OnShift, OverAlert, Press, Sure, Switch
from agent.office.parts import Backstage, Duty
from agent.office.server import Room, read_own
from agent.office.sessions import Session
from agent.outbox.commands.target import NotAStoreError
from agent.report.markup import Markup, joined, tag
from agent.report.words import counted
from agent.staff.batches import closed_batches

TODAY_S, INSTALLER_S, TEST_S = 10.0, 3.0, 0.5
TRUST = {
    "synced": "synchronised",
    "estimated": "not synchronised now, estimated",
    "unknown": "not known yet",
}


class Today:
    """`/today`: for a manager at once, for the till late and in batches."""

    def __init__(
        self,
        backstage: Backstage,
        newsstand: Newsstand,
        *,
        place: str,
        labels: Mapping[str, str],
        now: Callable[[], datetime],
    ) -> None:
        self._backstage = backstage
        self._newsstand = newsstand
        self._place = place
        self._labels = labels
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
        now = self._now()
        told = f"Today, {now:%A} {now.day} {now:%B}, {now:%H:%M}"
        title = tag("h1", told, id="title", data_live="")
        try:
            figures = await self._newsstand.figures()
        except NotAStoreError as error:
            body = joined(title, *self._open(session), tag("p", str(error), class_="notice"))
        else:
            over = alerts.closed_section(
                figures.day.alerts, role=session.role, local=figures.day.local
            )
            shown = self._figures(session, figures, now)
            body = joined(title, *self._open(session), shown, *over)
        return page.write(body, place=self._place, title="Today", session=session, every_s=TODAY_S)

    def _figures(self, session: Session, figures: Figures, now: datetime) -> Markup:
        if session.role == "manager":
            return today.sections(figures.day, labels=self._labels)
        batches = closed_batches(figures.answers, now_ms=round(now.timestamp() * 1000))
        duty = self._backstage.duty
        shift = None if duty is None else duty.shift
        return at_till.sections(batches, local=figures.day.local, shift=shift, session=session)

    def _open(self, session: Session) -> list[Markup]:
        duty = self._backstage.duty
        if duty is None or not self._backstage.settings.alerts.enabled:
            return []
        seen = alerts.visible(duty.open_alerts(), role=session.role)
        return [alerts.open_section(seen, age_s=duty.age_s, actions=duty.actions, session=session)]

    # -- forms --------------------------------------------------------------------------------

    async def _acknowledge(self, request: web.Request, session: Session) -> str:
        form = await read_own(request, session, OnAlert)
        duty = self._duty_for(form.alert, session)
        duty.acknowledge(form.alert, by=_name_of(session, duty))
        return "Thank you: it is yours."

    async def _resolve(self, request: web.Request, session: Session) -> str:
        form = await read_own(request, session, OverAlert)
        duty = self._duty_for(form.alert, session)
        duty.resolve(form.alert, by=_name_of(session, duty), how=form.how)
        return "Noted: it is over."

    async def _sign_on(self, request: web.Request, session: Session) -> str:
        form = await read_own(request, session, OnShift)
        shift = await self._duty(session).sign_on(form.pin)
        return "The shift is over." if shift is None else f"{shift.seller} is at the till."

    async def _sign_off(self, request: web.Request, session: Session) -> str:
        await read_own(request, session, Press)
        self._duty(session).sign_off()
        return "The shift is over."

    def _duty(self, session: Session) -> Duty:
        duty = self._backstage.duty
        if duty is None or session.role != "staff":
            raise StaffError("shifts begin and end at the till")
        return duty

    def _duty_for(self, alert: str, session: Session) -> Duty:
        """Return who takes it on, if the alert is one that this role may know of."""
        duty = self._backstage.duty
        known = [] if duty is None else alerts.visible(duty.open_alerts(), role=session.role)
        if duty is None or alert not in {each.id for each in known}:
            raise StaffError("this alert is not open any more")
        return duty


def _name_of(session: Session, duty: Duty) -> str:
    if session.role == "manager":
        return "manager"
    return "counter" if duty.shift is None else duty.shift.seller


class Workshop:
    """`/installer`."""

    def __init__(
        self, backstage: Backstage, checks: Checks, *, place: str, now: Callable[[], datetime]
    ) -> None:
        self._backstage = backstage
        self._checks = checks
        self._place = place
        self._now = now

    def room(self) -> Room:
        """Return it with its forms."""
        acts = {
            "test": self._test,
            "signals": self._signals,
            "checks": self._check,
            "restart": self._restart,
        }
        return Room("/installer", frozenset({"installer"}), self._show, acts)

    async def _show(self, session: Session) -> str:
        scene = self._scene()
        every_s = TEST_S if scene.test_left_s else INSTALLER_S
        body = joined(tag("h1", "Installer"), installer.sections(scene, session))
        return page.write(
            body, place=self._place, title="Installer", session=session, every_s=every_s
        )

    def _scene(self) -> installer.Scene:
        stage, visit = self._backstage, self._backstage.visit
        panel = stage.settings.panel
        buttons = {button.pin for button in panel.buttons}
        return installer.Scene(
            software=__version__,
            facts=self._facts(),
            faults=sorted(stage.faults.parts),
            keys=visit.keys,
            presses={key: visit.trial.presses[key] for key in visit.keys},
            test_left_s=visit.trial.remaining_s(stage.clock.monotonic()),
            wiring=[(pin, what) for pin, what in panel.wiring if pin not in buttons],
            has_panel=stage.thanks is not None,
            checks=self._checks.results,
            checking=self._checks.running,
            check_trouble=self._checks.trouble,
            can_restart=stage.restart is not None,
        )

    def _facts(self) -> dict[str, str]:
        stage = self._backstage
        link, outbox = stage.link(), stage.outbox
        broker = "connected" if link.online else "not connected"
        trouble = "; ".join(part for part in (link.reason, link.remedy) if part)
        return {
            "Broker": f"{broker} ({trouble})" if trouble else broker,
            "Store": "in memory only, its file fails" if outbox.degraded else "in order",
            "Not sent yet": counted(outbox.pending, "event"),
            "Clock": f"{self._now():%Y-%m-%d %H:%M}, {TRUST[stage.clock.moment().trust]}",
        }

    # -- forms --------------------------------------------------------------------------------

    async def _test(self, request: web.Request, session: Session) -> str:
        form = await read_own(request, session, Switch)
        if form.on:
            self._backstage.visit.begin_trial()
        else:
            self._backstage.visit.end_trial()
        return ""

    async def _signals(self, request: web.Request, session: Session) -> str:
        await read_own(request, session, Press)
        if self._backstage.thanks is None:
            return "There is no panel that works."
        self._backstage.thanks.acknowledge(durable=True)
        return "Lights and sound were switched on for a moment."

    async def _check(self, request: web.Request, session: Session) -> str:
        await read_own(request, session, Press)
        self._checks.start()
        return ""

    async def _restart(self, request: web.Request, session: Session) -> str:
        form = await read_own(request, session, Sure)
        if self._backstage.restart is None or not form.sure:
            return "It was not restarted."
        self._backstage.restart()
        return "The agent starts anew."
