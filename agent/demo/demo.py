"""One demo from its first process to its last: everything is started, joined and ended here."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
from collections import deque
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from agent.demo.button_page import ButtonPage, Finger
from agent.demo.children import Child
from agent.demo.control import Control, Pins, Told
from agent.demo.crew import Crew
from agent.demo.customer import CRASH_POINT, Customer
from agent.demo.observer import Observer
from agent.demo.options import Options, Settings
from agent.demo.presses import Pressed, Presses
from agent.demo.scene import Scene
from agent.demo.script import MASH, Act, crash_at_s
from agent.demo.summary import Summary, summarise
from agent.demo.tally import Tally
from agent.demo.workplace import Stored, Workplace, look_into
from agent.errors import DemoError
from agent.testing.broker import HOST, LocalBroker
from agent.testing.proxy import Proxy

READY_S = 60.0
CAMERA_S = 20.0
SUBSCRIBE_S = 15.0
DELIVERY_S = 15.0
TICK_S = 0.2
VISION_LINES = 8
NOTES = 200


class Demo:
    """Everything the demo runs. Make it inside a running event loop; `close` it whatever happens.

    It is also the hands and eyes of the customers.
    """

    def __init__(
        self, options: Options, *, place: Workplace, on_note: Callable[[str], None]
    ) -> None:
        self._options = options
        self._place = place
        self._on_note = on_note
        self._zero_s = time.monotonic()
        self._began_s: float | None = None
        self.keys: tuple[str, ...] = ()
        self.ready = asyncio.Event()
        self.lost = asyncio.Event()
        self.quit = asyncio.Event()
        self.camera = "none"
        self.presses, self.tally, self.stored = Presses(), Tally(), Stored()
        self._pins = Pins()
        self._notes: deque[tuple[float, str]] = deque(maxlen=NOTES)
        self._vision_lines: deque[str] = deque(maxlen=VISION_LINES)
        self._smile: float | None = None
        self._seeing = asyncio.Event()
        self._online = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._close = contextlib.AsyncExitStack()
        self._started = False
        self.customer = Customer(self)

    # -- start and end ------------------------------------------------------------------------

    async def start(self, compose: Callable[[int], Settings], *, camera: str | None) -> None:
        """Start every process; `compose` makes the configuration for the uplink's port.

        `camera` names what is looked at, None without a camera.
        """
        self.camera = camera or "none"
        self._broker = LocalBroker(folder=self._place.folder / "broker")
        await asyncio.to_thread(self._close.enter_context, self._broker)
        self.note(f"broker: {self._broker.name} on port {self._broker.port}")
        self._proxy = await self._close.enter_async_context(Proxy(self._broker.port))
        settings = compose(self._proxy.port)
        self.keys = tuple(button["id"] for button in settings["panel"]["buttons"])
        self._screen = settings["screen"].get("enabled", True)
        self._place.write_config(settings)
        await self._start_observers()
        await self._start_kiosk(camera=camera is not None)
        self._spawn(self._tick())
        self._started = True

    async def _start_observers(self) -> None:
        self._observer = Observer(self._hear)
        await self._observer.start(self._broker.port)
        self._close.push_async_callback(self._observer.stop)
        self._recorder = self._make_recorder(self._options.record)
        if self._recorder is None:
            return
        await self._recorder.start()
        self._close.push_async_callback(self._recorder.stop)
        try:
            await asyncio.wait_for(self._recorder.output.readline(), SUBSCRIBE_S)
        except TimeoutError:
            raise DemoError(f"the recorder does not start: {self._recorder.last_words()}") from None

    def _make_recorder(self, file: Path | None) -> Child | None:
        if file is None:
            return None
        arguments = ["-m", "agent.demo.recorder", str(self._broker.port), str(file.resolve())]
        log = self._place.log_of("recorder")
        return Child("the recorder", arguments, log=log, heard=True)

    async def _start_kiosk(self, *, camera: bool) -> None:
        told = Told(pins=self._see_pins, vision=self._see_vision, gone=self._lose_agent)
        self._control = Control(self._place.control, told)
        await self._control.start()
        self._close.push_async_callback(self._control.stop)
        self._page = ButtonPage(self.keys, self._feel)
        await self._page.start(self._options.port + 1)
        self._close.push_async_callback(self._page.stop)
        self._crew = Crew(self._place, camera=camera, note=self.note)
        self._close.push_async_callback(self._crew.stop)
        await self._crew.start()

    async def wait_until_ready(self) -> None:
        """Return when a press would count, the page is there and the camera sees."""
        async with asyncio.timeout(READY_S):
            await self.ready.wait()
            await self._online.wait()
            await self._wait_for_page()
        if self._crew.camera and not self._options.camera_number:
            await self._wait_for_camera()
        self._zero_s = time.monotonic()
        self.note("ready")

    async def _wait_for_camera(self) -> None:
        gone = asyncio.create_task(self._crew.vision.wait())
        seeing = asyncio.create_task(self._seeing.wait())
        await asyncio.wait({gone, seeing}, timeout=CAMERA_S, return_when=asyncio.FIRST_COMPLETED)
        for task in (gone, seeing):
            task.cancel()
        if not self._seeing.is_set():
            self.camera = "none"

    async def close(self) -> None:
        """End whatever runs."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._close.aclose()

    # -- work ---------------------------------------------------------------------------------

    async def play(self, acts: tuple[Act, ...], *, seconds: float) -> None:
        """Let the scripted customers come, until `seconds` have passed."""
        self._began_s = time.monotonic()
        playing = asyncio.create_task(self.customer.play(acts, crash_at_s=crash_at_s(seconds)))
        done, _ = await asyncio.wait({playing}, timeout=seconds)
        if not done:
            self.note("the customers were not finished in time")
            playing.cancel()
            return
        playing.result()
        await asyncio.sleep(max(0.0, self._began_s + seconds - time.monotonic()))

    async def finish(self) -> Summary:
        """Wait for the delivery of everything, end the kiosk in order, and compare."""
        self._proxy.restore()
        await self._deliver()
        self.note("stopping")
        await self._crew.stop()
        await self._deliver()
        if self._recorder is not None:
            await self._recorder.close_input()
        return summarise(
            broker=self._broker.name,
            presses=self.presses,
            stored=self.stored,
            tally=self.tally,
            acts=self.customer.made,
            kills=self._crew.kills,
        )

    async def _deliver(self) -> None:
        deadline_s = time.monotonic() + DELIVERY_S
        while time.monotonic() < deadline_s:
            self.stored = look_into(self._place.store)
            if self.stored.pending == 0 and self.stored.events == len(self.tally.events):
                return
            await asyncio.sleep(TICK_S)

    def failed(self) -> DemoError | None:
        """Say what makes it useless to go on."""
        if not self._started:
            return None
        if not self._broker.running:
            return DemoError(f"{self._broker.name} ended unexpectedly")
        if self._recorder is not None and not self._recorder.alive:
            return DemoError(f"the recorder ended: {self._recorder.last_words()}")
        return self._crew.failure

    # -- hands --------------------------------------------------------------------------------

    def tap(self, pressed: Pressed) -> None:
        """Press a button for a moment."""
        self.presses.make(pressed)
        self._control.tap(pressed.key)

    def arm(self, point: str) -> None:
        """Let the agent die at a point of its store."""
        self._control.arm(point)

    def note(self, text: str) -> None:
        """Say what happens, here and now."""
        self._notes.append((time.monotonic() - self._zero_s, text))
        self._on_note(text)

    def press_key(self, key: str) -> None:
        """Do what a key of the terminal stands for."""
        if key.isdecimal() and 1 <= int(key) <= len(self.keys):
            self._tap_by_hand(self.keys[int(key) - 1])
        elif key == "k":
            self._kill()
        elif key == "b":
            self._switch_broker()
        elif key == "t":
            self._spawn(Customer(self).act(MASH))
        elif key == "q":
            self.quit.set()

    def _tap_by_hand(self, key: str) -> None:
        if self.ready.is_set():
            self.tap(Pressed(key, time.monotonic()))

    def _kill(self) -> None:
        if self.ready.is_set():
            self.arm(CRASH_POINT)
            self._tap_by_hand(random.choice(self.keys))  # noqa: S311 - any key will do

    def _switch_broker(self) -> None:
        if self._proxy.up:
            self._proxy.cut()
            self.note("the network to the broker is cut")
        else:
            self._proxy.restore()
            self.note("the network to the broker is back")

    def _feel(self, finger: Finger) -> None:
        if finger.do == "release":
            self._control.release(finger.key)
        elif self.ready.is_set():
            self.presses.make(Pressed(finger.key, time.monotonic()))
            self._control.press(finger.key)

    # -- eyes and ears ------------------------------------------------------------------------

    def _see_pins(self, pins: Pins) -> None:
        self._pins = pins
        self.presses.note_thanks(pins.thanks, now_s=time.monotonic())
        if pins.listening and not self.ready.is_set():
            self.ready.set()
            if self._crew.kills:
                self.note("the agent is back")
        self._spawn(self._page.show(pins))

    def _lose_agent(self) -> None:
        self.ready.clear()
        self.lost.set()
        self.presses.lose_agent()
        self._smile = None
        self._see_nothing()

    def _see_nothing(self) -> None:
        self._pins = Pins()
        self._spawn(self._page.show(self._pins))

    def _see_vision(self, line: str) -> None:
        self._vision_lines.append(line)
        observation: dict[str, Any] = json.loads(line)
        if observation["kind"] == "presence":
            self._smile = observation.get("smile")
        elif observation["kind"] == "camera" and observation["working"]:
            self._seeing.set()

    def _hear(self, topic: str, payload: bytes) -> None:
        event = self.tally.take(topic, payload)
        if self.tally.online is not None:
            self._online.set()
        if event is not None and (text := _told(event)) is not None:
            self.note(text)

    # -- inside -------------------------------------------------------------------------------

    async def _tick(self) -> None:
        while True:
            self.presses.give_up(time.monotonic())
            self.stored = look_into(self._place.store)
            await asyncio.sleep(TICK_S)

    async def _wait_for_page(self) -> None:
        while self._screen:
            try:
                _, writer = await asyncio.open_connection(HOST, self._options.port)
            except OSError:
                await asyncio.sleep(0.1)
                continue
            writer.close()
            return

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def scene(self) -> Scene:
        """Return what the terminal shows now."""
        contacts, silent = self.tally.contacts()
        return Scene(
            url=self.url,
            buttons_url=self.buttons_url,
            broker=self._broker.name,
            broker_up=self._proxy.up,
            agent="listening" if self.ready.is_set() else "starting",
            light=self._pins.lit,
            keys=self.keys,
            faces=dict(self.tally.faces()),
            score=self.tally.score(),
            contacts=contacts,
            silent=silent,
            present=self.tally.present,
            camera=self.camera,
            smile=self._smile,
            smile_index=self.tally.smile_index(),
            vision_lines=tuple(self._vision_lines),
            pressed=self.presses.acknowledged(reasons=self.stored.reasons),
            stored=self.stored.ratings,
            delivered=len(self.tally.ratings()),
            cut_off=len(self.presses.cut_off),
            kills=self._crew.kills,
            pending=self.stored.pending,
            notes=tuple(self._notes),
            left_s=self._left_s(),
        )

    def _left_s(self) -> float | None:
        if self._began_s is None or self._options.seconds is None:
            return None
        return max(0.0, self._began_s + self._options.seconds - time.monotonic())

    @property
    def url(self) -> str:
        """Where the customer's page is."""
        return f"http://{HOST}:{self._options.port}" if self._screen else "off in this profile"

    @property
    def buttons_url(self) -> str:
        """Where the button panel is."""
        return f"http://{HOST}:{self._page.port}"


def _told(event: dict[str, Any]) -> str | None:
    """Say an event in a few words, if it is worth a line."""
    data = event["data"]
    match event["type"]:
        case "smilepost.contact.ended.v1":
            answered = "answered" if data["answered"] else "silent"
            return f"a contact left after {data['dwell_s']:.1f} s, {answered}"
        case "smilepost.expression.measured.v1":
            return f"a batch of {data['n']} contacts: smile index {data['s'] / data['f']:.2f}"
        case "smilepost.device.fault.v1":
            return f"{data['part']} {data['state']}: {data['fact']}"
    return None
