"""What a customer writes, from the press to the centre that opens it: the profile `feedback`."""

from __future__ import annotations

import json
import runpy
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.feedback.cases import draw_case, grouped, read_case
from agent.outbox import Outbox
from agent.testing import LocalBroker
from tests.feedback.keys import CENTRE, public_pem, written
from tests.kiosk.customer import Customer, customer_at
from tests.kiosk.scene import Centre, Running, running, until

ROOT = Path(__file__).parents[2]
PROFILE = ROOT / "config/profiles/feedback.yaml"
OPEN: Callable[[dict[str, Any], object], dict[str, str]] = runpy.run_path(
    str(ROOT / "examples/open_feedback.py")
)["opened"]
WORDS = "Twenty minutes in the queue, and nobody at the second till."
CONTACT = "customer@example.com"
URL = "https://feedback.example/{language}/go#{token}"


class Shop:
    """A kiosk of the profile with a centre that listens, and a customer at its page."""

    def __init__(self, till: Running, centre: Centre, customer: Customer) -> None:
        self.till = till
        self.centre = centre
        self.customer = customer

    async def press(self, key: str = "bad") -> None:
        pin = self.till.factory.pin({"bad": 6, "good": 19}[key])
        pin.drive_low()
        await self.customer.sees("choice")
        pin.drive_high()

    async def complain(self) -> None:
        """Press, say that it is a complaint about waiting: the screen for words is next."""
        await self.press()
        await self.customer.choose("complaint")
        assert (await self.customer.choose_all("waiting_time"))["screen"] == "text"

    async def feedback(self) -> dict[str, Any]:
        """Wait for the one event, as the centre gets it, and for whatever came before it."""
        await until(lambda: self.events("feedback.left"))
        (event,) = self.events("feedback.left")
        last = int(event["sequence"])
        await until(lambda: set(range(1, last)) <= {int(e["sequence"]) for e in self.events("")})
        return event

    def events(self, kind: str) -> list[dict[str, Any]]:
        """Return what the centre has, in the order in which it happened; every kind for ""."""
        topic = f"/event/{kind}"
        found = (message for place, message, _ in self.centre.messages if topic in place)
        return sorted(found, key=lambda event: int(event["sequence"]))


def write_config(folder: Path, *, port: int, key: Path, **feedback: object) -> Path:
    """Write the profile as it stands, with what a test needs to be different."""
    settings = yaml.safe_load(PROFILE.read_text(encoding="utf-8").replace("mode: off", ""))
    settings |= {
        "store": {"path": str(folder / "outbox.db")},
        "uplink": {"port": port, "reconnect_max_s": 0.2},
        "runtime_dir": str(folder / "run"),
        "site": {"timezone": "Europe/Berlin"},
        "vision": {"mode": "off"},
    }
    settings["panel"]["backend"] = "mock"
    settings["screen"]["port"] = 0
    settings["feedback"] |= {"public_key": str(key)} | feedback
    path = folder / "kiosk.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return path


@asynccontextmanager
async def shop_with(config: Path, port: int) -> AsyncIterator[Shop]:
    centre = Centre(port)
    try:
        async with running(config) as till, customer_at(till.page) as customer:
            yield Shop(till, centre, customer)
    finally:
        centre.close()


@pytest.fixture
def config(tmp_path: Path, broker: LocalBroker) -> Path:
    key = written(tmp_path, public_pem())
    return write_config(tmp_path, port=broker.port, key=key, continue_url=URL)


@pytest.fixture
async def shop(config: Path, broker: LocalBroker) -> AsyncIterator[Shop]:
    async with shop_with(config, broker.port) as made:
        yield made


def stored(folder: Path) -> bytes:
    """Everything that the store's files hold."""
    return b"".join(file.read_bytes() for file in folder.glob("outbox.db*"))


async def test_a_complaint_reaches_the_centre_which_alone_can_read_it(
    shop: Shop, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await shop.complain()
    assert (await shop.customer.write(WORDS))["screen"] == "contact"
    farewell = await shop.customer.leave_contact(CONTACT)
    event = await shop.feedback()

    assert OPEN(event, CENTRE) == {
        "case": event["data"]["case"],
        "about": "complaint",
        "language": "en",
        "text": WORDS,
        "contact": CONTACT,
    }
    data = event["data"]
    assert (data["factors"], data["wants_reply"]) == (["waiting_time"], True)
    assert data["characters"] == len(WORDS)
    assert data["rating"] == shop.events("rating.given")[0]["id"]
    assert data["response"] == shop.events("response.given")[-1]["id"]
    assert read_case(farewell["farewell"]["case"]) == data["case"]
    everything = json.dumps([message for _, message, _ in shop.centre.messages])
    for secret in (WORDS, CONTACT):
        assert secret not in everything
        assert secret not in caplog.text
        assert secret.encode() not in stored(tmp_path)


async def test_the_other_answers_say_only_that_something_was_written(shop: Shop) -> None:
    await shop.complain()
    await shop.customer.write(WORDS)
    await shop.customer.choose("skip")
    await shop.feedback()

    answers = [a for e in shop.events("response.given") for a in e["data"]["answers"]]
    assert [(a["question"], a["ended"], a["options"]) for a in answers] == [
        ("kind", "answered", ["complaint"]),
        ("about", "answered", ["waiting_time"]),
        ("words", "answered", []),
        ("reply", "skipped", []),
    ]


async def test_the_thanks_say_how_it_goes_on_and_can_be_ended(shop: Shop) -> None:
    await shop.complain()
    await shop.customer.write(WORDS)
    view = await shop.customer.leave_contact(CONTACT)
    event = await shop.feedback()

    assert (view["screen"], view["skip"]) == ("thanks", "Finish")
    farewell = view["farewell"]
    assert farewell["case"] == grouped(event["data"]["case"])
    assert farewell["promise"].startswith("You will have our answer by ")
    assert farewell["code"]["modules"] >= 29
    assert [card["lines"] for card in farewell["cards"]] == [
        ["Telephone: +49 30 123456"],
        ["Returns Within 30 days."],
    ]
    assert view["closes_ms"] > 20_000
    assert event["data"]["phone"]["expires"] > event["time"]
    assert (await shop.customer.choose("skip"))["screen"] == "attract"


async def test_without_a_wish_for_a_reply_none_is_promised(shop: Shop) -> None:
    await shop.complain()
    await shop.customer.write(WORDS)
    view = await shop.customer.choose("skip")
    event = await shop.feedback()

    assert view["farewell"]["promise"] == ""
    assert (event["data"]["wants_reply"], event["data"].get("promised_by")) == (False, None)


async def test_praise_for_the_staff_asks_whether_it_is_about_the_person(shop: Shop) -> None:
    await shop.press("good")
    await shop.customer.choose("praise")
    await shop.customer.choose_all("staff")
    assert shop.customer.view["title"] == "Is it about the person who served you?"
    await shop.customer.choose("not_about_person")
    await shop.customer.write("Well advised.")
    event = await shop.feedback()

    data = event["data"]
    assert (data["about"], data["not_about_person"], data["factors"]) == ("praise", True, ["staff"])


async def test_a_text_that_the_customer_takes_back_is_not_sent(shop: Shop) -> None:
    await shop.complain()
    await shop.customer.write(WORDS)
    before = shop.customer.view["revision"]
    await shop.customer.send("back")
    await shop.customer.until(lambda view: view["revision"] != before)
    await shop.customer.choose("skip")
    await shop.customer.choose("skip")
    event = await shop.feedback()

    assert OPEN(event, CENTRE).get("text") is None
    assert event["data"]["characters"] == 0


async def test_what_was_sent_is_kept_when_the_kiosk_is_stopped(
    config: Path, broker: LocalBroker
) -> None:
    async with shop_with(config, broker.port) as shop:
        await shop.complain()
        await shop.customer.write(WORDS)
    centre = Centre(broker.port)
    async with running(config):
        await until(lambda: centre.events("device.started"))
    centre.close()

    left = shop.events("feedback.left") + [
        m for topic, m, _ in centre.messages if topic.endswith("/feedback.left")
    ]
    assert {OPEN(event, CENTRE)["text"] for event in left} == {WORDS}
    assert "phone" not in left[0]["data"], "nobody has seen a code"


async def test_what_was_sent_before_a_power_cut_is_filed_at_the_next_start(
    config: Path, broker: LocalBroker, tmp_path: Path
) -> None:
    async with shop_with(config, broker.port) as shop:
        await shop.complain()
        await shop.customer.write(WORDS)
        (note,) = slips(tmp_path)
        saved = note.read_bytes()
    assert slips(tmp_path) == []
    assert WORDS.encode() not in saved
    note.write_bytes(saved)  # as a cut would have left it
    async with shop_with(config, broker.port) as again:
        event = await again.feedback()

    assert OPEN(event, CENTRE)["text"] == WORDS
    assert slips(tmp_path) == []


def slips(folder: Path) -> list[Path]:
    return list((folder / "feedback").iterdir())


async def test_the_next_customer_ends_it_and_nothing_is_lost(shop: Shop) -> None:
    await shop.complain()
    await shop.customer.write(WORDS)
    shop.till.kiosk.visit.press("good", at_s=time.monotonic() + 6)
    event = await shop.feedback()

    assert OPEN(event, CENTRE)["text"] == WORDS
    assert event["data"]["rating"] == shop.events("rating.given")[0]["id"]


# -- the centre's word -----------------------------------------------------------------------------


async def test_how_a_case_stands_comes_back_from_the_centre(shop: Shop) -> None:
    case = draw_case()
    told = {"case": case, "state": "in_progress", "revision": 2, "text": {"en": "We have asked."}}
    topic = "smilepost/v1/acme/high-street/service-desk/cases"
    book = shop.till.kiosk.feedback.cases
    await until(lambda: _sent(shop, topic, b"{}") and book.refused)
    shop.centre._client.publish(topic, json.dumps(told), qos=1)
    await until(lambda: book.status(case))

    status = book.status(case)
    assert status is not None
    assert (status.state, status.text_in("pl", otherwise="en")) == ("in_progress", "We have asked.")
    assert book.newest() == (status,)


def _sent(shop: Shop, topic: str, payload: bytes) -> bool:
    shop.centre._client.publish(topic, payload, qos=1)
    return True


# -- what is not right -----------------------------------------------------------------------------


async def test_without_the_centres_key_no_words_are_asked_for_and_that_is_a_fault(
    tmp_path: Path, broker: LocalBroker
) -> None:
    config = write_config(tmp_path, port=broker.port, key=tmp_path / "missing.pem")
    async with shop_with(config, broker.port) as shop:
        await shop.press()
        await shop.customer.choose("complaint")
        view = await shop.customer.choose_all("waiting_time")
        event = await shop.feedback()

    assert (view["screen"], bool(view["farewell"]["case"])) == ("thanks", True)
    assert (event["data"]["about"], event["data"]["characters"]) == ("complaint", 0)
    (fault,) = [e["data"] for e in shop.events("device.fault")]
    assert fault["part"] == "feedback"
    assert fault["fact"] == (
        f"feedback.public_key: {tmp_path}/missing.pem cannot be read (No such file or directory):"
        " put the centre's public key there"
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x" * 20_000, "at most 12288 are read"),
        ("x" * 600, "at most 500 are read"),
        ("bell\x07, null\x00", "leave out control characters"),
        ("nice \u202eyrev", "leave out control characters"),
        ("half \ud83d", ""),
        ("   ", "the text is empty"),
    ],
    ids=["long", "longer than asked", "control", "override", "surrogate", "blank"],
)
async def test_hostile_words_are_refused_and_the_customer_can_go_on(
    text: str, told: str, shop: Shop
) -> None:
    await shop.complain()
    assert told in await shop.customer.refused("written", text=text)
    await shop.customer.write(WORDS)
    await shop.customer.choose("skip")

    assert OPEN(await shop.feedback(), CENTRE)["text"] == WORDS


async def test_a_flood_ends_its_page_and_what_was_sent_before_is_kept(shop: Shop) -> None:
    await shop.complain()
    await shop.customer.write(WORDS)
    await shop.customer.send("written", text="x" * 100_000)
    await until(lambda: shop.till.kiosk.visit.stage.name == "survey")
    async with customer_at(shop.till.page) as again:
        assert (await again.sees("contact"))["owner"]
        await again.choose("skip")

    assert OPEN(await shop.feedback(), CENTRE)["text"] == WORDS


async def test_sent_twice_it_is_taken_once(shop: Shop) -> None:
    await shop.complain()
    revision = shop.customer.view["revision"]
    for text in (WORDS, "something else"):
        await shop.customer.send("written", revision=revision, text=text)
    await shop.customer.sees("contact")
    refused = await shop.customer.refused("written", revision=revision, text="and again")
    await shop.customer.choose("skip")

    assert str(revision) in refused
    assert OPEN(await shop.feedback(), CENTRE)["text"] == WORDS


async def test_words_are_deleted_after_days_of_their_own(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(Outbox, "purge", lambda _outbox, **facts: asked.append(facts))
    shop.till.kiosk._pulse.purge()

    assert asked == [
        {"keep_days": 30},
        {"keep_days": 7, "kinds": frozenset({"feedback.left"})},
    ]
