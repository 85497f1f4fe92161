"""The publishing window, without a broker: a simulation of everything a connection may do."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from agent.outbox.rows import Epoch, Row
from agent.testing.clock import BOOT
from agent.uplink.topics import Topics
from agent.uplink.window import ANSWER_S, LIVE_SHARE, Window, reconnect_delay_s

EPOCH = Epoch(0, "0" * 16, "/a/b/c", BOOT)


def row(position: int) -> Row:
    return Row(position, EPOCH, "device.health", 1, 0, None, "unknown", None, "{}")


def window(*, size: int = 20, boundary: int = 100, rate: float = 1e6, cursor: int = 0) -> Window:
    return Window(size=size, boundary=boundary, backlog_cursor=cursor, backlog_rate=rate, now_s=0.0)


class WindowModel(RuleBasedStateMachine):
    """A store of pending positions, published and answered in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.next_id = 0
        self.pending = set(range(1, 31))
        self.high = 30
        self.size = 6
        self.window = window(size=self.size, boundary=30, rate=50.0)
        self.flying: dict[int, int | None] = {}

    def _id(self) -> int:
        self.next_id += 1
        return self.next_id

    def _take(self, after: int, up_to: int, limit: int) -> list[int]:
        return sorted(p for p in self.pending if after < p <= up_to)[:limit]

    @rule(count=st.integers(1, 5))
    def store(self, count: int) -> None:
        self.pending |= set(range(self.high + 1, self.high + count + 1))
        self.high += count

    @rule()
    def publish_live(self) -> None:
        for position in self._take(self.window.live_cursor, self.high, self.window.live_room):
            assert position > 30
            message_id = self._id()
            self.window.send_live(message_id, row(position), now_s=self.now_s)
            self.flying[message_id] = position

    @rule()
    def publish_backlog(self) -> None:
        room = self.window.backlog_room(self.now_s)
        positions = self._take(self.window.backlog_cursor, 30, room)
        for position in positions:
            message_id = self._id()
            self.window.send_backlog(message_id, row(position), now_s=self.now_s)
            self.flying[message_id] = position
        if room and not positions:
            self.window.backlog_done = True
        if positions:
            reserve = max(1, self.size // LIVE_SHARE)
            assert self.window.live_room >= reserve, "the living keep their part"

    @rule()
    def publish_state(self) -> None:
        if self.window.live_room:
            message_id = self._id()
            self.window.send_state(message_id, now_s=self.now_s)
            self.flying[message_id] = None

    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        if not self.flying:
            return
        message_id = data.draw(st.sampled_from(sorted(self.flying)))
        position = self.flying.pop(message_id)
        landed = self.window.land(message_id)
        assert (None if landed is None else landed.position) == position
        self.pending.discard(position or 0)

    @rule()
    def lose_sight(self) -> None:
        self.window.lose_sight()

    @rule(seconds=st.floats(0, 2))
    def wait(self, seconds: float) -> None:
        self.now_s += seconds

    @invariant()
    def never_more_than_the_size_is_in_flight(self) -> None:
        assert len(self.window.in_flight) <= self.size
        assert self.window.live_room == self.size - len(self.flying)

    @invariant()
    def the_watermark_never_passes_an_unsettled_row(self) -> None:
        assert all(position > self.window.watermark for position in self.pending)


TestWindowModel = WindowModel.TestCase
TestWindowModel.settings = settings(max_examples=60, deadline=None)


@given(
    rate=st.floats(0.1, 500),
    steps=st.lists(st.floats(0, 3), min_size=1, max_size=40),
    size=st.integers(1, 40),
)
def test_the_backlog_never_flows_faster_than_its_rate(
    rate: float, steps: list[float], size: int
) -> None:
    flow, now_s, sent = window(size=size, boundary=1 << 30, rate=rate), 0.0, 0
    for step_s in steps:
        now_s += step_s
        for _ in range(flow.backlog_room(now_s)):
            sent += 1
            flow.send_backlog(sent, row(sent), now_s=now_s)
            flow.land(sent)
    assert sent <= size + rate * now_s + 1e-6


def test_the_backlog_flows_at_its_rate_when_answers_are_quick() -> None:
    flow, sent = window(rate=50.0, boundary=1 << 30), 0
    for hundredth in range(1, 1001):
        for _ in range(flow.backlog_room(hundredth / 100)):
            sent += 1
            flow.send_backlog(sent, row(sent), now_s=0.0)
            flow.land(sent)
    assert sent == pytest.approx(50 * 10 + flow.size, abs=2)


@pytest.mark.parametrize(("size", "free"), [(1, 0), (2, 1), (3, 1), (4, 1), (8, 2), (20, 5)])
def test_a_part_of_the_window_is_kept_for_the_living(size: int, free: int) -> None:
    assert window(size=size).backlog_room(0.0) == size - free


def test_the_watermark_waits_for_the_oldest_in_flight() -> None:
    flow = window(boundary=0)
    for position in (1, 2, 3):
        flow.send_live(position, row(position), now_s=0.0)
    flow.backlog_done = True
    flow.land(2)
    assert flow.watermark == 0
    flow.land(1)
    assert flow.watermark == 2
    flow.land(3)
    assert flow.watermark == 3


def test_a_row_settled_without_flying_is_passed() -> None:
    flow = window(boundary=0)
    flow.backlog_done = True
    flow.send_live(None, row(1), now_s=0.0)
    assert (flow.watermark, flow.in_flight) == (1, {})


def test_the_watermark_stands_still_once_rows_may_have_been_missed() -> None:
    flow = window(boundary=0)
    flow.backlog_done = True
    flow.send_live(1, row(1), now_s=0.0)
    flow.lose_sight()
    flow.send_live(2, row(9), now_s=0.0)
    flow.land(1)
    flow.land(2)
    assert not flow.sighted
    assert flow.watermark == 0


def test_an_answer_to_nothing_of_ours_is_nothing() -> None:
    assert window().land(7) is None


def test_a_message_unanswered_for_too_long_is_noticed() -> None:
    flow = window()
    flow.send_state(1, now_s=10.0)
    flow.send_live(2, row(101), now_s=60.0)
    assert not flow.unanswered(10.0 + ANSWER_S)
    assert flow.unanswered(10.1 + ANSWER_S)
    flow.land(1)
    assert not flow.unanswered(10.1 + ANSWER_S)


@given(attempt=st.integers(0, 10_000), longest_s=st.floats(0.1, 600), seed=st.integers())
def test_waits_are_within_full_jitter_bounds(attempt: int, longest_s: float, seed: int) -> None:
    wait_s = reconnect_delay_s(attempt, longest_s=longest_s, rng=random.Random(seed))
    assert 0.0 <= wait_s <= min(longest_s, 0.5 * 2.0 ** min(attempt, 30))


def test_waits_are_spread_over_the_whole_range() -> None:
    rng = random.Random(1)
    waits = [reconnect_delay_s(4, longest_s=30.0, rng=rng) for _ in range(2000)]
    assert min(waits) < 0.1
    assert max(waits) > 7.9
    assert sum(waits) / len(waits) == pytest.approx(4.0, abs=0.2)


def test_all_topics_stand_under_the_devices_root() -> None:
    topics = Topics("acme", "north", "till-1")
    assert topics.source == "/acme/north/till-1"
    assert topics.root == "smilepost/v1/acme/north/till-1"
    assert topics.status == "smilepost/v1/acme/north/till-1/status"
    assert topics.presence == "smilepost/v1/acme/north/till-1/presence"
    assert topics.event("rating.given") == "smilepost/v1/acme/north/till-1/event/rating.given"
