"""Where customers' words stay and who may read them: the device's store, the broker's rights."""

from __future__ import annotations

import queue
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from agent.events.catalogue import DeviceHealth, FeedbackLeft
from agent.feedback.cases import draw_case
from agent.feedback.leaving import Filing, Left, feedback_left
from agent.feedback.sealing import plain
from agent.feedback.settings import PERSONAL_KINDS
from agent.outbox import Outbox
from agent.outbox.eviction import class_of
from agent.testing import FakeClock, LocalBroker
from agent.testing.broker import available_broker
from agent.uplink.topics import Topics
from tests.outbox.stores import acknowledge, finish, keep, open_outbox, take_all

TOPICS = Topics("acme", "north", "till-1")
WORDS = "twenty-minutes-in-the-queue"
DAY_S = 86_400
CONFIG = Path(__file__).parents[2] / "config"


def leave(outbox: Outbox) -> None:
    left = Left(about="complaint", language="en", text=WORDS)
    event = feedback_left(left, Filing(TOPICS.source, draw_case()), seal=plain)
    outbox.append(event).result(10)


def kinds_in(outbox: Outbox) -> set[str]:
    return {row.kind for row in take_all(outbox)}


def purge(outbox: Outbox, *, keep_days: int) -> None:
    outbox.purge(keep_days=keep_days, kinds=PERSONAL_KINDS)
    finish(outbox)


# -- on the device ------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.db"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def outbox(path: Path, clock: FakeClock) -> Iterator[Outbox]:
    with closing(open_outbox(path, clock=clock)) as outbox:
        yield outbox


def count(path: Path, kind: str) -> int:
    with closing(sqlite3.connect(path)) as db:
        found: int = db.execute("SELECT count(*) FROM event WHERE kind = ?", (kind,)).fetchone()[0]
    return found


def test_delivered_feedback_goes_earlier_than_the_rest(
    outbox: Outbox, path: Path, clock: FakeClock
) -> None:
    leave(outbox)
    keep(outbox, 1)
    acknowledge(outbox, take_all(outbox))
    clock.advance(8 * DAY_S)
    purge(outbox, keep_days=7)

    assert count(path, FeedbackLeft.kind) == 0
    assert count(path, DeviceHealth.kind) == 1
    assert count(path, "data.purged") == 1


def test_feedback_stays_its_days(outbox: Outbox, path: Path, clock: FakeClock) -> None:
    leave(outbox)
    acknowledge(outbox, take_all(outbox))
    clock.advance(6 * DAY_S)
    purge(outbox, keep_days=7)

    assert count(path, FeedbackLeft.kind) == 1


def test_feedback_that_is_not_delivered_stays(outbox: Outbox, path: Path, clock: FakeClock) -> None:
    leave(outbox)
    clock.advance(400 * DAY_S)
    purge(outbox, keep_days=7)

    assert count(path, FeedbackLeft.kind) == 1
    assert FeedbackLeft.kind in kinds_in(outbox)


def test_what_was_purged_is_no_longer_in_the_file(
    outbox: Outbox, path: Path, clock: FakeClock
) -> None:
    leave(outbox)
    acknowledge(outbox, take_all(outbox))
    finish(outbox)
    clock.advance(8 * DAY_S)
    purge(outbox, keep_days=7)
    outbox.close()

    assert WORDS.encode() not in b"".join(file.read_bytes() for file in path.parent.iterdir())


def test_feedback_is_among_the_last_that_a_full_disk_drops() -> None:
    assert class_of(FeedbackLeft.kind) == "answers"
    assert FeedbackLeft.kind in PERSONAL_KINDS


# -- at the broker ------------------------------------------------------------------------------


class Listener:
    """Somebody with a user name who subscribes to everything."""

    def __init__(self, broker: LocalBroker, user: str) -> None:
        self._heard: queue.Queue[str] = queue.Queue()
        self._present: queue.Queue[None] = queue.Queue()
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=f"{user}-x", protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.username_pw_set(user)
        self._client.on_message = self._note
        self._client.on_subscribe = lambda *_: self._present.put(None)
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()
        self._client.subscribe("smilepost/v1/#", qos=1)
        self._present.get(timeout=30)

    def publish(self, topic: str) -> None:
        self._client.publish(topic, b"{}", qos=1).wait_for_publish(30)

    def heard_until(self, last: str) -> list[str]:
        """Return the topics heard, up to a message that comes behind all others."""
        heard: list[str] = []
        while last not in heard:
            heard.append(self._heard.get(timeout=30))
        return heard

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _note(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        self._heard.put(message.topic)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[LocalBroker]:
    if available_broker() != "mosquitto":
        pytest.skip("the access rules are Mosquitto's: apt install mosquitto")
    acl = tmp_path / "acl"
    shutil.copy(CONFIG / "mosquitto-acl.example", acl)
    acl.chmod(0o644)
    lines = (f"acl_file {acl}", "allow_anonymous true")
    with LocalBroker(kind="mosquitto", lines=lines, folder=tmp_path / "broker") as broker:
        yield broker


def test_words_reach_the_centre_and_not_who_only_looks_at_figures(broker: LocalBroker) -> None:
    words, figures = TOPICS.event(FeedbackLeft.kind), TOPICS.event("rating.given")
    device = Listener(broker, TOPICS.source.removeprefix("/"))
    centre, dashboard = Listener(broker, "centre"), Listener(broker, "dashboard")
    try:
        device.publish(words)
        device.publish(figures)
        assert centre.heard_until(figures) == [words, figures]
        assert dashboard.heard_until(figures) == [figures]
    finally:
        for listener in (device, centre, dashboard):
            listener.close()


def test_the_centre_tells_a_device_how_its_cases_stand(broker: LocalBroker) -> None:
    status, receipt = f"{TOPICS.root}/cases", TOPICS.receipt
    device = Listener(broker, TOPICS.source.removeprefix("/"))
    centre, dashboard = Listener(broker, "centre"), Listener(broker, "dashboard")
    try:
        dashboard.publish(status)
        centre.publish(status)
        centre.publish(receipt)
        assert device.heard_until(receipt) == [status, receipt]
        assert dashboard.heard_until(receipt) == [receipt]
    finally:
        for listener in (device, centre, dashboard):
            listener.close()
