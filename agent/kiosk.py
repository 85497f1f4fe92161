"""The composition root: the whole kiosk on one page.

    pins ──► Panel ──► Visit ──► Outbox ──► Uplink ──► broker
    page ◄─► ScreenServer ┘ ▲   (beside them: Post, the staff's side)
    camera process ──► VisionLink ──► Watcher

A part that cannot work is a fault of its own: presses are counted as long as buttons (or the
page) and the store work.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gpiozero.pins import Factory

from agent import __version__
from agent.clock import SystemClock
from agent.clock.keeper import ClockKeeper
from agent.config.loading import Loaded
from agent.errors import PanelError, ScreenError
from agent.events.catalogue import AdShown, DeviceHealth, DeviceStopped, EventData
from agent.faults import Faults
from agent.feedback.reception import Reception
from agent.feedback.settings import PERSONAL_KINDS
from agent.notify import notify, watchdog_interval_s
from agent.office.office import Office
from agent.office.parts import Backstage, supervised
from agent.outbox import Limits, Outbox
from agent.panel import Panel, PanelEvents, pin_factory
from agent.panel.inspection import Inspection
from agent.screen.render import render
from agent.screen.server import ScreenServer
from agent.screen.views import AdReport
from agent.staff.door import Answers
from agent.staff.post import Place, Post, can_be_heard
from agent.survey.fitting import kiosk_of
from agent.survey.offer import Offer
from agent.survey.recall import past_sessions
from agent.survey.shelf import gather
from agent.uplink import Topics, Uplink, UplinkState
from agent.vision.link import VisionLink
from agent.vision.watcher import Watcher
from agent.visit import Stage, Visit
from agent.visit.judge import MEMORY_MS
from agent.visit.memory import recall
from agent.visit.reasons import reasons_sheet

log = logging.getLogger(__name__)

HEALTH_S = 300.0
PURGE_S = 3600.0
SETTLE_S = 30.0
REQUESTS_S = 5.0
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
        self._settings = settings = loaded.settings
        self._seams = seams or Seams()
        self._clock = SystemClock()
        device = settings.device
        self._topics = Topics(device.tenant, device.site, device.id)
        self._outbox = self._make_outbox(config_sha256=loaded.sha256)
        self._clock_keeper = ClockKeeper(self._clock, keep=self._keep, boots=self._outbox.boots)
        self._faults = Faults(self._keep)
        self._factory = self._open_pins()
        self.post = self._make_post(beside=loaded.path.parent)
        self.panel = self._make_panel()
        self.feedback = Reception(
            settings,
            topics=self._topics,
            clock=self._clock,
            store=self.post.store,
            faults=self._faults,
        )
        self.visit = self._make_visit(beside=loaded.path.parent)
        if self.panel is not None:
            answers = Answers(press=self._answered, disown=self.visit.disown)
            self.post.open_door(keys=self.visit.keys, answers=answers, voice=self.panel.signals)
        self.screen = ScreenServer(
            settings.screen,
            on_choice=self.visit.choose,
            on_language=self.visit.speak,
            on_said=self.visit.hear,
            on_pages=self._pages_changed,
            on_painted=self._painted,
            on_ad=self._ad_shown,
        )
        self._loop = asyncio.get_running_loop()
        self._uplink = Uplink(
            settings.uplink,
            topics=self._topics,
            outbox=self._outbox,
            clock=self._clock,
            on_change=self._uplink_changed,
            hears=self.feedback.hears,
        )
        self.watcher = Watcher(
            settings.vision,
            contacts=self.visit,
            keep=self._keep,
            faults=self._faults,
            show_presence=self._uplink.show_presence,
            permit=self._permit,
        )
        self._link = VisionLink(
            Path(settings.runtime_dir),
            on_observation=self.watcher.observe,
            on_lost=self.watcher.lose,
            on_raw=self._seams.on_vision_line,
        )
        self.office = self._make_office(config=loaded.path)
        self._started_s = self._clock.monotonic()
        self._stopping = asyncio.Event()
        self._why_stopping = "asked to stop"
        self._chores: list[asyncio.Task[None]] = []

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
        await self.post.start()
        self._remember()
        await self.feedback.recover()
        if self.panel is not None:
            self.panel.start()
        await self._start_screen()
        if self._settings.vision.mode != "off":
            await self._start_link()
        self._uplink.start()
        self._chores = [
            asyncio.create_task(self._clock_keeper.run()),
            asyncio.create_task(self._repeat(HEALTH_S, self._tell_health)),
            asyncio.create_task(self._repeat(PURGE_S, self._purge)),
            asyncio.create_task(self._repeat(SETTLE_S, self._faults.settle)),
            asyncio.create_task(self._repeat(LOOK_S, self.visit.look)),
            asyncio.create_task(self._answer_requests()),
        ]
        if self.panel is not None:
            self._chores.append(asyncio.create_task(self._make_inspection().run()))
        if (interval_s := watchdog_interval_s()) is not None:
            self._chores.append(asyncio.create_task(self._repeat(interval_s, self._still_alive)))
        await self.office.start()

    async def _stop(self) -> None:
        for chore in self._chores:
            chore.cancel()
        await self.office.stop()
        await self._link.stop()
        await self.screen.stop()
        await self.visit.close()
        await self.post.stop()
        if self.panel is not None:
            self.panel.close()
        self._tell_health()
        # The uplink sends what is committed: not waiting here would leave this for the next start.
        await self._outbox.keep(DeviceStopped(reason=self._why_stopping))
        await asyncio.to_thread(self._stop_threads)

    def _stop_threads(self) -> None:
        if self._uplink.is_alive():
            self._uplink.stop()
        self._outbox.close()

    def _make_outbox(self, *, config_sha256: str) -> Outbox:
        store = self._settings.store
        limits = Limits(
            quota_bytes=store.quota_mb << 20,
            free_disk_bytes=store.free_disk_mb << 20,
            receipts=self._settings.uplink.receipts,
        )
        return Outbox(
            store.path,
            source=self._topics.source,
            clock=self._clock,
            software=__version__,
            config_sha256=config_sha256,
            limits=limits,
            crash_point=self._seams.crash_point,
        )

    def _make_visit(self, *, beside: Path) -> Visit:
        settings = self._settings
        return Visit(
            settings.visit,
            keys=tuple(button.id for button in settings.panel.buttons),
            languages=tuple(settings.screen.languages),
            store=self.post.store,
            offer=self._make_offer(beside=beside),
            clock=self._clock,
            acknowledgement=self.panel.signals if self.panel else _NoSignals(),
            show=self._show,
            plain=settings.screen.enabled and not settings.screen.touch,
            desk=self.feedback.desk,
            ask_for_help=self.post.duty.ask_for_help,
        )

    def _make_offer(self, *, beside: Path) -> Offer:
        """Gather what is asked behind a rating: the reasons, and questionnaires of their own."""
        settings = self._settings
        shelf = gather(
            settings.survey,
            beside=beside,
            copies=Path(settings.store.path).parent / "questionnaires",
            kiosk=kiosk_of(settings),
        )
        for trouble in shelf.troubles:
            self._faults.report("survey", trouble, remedy="run `smilepost check` on that file")
        reasons = reasons_sheet(settings.visit, languages=settings.screen.languages)
        sheets = [*shelf.sheets, *([] if reasons is None else [reasons])]
        offer = self.feedback.offer(sheets, catalogue=shelf.catalogue)
        offer.restore(past_sessions(self._outbox.dated_responses(), now=self._clock.moment()))
        return offer

    def _make_office(self, *, config: Path) -> Office:
        return Office(
            Backstage(
                settings=self._settings,
                config=config,
                visit=self.visit,
                duty=self.post.duty,
                thanks=None if self.panel is None else self.panel.signals,
                outbox=self._outbox,
                link=lambda: self._uplink.state,
                clock=self._clock,
                faults=self._faults,
                restart=self._start_anew if supervised() else None,
            )
        )

    def _start_anew(self) -> None:
        """End in order; the unit starts the agent again."""
        self._why_stopping = "asked to start anew"
        self._stopping.set()

    # -- parts that may be missing --------------------------------------------------------------

    def _open_pins(self) -> Factory | None:
        panel, alerts = self._settings.panel, self._settings.alerts
        if not panel.wiring and alerts.light_pin is None and alerts.relay_pin is None:
            return None
        try:
            return self._seams.factory or pin_factory(panel.backend)
        except PanelError as error:
            if not self._settings.screen.enabled:
                self._outbox.close()
                raise
            self._faults.report("panel", str(error), remedy="run `smilepost doctor`")
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
            fault=self._faults.report,
        )
        return Panel(settings, factory=self._factory, events=events)

    def _make_post(self, *, beside: Path) -> Post:
        place = Place(beside, self._topics, self._outbox, self._clock, self._faults, self._factory)
        return Post(self._settings, place)

    def _make_inspection(self) -> Inspection:
        return Inspection(
            self.visit.keys,
            recall=self._outbox.dated_ratings,
            clock=self._clock,
            faults=self._faults,
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
            self._faults.report("screen", str(error), remedy="free the port, or change screen.port")
        self._show(self.visit.stage)

    async def _start_link(self) -> None:
        try:
            await self._link.start()
        except OSError as error:
            folder = self._settings.runtime_dir
            self._faults.report(
                "vision",
                f"no socket can be made in runtime_dir {folder}: {error.strerror or error}",
                remedy="let the agent's user own that folder, or change runtime_dir",
            )
            return
        self.watcher.start()

    # -- what the parts tell ----------------------------------------------------------------------

    def _keep(self, event: EventData) -> object:
        return self._outbox.append(event)

    def _answered(self, key: str, at_s: float) -> None:
        self.visit.press(key, at_s=at_s)

    def _stuck(self, key: str, _at_s: float) -> None:
        self.visit.mark_stuck(key)
        self._faults.report(
            f"button:{key}", "held for too long, or since the start", remedy="free the button"
        )

    def _freed(self, key: str, _at_s: float) -> None:
        self._faults.clear(f"button:{key}", "released")

    def _show(self, stage: Stage) -> None:
        settings = self._settings
        view = render(
            stage,
            visit=settings.visit,
            screen=settings.screen,
            camera_on=settings.vision.mode != "off",
            notice_mode=settings.vision.mode,
            answer_keys=self.visit.keys,
            playlist=self.screen.playlist,
            help_offered=can_be_heard(settings.alerts, office=settings.office.enabled),
        )
        self.screen.show(view)

    def _pages_changed(self, pages: int) -> None:
        self.visit.prompt(on=pages > 0 or self.panel is not None)
        if pages == 0:
            self.watcher.notice_gone()
            self.visit.unseen()

    def _painted(self, revision: int) -> None:
        self.watcher.notice_painted()
        self.visit.painted()
        self._seams.on_painted(revision)

    def _ad_shown(self, report: AdReport) -> None:
        self._keep(AdShown(item=report.item, shown_s=report.shown_s, ended=report.ended))

    def _uplink_changed(self, state: UplinkState) -> None:
        """Take the news over from the uplink's thread."""
        self._loop.call_soon_threadsafe(self._judge_uplink, state)

    def _judge_uplink(self, state: UplinkState) -> None:
        if state.lasting:
            self._faults.report("uplink", state.reason, remedy=state.remedy)
        elif state.online:
            self._faults.clear("uplink", "the broker takes everything")

    def _permit(self, granted: bool) -> None:  # noqa: FBT001 - a switch
        self._link.permit(granted=granted, reason="" if granted else "no page shows the notice")

    # -- chores ----------------------------------------------------------------------------

    def _remember(self) -> None:
        now = self._clock.moment()
        since_ms = max(0, now.monotonic_ms - MEMORY_MS)
        self.visit.restore(recall(self._outbox.recent_ratings(boot=now.boot, since_ms=since_ms)))

    def _tell_health(self) -> None:
        totals, since = self._count_for_life()
        self._keep(
            DeviceHealth(
                uptime_s=round(self._clock.monotonic() - self._started_s, 3),
                presses=dict(self.visit.presses),
                presses_total=totals,
                total_since=since,
                pending=self._outbox.pending,
                rejected=self._outbox.count_rejected(),
                resident_mb=resident_mb(),
            )
        )

    def _count_for_life(self) -> tuple[dict[str, int] | None, str | None]:
        """Return the presses of this and all earlier epochs, and the first of these."""
        before = self._outbox.presses_before
        if before is None:
            return None, None
        counts, since = before
        return dict(Counter(counts) + Counter(self.visit.presses)), since

    def _purge(self) -> None:
        settings = self._settings
        self._outbox.purge(keep_days=settings.store.keep_delivered_days)
        self._outbox.purge(keep_days=settings.feedback.keep_days, kinds=PERSONAL_KINDS)

    async def _answer_requests(self) -> None:
        while True:
            await asyncio.sleep(REQUESTS_S)
            await asyncio.to_thread(self._outbox.answer_requests)

    def _still_alive(self) -> None:
        notify("WATCHDOG=1")

    @staticmethod
    async def _repeat(interval_s: float, chore: Callable[[], None]) -> None:
        while True:
            await asyncio.sleep(interval_s)
            chore()


def resident_mb() -> float:
    """Return this process's resident memory in MiB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1)
