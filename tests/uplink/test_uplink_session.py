"""The session: what is said at CONNECT, what the broker's CONNACK asks for, birth and will."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from agent.outbox import Outbox
from agent.outbox.rows import DAMAGED
from agent.testing import FaultyBroker, LocalBroker
from agent.testing.behaviour import Answer, Behaviour, Leave, on_topic
from agent.uplink import Uplink
from agent.uplink.followup import FollowUp
from agent.uplink.retries import RefusedRetry
from tests.uplink.scene import (
    TOPICS,
    Centre,
    Changes,
    append,
    marked,
    open_outbox,
    running,
    settings,
    wait_until,
)


def said(broker: FaultyBroker, topic: str) -> list[dict[str, Any]]:
    return [json.loads(m.payload) for m in broker.messages if m.topic == topic]


def agreed(**properties: int) -> Behaviour:
    return Behaviour(connack=Answer(properties=dict(properties)))


def test_the_broker_is_asked_to_keep_the_session(outbox: Outbox) -> None:
    chosen = settings(1, session_expiry_s=7200)
    with FaultyBroker() as broker:
        with running(outbox, chosen.model_copy(update={"port": broker.port})):
            wait_until(lambda: broker.connects)
        packet = broker.connects[0].packet
    assert not packet.clean_start
    assert packet.properties["session_expiry_interval"] == 7200
    assert packet.client_id == "smilepost.acme.north.till-1"
    assert packet.keepalive_s == chosen.keepalive_s


def test_the_will_comes_at_once_is_retained_and_names_the_session_of_birth_and_presence(
    outbox: Outbox,
) -> None:
    with FaultyBroker() as broker:
        with running(outbox, settings(broker.port)) as uplink:
            uplink.show_presence(1, seen_by="camera")
            wait_until(lambda: said(broker, TOPICS.presence))
        will = broker.connects[0].packet.will
        birth, presence = said(broker, TOPICS.status)[0], said(broker, TOPICS.presence)[0]
        goodbye = said(broker, TOPICS.status)[-1]
    assert will is not None
    assert (will.topic, will.qos, will.retain) == (TOPICS.status, 1, True)
    assert will.properties.get("will_delay_interval", 0) == 0
    last_words = json.loads(will.payload)
    assert last_words["state"] == goodbye["state"] == "offline"
    assert birth["state"] == "online"
    sessions = {said["session"] for said in (last_words, birth, presence, goodbye)}
    assert len(sessions) == 1


def test_each_connection_has_a_session_id_of_its_own(outbox: Outbox) -> None:
    with FaultyBroker() as broker:
        with running(outbox, settings(broker.port, reconnect_max_s=0.1)):
            wait_until(lambda: len(said(broker, TOPICS.status)) == 1)
            broker.reset()
            wait_until(lambda: len(said(broker, TOPICS.status)) == 2)
        births = [m["session"] for m in said(broker, TOPICS.status) if m["state"] == "online"]
    assert len(set(births)) == len(births) >= 2


def test_the_brokers_keep_alive_replaces_ours(outbox: Outbox) -> None:
    """Ours is 20 s; a second of silence ends the connection where the broker asks for that."""
    impatient = agreed(server_keep_alive=1)
    changes = Changes()
    with (
        FaultyBroker(Behaviour(connack=impatient.connack, pings=False)) as broker,
        running(outbox, settings(broker.port, keepalive_s=20), changes=changes),
    ):
        changes.wait_for(offline=1)
    assert changes.reasons[0] == "connection lost: Keep alive timeout"


def test_a_broker_without_retained_messages_gets_ordinary_ones(outbox: Outbox) -> None:
    with FaultyBroker(agreed(retain_available=0)) as broker:
        with running(outbox, settings(broker.port)) as uplink:
            uplink.show_presence(1, seen_by="camera")
            wait_until(lambda: said(broker, TOPICS.presence) and outbox.pending == 0)
        assert not any(m.packet.retain for m in broker.messages)


def test_a_broker_that_refuses_a_retained_will_is_served_without(
    outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        LocalBroker(kind="mosquitto", lines=("retain_available false",)) as broker,
        Centre(broker.port) as centre,
        running(outbox, settings(broker.port, reconnect_max_s=0.1)),
    ):
        append(outbox, 1)
        wait_until(lambda: centre.marks == [1])
        assert centre.states(TOPICS.status)[0]["state"] == "online"
    told = [r.message for r in caplog.records if "late subscribers will not see it" in r.message]
    assert len(told) == 1


def test_two_devices_of_one_name_are_told(outbox: Outbox) -> None:
    changes = Changes()
    with FaultyBroker() as broker, running(outbox, settings(broker.port), changes=changes):
        changes.wait_for(online=1)
        broker.leave(0x8E)
        changes.wait_for(offline=1)
    state = next(state for state in changes.states if not state.online)
    assert state.reason == "connection lost: Session taken over"
    assert state.lasting
    assert state.remedy == "does another kiosk have the same device.tenant, site and id?"


# -- dead letters ---------------------------------------------------------------------------------


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.uplink.followup.RefusedRetry", lambda: RefusedRetry(wait_s=0.3))
    monkeypatch.setattr("agent.uplink.retries.LONGEST_RETRY_S", 0.6)
    monkeypatch.setattr("agent.outbox.work.ACK_LINGER_S", 0.05)


def refusing(kind: str, reason: int) -> Behaviour:
    return Behaviour(puback=on_topic({f"*/event/{kind}": Answer(reason=reason)}))


def copies(broker: FaultyBroker, kind: str) -> list[bool]:
    """The `replayed` of every copy that came."""
    return [message["replayed"] for message in said(broker, TOPICS.event(kind))]


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("reason", [0x80, 0x83, 0x87, 0x97])
def test_a_refusal_that_passes_is_healed_by_itself(outbox: Outbox, reason: int) -> None:
    with FaultyBroker(refusing("device.health", reason)) as broker:
        with running(outbox, settings(broker.port)):
            append(outbox, 1)
            wait_until(lambda: len(copies(broker, "device.health")) >= 3)
            broker.behaviour = Behaviour()
            wait_until(lambda: outbox.pending == 0 and outbox.count_rejected() == 0)
        assert copies(broker, "device.health")[1:3] == [True, True]
        assert copies(broker, "device.started") == [False], "the others flow, once"


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("reason", [0x90, 0x95, 0x99])
def test_a_refusal_that_stays_is_not_tried_again(outbox: Outbox, reason: int) -> None:
    with FaultyBroker(refusing("device.health", reason)) as broker:
        with running(outbox, settings(broker.port)):
            append(outbox, 1)
            wait_until(lambda: outbox.count_rejected() == 1)
            append(outbox, 2)
            wait_until(lambda: outbox.count_rejected() == 2)
        assert len(copies(broker, "device.health")) == 2


@pytest.mark.usefixtures("_impatient")
def test_a_message_above_mosquittos_limit_is_a_dead_letter_and_the_others_flow(
    outbox: Outbox,
) -> None:
    big = marked(1).model_copy(update={"presses": {f"key-{n}": n for n in range(200)}})
    with (
        LocalBroker(kind="mosquitto", lines=("message_size_limit 1500",)) as broker,
        Centre(broker.port) as centre,
        running(outbox, settings(broker.port)),
    ):
        outbox.append(big).result(10)
        append(outbox, 2)
        wait_until(lambda: centre.marks == [2] and outbox.pending == 0)
        wait_until(lambda: outbox.count_rejected() == 1)


def test_a_message_at_which_the_broker_always_leaves_holds_no_other_up(outbox: Outbox) -> None:
    poison = Behaviour(puback=on_topic({"*/event/device.started": Leave(0x80)}))
    with FaultyBroker(poison) as broker:
        with running(outbox, settings(broker.port, reconnect_max_s=0.1)):
            append(outbox, *range(20))
            healthy = TOPICS.event("device.health")
            wait_until(lambda: len([m for m in broker.acknowledged if m.topic == healthy]) == 20)
            assert outbox.pending, "it is kept"
            broker.behaviour = Behaviour()
            wait_until(lambda: outbox.pending == 0)
        assert copies(broker, "device.started")[-1] is True


def test_a_new_start_tries_what_may_have_passed_and_nothing_else(path: Path) -> None:
    outbox = open_outbox(path)
    rules = {
        "*/event/device.health": Answer(reason=0x87),
        "*/event/device.started": Answer(reason=0x90),
    }
    with FaultyBroker(Behaviour(puback=on_topic(rules))) as broker:
        with running(outbox, settings(broker.port)):
            append(outbox, 1)
            wait_until(lambda: outbox.pending == 0)
        outbox.close()
        broker.behaviour = Behaviour()
        again = open_outbox(path)
        with running(again, settings(broker.port)):
            wait_until(lambda: again.pending == 0 and len(copies(broker, "device.health")) == 2)
            assert again.count_rejected() == 1
        assert copies(broker, "device.health") == [False, True]
        again.close()


def test_a_denied_topic_stands_in_the_state_until_it_is_permitted(outbox: Outbox) -> None:
    followup = FollowUp(settings(1), topics=TOPICS, outbox=outbox)
    [row] = outbox.take(0, up_to=outbox.high, limit=1)
    followup.refused(row, 0x87, now_s=0.0)
    followup.refused(row, 0x87, now_s=1.0)
    denied = followup.denied
    assert denied is not None
    assert f'add "topic write {TOPICS.event("#")}" for this device' in denied.remedy
    followup.accepted(row, reason=0, now_s=2.0)
    assert followup.denied is None


def test_the_rule_to_add_names_the_user(outbox: Outbox, tmp_path: Path) -> None:
    known = settings(1, username="acme/north/till-1", password_file=str(tmp_path / "password"))
    followup = FollowUp(known, topics=TOPICS, outbox=outbox)
    [row] = outbox.take(0, up_to=outbox.high, limit=1)
    followup.refused(row, 0x87, now_s=0.0)
    assert followup.denied is not None
    assert 'for user "acme/north/till-1" to its ACL' in followup.denied.remedy


def test_what_is_no_denial_is_logged_once_a_kind_and_leaves_the_state_alone(
    outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    followup = FollowUp(settings(1), topics=TOPICS, outbox=outbox)
    [row] = outbox.take(0, up_to=outbox.high, limit=1)
    for reason in (0x99, 0x99, DAMAGED, 0x97, 0x97):
        followup.refused(row, reason, now_s=0.0)
    assert followup.denied is None
    topic = TOPICS.event("device.started")
    assert [r.message for r in caplog.records] == [
        f"broker refuses {topic}: payload format invalid (0x99): kept as rejected",
        f"broker refuses {topic}: refused (0x100): kept as rejected",
        f"broker refuses {topic}: quota exceeded (0x97): kept as rejected",
    ]


def test_a_broker_that_keeps_events_for_no_one_is_told_of_once(
    outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        LocalBroker(kind="mosquitto") as broker,
        running(outbox, settings(broker.port)) as uplink,
    ):
        wait_until(lambda: uplink.state.online)
        append(outbox, *range(5))
        wait_until(lambda: outbox.pending == 0)
        with Centre(broker.port):
            append(outbox, 6)
            wait_until(lambda: outbox.pending == 0)
    told = [r.message for r in caplog.records if "subscribed to" in r.message]
    started, health = TOPICS.event("device.started"), TOPICS.event("device.health")
    assert told == [
        f"nobody has subscribed to {started}: the broker keeps it for no one",
        f"somebody has subscribed to {health} again",
    ]


def test_a_stop_before_the_first_attempt_sends_what_is_pending_all_the_same(
    outbox: Outbox,
) -> None:
    class Patient(random.Random):
        def uniform(self, _a: float, b: float) -> float:
            return b

    append(outbox, 1)
    with FaultyBroker() as broker:
        uplink = Uplink(settings(broker.port), topics=TOPICS, outbox=outbox, rng=Patient())
        uplink._settings = uplink._settings.model_copy(update={"reconnect_max_s": 600.0})
        uplink.start()
        uplink.stop()
        assert copies(broker, "device.health") == [False]
    assert outbox.pending == 0


def test_the_first_attempt_waits_its_share_of_jitter(outbox: Outbox) -> None:
    class Patient(random.Random):
        def uniform(self, a: float, b: float) -> float:
            asked.append((a, b))
            return b

    asked: list[tuple[float, float]] = []
    with FaultyBroker() as broker:
        uplink = Uplink(
            settings(broker.port, reconnect_max_s=0.4), topics=TOPICS, outbox=outbox, rng=Patient()
        )
        uplink.start()
        assert broker.accepted == 0
        wait_until(lambda: uplink.state.online)
        uplink.stop()
    assert asked == [(0.0, 0.4)]
