"""Alerts from the press to the broker, the light and the counter's own broker."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from gpiozero import OutputDevice
from gpiozero.pins.mock import MockFactory
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from agent.testing import LocalBroker
from agent.testing.broker import free_port
from tests.kiosk.customer import customer_at
from tests.kiosk.scene import Centre, running, until
from tests.kiosk.till import (
    BELL,
    LIGHT,
    SETTLE_MS,
    WINDOW_S,
    alerts,
    hurry,
    of_kind,
    press_apart,
    switched,
    write_config,
)

COUNTER = "smilepost/v1/acme/shop/till/counter"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


class Display:
    """A display at the counter: hears the shop's broker, from now on."""

    def __init__(self, port: int) -> None:
        self.states: list[dict[str, Any]] = []
        self.retained: list[bool] = []
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.on_message = self._hear
        self._client.connect("127.0.0.1", port)
        self._client.subscribe("#", qos=1)
        self._client.loop_start()

    def _hear(self, _client: Client, _user: object, message: MQTTMessage) -> None:
        assert message.topic == COUNTER
        self.retained.append(message.retain)
        self.states.append(json.loads(message.payload))

    @property
    def open(self) -> list[str]:
        """What the display shows."""
        return [each["what"] for each in self.states[-1].get("open", [])] if self.states else []

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


async def test_an_unhappy_answer_becomes_a_case_for_the_manager_when_it_has_settled(
    broker: LocalBroker, tmp_path: Path
) -> None:
    centre = Centre(broker.port)
    async with running(write_config(tmp_path, port=broker.port)) as till:
        await till.tap("bad")
        await until(lambda: alerts(centre))
        assert switched(till.factory, LIGHT) == switched(till.factory, BELL) == []
    centre.close()

    (rating,) = [m for topic, m, _ in centre.messages if topic.endswith("rating.given")]
    (case,) = alerts(centre)
    assert (case["data"]["what"], case["data"]["audience"]) == ("case", "manager")
    assert case["data"]["rating"] == rating["id"]
    waited_ms = int(case["monotonic"]) - int(rating["monotonic"])
    assert waited_ms >= WINDOW_S * 1000 + SETTLE_MS


async def test_an_answer_that_was_changed_to_a_better_one_is_told_to_nobody(
    broker: LocalBroker, tmp_path: Path
) -> None:
    centre = Centre(broker.port)
    async with running(write_config(tmp_path, port=broker.port)) as till:
        await till.tap("bad")
        await asyncio.sleep(0.1)
        await till.tap("good")
        await asyncio.sleep(WINDOW_S + 0.1)
        await till.tap("bad")
        await until(lambda: alerts(centre))
    centre.close()

    changed, told = centre.events("rating.amended"), of_kind(centre, "raised")
    assert [a["flags"] for a in changed] == [["changed"]]
    assert told[0]["rating"] != changed[0]["rating"]
    assert len(told) == 1


async def test_many_unhappy_answers_light_the_counter_until_somebody_takes_it_on(
    broker: LocalBroker, tmp_path: Path
) -> None:
    centre = Centre(broker.port)
    async with running(write_config(tmp_path, port=broker.port)) as till:
        duty = till.kiosk.post.duty
        await press_apart(till, "bad", "bad", "bad")
        await until(lambda: till.factory.pin(LIGHT).state)
        (threshold,) = [a for a in duty.open_alerts() if a.what == "threshold"]
        duty.acknowledge(threshold.id, by="counter")
        assert not till.factory.pin(LIGHT).state
        duty.resolve(threshold.id, by="counter", how="talked")
        await until(lambda: of_kind(centre, "resolved"))
        assert threshold.id not in {a.id for a in duty.open_alerts()}
        assert switched(till.factory, BELL) == []
    centre.close()

    (raised,) = [a for a in of_kind(centre, "raised") if a["what"] == "threshold"]
    (seen,), (over,) = of_kind(centre, "acknowledged"), of_kind(centre, "resolved")
    assert (raised["audience"], raised["n"], raised["share"]) == ("counter", 3, 1.0)
    assert (seen["alert"], seen["by"]) == (raised["alert"], "counter")
    assert (over["how"], over["by"]) == ("talked", "counter")
    assert 0 <= seen["after_s"] <= over["after_s"]


async def test_no_single_answer_ever_moves_the_light(broker: LocalBroker, tmp_path: Path) -> None:
    centre = Centre(broker.port)
    async with running(write_config(tmp_path, port=broker.port)) as till:
        await press_apart(till, "bad", "good", "good")
        await until(lambda: of_kind(centre, "raised"))
        await press_apart(till, "bad")  # now half of four are unhappy
        await until(lambda: len(of_kind(centre, "raised")) == 2)
        assert switched(till.factory, LIGHT) == []
        await press_apart(till, "bad")
        await until(lambda: till.factory.pin(LIGHT).state)
    centre.close()


async def test_who_asks_for_someone_is_heard_at_once_and_told_so(
    broker: LocalBroker, tmp_path: Path
) -> None:
    centre = Centre(broker.port)
    async with (
        running(write_config(tmp_path, port=broker.port)) as till,
        customer_at(till.page) as customer,
    ):
        assert (await customer.sees("attract"))["help"] == "Call staff"
        await customer.send("help")
        told = await customer.sees("thanks")
        assert (told["title"], told.get("help")) == ("We have told our staff.", None)
        assert till.factory.pin(LIGHT).state
        assert till.factory.pin(BELL).state
        await until(lambda: of_kind(centre, "raised"))
        assert till.kiosk.visit.presses == {}
    centre.close()

    (raised,) = of_kind(centre, "raised")
    assert (raised["what"], raised["audience"]) == ("help_wanted", "counter")


@pytest.mark.parametrize(
    ("section", "offered"),
    [
        ({"light_pin": None, "relay_pin": None}, False),
        ({"light_pin": None, "relay_pin": None, "offer_help": True}, True),
        ({"relay_pin": None}, True),
        ({"offer_help": False}, False),
        ({"enabled": False}, False),
    ],
)
async def test_help_is_offered_only_where_somebody_can_hear_it(
    tmp_path: Path, section: dict[str, Any], *, offered: bool
) -> None:
    config = write_config(tmp_path, port=free_port(), alerts=section)
    async with running(config) as till, customer_at(till.page) as customer:
        view = await customer.sees("attract")
        assert (view.get("help") is not None) is offered
        if not offered:
            assert "not offered" in await customer.refused("help")
            assert till.kiosk.post.duty.open_alerts() == ()


async def test_with_the_internet_down_the_counter_still_hears_what_it_may_know(
    tmp_path: Path,
) -> None:
    with LocalBroker() as shop:
        near = {"broker": {"host": "127.0.0.1", "port": shop.port}}
        config = write_config(tmp_path, port=free_port(), alerts=near)
        display = Display(shop.port)
        async with running(config) as till, customer_at(till.page) as customer:
            duty = till.kiosk.post.duty
            await till.tap("bad")
            await until(duty.open_alerts)
            now = till.kiosk.visit.stage
            assert (await customer.until(lambda v: v["revision"] == now.revision))["help"]
            await customer.send("help")
            await until(lambda: display.open == ["help_wanted"])
            late = Display(shop.port)
            await until(lambda: late.open == ["help_wanted"])
            assert late.retained[0] is True
            help_wanted = duty.open_alerts()[-1]
            duty.acknowledge(help_wanted.id, by="counter")
            await until(lambda: display.states[-1]["open"][0]["acknowledged"])
        await until(lambda: display.states[-1]["online"] is False)
        display.close()
        late.close()

    told = [state["open"] for state in display.states if state["online"]]
    assert [len(alerts) for alerts in told] == [0, 1, 1]  # the manager's case moved nothing here
    assert set(told[1][0]) == {"alert", "what", "since", "acknowledged", "escalated"}


async def test_a_broker_that_is_not_there_is_one_fault_and_slows_nothing(
    broker: LocalBroker, tmp_path: Path
) -> None:
    centre = Centre(broker.port)
    absent = {"broker": {"host": "127.0.0.1", "port": free_port()}}
    async with running(write_config(tmp_path, port=broker.port, alerts=absent)) as till:
        await till.tap("bad")
        await until(lambda: of_kind(centre, "raised"))
        await until(lambda: centre.events("device.fault"))
    centre.close()

    (fault,) = centre.events("device.fault")
    assert (fault["part"], fault["state"]) == ("alert_broker", "raised")


async def test_a_light_that_cannot_be_used_is_a_fault_and_presses_go_on(
    broker: LocalBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    factory = MockFactory()
    monkeypatch.setattr("tests.kiosk.scene.MockFactory", lambda: factory)
    taken = OutputDevice(LIGHT, pin_factory=factory)
    centre = Centre(broker.port)
    async with running(write_config(tmp_path, port=broker.port)) as till:
        await till.tap("good")
        await until(lambda: centre.events("rating.given"))
        await till.kiosk.post.duty.ask_for_help()
        assert till.factory.pin(BELL).state
        taken.close()
    centre.close()

    (fault,) = centre.events("device.fault")
    assert fault["part"] == "alert_light"
    assert "pin 22" in fault["fact"]


async def test_an_open_alert_and_its_light_outlive_a_restart(
    broker: LocalBroker, tmp_path: Path
) -> None:
    centre = Centre(broker.port)
    config = write_config(tmp_path, port=broker.port)
    async with running(config) as till:
        await till.kiosk.post.duty.ask_for_help()
        (before,) = till.kiosk.post.duty.open_alerts()
    async with running(config) as till:
        duty = till.kiosk.post.duty
        assert duty.open_alerts() == (before,)
        assert till.factory.pin(LIGHT).state
        duty.acknowledge(before.id, by="manager")
        await until(lambda: of_kind(centre, "acknowledged"))
    centre.close()

    assert len(of_kind(centre, "raised")) == 1
    assert of_kind(centre, "acknowledged")[0]["alert"] == before.id


async def test_an_answer_that_had_not_settled_when_the_kiosk_stopped_is_told_by_the_next_run(
    broker: LocalBroker, tmp_path: Path
) -> None:
    centre = Centre(broker.port)
    config = write_config(tmp_path, port=broker.port)
    async with running(config) as till:
        await till.tap("bad")
    assert of_kind(centre, "raised") == []
    async with running(config):
        await until(lambda: of_kind(centre, "raised"))
    centre.close()

    assert [a["what"] for a in of_kind(centre, "raised")] == ["case"]


async def test_where_alerts_are_off_answers_are_published_as_ever(
    broker: LocalBroker, tmp_path: Path
) -> None:
    centre = Centre(broker.port)
    off = {"enabled": False}
    async with running(write_config(tmp_path, port=broker.port, alerts=off)) as till:
        await till.tap("bad")
        await asyncio.sleep(WINDOW_S + SETTLE_MS / 1000 + 0.3)
        await till.tap("good")
        await until(lambda: len(centre.events("rating.given")) == 2)
    centre.close()

    assert alerts(centre) == []
