"""Customers and keys at a till that is only pretended."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from agent.demo import customer
from agent.demo.button_page import Finger
from agent.demo.control import Control, Pins, Told
from agent.demo.customer import CRASH_POINT, Customer
from agent.demo.hands import Hands
from agent.demo.script import CHANGE, CRASH, MASH, UNDECIDED, Act, Tap
from agent.demo.senses import Senses, in_words
from agent.testing import Proxy

KEYS = ("bad", "okay", "good")


class PretendedTill(Control):
    """Thanks for every tap unless it is deaf, and dies when it was armed."""

    def __init__(self, senses: Senses) -> None:
        told = Told(pins=senses.see_pins, vision=senses.see_vision, gone=senses.lose_agent)
        super().__init__(Path("unused"), told)
        self.senses, self.thanks = senses, 0
        self.orders: list[dict[str, str]] = []
        self.deaf = False

    def _order(self, order: dict[str, str]) -> None:
        self.orders.append(order)
        armed = any(o["do"] == "arm" for o in self.orders[-2:-1])
        if order["do"] in {"tap", "press"} and not self.deaf:
            asyncio.get_running_loop().call_soon(self._die if armed else self._thank)

    def _thank(self) -> None:
        self.thanks += 1
        self.senses.see_pins(Pins(listening=True, lit=True, thanks=self.thanks))

    def _die(self) -> None:
        self.senses.lose_agent()
        self.thanks = 0
        returned = Pins(listening=True)
        asyncio.get_running_loop().call_later(0.01, self.senses.see_pins, returned)


class Scene:
    """Senses, hands and a pretended till; pauses take no time."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.quits: list[bool] = []
        self.senses = Senses(
            Path("/no/such/store.db"), on_note=self.said.append, on_pins=lambda _pins: None
        )
        self.till = PretendedTill(self.senses)
        self.network = Proxy(1)
        self.hands = Hands(
            KEYS,
            senses=self.senses,
            control=self.till,
            network=self.network,
            on_quit=lambda: self.quits.append(True),
        )
        self.senses.see_pins(Pins(listening=True))

    @property
    def presses(self) -> tuple[int, int]:
        """Presses that were thanked for, and those cut off."""
        return len(self.senses.presses.thanked), len(self.senses.presses.cut_off)


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setattr(customer, "APART_S", 0.01)
    monkeypatch.setattr(customer, "FIRST_S", 0.0)
    monkeypatch.setattr(customer, "LIGHT_S", 0.2)
    return Scene()


async def test_a_customer_waits_for_every_light(scene: Scene) -> None:
    person = Customer(scene.hands)
    await person.act(Act("repeat", (Tap(4), Tap(4, 0.01))))
    ((_, made),) = person.made
    assert [press.thanked for press in made] == [True, True]
    assert scene.said[-1] == "pressed again: good good"


async def test_a_customer_whose_light_stays_dark_says_so_and_goes_on(scene: Scene) -> None:
    scene.till.deaf = True
    await Customer(scene.hands).act(Act("answer", (Tap(0),)))
    assert "no light after bad" in scene.said


async def test_in_a_crash_the_first_press_is_cut_off_and_the_second_is_thanked(
    scene: Scene,
) -> None:
    person = Customer(scene.hands)
    await person.act(CRASH)
    assert scene.till.orders[0] == {"do": "arm", "point": CRASH_POINT}
    assert scene.presses == (1, 1)
    assert [len(made) for _, made in person.made] == [1]


async def test_a_play_goes_through_all_acts_and_the_crash_waits_for_its_time(scene: Scene) -> None:
    began_s = asyncio.get_running_loop().time()
    await Customer(scene.hands).play((Act("answer", (Tap(1),)), CRASH), crash_at_s=0.3)
    assert asyncio.get_running_loop().time() - began_s >= 0.3
    assert scene.presses == (2, 1)


async def test_on_a_smaller_scale_a_change_is_still_a_change(scene: Scene) -> None:
    for act in (CHANGE, UNDECIDED):
        quick = Act(act.name, tuple(Tap(tap.button) for tap in act.taps))
        await Customer(scene.hands).act(quick)
    assert [o["key"] for o in scene.till.orders] == ["bad", "good", "bad", "okay", "okay"]


async def test_number_keys_press_their_button_and_others_nothing(scene: Scene) -> None:
    for key in "139x":
        scene.hands.type(key)
    assert [o["key"] for o in scene.till.orders] == ["bad", "good"]


async def test_k_arms_the_commit_before_it_presses(scene: Scene) -> None:
    scene.hands.type("k")
    assert [o["do"] for o in scene.till.orders] == ["arm", "tap"]


async def test_b_cuts_the_network_and_restores_it(scene: Scene) -> None:
    scene.hands.type("b")
    assert not scene.network.up
    scene.hands.type("b")
    assert scene.network.up
    assert scene.said[-2:] == [
        "the network to the broker is cut",
        "the network to the broker is back",
    ]


async def test_t_sends_a_toddler(scene: Scene) -> None:
    scene.hands.type("t")
    while len(scene.senses.presses.thanked) < len(MASH.taps):  # noqa: ASYNC110 - each takes its time
        await asyncio.sleep(0.01)
    assert scene.presses == (8, 0)


async def test_a_toddler_can_be_taken_away(scene: Scene) -> None:
    scene.hands.type("t")
    scene.hands.rest()
    await asyncio.sleep(0.2)
    assert scene.presses == (0, 0)


async def test_q_quits(scene: Scene) -> None:
    scene.hands.type("q")
    assert scene.quits == [True]


async def test_while_the_agent_starts_nobody_presses(scene: Scene) -> None:
    scene.senses.lose_agent()
    for key in "1k":
        scene.hands.type(key)
    scene.hands.feel(Finger(do="press", key="bad"))
    assert scene.till.orders == []


async def test_a_finger_on_the_button_page_presses_and_releases(scene: Scene) -> None:
    scene.hands.feel(Finger(do="press", key="bad"))
    scene.hands.feel(Finger(do="release", key="bad"))
    await asyncio.sleep(0.01)
    assert [o["do"] for o in scene.till.orders] == ["press", "release"]
    assert scene.presses == (1, 0)


async def test_a_lost_agent_is_dark_and_its_return_is_told(scene: Scene) -> None:
    scene.senses.lose_agent()
    assert scene.senses.pins == Pins()
    assert not scene.hands.ready.is_set()
    scene.senses.see_pins(Pins(listening=True))
    assert scene.said[-1] == "the agent is back"


async def test_vision_lines_are_kept_as_they_came_one_of_a_kind(scene: Scene) -> None:
    first, second, other = (
        '{"kind":"presence","at_ms":1,"present":1,"smile":0.4}',
        '{"kind":"presence","at_ms":2,"present":1,"smile":0.6}',
        '{"kind":"camera","at_ms":3,"working":true,"reason":""}',
    )
    for line in (first, other, second):
        scene.senses.see_vision(line)
    assert scene.senses.vision_lines == (second, other)
    assert scene.senses.smile == 0.6
    assert scene.senses.seeing.is_set()


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        (
            "contact.ended",
            {"dwell_s": 2.34, "answered": False},
            "a contact left after 2.3 s, silent",
        ),
        (
            "expression.measured",
            {"n": 3, "s": 1.0, "f": 4.0},
            "a batch of 3 contacts: smile index 0.25",
        ),
        (
            "device.fault",
            {"part": "camera", "state": "raised", "fact": "no pictures"},
            "camera raised: no pictures",
        ),
        ("rating.given", {}, None),
    ],
)
def test_events_in_words(kind: str, data: dict[str, Any], words: str | None) -> None:
    assert in_words({"type": f"smilepost.{kind}.v1", "data": data}) == words
