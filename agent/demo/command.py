"""`smilepost demo`: the whole kiosk on this machine, for as long as somebody watches."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import signal
import sys
import time
from collections.abc import Callable, Coroutine
from typing import Any

from rich.console import Console
from rich.live import Live

from agent.demo.browser import has_display, open_page
from agent.demo.demo import TICK_S, Demo
from agent.demo.keyboard import keys
from agent.demo.media import clips
from agent.demo.options import (
    Options,
    Settings,
    absolute,
    compose,
    needs_owner,
    playlist,
    read_profile,
    wants_camera,
)
from agent.demo.scene import Scene
from agent.demo.script import SHORTEST_S, script
from agent.demo.summary import Summary
from agent.demo.terminal import draw
from agent.demo.workplace import Workplace
from agent.errors import DemoError

DIFFERS = 3


def demo_command(arguments: argparse.Namespace) -> int:
    """Run the demo; returns 0, or 3 when what was pressed is not what was delivered."""
    options = Options.of(arguments)
    profile = read_profile(options.profile)
    needs_owner(options, profile)
    logging.getLogger().setLevel(logging.WARNING)
    with Workplace() as place:
        return asyncio.run(Show(options, profile, place).run())


class Show:
    """A demo and the terminal it is shown in; `on_scene` sees every moment of it too."""

    def __init__(
        self,
        options: Options,
        profile: Settings,
        place: Workplace,
        *,
        on_scene: Callable[[Scene], None] | None = None,
    ) -> None:
        self._options = options
        self._profile = profile
        self._place = place
        self._console = Console(highlight=False)
        self._on_scene = on_scene
        self._showing = False
        self._live: Live | None = None
        self._zero_s = time.monotonic()

    async def run(self) -> int:
        """Run it to its end."""
        self._demo = Demo(self._options, place=self._place, on_note=self._tell)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self._demo.quit.set)
        try:
            if not await self._until_quit(self._start()):
                return 0
            summary = await self._show()
        finally:
            await self._demo.close()
        for line in summary.lines():
            self._console.print(line, soft_wrap=True)
        return DIFFERS if summary.differences else 0

    async def _start(self) -> None:
        source = await self._source()

        def composed(uplink_port: int) -> Settings:
            return compose(
                self._options,
                self._profile,
                source=source,
                folder=self._place.folder,
                uplink_port=uplink_port,
            )

        await self._demo.start(composed, camera=None if source is None else self._camera_name())
        await self._demo.wait_until_ready()
        self._zero_s = time.monotonic()
        self._console.print(f"page at {self._demo.url}, buttons at {self._demo.buttons_url}")
        if self._options.camera_number:
            self._tell("the camera starts when an open page shows its notice")

    async def _source(self) -> str | None:
        """Return what the camera process is to look at."""
        if not wants_camera(self._options, self._profile):
            return None
        if self._options.camera is not None:
            real = self._options.camera_number
            return self._options.camera if real else absolute(self._options.camera)
        try:
            found = await asyncio.to_thread(clips, self._place.clips)
        except DemoError as error:
            self._tell(f"no camera: {error}")
            return None
        return playlist(found, scripted=self._options.seconds is not None)

    def _camera_name(self) -> str:
        if self._options.camera is None:
            return "recorded faces"
        return f"camera {self._options.camera}" if self._options.camera_number else "a video"

    async def _show(self) -> Summary:
        browser = self._open_browser()
        try:
            with contextlib.ExitStack() as stack:
                if sys.stdin.isatty():
                    stack.enter_context(keys(self._demo.hands.type))
                if sys.stdout.isatty():
                    self._live = stack.enter_context(
                        Live(console=self._console, screen=True, auto_refresh=False)
                    )
                self._showing = True
                await self._until_quit(self._perform())
                return await self._demo.finish()
        finally:
            self._live, self._showing = None, False
            if browser is not None:
                browser.terminate()

    def _open_browser(self) -> Any:
        if not self._options.browser:
            return None
        if not has_display():
            self._tell("there is no display here: open the page from another window")
            return None
        return open_page(self._demo.url, profile=self._place.folder / "browser")

    async def _perform(self) -> None:
        seconds = self._options.seconds
        if seconds is None:
            await self._demo.quit.wait()
            return
        if seconds < SHORTEST_S:
            self._tell(f"less than {SHORTEST_S:g} s: a shorter script, and nothing is killed")
        acts = script(seconds, survey=self._demo.asks)
        await self._demo.play(acts, seconds=seconds)

    async def _until_quit(self, work: Coroutine[Any, Any, None]) -> bool:
        """Do `work` unless somebody quits; raises what makes it useless to go on."""
        task = asyncio.create_task(work)
        quitting = asyncio.create_task(self._demo.quit.wait())
        try:
            while not task.done() and not quitting.done():
                await asyncio.wait(
                    {task, quitting}, timeout=TICK_S, return_when=asyncio.FIRST_COMPLETED
                )
                self._paint()
                self._check()
            if task.done():
                task.result()
            return task.done()
        finally:
            task.cancel()
            quitting.cancel()
            await asyncio.gather(task, quitting, return_exceptions=True)

    def _check(self) -> None:
        error = self._demo.failed()
        if error is not None:
            raise error

    def _paint(self) -> None:
        if not self._showing:
            return
        scene = self._demo.scene()
        if self._on_scene is not None:
            self._on_scene(scene)
        if self._live is not None:
            width, height = self._console.size
            self._live.update(draw(scene, width=width, height=height), refresh=True)

    def _tell(self, text: str) -> None:
        if self._live is None:
            self._console.print(f"{time.monotonic() - self._zero_s:6.1f} s  {text}", soft_wrap=True)
