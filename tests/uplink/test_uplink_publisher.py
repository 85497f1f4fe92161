"""What goes over one connection, and in what order, without a broker."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from agent.outbox import Outbox, State
from agent.uplink.connection import Connection
from agent.uplink.followup import FollowUp
from agent.uplink.publisher import Publisher
from agent.uplink.window import Window
from tests.uplink.scene import TOPICS, append, settings, wait_until


class Wire(Connection):
    """A connection that notes what is published and answers nothing."""

    def __init__(self) -> None:
        super().__init__(settings(1), client_id="till")
        self.sent: list[dict[str, Any]] = []

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: int | None = None
    ) -> int:
        del topic, retain, expiry_s
        self.sent.append(json.loads(payload))
        return len(self.sent)

    @property
    def sequences(self) -> list[int]:
        return [int(event["sequence"]) for event in self.sent]


class Sender:
    """A publisher over such a wire; `answer` is the broker's."""

    def __init__(self, outbox: Outbox, *, size: int) -> None:
        self.wire = Wire()
        self.window = Window(
            size=size,
            boundary=outbox.high,
            backlog_cursor=outbox.watermark,
            backlog_rate=1e9,
            now_s=time.monotonic(),
        )
        self.followup = FollowUp(settings(1), topics=TOPICS, outbox=outbox)
        self.publisher = Publisher(
            self.wire,
            self.window,
            topics=TOPICS,
            outbox=outbox,
            followup=self.followup,
            session="0" * 16,
            first=True,
        )

    def turn(self) -> None:
        self.publisher.look_back()
        self.publisher.publish_live()
        self.publisher.publish_backlog(rate=1e9)

    def answer(self, *message_ids: int, reason: int = 0) -> None:
        for message_id in message_ids:
            self.publisher.answered(message_id, reason)
        self.publisher.record()


@pytest.fixture
def _written_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.outbox.work.ACK_LINGER_S", 0.05)


def test_live_rows_go_first_and_the_window_bounds_all(outbox: Outbox) -> None:
    append(outbox, *range(20))
    sender = Sender(outbox, size=8)
    append(outbox, *range(20, 23))
    sender.turn()
    assert sender.wire.sequences == [22, 23, 24, 1, 2, 3, 4]
    sender.answer(1, 2, 3)
    sender.turn()
    assert sender.wire.sequences[7:] == [5, 6, 7]


def test_what_has_been_sent_is_not_sent_again_while_the_connection_holds(outbox: Outbox) -> None:
    append(outbox, *range(50))
    sender = Sender(outbox, size=8)
    for _ in range(40):
        sender.turn()
        sender.answer(*sender.window.in_flight)
    assert sender.wire.sequences == list(range(1, 52))


@pytest.mark.usefixtures("_written_soon")
def test_what_comes_back_is_sent_again_and_nothing_else(outbox: Outbox) -> None:
    append(outbox, *range(10))
    sender = Sender(outbox, size=20)
    sender.turn()
    sender.answer(3, 4, reason=0x97)
    sender.answer(*(set(sender.window.in_flight) - {5}))
    wait_until(lambda: outbox.count_rejected() == 2)
    outbox.reopen(State.REJECTED, up_to=outbox.high, reasons=frozenset({0x97}))
    wait_until(lambda: outbox.rewinds)
    for _ in range(3):
        sender.turn()
    assert sender.wire.sequences[11:] == [3, 4], "5 is still on its way"
    assert [event["replayed"] for event in sender.wire.sent[11:]] == [True, True]


def test_a_row_read_ahead_and_answered_meanwhile_is_not_sent_again(outbox: Outbox) -> None:
    append(outbox, *range(5))
    sender = Sender(outbox, size=4)
    append(outbox, 6, 7)
    sender.publisher.publish_live()
    live = list(sender.window.in_flight)
    sender.window.rewind(outbox.watermark)
    sender.turn()
    assert sender.wire.sequences == [7, 8, 1], "one slot is kept free; 7 and 8 were read ahead"
    sender.answer(*live)
    for _ in range(10):
        sender.turn()
        sender.answer(*sender.window.in_flight)
    assert sorted(sender.wire.sequences) == list(range(1, 9)), "each once"


def test_a_suspect_is_passed_over_and_comes_when_its_time_is_over(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(outbox, 1, 2)
    first = outbox.take(0, up_to=outbox.high, limit=1)[0]
    sender = Sender(outbox, size=8)
    for _ in range(3):
        sender.followup.ended(first.position, now_s=time.monotonic())
    sender.turn()
    assert sender.wire.sequences == [2, 3]
    now_s = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now_s + 2.0)
    sender.turn()
    assert sender.wire.sequences == [2, 3, 1]
