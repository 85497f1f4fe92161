"""Customers who do anything at all at a whole kiosk, by a seeded lot."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

from agent.kiosk import Kiosk
from agent.screen.offers import trouble
from agent.screen.views import (
    FROM_PAGE,
    Choice,
    LanguageChoice,
    View,
)
from agent.testing import FakeClock
from agent.visit.stage import Stage

PAUSES_S = (0.05, 0.2, 0.6, 1.5, 2.5, 4.0, 7.0, 13.0, 35.0)
LONGEST_VISIT_S = 300.0
WORDS = ("Hello", "ول", "x" * 600, "spät und müde", "…")


class Crowd:
    """Whoever comes to one kiosk, and what they see of it."""

    def __init__(self, kiosk: Kiosk, clock: FakeClock, rng: random.Random) -> None:
        self.kiosk = kiosk
        self.visit = kiosk.visit
        self.clock = clock
        self.rng = rng
        self.views: list[View] = []
        self.asked: set[str] = set()
        """Topics of the questions that were shown in this visit."""
        self.present: list[str] = []
        self.pressed = 0
        """Presses of buttons and faces that must be ratings, whatever is shown."""

    @property
    def view(self) -> View:
        """What the page shows."""
        return self.views[-1]

    def see(self, view: View) -> None:
        """Take what the kiosk shows."""
        self.views = [*self.views[-3:], view]
        if self.visit.stage.name == "survey":
            self.asked.add(view.topic)

    async def come_and_go(self) -> None:
        """Do up to a dozen things, leave, and wait until nothing can be left."""
        self.asked.clear()
        deeds: list[Callable[[], object]] = [
            self.press,
            self.press,
            self.tap,
            self.tap,
            self.tap,
            self.tap_something_old,
            self.say,
            self.speak,
            self.arrive,
            self.leave,
            self.look_away,
        ]
        for _ in range(self.rng.randint(1, 12)):
            self.rng.choice(deeds)()
            await self.pause()
        while self.present:
            self.leave()
        self.paint()
        await asyncio.sleep(LONGEST_VISIT_S)

    async def pause(self) -> None:
        """Let some time pass, in which the page mostly paints what it was shown."""
        await asyncio.sleep(0.02)
        if self.rng.random() < 0.95:
            self.paint()
        await asyncio.sleep(self.rng.choice(PAUSES_S))

    def paint(self) -> None:
        """Have the page paint."""
        self.visit.painted()

    def look_away(self) -> None:
        """Lose the page, now and then."""
        if self.rng.random() < 0.3:
            self.visit.unseen()

    def press(self) -> None:
        """Press a button."""
        if self.kiosk.panel is None:
            return
        before, stage = self.ratings, self.visit.stage
        self.visit.press(self.rng.choice(self.visit.keys), at_s=self.clock.monotonic())
        given = self.ratings - before
        assert given in {0, 1}
        if must_rate(stage):
            assert given == 1, f"a press at {stage.name} was lost"

    @property
    def ratings(self) -> int:
        """How many presses were ratings."""
        return sum(self.visit.presses.values())

    def tap(self) -> None:
        """Touch one of the keys that are shown."""
        view = self.view
        options = [option.id for option in view.options] + ["skip"] * (view.skip is not None)
        if view.screen == "multiple":
            chosen = self.rng.sample(options[:-1], self.rng.randint(1, view.most or 2))
            self.tell({"type": "choices", "options": chosen})
        elif options:
            self.tell({"type": "choice", "option": self.rng.choice(options)})

    def tap_something_old(self) -> None:
        """Touch a key of a screen that is gone: nothing may come of it."""
        old = self.views[0]
        if old.revision == self.view.revision or not old.options:
            return
        before = self.visit.stage
        choice = Choice(revision=old.revision, option=old.options[0].id)
        assert trouble(self.view, choice) is not None
        assert self.visit.choose(choice) is not None
        assert self.visit.stage is before

    def say(self) -> None:
        """Send what a page can say beside a choice, offered or not."""
        kinds: list[dict[str, Any]] = [
            {"type": "active"},
            {"type": "back"},
            {"type": "more_time"},
            {"type": "written", "text": self.rng.choice(WORDS)},
            {"type": "contact", "way": "email", "value": "a@example.com", "consent": True},
        ]
        wanted = {"text": kinds[3:4], "contact": kinds[4:], "still_there": kinds[2:3]}
        self.tell(self.rng.choice(wanted.get(self.view.screen, kinds)))

    def speak(self) -> None:
        """Choose another language."""
        if self.view.languages:
            code = self.rng.choice(self.view.languages).code
            self.tell({"type": "language", "code": code})

    def tell(self, message: dict[str, Any]) -> None:
        """Send a message as the server passes it on: only what the view offers."""
        said = FROM_PAGE.validate_python(message | {"revision": self.view.revision})
        if trouble(self.view, said) is not None:  # type: ignore[arg-type]  # never hello or painted
            return
        match said:
            case Choice():
                assert (refusal := self.visit.choose(said)) is None, (refusal, self.view)
            case LanguageChoice():
                assert (refusal := self.visit.speak(said)) is None, (refusal, self.view)
            case _:
                self.visit.hear(said)  # type: ignore[arg-type]

    def arrive(self) -> None:
        """Come into the camera's view."""
        contact = f"{self.rng.getrandbits(48):012x}"
        self.present.append(contact)
        self.visit.watch(on=True)
        self.visit.arrive(contact, arrived_ms=round(self.clock.monotonic() * 1000) - 1500)

    def leave(self) -> None:
        """Go out of it."""
        if self.present:
            contact = self.present.pop(self.rng.randrange(len(self.present)))
            self.visit.leave(contact, left_ms=round(self.clock.monotonic() * 1000))


def must_rate(stage: Stage) -> bool:
    """Tell whether a button can mean nothing but a rating."""
    return stage.buttons is None and not stage.invites
