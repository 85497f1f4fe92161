"""What is in the room `/installer`, and what its forms do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aiohttp import web

from agent import __version__
from agent.office import installer, page
from agent.office.aiming import Aiming
from agent.office.checks import Checks
from agent.office.counting import Counting
from agent.office.forms import OnLamp, Press, Sure, Switch
from agent.office.parts import Backstage
from agent.office.pins import Role
from agent.office.server import Room, read_own
from agent.office.sessions import Session
from agent.office.signals import Wiring, lamp, shown
from agent.office.words import Words, words
from agent.report.markup import joined, tag

INSTALLER_S, TEST_S = 3.0, 0.5


class Workshop:
    """`/installer`."""

    def __init__(
        self, backstage: Backstage, checks: Checks, *, place: str, now: Callable[[], datetime]
    ) -> None:
        self._backstage = backstage
        self._checks = checks
        self._place = place
        self._now = now
        self._counting = Counting(backstage.calibrator)
        self._aiming = Aiming(backstage.settings, backstage.eyes)

    def room(self) -> Room:
        """Return it with its forms."""
        acts = {
            "test": self._test,
            "signals": self._signals,
            "lamp": self._lamp,
            "checks": self._check,
            "restart": self._restart,
            **self._counting.acts(),
            **self._aiming.acts(),
        }
        files = self._aiming.files()
        roles = frozenset[Role]({"installer"})
        return Room("/installer", roles, self._show, acts, files, left=self._aiming.left)

    async def _show(self, session: Session) -> str:
        spoken = words(session.language)
        scene = self._scene(session, spoken)
        title = tag("h1", spoken.installer)
        return page.write(
            joined(title, installer.sections(scene, session, spoken)),
            place=self._place,
            title=spoken.installer,
            session=session,
            words=spoken,
            every_s=TEST_S if scene.test_left_s else INSTALLER_S,
        )

    def _scene(self, session: Session, spoken: Words) -> installer.Scene:
        stage, visit = self._backstage, self._backstage.visit
        return installer.Scene(
            software=__version__,
            facts=self._facts(spoken),
            faults=stage.faults.open,
            keys=visit.keys,
            presses={key: visit.trial.presses[key] for key in visit.keys},
            test_left_s=visit.trial.remaining_s(stage.clock.monotonic()),
            wiring=self._wiring(),
            counter=self._counting.shown(session),
            aim=self._aiming.shown(session),
            checks=self._checks.results,
            checking=self._checks.running,
            check_trouble=self._trouble(spoken),
            can_restart=stage.restart is not None,
        )

    def _wiring(self) -> Wiring:
        stage, panel = self._backstage, self._backstage.settings.panel
        return Wiring(
            panel=stage.thanks is not None,
            lights={b.id: b.light for b in panel.buttons if b.light is not None},
            buzzer=panel.buzzer,
            lamps=stage.lamps.pins,
            working=stage.lamps.working,
        )

    def _facts(self, spoken: Words) -> dict[str, str]:
        stage, state = self._backstage, spoken.state
        link, outbox = stage.link(), stage.outbox
        broker = state.connected if link.online else state.not_connected
        trouble = "; ".join(part for part in (link.reason, link.remedy) if part)
        trust = state.trust[stage.clock.moment().trust]
        return {
            state.broker: f"{broker} ({trouble})" if trouble else broker,
            state.store: state.in_memory if outbox.degraded else state.in_order,
            state.not_sent: spoken.count(state.events, outbox.pending),
            state.clock: spoken.report.listed((f"{self._now():%Y-%m-%d %H:%M}", trust)),
        }

    def _trouble(self, spoken: Words) -> str:
        if self._checks.trouble is None:
            return ""
        told: str = getattr(spoken.checks, self._checks.trouble)
        return told.format(time=spoken.duration(self._checks.patience_s))

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
        spoken = words(session.language)
        if self._backstage.thanks is None:
            return spoken.signals.no_panel_works
        self._backstage.thanks.acknowledge(durable=True)
        return spoken.signals.shown.format(what=shown(self._wiring(), spoken))

    async def _lamp(self, request: web.Request, session: Session) -> str:
        form = await read_own(request, session, OnLamp)
        spoken, lamps = words(session.language), self._backstage.lamps
        if form.part not in lamps.pins or not lamps.try_out(form.part):
            return spoken.signals.no_such
        return spoken.signals.tried.format(what=lamp(form.part, lamps.pins[form.part], spoken))

    async def _check(self, request: web.Request, session: Session) -> str:
        await read_own(request, session, Press)
        self._checks.start()
        return ""

    async def _restart(self, request: web.Request, session: Session) -> str:
        form = await read_own(request, session, Sure)
        told = words(session.language).restart
        if self._backstage.restart is None or not form.sure:
            return told.not_done
        self._backstage.restart()
        return told.done
