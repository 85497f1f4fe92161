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
from agent.uplink.window import (
    ANSWER_S,
    LIVE_SHARE,
    Window,
    first_delay_s,
    reconnect_delay_s,
)

EPOCH = Epoch(0, "0" * 16, "/a/b/c", BOOT)


def row(position: int) -> Row:
    return Row(position, EPOCH, "device.health", 1, 0, None, "unknown", None, "{}")


def window(*, size: int = 20, boundary: int = 100, rate: float = 1e6, cursor: int = 0) -> Window:
    return Window(size=size, boundary=boundary, backlog_cursor=cursor, backlog_rate=rate, now_s=0.0)


class WindowModel(RuleBasedStateMachine):
    """A store of positions, published, answered and made pending again in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.next_id = 0
        self.pending = set(range(1, 31))
        self.settled: set[int] = set()
        self.high = 30
        self.size = 6
        self.window = window(size=self.size, boundary=30, rate=50.0)
        self.flying: dict[int, int | None] = {}

    def _send(self, position: int | None) -> int:
        assert position not in self.flying.values() or position is None, "sent twice at once"
        self.next_id += 1
        self.flying[self.next_id] = position
        return self.next_id

    def _take(self, after: int, up_to: int, limit: int) -> list[int]:
        return sorted(p for p in self.pending if after < p <= up_to)[:limit]

    @property
    def watermark(self) -> int:
        return min(self.pending) - 1 if self.pending else self.high

    @rule(count=st.integers(1, 5))
    def store(self, count: int) -> None:
        self.pending |= set(range(self.high + 1, self.high + count + 1))
        self.high += count

    @rule()
    def publish_live(self) -> None:
        for position in self._take(self.window.live_cursor, self.high, self.window.live_room):
            message_id = self._send(position)
            self.window.send_live(message_id, row(position), now_s=self.now_s)

    @rule()
    def publish_backlog(self) -> None:
        room = self.window.backlog_room(self.now_s)
        limit = room + len(self.window.in_flight)
        positions = self._take(self.window.backlog_cursor, self.window.boundary, limit)
        if not room:
            return
        sent = 0
        for position in positions:
            if sent < room and not self.window.pass_over(row(position)):
                self.window.send_backlog(self._send(position), row(position), now_s=self.now_s)
                sent += 1
        if not positions:
            self.window.backlog_done = True
        if sent:
            assert self.window.live_room >= max(1, self.size // LIVE_SHARE), "the living's part"

    @rule()
    def publish_state(self) -> None:
        if self.window.live_room:
            self.window.send_state(self._send(None), now_s=self.now_s)

    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        if not self.flying:
            return
        message_id = data.draw(st.sampled_from(sorted(self.flying)))
        position = self.flying.pop(message_id)
        landed = self.window.land(message_id)
        assert (None if landed is None else landed.position) == position
        if position is not None:
            self.pending.discard(position)
            self.settled.add(position)

    @rule(data=st.data())
    def reopen(self, data: st.DataObject) -> None:
        chosen = (
            data.draw(st.sets(st.sampled_from(sorted(self.settled)))) if self.settled else set()
        )
        self.settled -= chosen
        self.pending |= chosen
        self.window.rewind(self.watermark)

    @rule(position=st.integers(1, 60))
    def confirm(self, position: int) -> None:
        """The centre may confirm what is in flight, or was never acknowledged."""
        self.pending.discard(position)

    @rule(seconds=st.floats(0, 2))
    def wait(self, seconds: float) -> None:
        self.now_s += seconds

    @invariant()
    def never_more_than_the_size_is_in_flight(self) -> None:
        assert len(self.window.in_flight) <= self.size
        assert self.window.live_room == self.size - len(self.flying)

    @invariant()
    def every_pending_row_is_on_its_way_or_will_be_looked_at(self) -> None:
        flow = self.window
        backlog = (
            set() if flow.backlog_done else set(range(flow.backlog_cursor + 1, flow.boundary + 1))
        )
        ahead = backlog | set(range(flow.live_cursor + 1, self.high + 1))
        assert self.pending <= ahead | set(self.flying.values())


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


@pytest.mark.parametrize(("size", "free"), [(1, 0), (2, 1), (3, 1), (4, 1), (8, 1), (20, 2)])
def test_a_part_of_the_window_is_kept_for_the_living(size: int, free: int) -> None:
    assert window(size=size).backlog_room(0.0) == size - free


def test_a_row_settled_without_flying_takes_no_slot() -> None:
    flow = window(boundary=0)
    flow.send_live(None, row(1), now_s=0.0)
    assert (flow.live_cursor, flow.in_flight) == (1, {})


def test_going_back_begins_at_the_watermark_and_ends_at_the_newest_sent() -> None:
    flow = window(boundary=10, cursor=10)
    flow.backlog_done = True
    flow.send_live(1, row(14), now_s=0.0)
    flow.rewind(3)
    assert (flow.backlog_cursor, flow.boundary, flow.backlog_done) == (3, 14, False)
    assert flow.rewound


def test_going_back_never_skips_what_the_backlog_had_not_reached() -> None:
    flow = window(boundary=10, cursor=2)
    flow.rewind(7)
    assert flow.backlog_cursor == 2


def test_what_is_in_flight_is_passed_over_until_it_lands() -> None:
    flow = window(boundary=0)
    flow.send_live(1, row(5), now_s=0.0)
    flow.rewind(0)
    assert flow.pass_over(row(5))
    assert flow.backlog_cursor == 5
    flow.land(1)
    flow.rewind(0)
    assert not flow.pass_over(row(5))


def test_going_back_restores_sight() -> None:
    flow = window()
    flow.blind = True
    flow.rewind(0)
    assert not flow.blind


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


@given(longest_s=st.floats(0.1, 600), seed=st.integers())
def test_the_first_attempt_waits_at_most_three_seconds(longest_s: float, seed: int) -> None:
    wait_s = first_delay_s(longest_s=longest_s, rng=random.Random(seed))
    assert 0.0 <= wait_s <= min(longest_s, 3.0)


def test_a_fleet_that_gets_its_power_back_spreads_its_first_attempts() -> None:
    waits = sorted(first_delay_s(longest_s=30.0, rng=random.Random(n)) for n in range(3000))
    busiest = max(sum(at <= w < at + 0.1 for w in waits) for at in (n / 10 for n in range(30)))
    assert busiest < 160, "never one door for all: 100 in each tenth of a second"


def test_all_topics_stand_under_the_devices_root() -> None:
    topics = Topics("acme", "north", "till-1")
    assert topics.source == "/acme/north/till-1"
    assert topics.root == "smilepost/v1/acme/north/till-1"
    assert topics.status == "smilepost/v1/acme/north/till-1/status"
    assert topics.presence == "smilepost/v1/acme/north/till-1/presence"
    assert topics.receipt == "smilepost/v1/acme/north/till-1/receipt"
    assert topics.event("rating.given") == "smilepost/v1/acme/north/till-1/event/rating.given"


@pytest.mark.parametrize("kind", ["alert.raised", "alert.acknowledged", "alert.resolved"])
def test_alerts_have_a_topic_of_their_own_and_a_rule_for_it(kind: str) -> None:
    topics = Topics("acme", "north", "till-1")
    assert topics.event(kind) == topics.write_rule(kind) == topics.alert
    assert topics.alert == "smilepost/v1/acme/north/till-1/alert"


def test_the_rule_for_every_other_event_covers_all_kinds() -> None:
    topics = Topics("acme", "north", "till-1")
    assert topics.write_rule("rating.given") == "smilepost/v1/acme/north/till-1/event/#"
