"""A whole visit, from somebody's coming to the farewell, with a page in Chromium.

Every visit is somebody seen by the camera process, a press, and a tap on a reason. Between blocks
of them the same browser shows the barest page there can be, which does the same with a timer and
a sync in the kiosk's place.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count, cycle, islice
from pathlib import Path
from typing import Any

from agent.bench.bare_page import KEY, BarePage, bare_page
from agent.bench.browser import Tab, find_browser, open_tab
from agent.bench.durable import fsync, timed_ms
from agent.bench.figures import Figure, alone, compared, percentile
from agent.bench.kiosks import BUTTONS, Bench, running_kiosk
from agent.bench.presses import commit_rows, let_go, press_key, show_kiosk, wait_ms
from agent.errors import ScreenError
from agent.testing.pictures import draw_picture
from agent.vision.observations import CameraState, ContactBegan, ContactLeft
from agent.vision.source import MAIN

BLOCKS = 4
PERCENTS = (50, 95, 99)
READING_S = 0.2
# What we hold ourselves to, on an idle machine.
PRESENCE_MS = 300.0
LIGHT_MS = 5.0
PAINTED_MS = 60.0
BARE = "a bare page"
BARE_COMMIT = "a bare page's touch, write + fsync"
BARE_PRESS = "a bare timer, write + fsync, a bare page"

_PLAYING = "document.querySelector('.show .front')?.complete === true"
_GONE = "document.querySelector('.show') === null"
_REASON = "[data-option=waiting]"
# A key that appears ignores touches for a moment, lest a double tap chooses what nobody has read.
_READY = f"getComputedStyle(document.querySelector('{_REASON}')).pointerEvents === 'auto'"
_REASONS = {"staff": "Staff", "waiting": "Waiting time", "prices": "Prices"}

Series = Mapping[str, list[float]]


@dataclass(slots=True)
class Times:
    """Milliseconds of everything that was measured, by its name."""

    series: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def note(self, name: str, began_s: float, ended_s: float) -> None:
        """Note how long something took, of two readings of the monotonic clock."""
        self.series[name].append((ended_s - began_s) * 1000)


def visit_sections(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the configuration of the visits: a playlist, a camera's notice, three reasons."""
    playlist = folder / "playlist"
    playlist.mkdir()
    for name, grey in (("a.png", 60), ("b.png", 200)):
        draw_picture(playlist / name, grey=grey, size_px=(800, 480))
    reasons = [{"id": name, "label": {"en": label}} for name, label in _REASONS.items()]
    return {
        "screen": {"attract": {"folder": str(playlist)}},
        "vision": {"mode": "presence", "source": "nothing.mp4", "notice": {"shown": "screen"}},
        "visit": {"reasons": reasons, "thanks_survey_s": 0.5, "repeat_window_s": 0.5},
    }


async def measure_visits(config: Path, *, visits: int) -> list[Figure]:
    """Measure so many visits, and as many turns of a bare page. ScreenError without Chromium."""
    browser = find_browser()
    if browser is None:
        raise ScreenError("Chromium is not installed: apt install chromium")
    ours, theirs, people = Times(), Times(), count(1)
    block = -(-visits // BLOCKS)
    async with running_kiosk(config) as bench, open_tab(browser) as tab:
        for _ in range(BLOCKS):
            await show_kiosk(tab, bench)
            visitors = zip(islice(people, block), cycle(BUTTONS), strict=False)
            for person, key in visitors:
                await _visit(bench, tab, ours, contact=f"{person:012x}", key=key)
            with fsync(config.parent) as sync:
                await _bare_turns(tab, sync, theirs, turns=block)
    return _rows(ours.series, theirs.series)


async def _visit(bench: Bench, tab: Tab, times: Times, *, contact: str, key: str) -> None:
    """Come, press, answer, and go. The playlist runs before and after."""
    await tab.until(_PLAYING)
    arrived_s = await _come(bench, times, contact)
    await tab.until(_GONE)
    await asyncio.sleep(READING_S)
    await _press(bench, times, key)
    await tab.until(_READY)
    await _answer(bench, tab, times)
    now_ms, arrived_ms = _now_ms(), round(arrived_s * 1000)
    left = ContactLeft(at_ms=now_ms, contact=contact, arrived_ms=arrived_ms, left_ms=now_ms)
    bench.kiosk.watcher.observe(MAIN, left)


async def _come(bench: Bench, times: Times, contact: str) -> float:
    """Let the camera process see somebody; returns when."""
    bench.kiosk.watcher.observe(MAIN, CameraState(at_ms=_now_ms(), working=True))
    before = bench.kiosk.visit.stage.revision
    at_ms = _now_ms()
    arrived_s = time.monotonic()
    began = ContactBegan(at_ms=at_ms, contact=contact, arrived_ms=at_ms)
    bench.kiosk.watcher.observe(MAIN, began)
    times.note("gone", arrived_s, await bench.shown(after=before))
    return arrived_s


async def _press(bench: Bench, times: Times, key: str) -> None:
    before = bench.kiosk.visit.stage.revision
    pressed_s, committed_s = await press_key(bench, key)
    times.note("press commit", pressed_s, committed_s)
    times.note("light", committed_s, bench.lit_s)
    times.note("press paint", pressed_s, await bench.shown(after=before))
    await let_go(bench, key)


async def _answer(bench: Bench, tab: Tab, times: Times) -> None:
    before = bench.kiosk.visit.stage.revision
    bench.committed_s.clear()
    touched_s = await tab.touch(_REASON)
    times.note("touch commit", touched_s, await bench.thanked(since_s=touched_s))
    times.note("touch paint", touched_s, await bench.shown(after=before))


async def _bare_turns(tab: Tab, sync: Callable[[], None], times: Times, *, turns: int) -> None:
    async with bare_page(tab, on_touch=sync) as page:
        for _ in range(turns):
            await _bare_press(page, sync, times)
            await asyncio.sleep(READING_S)
            await _bare_touch(page, tab, times)
            await asyncio.sleep(READING_S)


async def _bare_press(page: BarePage, sync: Callable[[], None], times: Times) -> None:
    """Show something as if somebody had come; then wait, sync and show as if for a press."""
    came_s = time.monotonic()
    times.note("gone", came_s, await page.show())
    waited_ms, synced_ms = await wait_ms(), timed_ms(sync)
    began_s = time.monotonic()
    painted_ms = (await page.show() - began_s) * 1000
    times.series["sync"].append(synced_ms)
    times.series["press commit"].append(waited_ms + synced_ms)
    times.series["press paint"].append(waited_ms + synced_ms + painted_ms)


async def _bare_touch(page: BarePage, tab: Tab, times: Times) -> None:
    touched_s = await tab.touch(KEY)
    times.note("touch commit", touched_s, await page.touched())
    times.note("touch paint", touched_s, await page.show())


def _rows(ours: Series, theirs: Series) -> list[Figure]:
    def beside(metric: str, name: str, peer: str) -> list[Figure]:
        return compared(metric, ours[name], peer=peer, theirs_ms=theirs[name], percents=PERCENTS)

    return [
        *beside("presence to playlist gone", "gone", BARE),
        _limit("presence to playlist gone", ours["gone"], 99, PRESENCE_MS),
        *commit_rows(
            ours["press commit"],
            theirs_ms=theirs["press commit"],
            syncs_ms=theirs["sync"],
            percents=PERCENTS,
        ),
        *alone("commit to light", ours["light"], percents=PERCENTS),
        _limit("commit to light", ours["light"], 99, LIGHT_MS),
        *beside("press to painted page", "press paint", BARE_PRESS),
        _limit("press to painted page", ours["press paint"], 95, PAINTED_MS),
        *beside("tap to commit of the answer", "touch commit", BARE_COMMIT),
        *beside("tap to painted next screen", "touch paint", f"{BARE_COMMIT}, paint"),
    ]


def _limit(metric: str, ours_ms: list[float], percent: int, limit_ms: float) -> Figure:
    return Figure(f"{metric}, p{percent}", "ms", percentile(ours_ms, percent), "limit", limit_ms)


def _now_ms() -> int:
    return int(time.monotonic() * 1000)
