"""Topics that a device hears beside its receipts: each asked for, denied and heard on its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agent.outbox import Outbox
from agent.testing import FaultyBroker
from agent.uplink import Uplink
from agent.uplink.followup import FollowUp
from tests.uplink.scene import TOPICS, settings, wait_until

OTHER = f"{TOPICS.root}/other"


@pytest.fixture
def broker() -> Iterator[FaultyBroker]:
    with FaultyBroker() as started:
        yield started


@pytest.fixture
def heard() -> list[tuple[str, bytes]]:
    return []


@pytest.fixture
def uplink(
    broker: FaultyBroker, outbox: Outbox, heard: list[tuple[str, bytes]]
) -> Iterator[Uplink]:
    hears = {
        TOPICS.cases: lambda payload: heard.append(("cases", payload)),
        OTHER: lambda payload: heard.append(("other", payload)),
    }
    chosen = settings(broker.port, reconnect_max_s=0.1)
    made = Uplink(chosen, topics=TOPICS, outbox=outbox, hears=hears)
    made.start()
    yield made
    made.stop()


def asked(broker: FaultyBroker) -> set[str]:
    return {topic for wish in broker.subscriptions for topic, _ in wish.filters}


def test_what_comes_on_a_topic_goes_to_who_waits_for_it(
    broker: FaultyBroker, uplink: Uplink, heard: list[tuple[str, bytes]]
) -> None:
    wait_until(lambda: asked(broker) == {TOPICS.cases, OTHER})
    broker.push(OTHER, b"1")
    broker.push(f"{TOPICS.root}/nobodys", b"2")
    broker.push(TOPICS.cases, b"3")
    wait_until(lambda: len(heard) == 2)

    assert heard == [("other", b"1"), ("cases", b"3")]
    assert uplink.state.online


def test_after_a_lost_connection_they_are_asked_for_again(
    broker: FaultyBroker, uplink: Uplink
) -> None:
    wait_until(lambda: len(broker.subscriptions) == 2)
    broker.reset()
    wait_until(lambda: len(broker.subscriptions) == 4)
    wait_until(lambda: uplink.state.online)

    assert asked(broker) == {TOPICS.cases, OTHER}


def test_a_denied_topic_is_named_and_asked_for_again(outbox: Outbox) -> None:
    followup = FollowUp(settings(1), topics=TOPICS, outbox=outbox, hears={TOPICS.cases: print})
    assert followup.asks(now_s=0.0) == TOPICS.cases
    assert followup.asks(now_s=1.0) is None
    followup.subscribed(TOPICS.cases, 0x87, now_s=1.0)

    denied = followup.denied
    assert denied is not None
    assert f"denies to read {TOPICS.cases}" in str(denied)
    assert followup.asks(now_s=1e9) == TOPICS.cases
    followup.subscribed(TOPICS.cases, 0x01, now_s=1e9)
    assert followup.denied is None
