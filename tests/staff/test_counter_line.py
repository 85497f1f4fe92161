"""The counter's own broker: what it is told, and what happens when it is not there."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Self

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from agent.clock import Moment
from agent.staff.alert import Alert
from agent.staff.counter import CounterLine, describe, to_state
from agent.staff.settings import LocalBrokerSettings
from agent.testing import FakeClock, FaultyBroker, LocalBroker
from agent.testing.behaviour import Answer, Behaviour, on_topic
from agent.testing.broker import free_port
from agent.uplink import Topics

TOPICS = Topics("acme", "shop", "till")
NOW = Moment("boot", 60_000, 1_795_000_060_000, "synced")
HELP = Alert("a1", "help_wanted", 45_000, contact="ann")
CASE = Alert("a2", "case", 50_000, rating="/acme/shop/till/e/1", contact="ann")
MANY = Alert("a3", "threshold", 60_000, share=0.75, n=4, window_s=900.0, acknowledged_ms=60_000)


class Line:
    """A line at work, and what it said about itself."""

    def __init__(self, port: int) -> None:
        self.troubles: list[str | None] = []
        self.line = CounterLine(
            LocalBrokerSettings(host="127.0.0.1", port=port),
            topics=TOPICS,
            clock=FakeClock(monotonic_s=60.0),
            on_change=self.troubles.append,
            longest_wait_s=0.1,
        )

    def __enter__(self) -> Self:
        self.line.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.line.stop()
        assert not self.line.is_alive()


def until(condition: Callable[[], object]) -> None:
    deadline_s = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline_s, "it did not happen in time"
        time.sleep(0.01)


def retained(port: int) -> dict[str, object]:
    """Return what somebody gets who comes now."""
    came, states = threading.Event(), []

    def hear(_client: Client, _user: object, message: MQTTMessage) -> None:
        states.append(json.loads(message.payload))
        came.set()

    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.on_message = hear
    client.connect("127.0.0.1", port)
    client.subscribe(TOPICS.counter, qos=1)
    client.loop_start()
    assert came.wait(10)
    client.disconnect()
    client.loop_stop()
    state: dict[str, object] = states[0]
    return state


def test_the_counter_is_told_what_and_since_when_and_nothing_about_anybody() -> None:
    told = describe((HELP, CASE, MANY), now=NOW)

    assert told == [
        {
            "alert": "a1",
            "what": "help_wanted",
            "since": "2026-11-18T11:07:25.000Z",
            "acknowledged": False,
            "escalated": False,
        },
        {
            "alert": "a3",
            "what": "threshold",
            "since": "2026-11-18T11:07:40.000Z",
            "acknowledged": True,
            "escalated": False,
        },
    ]


def test_without_the_time_of_day_it_is_not_said_since_when() -> None:
    (told,) = describe((HELP,), now=Moment("boot", 60_000, None, "unknown"))

    assert told["since"] is None


def test_a_kiosk_that_is_gone_says_nothing_of_its_alerts() -> None:
    assert json.loads(to_state(None, session="s")) == {"online": False, "session": "s"}


def test_whoever_comes_later_sees_what_is_open(broker: LocalBroker) -> None:
    with Line(broker.port) as shop:
        shop.line.show((HELP,))
        until(lambda: shop.troubles == [None])
        until(lambda: len(retained(broker.port).get("open", ())) == 1)  # type: ignore[arg-type]

    assert retained(broker.port)["online"] is False


def test_a_broker_that_was_killed_is_found_again_and_told_all_anew(broker: LocalBroker) -> None:
    with Line(broker.port) as shop:
        shop.line.show((HELP,))
        until(lambda: shop.troubles == [None])
        broker.kill()
        until(lambda: len(shop.troubles) > 1)
        broker.start()
        until(lambda: shop.troubles[-1] is None)
        state = retained(broker.port)

    assert state["online"] is True
    assert len(state["open"]) == 1  # type: ignore[arg-type]


def test_what_was_open_while_the_broker_was_away_is_said_when_it_comes() -> None:
    port = free_port()
    with Line(port) as shop:
        shop.line.show((HELP,))
        until(lambda: shop.troubles)
        with LocalBroker(port=port):
            until(lambda: shop.troubles[-1] is None)
            state = retained(port)

    assert shop.troubles[0] is not None
    assert str(port) in shop.troubles[0]
    assert state["open"] == describe((HELP,), now=FakeClock(monotonic_s=60.0).moment())


def test_a_broker_that_refuses_the_topic_is_told_with_what_to_mend() -> None:
    denied = on_topic({"*/counter": Answer(reason=0x87)})
    with FaultyBroker(Behaviour(puback=denied)) as broker, Line(broker.port) as shop:
        until(lambda: shop.troubles)

    assert shop.troubles[0] is not None
    assert "let this kiosk write it" in shop.troubles[0]
    assert "(0x87)" in shop.troubles[0]


@pytest.mark.parametrize("alerts", [(), (CASE,)])
def test_alerts_of_the_manager_are_not_even_counted(alerts: tuple[Alert, ...]) -> None:
    assert describe(alerts, now=NOW) == []
