"""A press from the pin's edge to the commit, the light and the painted page."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

from agent.bench.browser import Tab, find_browser, open_tab
from agent.bench.durable import fsync, timed_ms
from agent.bench.figures import Figure, alone, compared, percentile
from agent.bench.kiosks import BUTTONS, Bench, running_kiosk
from agent.panel.debounce import Limits

log = logging.getLogger(__name__)

HELD_S = 0.03
QUIET_S = 0.07  # longer than the lock-out after an edge
CONFIRM_S = Limits().confirm_s
PAGE_S = 30.0
STILL_S = 1.0
ALLOWED_SYNCS = 1.5  # behind the time that confirms a press: what we hold ourselves to
TIMED_SYNC = "a bare timer, write + fsync"


async def measure_presses(config: Path, *, presses: int, paints: int) -> list[Figure]:
    """Measure `presses` presses without a page, and `paints` with one where there is Chromium."""
    folder = config.parent
    async with running_kiosk(config) as bench:
        with fsync(folder) as sync:
            rows = await _to_light(bench, sync, count=presses)
        browser = find_browser()
        if browser is None:
            log.warning("Chromium is not installed: press to painted page is left out")
            return rows
        async with open_tab(browser) as tab:
            await show_kiosk(tab, bench)
            return rows + await _to_paint(bench, count=paints)


async def press_key(bench: Bench, key: str) -> tuple[float, float]:
    """Press a button until the light thanks; returns when it was pressed and committed."""
    bench.committed_s.clear()
    pressed_s = bench.edge(key, closed=True)
    return pressed_s, await bench.thanked(since_s=pressed_s)


async def let_go(bench: Bench, key: str) -> None:
    """Release a button, and wait until the next can be pressed."""
    await asyncio.sleep(HELD_S)
    bench.edge(key, closed=False)
    await asyncio.sleep(QUIET_S)


async def wait_ms(confirm_s: float = CONFIRM_S) -> float:
    """Return how long this machine takes to wake from the wait that confirms a press."""
    began_s = time.perf_counter()
    await asyncio.sleep(confirm_s)
    return (time.perf_counter() - began_s) * 1000


def commit_rows(
    ours_ms: list[float],
    *,
    theirs_ms: list[float],
    syncs_ms: list[float],
    percents: tuple[int, ...],
) -> list[Figure]:
    """Return press to commit beside a timer and a sync, and beside what is allowed."""
    allowed_ms = CONFIRM_S * 1000 + ALLOWED_SYNCS * percentile(syncs_ms, 99)
    allowed = f"{CONFIRM_S * 1000:g} ms + {ALLOWED_SYNCS} x fsync p99"
    rows = compared(
        "press to commit", ours_ms, peer=TIMED_SYNC, theirs_ms=theirs_ms, percents=percents
    )
    limit = Figure("press to commit, p99", "ms", percentile(ours_ms, 99), allowed, allowed_ms)
    return [*rows, limit]


async def show_kiosk(tab: Tab, bench: Bench) -> None:
    """Show the kiosk's page until it stands still."""
    bench.painted.clear()
    await tab.visit(f"http://127.0.0.1:{bench.kiosk.screen.port}/")
    await bench.until(lambda: bench.painted, for_s=PAGE_S)
    await asyncio.sleep(STILL_S)


async def _to_light(bench: Bench, sync: Callable[[], None], *, count: int) -> list[Figure]:
    commits, lights, waited, synced = [], [], [], []
    for _, key in zip(range(count), cycle(BUTTONS), strict=False):
        pressed_s, committed_s = await press_key(bench, key)
        commits.append((committed_s - pressed_s) * 1000)
        lights.append((bench.lit_s - committed_s) * 1000)
        await let_go(bench, key)
        waited.append(await wait_ms())
        synced.append(timed_ms(sync))
    bare = [waited_ms + sync_ms for waited_ms, sync_ms in zip(waited, synced, strict=True)]
    return [
        *commit_rows(commits, theirs_ms=bare, syncs_ms=synced, percents=(50, 99)),
        *alone("commit to light", lights, percents=(50, 99)),
    ]


async def _to_paint(bench: Bench, *, count: int) -> list[Figure]:
    times = []
    for _, key in zip(range(count), cycle(BUTTONS), strict=False):
        before = bench.kiosk.visit.stage.revision
        bench.painted.clear()
        pressed_s = bench.edge(key, closed=True)
        painted_s = await bench.shown(after=before)
        times.append((painted_s - pressed_s) * 1000)
        await let_go(bench, key)
    return alone("press to painted page", times, percents=(50, 95, 99))
