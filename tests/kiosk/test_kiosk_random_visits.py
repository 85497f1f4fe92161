"""Visits of any kind at whole kiosks: no dead end, no press lost, every question has its end.

Forty visits a kiosk in an ordinary run; with SMILEPOST_EVERY_SCREEN set, a thousand in all.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from gpiozero.pins.mock import MockFactory

from agent.clock import Moment
from agent.config.loading import load
from agent.events.catalogue import EventData, FeedbackLeft, RatingGiven, ResponseGiven
from agent.kiosk import Kiosk, Seams
from agent.outbox import Outbox
from agent.outbox.views import Reader
from agent.outbox.work import Receipt
from agent.testing import FakeClock
from agent.testing.leaping import LeapingLoop
from tests.kiosk.random_visits import Crowd

EVERYTHING = bool(os.environ.get("SMILEPOST_EVERY_SCREEN"))
VISITS = 250 if EVERYTHING else 40
FORMS = Path(__file__).parents[2] / "config/questionnaires"
PINS = (5, 6, 13, 19, 26)
PLAIN_FORM = {
    "id": "plain",
    "languages": ["en"],
    "place": "lounge",
    "questions": [
        {"id": "settled", "kind": "fcr"},
        {"id": "feeling", "kind": "faces", "scale": 3, "text": {"en": "How was it?"}},
        {"id": "recommend", "kind": "nps", "subject": {"en": "us"}, "sampling": {"share": 0.5}},
        {"id": "word", "kind": "womi", "subject": {"en": "us"}},
    ],
}
INVITING = PLAIN_FORM | {"id": "inviting", "entry": "start", "per_hour": 6}


def form(name: str, **facts: Any) -> dict[str, Any]:
    """Return a questionnaire of the examples, always in force."""
    read: dict[str, Any] = yaml.safe_load((FORMS / f"{name}.yaml").read_text("utf-8"))
    read.pop("schedule", None)
    return read | facts


@dataclass(slots=True)
class Journal:
    """What the store was given, and how much of it is not kept yet."""

    events: list[EventData] = field(default_factory=list)
    under_way: int = 0

    @property
    def busy(self) -> bool:
        return self.under_way > 0


KIOSKS: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {
    "touch and buttons": (
        {"buttons": 5, "feedback": {"enabled": True, "plain": True}},
        [form("feedback"), form("nps")],
    ),
    "touch": ({"buttons": 0}, [form("surveyor", per_hour=20)]),
    "plain, three buttons": ({"buttons": 3, "touch": False}, [PLAIN_FORM]),
    "plain, five buttons": ({"buttons": 5, "touch": False}, [PLAIN_FORM, INVITING]),
}


def write_config(folder: Path, *, buttons: int, touch: bool = True, **sections: Any) -> Path:
    """Write the configuration of a kiosk that no broker hears."""
    settings: dict[str, Any] = {
        "device": {"tenant": "acme", "site": "shop", "id": "till"},
        "store": {"path": str(folder / "outbox.db")},
        "uplink": {"port": 1},
        "runtime_dir": str(folder / "run"),
        "panel": {
            "backend": "mock",
            "buttons": [{"id": f"key_{n}", "pin": PINS[n]} for n in range(buttons)],
        },
        "visit": {"scale": buttons or 5},
        "screen": {"port": 0, "touch": touch, "languages": ["en", "de"] if touch else ["en"]},
    } | sections
    path = folder / "kiosk.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return path


@contextmanager
def journaled(monkeypatch: pytest.MonkeyPatch, journal: Journal) -> Iterator[None]:
    """Note what the real store keeps; the loop waits for it."""
    append = Outbox.append

    def noting(self: Outbox, data: EventData, *, at: Moment | None = None) -> Future[Receipt]:
        journal.events.append(data)
        journal.under_way += 1
        kept = append(self, data, at=at)
        loop = asyncio.get_running_loop()
        # Behind whoever waits for it: they begin to in this turn of the loop, or in the next.
        loop.call_soon(loop.call_soon, loop.call_soon, settle_behind, kept, loop)
        return kept

    def settle_behind(kept: Future[Receipt], loop: asyncio.AbstractEventLoop) -> None:
        kept.add_done_callback(lambda _: loop.call_soon_threadsafe(settle))

    def settle() -> None:
        journal.under_way -= 1

    with monkeypatch.context() as patch:
        patch.setattr(Outbox, "append", noting)
        yield


async def many_visits(config: Path, clock: FakeClock, journal: Journal, seed: int) -> None:
    """Let customers come and go at one kiosk, and look at what is left of each."""
    kiosk = Kiosk(load(config), seams=Seams(factory=MockFactory()))
    crowd = Crowd(kiosk, clock, random.Random(seed))
    kiosk.screen.show = crowd.see  # type: ignore[method-assign]
    kiosk.visit.prompt(on=True)
    kiosk.visit.look()
    kiosk._show(kiosk.visit.stage)
    for _ in range(VISITS):
        known = len(journal.events)
        crowd.paint()
        await crowd.come_and_go()
        assert kiosk.visit.stage.name == "attract", "a dead end"
        told = journal.events[known:]
        ended = ends(told)
        assert crowd.asked - ended == set(), "what was shown has an end"
        assert ended - crowd.asked == set(), "and nothing else has"
    given = [event for event in journal.events if isinstance(event, RatingGiven)]
    assert len(given) == crowd.ratings, "every press that is a rating is one row"
    await kiosk.visit.close()
    await asyncio.to_thread(kiosk._ground.outbox.close)


def ends(told: list[EventData]) -> set[str]:
    """Return the topics of everything that was answered, or ended otherwise."""
    return {
        f"{response.questionnaire}.{answer.question}{f'.{answer.item}' if answer.item else ''}"
        for response in told
        if isinstance(response, ResponseGiven)
        for answer in response.answers
    }


@pytest.mark.parametrize("name", KIOSKS, ids=lambda name: name.replace(" ", "-"))
def test_no_visit_ends_in_a_dead_end_and_nothing_is_lost(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts, forms = KIOSKS[name]
    names = [f"{number}.yaml" for number in range(len(forms))]
    for file, content in zip(names, forms, strict=True):
        text = yaml.safe_dump(content, allow_unicode=True)
        (tmp_path / file).write_text(text, encoding="utf-8")
    config = write_config(tmp_path, **facts, survey={"questionnaires": names})
    clock, journal = FakeClock(), Journal()
    monkeypatch.setattr("agent.kiosk.SystemClock", lambda: clock)
    seeded = SimpleNamespace(Random=lambda: random.Random(7))
    monkeypatch.setattr("agent.feedback.reception.random", seeded)
    loop = LeapingLoop(clock, busy=lambda: journal.busy)
    with journaled(monkeypatch, journal):
        loop.run_until_complete(many_visits(config, clock, journal, seed=1))
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()

    kinds = {type(event) for event in journal.events}
    assert ResponseGiven in kinds
    assert (FeedbackLeft in kinds) == ("feedback" in facts)
    with closing(Reader(tmp_path / "outbox.db")) as reader:
        stored = reader.dated("rating.given", limit=1_000_000)
    assert len(stored) == sum(isinstance(event, RatingGiven) for event in journal.events)
