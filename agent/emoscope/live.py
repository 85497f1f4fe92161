"""The live page and the thread that looks, from the first page to Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
import sys
import webbrowser
from dataclasses import asdict

from agent.demo.browser import has_display
from agent.emoscope.film import Film
from agent.emoscope.glance import STEPS
from agent.emoscope.options import NOTICE, Options, described, is_camera
from agent.emoscope.scope import Scope, Tools
from agent.emoscope.server import ScopeServer
from agent.emoscope.watch import Eyes, Watch
from agent.vision.cameras import open_source
from agent.vision.eye import Eye
from agent.vision.settings import VisionSettings, Zone
from agent.vision.source import is_recording


async def show(options: Options, settings: VisionSettings, tools: Tools) -> int:
    """Serve the page until somebody ends it. Raises EmoscopeError, CameraError."""
    server = ScopeServer(facts(settings, tools), port=options.port)
    loop = asyncio.get_running_loop()
    watch = Watch(
        Scope(settings, tools, keep_steps=STEPS + 2),
        open_eyes(settings),
        on_frame=lambda frame: loop.call_soon_threadsafe(server.show, frame),
        on_state=lambda state: loop.call_soon_threadsafe(server.tell, state),
    )
    await server.start(watch)
    watch.start()
    try:
        _announce(server.url, settings, browser=options.browser)
        await _until_ended(loop)
    finally:
        await asyncio.to_thread(watch.stop)
        await server.stop()
    return 0


def open_eyes(settings: VisionSettings) -> Eyes:
    """Return a camera that is not open yet, or a film. Raises CameraError."""
    if is_camera(settings.source):
        return Eye(
            lambda: open_source(settings),
            timeout_s=settings.capture_timeout_s,
            live=not is_recording(settings.source),
        )
    return Film(settings)


def facts(settings: VisionSettings, tools: Tools) -> dict[str, object]:
    """Return what a page is told once."""
    zone = settings.contact_zone
    return {
        "source": described(settings.source),
        "recording": not is_camera(settings.source),
        "mode": settings.mode,
        "masks": [_corners(mask) for mask in settings.staff_mask],
        "zone": _corners(zone) if zone else None,
        "min_face": settings.min_face,
        "min_dwell_s": settings.min_dwell_s,
        "models": [asdict(model) for model in tools.models],
    }


def _corners(zone: Zone) -> tuple[float, float, float, float]:
    return zone.x, zone.y, zone.width, zone.height


def _announce(url: str, settings: VisionSettings, *, browser: bool) -> None:
    if is_camera(settings.source):
        _say(NOTICE)
    _say(f"emoscope at {url} (Ctrl-C ends it; nothing is stored or sent)")
    if browser and has_display():
        webbrowser.open(url)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - told to the person at the terminal


async def _until_ended(loop: asyncio.AbstractEventLoop) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, ended.set)
    await ended.wait()
