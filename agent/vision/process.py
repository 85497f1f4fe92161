"""The camera process, `smilepost vision`: camera in, observations out, nothing else.

    socket ──permit, zones──► Session ──► Eye (camera) ──frame──► Pipeline ──► Reporter ──► socket

It opens the camera only while the agent grants a permit, closes it when the permit is withdrawn
or the agent is gone, and waits for the agent to come back. It opens no network socket and writes
no file; on a kiosk systemd enforces both.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import cv2

from agent.config.schema import KioskSettings
from agent.errors import CameraError, VisionError
from agent.notify import notify
from agent.vision.batches import Batches
from agent.vision.cameras import Picture, open_source
from agent.vision.channel import AgentGone, Channel
from agent.vision.confine import bound_memory
from agent.vision.eye import Eye
from agent.vision.glances import TraitBatches
from agent.vision.lens import Blind, LensWatch
from agent.vision.load import LoadMeter
from agent.vision.nets import Nets, open_nets
from agent.vision.observations import Hello, Permit, PreviewAsk, Word, Zones
from agent.vision.pipeline import Looked, Pipeline
from agent.vision.preview_sender import PreviewSender
from agent.vision.reporting import Reporter
from agent.vision.settings import VisionSettings
from agent.vision.source import MAIN, is_recording, is_remote

log = logging.getLogger(__name__)

STEP_S = 0.2
"""Longest wait in one step: how soon a signal, a permit or a heartbeat is attended to."""
RECONNECT_S = 1.0
ALIVE_S = 1.0
OF_A_STRANGER = 256 * 1024 * 1024
"""Bytes that a camera on the network may make us keep: decoders hold several large pictures."""
STILL_S = 30.0
"""A camera on the network sends a whole picture anew more often than that."""
BLIND: dict[Blind, str] = {
    "covered": "the lens shows one even grey: something covers it",
    "dark": "the picture is dark: the lights are out, or a cap is on the lens",
}


def run_process(settings: KioskSettings, *, camera: str = MAIN) -> int:
    """Look through a camera until SIGTERM or SIGINT; return the exit code.

    Raises `ModelError` when the models are not there or not the right ones, and `VisionError` when
    the camera's driver hangs for good.
    """
    cv2.setNumThreads(1)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    chosen = settings.vision.of(camera)
    nets = open_nets(
        chosen.models,
        expression=chosen.mode != "presence",
        far=chosen.far,
        traits=chosen.traits is not None,
    )
    if is_remote(chosen.source):
        bound_memory(OF_A_STRANGER)
    vision = Vision(chosen, nets=nets, runtime_dir=Path(settings.runtime_dir), camera=camera)
    vision.run(stop)
    return 0


class Vision:
    """The process's work, on whatever camera `eye` is."""

    def __init__(
        self,
        settings: VisionSettings,
        *,
        nets: Nets,
        runtime_dir: Path,
        eye: Eye | None = None,
        camera: str = MAIN,
    ) -> None:
        self._settings = settings
        self._camera = camera
        self._nets = nets
        self._runtime_dir = runtime_dir
        self._live = not is_recording(settings.source)
        self._eye = eye or Eye(
            lambda: open_source(settings),
            timeout_s=settings.capture_timeout_s,
            live=self._live,
            still_s=STILL_S if is_remote(settings.source) else 0.0,
            remote=is_remote(settings.source),
        )
        self._pipeline = Pipeline(
            settings,
            detect=nets.detector,
            threshold=nets.detector.threshold,
            read=nets.reader,
            search=nets.search,
            read_traits=nets.traits,
        )
        self._preview = PreviewSender(runtime_dir)
        self._batches = _batches(settings)
        self._traits = _trait_batches(settings)
        self._alive_s = float("-inf")

    def run(self, stop: threading.Event) -> None:
        """Serve one agent after the other until `stop` is set.

        The nets are loaded by now: from here on the service manager's watchdog counts.
        """
        notify("READY=1")
        known = ""
        while not stop.is_set():
            try:
                self._serve(Channel(self._runtime_dir), stop)
            except AgentGone as gone:
                if str(gone) != known:
                    log.warning("%s", gone)
                known = str(gone)
                self._alive()
                stop.wait(RECONNECT_S)
        notify("STOPPING=1")

    def _serve(self, channel: Channel, stop: threading.Event) -> None:
        log.info("connected to the agent")
        session = Session(
            channel,
            eye=self._eye,
            pipeline=self._pipeline,
            reporter=Reporter(
                channel.send,
                batches=self._batches,
                gauge=self._settings.gauge,
                traits=self._traits,
            ),
            preview=self._preview,
            lens=LensWatch() if self._live else None,
        )
        try:
            channel.send(_hello(self._settings, self._nets, self._camera))
            while not stop.is_set():
                session.step()
                self._alive()
            session.close("the camera process was stopped")
        finally:
            self._preview.close()
            self._eye.close()
            self._pipeline.close()
            channel.close()

    def _alive(self) -> None:
        """Tell the service manager, at most once a second, that nothing hangs."""
        if time.monotonic() - self._alive_s >= ALIVE_S:
            self._alive_s = time.monotonic()
            notify("WATCHDOG=1")


class Session:
    """One connection: looks while permitted, and says what it sees."""

    def __init__(
        self,
        channel: Channel,
        *,
        eye: Eye,
        pipeline: Pipeline,
        reporter: Reporter,
        preview: PreviewSender,
        lens: LensWatch | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._channel = channel
        self._eye = eye
        self._pipeline = pipeline
        self._reporter = reporter
        self._preview = preview
        self._lens = lens
        self._clock = clock
        self._granted = False
        self._lost = ""
        self._load = LoadMeter(at_s=clock())

    def step(self) -> None:
        """Attend to what the agent says, look at one frame at most, keep the heart beating."""
        for word in self._channel.hear(wait_s=0.0 if self._granted else STEP_S):
            self._obey(word)
        self._preview.expire()
        if self._granted:
            self._look()
        self._reporter.beat(at_s=self._clock())
        load = self._load.due(at_s=self._clock())
        if load is not None:
            self._channel.send(load)

    def close(self, reason: str, *, measured: bool = True) -> None:
        """Close the camera; whoever was there has left, as far as this process can know.

        Without `measured` what was measured of them goes into no sums.
        """
        self._preview.close()
        self._eye.close()
        if not measured:
            self._pipeline.forget_measured()
        self._forget(reason)

    def _obey(self, word: Word) -> None:
        match word:
            case Permit():
                self._take(word)
            case Zones():
                self._rezone(word)
            case PreviewAsk():
                if self._granted or not word.on:
                    self._preview.obey(word)

    def _take(self, permit: Permit) -> None:
        if permit.granted == self._granted:
            return
        self._granted = permit.granted
        if permit.granted:
            log.info("the camera may be open")
        else:
            reason = permit.reason or "the permit was withdrawn"
            log.info("the camera is closed: %s", reason)
            self.close(reason, measured=not permit.forget)

    def _rezone(self, zones: Zones) -> None:
        if self._pipeline.needs_mask and not zones.staff_mask:
            raise AgentGone("the agent sent no staff mask, and what is measured here needs one")
        self._pipeline.rezone(zones.staff_mask, zones.contact_zone)
        log.info("%d parts of the picture are blanked for staff", len(zones.staff_mask))

    def _look(self) -> None:
        try:
            picture = self._eye.look(wait_s=STEP_S)
        except CameraError as error:
            self._lose(str(error))
            return
        except VisionError as error:
            self._forget(str(error))
            raise
        if picture is None:
            return
        self._regain()
        if self._is_blind(picture):
            self._show(picture, Looked(present=0, smile=None))
            return
        with self._load.frame():
            looked = self._pipeline.look(picture.pixels, at_s=picture.at_s)
        self._show(picture, looked)
        self._load.skip(self._eye.skipped())
        self._reporter.camera(working=True, at_s=picture.at_s)
        self._reporter.looked(looked, at_s=picture.at_s)

    def _lose(self, reason: str) -> None:
        """Tell it; one that is tried again and again for the same reason is logged once."""
        if reason != self._lost:
            log.warning("camera lost: %s", reason)
        self._lost = reason
        self._forget(reason)

    def _regain(self) -> None:
        if self._lost:
            log.info("the camera delivers pictures again")
        self._lost = ""

    def _show(self, picture: Picture, looked: Looked) -> None:
        masks = self._pipeline.staff_mask
        self._preview.offer(picture.pixels, masks=masks, seen=looked.seen)

    def _is_blind(self, picture: Picture) -> bool:
        """Whether the lens sees nothing; then nobody is counted, neither as there nor as silent."""
        if self._lens is None:
            return False
        view = self._lens.look(picture.pixels, at_s=picture.at_s)
        if view != "clear":
            self._forget(BLIND[view], blind=view)
        return view != "clear"

    def _forget(self, reason: str, *, blind: Blind | None = None) -> None:
        now_s = self._clock()
        self._reporter.left(self._pipeline.close(), present=0, at_s=now_s)
        self._reporter.camera(working=False, reason=reason, blind=blind, at_s=now_s)


def _trait_batches(settings: VisionSettings) -> TraitBatches | None:
    return None if settings.traits is None else TraitBatches(size=settings.batch_contacts)


def _batches(settings: VisionSettings) -> Batches | None:
    if settings.mode in ("smile", "emotion"):
        return Batches(size=settings.batch_contacts, mode=settings.mode)
    return None


def _hello(settings: VisionSettings, nets: Nets, camera: str) -> Hello:
    return Hello(camera=camera, mode=settings.mode, models=nets.refs)
