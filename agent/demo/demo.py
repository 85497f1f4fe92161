"""One demo from its first process to its last: everything is started, joined and ended here."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from agent.demo.button_page import ButtonPage
from agent.demo.children import Child
from agent.demo.control import Control, Pins, Told
from agent.demo.crew import Crew
from agent.demo.customer import Customer
from agent.demo.guest import Guest
from agent.demo.hands import Hands
from agent.demo.observer import Observer
from agent.demo.options import Options, Settings, asks
from agent.demo.scene import Scene
from agent.demo.script import Act, crash_at_s
from agent.demo.senses import Senses
from agent.demo.summary import Summary, summarise
from agent.demo.ties import tie
from agent.demo.workplace import Workplace
from agent.errors import DemoError
from agent.testing.broker import HOST, LocalBroker
from agent.testing.proxy import Proxy

READY_S = 60.0
CAMERA_S = 20.0
SUBSCRIBE_S = 15.0
DELIVERY_S = 15.0
TICK_S = 0.2

Compose = Callable[[int], Settings]


class Demo:
    """Everything the demo runs. Make it inside a running event loop; `close` it whatever happens.

    `quit` is set when somebody wants it to end.
    """

    def __init__(
        self, options: Options, *, place: Workplace, on_note: Callable[[str], None]
    ) -> None:
        self._options = options
        self._place = place
        self.quit = asyncio.Event()
        self.camera = "none"
        self.asks = False
        """Whether customers find a survey on the page."""
        self.senses = Senses(place.store, on_note=on_note, on_pins=self._show_pins)
        self._began_s: float | None = None
        self._started = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._close = contextlib.AsyncExitStack()

    # -- start ----------------------------------------------------------------------------------

    async def start(self, compose: Compose, *, camera: str | None) -> None:
        """Start every process; `compose` makes the configuration for the uplink's port.

        `camera` names what is looked at, None without a camera.
        """
        self.camera = camera or "none"
        await self._start_network()
        await self._start_recorder()
        settings = compose(self._network.port)
        self._screen = settings["screen"].get("enabled", True)
        self.asks = self._screen and asks(settings)
        self._place.write_config(settings)
        await self._start_panel(tuple(button["id"] for button in settings["panel"]["buttons"]))
        self._crew = Crew(self._place, camera=camera is not None, note=self.senses.note)
        self._close.push_async_callback(self._crew.stop)
        await self._crew.start()
        self._spawn(self._look())
        self._started = True

    async def _start_network(self) -> None:
        self._broker = LocalBroker(folder=self._place.folder / "broker", before_exec=tie())
        await asyncio.to_thread(self._close.enter_context, self._broker)
        self.senses.note(f"broker: {self._broker.name} on port {self._broker.port}")
        self._network = await self._close.enter_async_context(Proxy(self._broker.port))
        observer = Observer(self.senses.hear)
        self._close.push_async_callback(observer.stop)
        await observer.start(self._broker.port)

    async def _start_recorder(self) -> None:
        self._recorder = self._make_recorder(self._options.record)
        if self._recorder is None:
            return
        self._close.push_async_callback(self._recorder.stop)
        await self._recorder.start()
        try:
            said = await asyncio.wait_for(self._recorder.output.readline(), SUBSCRIBE_S)
        except TimeoutError:
            said = b""
        if not said:
            raise DemoError(f"the recorder does not start: {self._recorder.last_words()}")

    def _make_recorder(self, file: Path | None) -> Child | None:
        if file is None:
            return None
        arguments = ["-m", "agent.demo.recorder", str(self._broker.port), str(file.resolve())]
        log = self._place.log_of("recorder")
        return Child("the recorder", arguments, log=log, heard=True)

    async def _start_panel(self, keys: tuple[str, ...]) -> None:
        senses = self.senses
        told = Told(pins=senses.see_pins, vision=senses.see_vision, gone=senses.lose_agent)
        control = Control(self._place.control, told)
        self._close.push_async_callback(control.stop)
        await control.start()
        self.hands = Hands(
            keys, senses=senses, control=control, network=self._network, on_quit=self.quit.set
        )
        self._close.callback(self.hands.rest)
        self.customer = Customer(self.hands, guest=Guest(self.url, note=senses.note))
        self._page = ButtonPage(keys, self.hands.feel)
        self._close.push_async_callback(self._page.stop)
        await self._page.start(self._options.port + 1)

    # -- ready ------------------------------------------------------------------------------------

    async def wait_until_ready(self) -> None:
        """Return when a press would count, the page is there and the camera sees."""
        for part, waiting in (
            ("the agent does not hear its buttons", self.senses.ready.wait),
            ("the agent does not reach the broker", self.senses.online.wait),
            ("the page does not answer", self._wait_for_page),
        ):
            try:
                await asyncio.wait_for(waiting(), READY_S)
            except TimeoutError:
                words = self._crew.agent.last_words()
                raise DemoError(f"{part} within {READY_S:g} s: {words}") from None
        await self._wait_for_camera()
        self.senses.restart_watch()
        self.senses.note("ready")

    async def _wait_for_page(self) -> None:
        while self._screen:
            try:
                _, writer = await asyncio.open_connection(HOST, self._options.port)
            except OSError:
                await asyncio.sleep(0.1)
                continue
            writer.close()
            return

    async def _wait_for_camera(self) -> None:
        """Wait for the first picture; a real camera waits for the notice on the page itself."""
        deadline_s = time.monotonic() + CAMERA_S
        while self._crew.camera and not self._options.camera_number:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.senses.seeing.wait(), TICK_S)
            if self.senses.seeing.is_set() or time.monotonic() > deadline_s:
                break
        if not self._crew.camera:
            self.camera = "none"

    # -- work and end -----------------------------------------------------------------------------

    async def play(self, acts: tuple[Act, ...], *, seconds: float) -> None:
        """Let the scripted customers come, until `seconds` have passed."""
        self._began_s = time.monotonic()
        playing = asyncio.create_task(self.customer.play(acts, crash_at_s=crash_at_s(seconds)))
        done, _ = await asyncio.wait({playing}, timeout=seconds)
        if not done:
            self.senses.note("the customers were not finished in time")
            playing.cancel()
            return
        playing.result()
        await asyncio.sleep(max(0.0, self._began_s + seconds - time.monotonic()))

    async def finish(self) -> Summary:
        """Wait for the delivery of everything, end the kiosk in order, and compare."""
        self._network.restore()
        await self._deliver()
        self.senses.note("stopping")
        await self._crew.stop()
        await self._deliver()
        if self._recorder is not None:
            await self._recorder.close_input()
        return summarise(
            broker=self._broker.name,
            presses=self.senses.presses,
            stored=self.senses.stored,
            tally=self.senses.tally,
            acts=self.customer.made,
            kills=self._crew.kills,
        )

    async def close(self) -> None:
        """End whatever runs."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._close.aclose()

    def failed(self) -> DemoError | None:
        """Say what makes it useless to go on."""
        if not self._started:
            return None
        if not self._broker.running:
            return DemoError(f"{self._broker.name} ended unexpectedly: start the demo again")
        if self._recorder is not None and not self._recorder.alive:
            return DemoError(f"the recorder ended: {self._recorder.last_words()}")
        return self._crew.failure

    async def _deliver(self) -> None:
        deadline_s = time.monotonic() + DELIVERY_S
        self.senses.look()
        while self.senses.waiting and time.monotonic() < deadline_s:
            await asyncio.sleep(TICK_S)
            self.senses.look()

    # -- what is shown ----------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Where the customer's page is."""
        return f"http://{HOST}:{self._options.port}" if self._screen else "(none in this profile)"

    @property
    def buttons_url(self) -> str:
        """Where the button panel is."""
        return f"http://{HOST}:{self._page.port}"

    def scene(self) -> Scene:
        """Return what the terminal shows now."""
        senses, tally = self.senses, self.senses.tally
        contacts, silent = tally.contacts()
        return Scene(
            url=self.url,
            buttons_url=self.buttons_url,
            broker=self._broker.name,
            broker_up=self._network.up,
            agent="listening" if senses.ready.is_set() else "starting",
            light=senses.pins.lit,
            keys=self.hands.keys,
            faces=dict(tally.faces()),
            score=tally.score(),
            contacts=contacts,
            silent=silent,
            present=tally.present,
            camera=self.camera,
            smile=senses.smile,
            smile_index=tally.smile_index(),
            vision_lines=senses.vision_lines,
            pressed=senses.pressed,
            stored=senses.stored.ratings,
            delivered=len(tally.ratings()),
            cut_off=len(senses.presses.cut_off),
            too_fast=len(senses.presses.too_fast),
            kills=self._crew.kills,
            pending=senses.waiting,
            notes=tuple(senses.notes),
            left_s=self._left_s(),
        )

    def _left_s(self) -> float | None:
        if self._began_s is None or self._options.seconds is None:
            return None
        return max(0.0, self._began_s + self._options.seconds - time.monotonic())

    def _show_pins(self, pins: Pins) -> None:
        self._spawn(self._page.show(pins))

    async def _look(self) -> None:
        while True:
            self.senses.look()
            await asyncio.sleep(TICK_S)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
