"""The scripted customers at the till: they press, look at the light, and wonder when none comes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Protocol

from agent.demo.guest import Guest
from agent.demo.presses import Pressed
from agent.demo.script import APART_S, BUTTONS, FIRST_S, Act, Tap

LIGHT_S = 4.0
RETURN_S = 30.0
CRASH_POINT = "append.insert"
"""In the transaction, before its commit: the row is written and not yet kept."""


class Hands(Protocol):
    """What a customer can do and see."""

    keys: tuple[str, ...]
    ready: asyncio.Event
    """Somebody hears the buttons."""
    lost: asyncio.Event
    """The agent has died."""

    def tap(self, pressed: Pressed) -> None:
        """Press a button for a moment."""
        ...

    def arm(self, point: str) -> None:
        """Let the agent die at a point of its store."""
        ...

    def note(self, text: str) -> None:
        """Say what happens."""
        ...


class Customer:
    """Plays acts, one after the other; `made` keeps the acknowledged presses of each.

    `guest` answers surveys; without one a survey is no more than its press.
    """

    def __init__(self, hands: Hands, *, guest: Guest | None = None) -> None:
        self._hands = hands
        self._guest = guest
        self.made: list[tuple[Act, list[Pressed]]] = []

    async def play(self, acts: Sequence[Act], *, crash_at_s: float) -> None:
        """Play all acts; the one in which the agent dies begins `crash_at_s` from now."""
        began_s = time.monotonic()
        await asyncio.sleep(FIRST_S)
        for number, act in enumerate(acts):
            if number:
                await asyncio.sleep(APART_S)
            if act.name == "crash":
                await asyncio.sleep(max(0.0, began_s + crash_at_s - time.monotonic()))
            await self.act(act)

    async def act(self, act: Act) -> None:
        """Play one act."""
        made: list[Pressed] = []
        self.made.append((act, made))
        if act.name == "survey" and self._guest is not None:
            await self._answer(self._guest, act.taps[0], made)
            return
        if act.name == "crash":
            await self._crash(act.taps[0])
        for tap in act.thanked:
            await asyncio.sleep(tap.pause_s)
            made.append(await self._press(tap))
        self._hands.note(f"{_WORDS[act.name]}: {self._names(act)}")

    async def _answer(self, guest: Guest, tap: Tap, made: list[Pressed]) -> None:
        """Answer a survey, behind a press where it follows one."""

        async def press() -> None:
            made.append(await self._press(tap))

        answered = await guest.visit(press)
        self._hands.note(f"a survey: {answered} screens answered")

    async def _press(self, tap: Tap) -> Pressed:
        """Press and wait for the light, as people do."""
        lit = asyncio.Event()
        key = self._key(tap)
        pressed = Pressed(key, time.monotonic(), on_thanked=lit.set)
        self._hands.tap(pressed)
        try:
            await asyncio.wait_for(lit.wait(), LIGHT_S)
        except TimeoutError:
            self._hands.note(f"no light after {key}")
        return pressed

    async def _crash(self, tap: Tap) -> None:
        """Press a button whose commit the agent does not survive, and wait for its return."""
        self._hands.lost.clear()
        self._hands.arm(CRASH_POINT)
        self._hands.tap(Pressed(self._key(tap), time.monotonic()))
        await asyncio.wait_for(self._hands.lost.wait(), LIGHT_S)
        await asyncio.wait_for(self._hands.ready.wait(), RETURN_S)

    def _names(self, act: Act) -> str:
        return " ".join(map(self._key, act.taps))

    def _key(self, tap: Tap) -> str:
        keys = self._hands.keys
        return keys[tap.button * len(keys) // BUTTONS]


_WORDS = {
    "answer": "an answer",
    "repeat": "pressed again",
    "change": "changed their mind",
    "mash": "a toddler",
    "crash": "pressed again after the agent's death",
    "survey": "an answer",
}
