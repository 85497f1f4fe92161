"""What the demo sees and hears: the pins, the broker, the store, the camera process's lines."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent.demo.control import Pins
from agent.demo.presses import Pressed, Presses
from agent.demo.tally import Tally
from agent.demo.workplace import Stored, look_into

NOTES = 200


class Senses:
    """Everything known about a running demo. Make it inside a running event loop.

    `on_note` hears every note, `on_pins` every change of the pins.
    """

    def __init__(
        self, store: Path, *, on_note: Callable[[str], None], on_pins: Callable[[Pins], None]
    ) -> None:
        self._store = store
        self._on_note = on_note
        self._on_pins = on_pins
        self._zero_s = time.monotonic()
        self.ready, self.lost = asyncio.Event(), asyncio.Event()
        """The agent hears the buttons; it has died."""
        self.online, self.seeing = asyncio.Event(), asyncio.Event()
        """It has reached the broker; its camera has given pictures."""
        self.presses, self.tally, self.stored = Presses(), Tally(), Stored()
        self.pins = Pins()
        self.smile: float | None = None
        self._vision_lines: dict[str, str] = {}
        self.notes: deque[tuple[float, str]] = deque(maxlen=NOTES)

    def note(self, text: str) -> None:
        """Say what happens, here and now."""
        self.notes.append((time.monotonic() - self._zero_s, text))
        self._on_note(text)

    def restart_watch(self) -> None:
        """Count the seconds of notes from now on."""
        self._zero_s = time.monotonic()

    def expect(self, key: str) -> None:
        """Note a press by hand that is on its way."""
        self.presses.make(Pressed(key, time.monotonic()))

    def feel(self, key: str) -> None:
        """Note a finger's press, of any speed."""
        self.presses.push(Pressed(key, time.monotonic()))

    def let_go(self, key: str) -> None:
        """Note a button let go by hand."""
        self.presses.let_go(key, time.monotonic())

    def see_pins(self, pins: Pins) -> None:
        """Take what can be seen at the till."""
        self.pins = pins
        self.presses.note_thanks(pins.thanks, now_s=time.monotonic())
        if pins.listening and not self.ready.is_set():
            self.ready.set()
            if self.lost.is_set():
                self.note("the agent is back")
        self._on_pins(pins)

    def lose_agent(self) -> None:
        """Learn that the agent is gone: its lights are dark."""
        self.ready.clear()
        self.lost.set()
        self.presses.lose_agent()
        self.smile = None
        self.pins = Pins()
        self._on_pins(self.pins)

    def see_vision(self, line: str) -> None:
        """Take a raw line that left the camera process."""
        observation: dict[str, Any] = json.loads(line)
        self._vision_lines.pop(observation["kind"], None)
        self._vision_lines[observation["kind"]] = line
        if observation["kind"] == "presence":
            self.smile = observation.get("smile")
        elif observation["kind"] == "camera" and observation["working"]:
            self.seeing.set()

    def hear(self, topic: str, payload: bytes) -> None:
        """Take a message from the broker."""
        event = self.tally.take(topic, payload)
        if self.tally.online is not None:
            self.online.set()
        if event is not None and (text := in_words(event)) is not None:
            self.note(text)

    def look(self) -> None:
        """Look into the store, and give up on lights that did not come."""
        self.presses.give_up(time.monotonic())
        self.stored = look_into(self._store)

    @property
    def vision_lines(self) -> tuple[str, ...]:
        """The newest line of each kind that left the camera process, the newest first."""
        return tuple(self._vision_lines.values())[::-1]

    @property
    def pressed(self) -> int:
        """Presses that a light has answered, and touches of the page."""
        return self.presses.acknowledged(reasons=self.stored.reasons)

    @property
    def waiting(self) -> int:
        """Events in the store that no subscriber has seen yet."""
        return max(0, self.stored.events - len(self.tally.events))


def in_words(event: dict[str, Any]) -> str | None:
    """Say an event in a few words, if it is worth a line."""
    data = event["data"]
    match event["type"]:
        case "smilepost.contact.ended.v1":
            answered = "answered" if data["answered"] else "silent"
            return f"a contact left after {data['dwell_s']:.1f} s, {answered}"
        case "smilepost.expression.measured.v1":
            return f"a batch of {data['n']} contacts: smile index {data['s'] / data['f']:.2f}"
        case "smilepost.response.given.v1":
            return _answered(data["answers"])
        case "smilepost.feedback.left.v1":
            return f"feedback left: {data['about']} of {data['characters']} characters"
        case "smilepost.device.fault.v1":
            return f"{data['part']} {data['state']}: {data['fact']}"
    return None


def _answered(answers: list[dict[str, Any]]) -> str | None:
    """Say what was answered on the page; None where all of it was left open."""
    said = [" ".join(_answer(answer)) for answer in answers if answer["ended"] == "answered"]
    return f"response given: {', '.join(said)}" if said else None


def _answer(answer: dict[str, Any]) -> tuple[str, ...]:
    """Return a question and what was chosen: of a scale the number alone."""
    value, options = answer.get("value"), answer.get("options", ())
    return (answer["question"], *(options if value is None else (str(value),)))
