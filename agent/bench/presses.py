"""A press from the pin's edge to the commit, the light and the painted page."""

from __future__ import annotations

import asyncio
import logging
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import cycle
from pathlib import Path

from agent.bench.durable import fsync, timed_ms
from agent.bench.figures import Figure, compared, percentile
from agent.bench.kiosks import BUTTONS, Bench, running_kiosk
from agent.panel.debounce import Limits

log = logging.getLogger(__name__)

HELD_S = 0.03
QUIET_S = 0.07  # longer than the lock-out after an edge
PAGE_S = 30.0
ALLOWED_SYNCS = 1.5  # behind the time that confirms a press: what we hold ourselves to
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


async def measure_presses(config: Path, *, presses: int, paints: int) -> list[Figure]:
    """Measure `presses` presses without a page, and `paints` with one where there is Chromium."""
    folder = config.parent
    async with running_kiosk(config) as bench:
        with fsync(folder) as sync:
            rows = await _to_light(bench, sync, count=presses)
        browser = _browser()
        if browser is None:
            log.warning("Chromium is not installed: press to painted page is left out")
            return rows
        async with _page(browser, f"http://127.0.0.1:{bench.kiosk.screen.port}/", bench):
            return rows + await _to_paint(bench, count=paints)


async def _to_light(bench: Bench, sync: Callable[[], None], *, count: int) -> list[Figure]:
    commits, lights, waited, synced = [], [], [], []
    confirm_s = Limits().confirm_s
    for _, key in zip(range(count), cycle(BUTTONS), strict=False):
        bench.committed_s.clear()
        pressed_s = bench.edge(key, closed=True)
        committed_s = await bench.thanked(since_s=pressed_s)
        commits.append((committed_s - pressed_s) * 1000)
        lights.append((bench.lit_s - committed_s) * 1000)
        await _let_go(bench, key)
        waited.append(await _wait_ms(confirm_s))
        synced.append(timed_ms(sync))
    bare = [wait_ms + sync_ms for wait_ms, sync_ms in zip(waited, synced, strict=True)]
    allowed_ms = confirm_s * 1000 + ALLOWED_SYNCS * percentile(synced, 99)
    allowed = f"{confirm_s * 1000:g} ms + {ALLOWED_SYNCS} x fsync p99"
    return [
        *compared("press to commit", commits, peer="a bare timer, write + fsync", theirs_ms=bare),
        Figure("press to commit, p99", "ms", percentile(commits, 99), allowed, allowed_ms),
        *(Figure(f"commit to light, p{p}", "ms", percentile(lights, p)) for p in (50, 99)),
    ]


async def _wait_ms(confirm_s: float) -> float:
    """Return how long this machine takes to wake from the wait that confirms a press."""
    began_s = time.perf_counter()
    await asyncio.sleep(confirm_s)
    return (time.perf_counter() - began_s) * 1000


async def _to_paint(bench: Bench, *, count: int) -> list[Figure]:
    times = []
    for _, key in zip(range(count), cycle(BUTTONS), strict=False):
        before = bench.kiosk.visit.stage.revision
        bench.painted.clear()
        pressed_s = bench.edge(key, closed=True)
        painted_s = await bench.shown(after=before)
        times.append((painted_s - pressed_s) * 1000)
        await _let_go(bench, key)
    return [
        Figure(f"press to painted page, p{p}", "ms", percentile(times, p)) for p in (50, 95, 99)
    ]


async def _let_go(bench: Bench, key: str) -> None:
    await asyncio.sleep(HELD_S)
    bench.edge(key, closed=False)
    await asyncio.sleep(QUIET_S)


def _browser() -> str | None:
    return next((path for name in _BROWSERS if (path := shutil.which(name))), None)


@asynccontextmanager
async def _page(browser: str, url: str, bench: Bench) -> AsyncIterator[None]:
    """Show the page in a browser of its own without a window, until it stands still."""
    bench.painted.clear()
    with _running(browser, url):
        await bench.until(lambda: bench.painted, for_s=PAGE_S)
        await asyncio.sleep(1.0)
        yield


@contextmanager
def _running(browser: str, url: str) -> Iterator[None]:
    with tempfile.TemporaryDirectory(prefix="bench-page-", ignore_cleanup_errors=True) as profile:
        command = [browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"]
        command += ["--disable-background-networking", f"--user-data-dir={profile}", url]
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(10)
