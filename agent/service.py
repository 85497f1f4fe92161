"""`smilepost run`: the kiosk as a service, until it is asked to stop."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

from agent.config.loading import load
from agent.kiosk import Kiosk, Seams


def run_agent(config: Path, *, seams: Seams | None = None) -> int:
    """Run the agent with a configuration file until SIGTERM or SIGINT; returns 0."""
    asyncio.run(_run(config, seams))
    return 0


async def _run(config: Path, seams: Seams | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await Kiosk(load(config), seams=seams).run(stop)
