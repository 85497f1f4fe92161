"""`smilepost run`: the kiosk as a service, until it is asked to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
from pathlib import Path

from agent.config.loading import load_to_run
from agent.kiosk import Kiosk, Seams

log = logging.getLogger(__name__)


def run_agent(config: Path, *, seams: Seams | None = None) -> int:
    """Run the agent with a configuration file until SIGTERM or SIGINT; returns 0."""
    asyncio.run(_run(config, seams))
    return 0


async def _run(config: Path, seams: Seams | None) -> None:
    stop = asyncio.Event()
    stop_on_signals(stop)
    await Kiosk(load_to_run(config), seams=seams).run(stop)


def stop_on_signals(stop: asyncio.Event) -> None:
    """Set `stop`, of the running loop, at SIGTERM or SIGINT, and log which it was.

    Not with the loop's own `add_signal_handler`: it hears of a signal through a pipe of a few
    hundred bytes, which is full while the loop is behind, and the signal would be lost.
    """
    loop = asyncio.get_running_loop()

    def end(number: int) -> None:
        log.info("ended by %s", signal.Signals(number).name)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: loop.call_soon_threadsafe(end, number))
