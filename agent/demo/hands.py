"""What can be done to the kiosk: fingers on buttons, a kill, a cut network."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from agent.demo.button_page import Finger
from agent.demo.control import Control
from agent.demo.customer import CRASH_POINT, Customer
from agent.demo.presses import Pressed
from agent.demo.script import MASH
from agent.demo.senses import Senses
from agent.testing.proxy import Proxy


class Hands:
    """The hands of the scripted customers, of the keyboard, and of the button panel."""

    def __init__(
        self,
        keys: tuple[str, ...],
        *,
        senses: Senses,
        control: Control,
        network: Proxy,
        on_quit: Callable[[], None],
    ) -> None:
        self.keys = keys
        self._senses = senses
        self._control = control
        self._network = network
        self._on_quit = on_quit
        self.ready, self.lost = senses.ready, senses.lost
        self._toddlers: set[asyncio.Task[None]] = set()

    def tap(self, pressed: Pressed) -> None:
        """Press a button for a moment."""
        self._senses.presses.make(pressed)
        self._control.tap(pressed.key)

    def arm(self, point: str) -> None:
        """Let the agent die at a point of its store."""
        self._control.arm(point)

    def note(self, text: str) -> None:
        """Say what happens."""
        self._senses.note(text)

    def feel(self, finger: Finger) -> None:
        """Take a finger on the button panel."""
        if finger.do == "release":
            self._senses.let_go(finger.key)
            self._control.release(finger.key)
        elif self.ready.is_set():
            self._senses.feel(finger.key)
            self._control.press(finger.key)

    def type(self, key: str) -> None:
        """Do what a key of the terminal stands for."""
        if key.isdecimal() and 1 <= int(key) <= len(self.keys):
            self._tap(self.keys[int(key) - 1])
        elif key == "k":
            self._kill()
        elif key == "b":
            self._switch_network()
        elif key == "t":
            self._send_toddler()
        elif key == "q":
            self._on_quit()

    def rest(self) -> None:
        """Take every toddler away."""
        for toddler in self._toddlers:
            toddler.cancel()

    def _tap(self, key: str) -> None:
        if self.ready.is_set():
            self._senses.expect(key)
            self._control.tap(key)

    def _kill(self) -> None:
        if self.ready.is_set():
            self._control.arm(CRASH_POINT)
            self._tap(random.choice(self.keys))  # noqa: S311 - any key will do

    def _switch_network(self) -> None:
        if self._network.up:
            self._network.cut()
            self.note("the network to the broker is cut")
        else:
            self._network.restore()
            self.note("the network to the broker is back")

    def _send_toddler(self) -> None:
        toddler = asyncio.create_task(Customer(self).act(MASH))
        self._toddlers.add(toddler)
        toddler.add_done_callback(self._toddlers.discard)
