"""Surveys from the page's message, or the press, to the broker: the profile, and plain displays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from gpiozero.pins.mock import MockFactory

from agent.config.loading import load
from agent.events.export import events_schema
from agent.kiosk import Kiosk, Seams
from agent.panel.settings import PanelSettings
from agent.testing import LocalBroker, PinPlayer
from tests.kiosk.customer import Customer, customer_at
from tests.kiosk.scene import Centre, running, until

ROOT = Path(__file__).parents[2]
PROFILE = ROOT / "config/profiles/surveyor.yaml"
FORM = ROOT / "config/questionnaires/surveyor.yaml"
FIVE = ("very_bad", "bad", "okay", "good", "very_good")
THREE = ("bad", "okay", "good")
PINS = dict(zip((*FIVE,), (5, 6, 13, 19, 26), strict=True))
NPS = {
    "id": "after",
    "languages": ["en"],
    "questions": [
        {"id": "settled", "kind": "fcr"},
        {"id": "recommend", "kind": "nps", "subject": {"en": "this shop"}},
    ],
}


def write_profile(folder: Path, *, port: int, **form: Any) -> Path:
    """Write the profile and its questionnaire, always in force, with what a test needs."""
    settings = yaml.safe_load(PROFILE.read_text(encoding="utf-8"))
    settings |= {
        "store": {"path": str(folder / "outbox.db")},
        "uplink": {"port": port, "reconnect_max_s": 0.2},
        "runtime_dir": str(folder / "run"),
        "survey": {"questionnaires": ["surveyor.yaml"]},
        "vision": {"mode": "off"},
    }
    settings["screen"]["port"] = 0
    asked = yaml.safe_load(FORM.read_text(encoding="utf-8"))
    del asked["schedule"]
    return _write(folder, settings, {"surveyor.yaml": asked | form})


def write_plain(folder: Path, *, port: int, keys: tuple[str, ...], form: dict[str, Any]) -> Path:
    """Write the configuration of a kiosk with buttons below a display without touch."""
    settings = {
        "device": {"tenant": "acme", "site": "shop", "id": "till"},
        "store": {"path": str(folder / "outbox.db")},
        "uplink": {"port": port, "reconnect_max_s": 0.2},
        "runtime_dir": str(folder / "run"),
        "panel": {"backend": "mock", "buttons": [{"id": k, "pin": PINS[k]} for k in keys]},
        "visit": {"scale": len(keys)},
        "survey": {"questionnaires": ["form.yaml"]},
        "screen": {"port": 0, "touch": False},
    }
    return _write(folder, settings, {"form.yaml": form})


def _write(folder: Path, settings: dict[str, Any], files: dict[str, Any]) -> Path:
    for name, content in (files | {"kiosk.yaml": settings}).items():
        (folder / name).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return folder / "kiosk.yaml"


def answers(centre: Centre) -> list[dict[str, Any]]:
    return [a for response in centre.events("response.given") for a in response["answers"]]


# -- the profile `surveyor`: touch, and no buttons ------------------------------------------------


async def answer_all(customer: Customer) -> list[str]:
    """Choose the last option of every screen; returns the screens."""
    screens = []
    while customer.view["screen"] != "thanks":
        screens.append(customer.view["screen"])
        option = customer.view["options"][-1]["id"]
        if customer.view["screen"] == "multiple":
            await customer.choose_all(option)
        else:
            await customer.choose(option)
    return screens


async def test_a_customer_takes_up_the_invitation_and_every_answer_reaches_the_broker(
    broker: LocalBroker, tmp_path: Path
) -> None:
    centre = Centre(broker.port)
    config = write_profile(tmp_path, port=broker.port)
    async with running(config) as till, customer_at(till.page) as customer:
        assert [o["id"] for o in customer.view["options"]] == ["begin"]
        assert (await customer.choose("begin"))["screen"] == "question"
        screens = await answer_all(customer)
        await until(lambda: len(answers(centre)) == len(screens))
    centre.close()

    told = answers(centre)
    assert (told[0]["question"], told[0]["options"], told[0]["value"]) == ("feeling", ["5"], 5)
    assert {"feeling", "settled", "recommend"} <= {a["question"] for a in told}
    assert [a["position"] for a in told] == list(range(1, len(told) + 1))
    assert {a["ended"] for a in told} == {"answered"}
    assert all("rating" not in r for r in centre.events("response.given"))
    assert centre.events("rating.given") == []
    validator = jsonschema.Draft202012Validator(events_schema())
    for topic, payload, _ in centre.messages:
        if "/event/" in topic:
            validator.validate(payload)


async def test_whoever_walks_away_leaves_partial_answers(
    broker: LocalBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.visit.dialogue.QUESTION_IDLE_S", 0.2)
    monkeypatch.setattr("agent.visit.dialogue.STILL_THERE_S", 0.2)
    centre = Centre(broker.port)
    config = write_profile(tmp_path, port=broker.port)
    async with running(config) as till, customer_at(till.page) as customer:
        await customer.choose("begin")
        await customer.choose("2")
        await customer.sees("still_there")
        await customer.sees("thanks")
        await until(lambda: len(answers(centre)) == 2)
    centre.close()
    assert [(a["question"], a["ended"]) for a in answers(centre)] == [
        ("feeling", "answered"),
        ("settled", "timeout"),
    ]


async def test_the_hours_quota_holds_over_a_restart(broker: LocalBroker, tmp_path: Path) -> None:
    config = write_profile(tmp_path, port=broker.port, per_hour=1)
    async with running(config) as till, customer_at(till.page) as customer:
        await customer.choose("begin")
        await customer.choose("4")
    async with running(config) as till, customer_at(till.page) as customer:
        assert [o["face"] for o in customer.view["options"]] == [1, 2, 3, 4, 5], "a rating"


# -- a display without touch ----------------------------------------------------------------------


class Shop:
    """A kiosk below whose display somebody presses, and a page that paints what it is shown."""

    def __init__(self, kiosk: Kiosk, hands: PinPlayer, customer: Customer) -> None:
        self.kiosk = kiosk
        self.hands = hands
        self.customer = customer

    async def press(self, key: str) -> dict[str, Any]:
        """Press when the screen has been there for a moment; returns what is shown then."""
        await self.customer.send("painted")
        await asyncio.sleep(0.1)
        before = self.customer.view["revision"]
        self.hands.press(key)
        view = await self.customer.until(lambda shown: shown["revision"] != before)
        self.hands.release(key)
        await asyncio.sleep(0.04)
        return view


@asynccontextmanager
async def shop_with(config: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shop]:
    monkeypatch.setattr("agent.visit.hands.GUARD_S", 0.05)
    monkeypatch.setattr("agent.visit.hands.CHANGE_S", 0.05)
    factory, stop, ready = MockFactory(), asyncio.Event(), asyncio.Event()
    loaded = load(config)
    panel: PanelSettings = loaded.settings.panel
    kiosk = Kiosk(loaded, seams=Seams(factory=factory))
    hands = PinPlayer(factory, panel)
    work = asyncio.create_task(kiosk.run(stop, on_ready=ready.set))
    await ready.wait()
    try:
        async with customer_at(f"http://127.0.0.1:{kiosk.screen.port}") as customer:
            yield Shop(kiosk, hands, customer)
    finally:
        stop.set()
        await work
        factory.reset()


def shown(view: dict[str, Any]) -> list[str]:
    return [use.get("option") or use["does"] for use in view["buttons"]]


async def test_three_buttons_rate_and_then_answer_options_and_a_scale(
    broker: LocalBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    centre = Centre(broker.port)
    config = write_plain(tmp_path, port=broker.port, keys=THREE, form=NPS)
    async with shop_with(config, monkeypatch) as shop:
        assert shown(await shop.press("good")) == ["yes", "no", "skip"]
        assert shown(await shop.press("okay")) == ["left", "confirm", "right"]
        assert (await shop.press("bad"))["cursor"] == "10"
        assert (await shop.press("bad"))["cursor"] == "9"
        assert (await shop.press("okay"))["screen"] == "thanks"
        await until(lambda: len(answers(centre)) == 2)
    centre.close()

    assert [(a["question"], a["options"], a["channel"]) for a in answers(centre)] == [
        ("settled", ["no"], "button"),
        ("recommend", ["9"], "button"),
    ]
    assert [r["key"] for r in centre.events("rating.given")] == ["good"]
    assert len({r["rating"] for r in centre.events("response.given")}) == 1
    assert centre.events("device.health")[-1]["presses"] == {"good": 1}


async def test_five_buttons_answer_an_invitation_faces_over_them_and_skip_and_go_back(
    broker: LocalBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faces = {"id": "feeling", "kind": "faces", "scale": 5, "text": {"en": "How was it?"}}
    form = NPS | {"entry": "start", "questions": [faces, *NPS["questions"]]}
    centre = Centre(broker.port)
    config = write_plain(tmp_path, port=broker.port, keys=FIVE, form=form)
    async with shop_with(config, monkeypatch) as shop:
        assert shown(shop.customer.view) == ["begin"] * 5
        assert shown(await shop.press("bad")) == ["1", "2", "3", "4", "5"]
        assert shown(await shop.press("good")) == ["yes", "no", "nothing", "back", "skip"]
        await shop.press("good")
        assert shown(await shop.press("very_good"))[-1] == "skip"
        view = await shop.press("very_good")
        assert shown(view) == ["back", "left", "confirm", "right", "skip"]
        assert (await shop.press("very_good"))["screen"] == "thanks"
        await until(lambda: len(answers(centre)) == 4)
    centre.close()

    told = [(a["question"], a["options"], a["ended"]) for a in answers(centre)]
    assert told == [
        ("feeling", ["4"], "answered"),
        ("feeling", ["5"], "answered"),
        ("settled", [], "skipped"),
        ("recommend", [], "skipped"),
    ]
    assert centre.events("rating.given") == []
