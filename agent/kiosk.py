"""The composition root: the whole kiosk on one page.

    pins ──► Panel ──► Visit ──► Outbox ──► Uplink ──► broker
    page ◄─► ScreenServer ┘ ▲   (beside them: Post, the staff's side)
    camera process ──► VisionLink ──► Watcher

A part that cannot work is a fault of its own: presses are counted as long as buttons (or the
page) and the store work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gpiozero.pins import Factory

from agent.clock import SystemClock
from agent.config.loading import Loaded
from agent.errors import PanelError, ScreenError
from agent.events.catalogue import AdShown, DeviceStopped, EventData
from agent.feedback.hours import open_now
from agent.feedback.reception import Reception
from agent.ground import lay_ground
from agent.notify import notify
from agent.office.office import Office
from agent.office.parts import Backstage, supervised
from agent.panel import Panel, PanelEvents, pin_factory
from agent.panel.inspection import Inspection
from agent.pulse import Pulse
from agent.screen.render import render
from agent.screen.server import ScreenServer
from agent.screen.views import AdReport
from agent.served.setups import calibrator_of
from agent.served.sources import Sources
from agent.staff.door import Answers
from agent.staff.post import Place, Post, can_be_heard
from agent.survey.fitting import kiosk_of
from agent.survey.offer import Offer
from agent.survey.recall import past_sessions
from agent.survey.shelf import COPIES, gather
from agent.uplink import Uplink, UplinkState
from agent.vision.declining import Declining
from agent.vision.eyes import Eyes
from agent.vision.interlock import tell_refusals
from agent.visit import Stage, Visit
from agent.visit.judge import MEMORY_MS
from agent.visit.memory import recall
from agent.visit.reasons import reasons_sheet

LOOK_S = 15.0


def _ignore_line(_line: bytes) -> None:
    pass


def _ignore_point(_point: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Seams:
    """Where tests, the fault bench and the demo take hold; a kiosk at a till has none of these."""

    factory: Factory | None = None
    """Pins to use instead of the configured backend's."""
    crash_point: Callable[[str], None] = _ignore_point
    """Called with the name of every dangerous moment of the store."""
    on_vision_line: Callable[[bytes], None] = _ignore_line
    """Sees every line that leaves the camera process."""
    on_painted: Callable[[int], None] = lambda _revision: None
    """Hears which revision is on the glass."""


class _NoSignals:
    """Acknowledges nothing: a kiosk without a panel thanks on its screen alone."""

    def wait(self) -> None:
        pass

    def acknowledge(self, *, durable: bool) -> None:
        pass


class Kiosk:
    """One kiosk. Make it inside a running event loop, then `run` it."""

    def __init__(self, loaded: Loaded, *, seams: Seams | None = None) -> None:
        self._settings = loaded.settings
        self._seams = seams or Seams()
        self._ground = ground = lay_ground(
            loaded, clock=SystemClock(), crash_point=self._seams.crash_point
        )
        self._factory = self._open_pins()
        self.post = self._make_post()
        self.panel = self._make_panel()
        self.feedback = Reception(
            loaded.settings,
            topics=ground.topics,
            clock=ground.clock,
            store=self.post.store,
            faults=ground.faults,
        )
        self.visit = self._make_visit()
        self._open_door()
        self.screen = self._make_screen()
        self._loop = asyncio.get_running_loop()
        self._uplink = self._make_uplink()
        self.calibrator = calibrator_of(
            loaded.settings,
            keep=self._keep,
            clock=ground.clock,
            zones=lambda camera: self._eyes.zones.of(camera),  # noqa: PLW0108 - made below
        )
        self.served = self._make_sources()
        self._eyes = self._make_eyes()
        self.watcher = self._eyes.watcher
        self.declining = Declining(
            self.watcher,
            keep=self._keep,
            opt_out=self._opt_out,
            on_change=lambda: self._show(self.visit.stage),
        )
        self.office = self._make_office()
        self._pulse = Pulse(ground, presses=self.visit.presses, declined_s=self._declined_s)
        self._stopping = asyncio.Event()
        self._notice_shown = False
        self._why_stopping = "asked to stop"

    async def run(
        self, stop: asyncio.Event, *, on_ready: Callable[[], None] = lambda: None
    ) -> None:
        """Work until `stop` is set, then finish what is under way."""
        self._stopping = stop
        try:
            await self._start()
            notify("READY=1")
            on_ready()
            await stop.wait()
        finally:
            notify("STOPPING=1")
            await self._stop()

    async def _start(self) -> None:
        tell_refusals(self._settings.vision.refused, keep=self._keep, faults=self._ground.faults)
        await self.post.start()
        self._remember()
        await self.feedback.recover()
        if self.panel is not None:
            self.panel.start()
        await self._start_screen()
        self.served.start(self._factory)
        await self._eyes.start()
        self._uplink.start()
        self._start_chores()
        await self.office.start()

    def _start_chores(self) -> None:
        self._pulse.start()
        self._pulse.repeat(self.visit.look, every_s=LOOK_S)
        self._pulse.repeat(self.watcher.look, every_s=LOOK_S)
        every_s = self._settings.served.interval_minutes * 60
        self._pulse.repeat(self.served.registrar.close_interval, every_s=every_s)
        if self.panel is not None:
            self._pulse.add(self._make_inspection().run())

    async def _stop(self) -> None:
        self._pulse.stop()
        await self.office.stop()
        self.declining.close()
        self.served.close()
        await self._eyes.stop()
        await self.screen.stop()
        await self.visit.close()
        await self.post.stop()
        if self.panel is not None:
            self.panel.close()
        self._pulse.tell_health()
        # The uplink sends what is committed: not waiting here would leave this for the next start.
        await self._ground.outbox.keep(DeviceStopped(reason=self._why_stopping))
        await asyncio.to_thread(self._stop_threads)

    def _stop_threads(self) -> None:
        if self._uplink.is_alive():
            self._uplink.stop()
        self._ground.outbox.close()

    def _make_visit(self) -> Visit:
        settings = self._settings
        return Visit(
            settings.visit,
            keys=tuple(button.id for button in settings.panel.buttons),
            languages=tuple(settings.screen.languages),
            store=self.post.store,
            offer=self._make_offer(),
            clock=self._ground.clock,
            acknowledgement=self.panel.signals if self.panel else _NoSignals(),
            show=self._show,
            plain=settings.screen.enabled and not settings.screen.touch,
            desk=self.feedback.desk,
            ask_for_help=self.post.duty.ask_for_help,
        )

    def _make_offer(self) -> Offer:
        """Gather what is asked behind a rating: the reasons, and questionnaires of their own."""
        settings, ground = self._settings, self._ground
        shelf = gather(
            settings.survey,
            beside=ground.config.parent,
            copies=Path(settings.store.path).parent / COPIES,
            kiosk=kiosk_of(settings),
        )
        for trouble in shelf.troubles:
            ground.faults.report("survey", trouble, remedy="run `smilepost check` on that file")
        reasons = reasons_sheet(settings.visit, languages=settings.screen.languages)
        sheets = [*shelf.sheets, *([] if reasons is None else [reasons])]
        offer = self.feedback.offer(sheets, catalogue=shelf.catalogue)
        now = ground.clock.moment()
        offer.restore(past_sessions(ground.outbox.dated_responses(), now=now))
        return offer

    def _open_door(self) -> None:
        """Let presses through: as answers, or as digits of who signs on."""
        if self.panel is not None:
            answers = Answers(press=self._answered, disown=self.visit.disown)
            self.post.open_door(keys=self.visit.keys, answers=answers, voice=self.panel.signals)

    def _make_screen(self) -> ScreenServer:
        return ScreenServer(
            self._settings.screen,
            on_choice=self.visit.choose,
            on_language=self.visit.speak,
            on_said=self.visit.hear,
            on_pages=self._pages_changed,
            on_painted=self._painted,
            on_ad=self._ad_shown,
            on_no_camera=self._close_camera,
        )

    def _make_uplink(self) -> Uplink:
        return Uplink(
            self._settings.uplink,
            topics=self._ground.topics,
            outbox=self._ground.outbox,
            clock=self._ground.clock,
            on_change=self._uplink_changed,
            hears=self.feedback.hears,
        )

    def _make_sources(self) -> Sources:
        return Sources(
            self._settings.served,
            camera=self._settings.vision.mode != "off",
            visitors=self.visit,
            keep=self._keep,
            faults=self._ground.faults,
            clock=self._ground.clock,
            observer=self.calibrator,
            show_presence=self._uplink.show_presence,
        )

    def _make_eyes(self) -> Eyes:
        return Eyes(
            self._settings,
            contacts=self.served.camera,
            keep=self._keep,
            faults=self._ground.faults,
            on_raw=self._seams.on_vision_line,
            is_open=open_now(self._settings.site, clock=self._ground.clock),
            clock=self._ground.clock,
            show_sign=lambda: self._show(self.visit.stage),
            on_models=self.calibrator.looks_with,
        )

    def _make_office(self) -> Office:
        ground = self._ground
        return Office(
            Backstage(
                settings=self._settings,
                config=ground.config,
                visit=self.visit,
                duty=self.post.duty,
                thanks=None if self.panel is None else self.panel.signals,
                lamps=self.post.lamps,
                cases=self.feedback.cases,
                calibrator=self.calibrator,
                outbox=ground.outbox,
                link=lambda: self._uplink.state,
                clock=ground.clock,
                faults=ground.faults,
                restart=self._start_anew if supervised() else None,
                eyes=None if self._settings.vision.mode == "off" else self._eyes,
            )
        )

    def _start_anew(self) -> None:
        """End in order; the unit starts the agent again."""
        self._why_stopping = "asked to start anew"
        self._stopping.set()

    # -- parts that may be missing --------------------------------------------------------------

    def _open_pins(self) -> Factory | None:
        panel, alerts = self._settings.panel, self._settings.alerts
        lamps = (alerts.light_pin, alerts.relay_pin)
        if not panel.wiring and lamps == (None, None) and not self._settings.served.wiring:
            return None
        try:
            return self._seams.factory or pin_factory(panel.backend)
        except PanelError as error:
            if not self._settings.screen.enabled:
                self._ground.outbox.close()
                raise
            self._ground.faults.report("panel", str(error), remedy="run `smilepost doctor`")
            return None

    def _make_panel(self) -> Panel | None:
        settings = self._settings.panel
        if self._factory is None or not (settings.buttons or settings.buzzer is not None):
            return None
        events = PanelEvents(
            pressed=self.post.press,
            released=self.post.release,
            stuck=self._stuck,
            freed=self._freed,
            fault=self._ground.faults.report,
        )
        return Panel(settings, factory=self._factory, events=events)

    def _make_post(self) -> Post:
        ground = self._ground
        place = Place(
            ground.config.parent,
            ground.topics,
            ground.outbox,
            ground.clock,
            ground.faults,
            self._factory,
        )
        return Post(self._settings, place)

    def _make_inspection(self) -> Inspection:
        return Inspection(
            self.visit.keys,
            recall=self._ground.outbox.dated_ratings,
            clock=self._ground.clock,
            faults=self._ground.faults,
        )

    async def _start_screen(self) -> None:
        self.visit.prompt(on=self.panel is not None)
        if not self._settings.screen.enabled:
            return
        self.visit.look()
        try:
            await self.screen.start()
        except ScreenError as error:
            if self.panel is None:
                raise
            remedy = "free the port, or change screen.port"
            self._ground.faults.report("screen", str(error), remedy=remedy)
        self._show(self.visit.stage)

    # -- what the parts tell ----------------------------------------------------------------------

    def _keep(self, event: EventData) -> object:
        return self._ground.outbox.append(event)

    def _close_camera(self) -> None:
        self.declining.decline()

    def _opt_out(self) -> None:
        if self.visit.opt_out() is not None:
            self.served.registrar.uncount()

    def _declined_s(self) -> float | None:
        return None if self._settings.vision.mode == "off" else self.declining.closed_s

    def _answered(self, key: str, at_s: float) -> None:
        self.visit.press(key, at_s=at_s)

    def _stuck(self, key: str, _at_s: float) -> None:
        self.visit.mark_stuck(key)
        self._ground.faults.report(
            f"button:{key}", "held for too long, or since the start", remedy="free the button"
        )

    def _freed(self, key: str, _at_s: float) -> None:
        self._ground.faults.clear(f"button:{key}", "released")

    def _show(self, stage: Stage) -> None:
        settings = self._settings
        view = render(
            stage,
            visit=settings.visit,
            screen=settings.screen,
            camera_on=settings.vision.mode != "off",
            notice_mode=settings.vision.mode,
            traits=settings.vision.traits is not None,
            declined_s=self.declining.left_s,
            preview=self._eyes.preview.signed,
            answer_keys=self.visit.keys,
            playlist=self.screen.playlist,
            help_offered=can_be_heard(settings.alerts, office=settings.office.enabled),
        )
        self._notice_shown = view.camera is not None
        self.screen.show(view)

    def _pages_changed(self, pages: int) -> None:
        self.visit.prompt(on=pages > 0 or self.panel is not None)
        if pages == 0:
            self.watcher.notice_gone()
            self._eyes.preview.unwatched()
            self.visit.unseen()

    def _painted(self, revision: int) -> None:
        if self._notice_shown:
            self.watcher.notice_painted()
        self._eyes.preview.painted()
        self.visit.painted()
        self._seams.on_painted(revision)

    def _ad_shown(self, report: AdReport) -> None:
        self._keep(AdShown(item=report.item, shown_s=report.shown_s, ended=report.ended))

    def _uplink_changed(self, state: UplinkState) -> None:
        """Take the news over from the uplink's thread."""
        self._loop.call_soon_threadsafe(self._judge_uplink, state)

    def _judge_uplink(self, state: UplinkState) -> None:
        if state.lasting:
            self._ground.faults.report("uplink", state.reason, remedy=state.remedy)
        elif state.online:
            self._ground.faults.clear("uplink", "the broker takes everything")

    def _remember(self) -> None:
        now = self._ground.clock.moment()
        since_ms = max(0, now.monotonic_ms - MEMORY_MS)
        recent = self._ground.outbox.recent_ratings(boot=now.boot, since_ms=since_ms)
        self.visit.restore(recall(recent))
