"""Keeps the agent and the camera process running, as a service manager does on a device."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable

from agent.demo.children import Child
from agent.demo.workplace import Workplace
from agent.errors import DemoError

HOPELESS_S = 5.0
"""A process that lives no longer than this will not do better the next time."""
RESTART_S = 0.3

Note = Callable[[str], None]


class Crew:
    """The agent and, where there is a camera, the camera process."""

    def __init__(self, place: Workplace, *, camera: bool, note: Note) -> None:
        self.agent = Child(
            "the agent",
            ["-m", "agent.demo.till", str(place.config), str(place.control)],
            log=place.log_of("agent"),
        )
        self.vision = Child(
            "the camera process",
            ["-m", "agent", "vision", "-c", str(place.config)],
            log=place.log_of("vision"),
        )
        self.camera = camera
        """Whether there is a camera process; False once it is known not to work."""
        self.kills = 0
        self.failure: DemoError | None = None
        """Why the agent cannot be kept running."""
        self._note = note
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Start both."""
        await self.agent.start()
        self._tasks.append(asyncio.create_task(self._keep_agent()))
        if self.camera:
            await self.vision.start()
            self._tasks.append(asyncio.create_task(self._keep_vision()))

    async def stop(self) -> None:
        """End both, the agent first: to it a camera process that ends is a fault."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        await self.agent.stop()
        await self.vision.stop()

    async def _keep_agent(self) -> None:
        while True:
            started_s = time.monotonic()
            code = await self.agent.wait()
            if code == -signal.SIGKILL:
                self.kills += 1
                self._note("the agent was killed in its commit")
            elif time.monotonic() - started_s < HOPELESS_S:
                self.failure = DemoError(f"the agent does not run: {self.agent.last_words()}")
                return
            else:
                self._note(f"the agent ended ({self.agent.last_words()})")
            await asyncio.sleep(RESTART_S)
            await self.agent.start()

    async def _keep_vision(self) -> None:
        while True:
            started_s = time.monotonic()
            await self.vision.wait()
            self._note(f"no camera: {self.vision.last_words()}")
            if time.monotonic() - started_s < HOPELESS_S:
                self.camera = False
                return
            await asyncio.sleep(RESTART_S)
            await self.vision.start()
