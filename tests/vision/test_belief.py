"""What the agent believes of the camera process: held against its own clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.vision.belief import (
    AHEAD_MS,
    BEHIND_MS,
    CONTACTS_AT_ONCE,
    CONTACTS_PER_S,
    FIRST_DISTRUST_S,
    LONGEST_DISTRUST_S,
    MESSAGES_AT_ONCE,
    MOST_OPEN,
    MOST_REASONS,
    REASONS_AT_ONCE,
    Belief,
    Distrust,
)
from agent.vision.observations import (
    CameraState,
    ContactBegan,
    ContactLeft,
    Hello,
    Observation,
    Presence,
)

NOW_MS = 1_000_000
DWELL_MS = 1500


def name(number: int) -> str:
    return f"{number:012x}"


def make_belief() -> Belief:
    belief = Belief(min_dwell_s=DWELL_MS / 1000, now_ms=0)
    belief.begin(now_ms=NOW_MS)
    return belief


def began(number: int = 1, *, arrived_ms: int, at_ms: int) -> ContactBegan:
    return ContactBegan(at_ms=at_ms, contact=name(number), arrived_ms=arrived_ms)


def left(number: int = 1, *, arrived_ms: int, left_ms: int, at_ms: int) -> ContactLeft:
    return ContactLeft(at_ms=at_ms, contact=name(number), arrived_ms=arrived_ms, left_ms=left_ms)


def test_a_visit_as_it_happens_is_believed() -> None:
    belief = make_belief()
    said: list[tuple[Observation, int]] = [
        (Hello(mode="presence", models={}), NOW_MS),
        (CameraState(at_ms=NOW_MS - 50, working=True), NOW_MS),
        (began(arrived_ms=NOW_MS + 500, at_ms=NOW_MS + 2000), NOW_MS + 2010),
        (Presence(at_ms=NOW_MS + 2000, present=1), NOW_MS + 2010),
        (Presence(at_ms=NOW_MS + 3000, present=1), NOW_MS + 3000),
        (left(arrived_ms=NOW_MS + 500, left_ms=NOW_MS + 8000, at_ms=NOW_MS + 9500), NOW_MS + 9500),
        (Presence(at_ms=NOW_MS + 9400, present=0), NOW_MS + 9500),
    ]
    assert [belief.doubt(what, now_ms=now_ms) for what, now_ms in said] == [None] * len(said)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (Presence(at_ms=NOW_MS + AHEAD_MS + 1, present=0), "still to come"),
        (Presence(at_ms=2**53, present=0), "still to come"),
        (Presence(at_ms=NOW_MS - BEHIND_MS - 1, present=0), "long over"),
        (began(arrived_ms=0, at_ms=2**53), "still to come"),
        (began(arrived_ms=0, at_ms=NOW_MS), "from before it looked"),
        (began(arrived_ms=NOW_MS - DWELL_MS + 3, at_ms=NOW_MS), "before vision.min_dwell_s"),
        (left(arrived_ms=NOW_MS - 3000, left_ms=NOW_MS, at_ms=NOW_MS), "never came"),
    ],
)
def test_what_cannot_be_true_is_doubted(said: Observation, why: str) -> None:
    doubt = make_belief().doubt(said, now_ms=NOW_MS)
    assert doubt is not None
    assert why in doubt


def test_a_contact_comes_once_and_leaves_once() -> None:
    belief = make_belief()
    came = began(arrived_ms=NOW_MS - DWELL_MS, at_ms=NOW_MS)
    gone = left(arrived_ms=NOW_MS - DWELL_MS, left_ms=NOW_MS, at_ms=NOW_MS)
    assert belief.doubt(came, now_ms=NOW_MS) is None
    assert belief.doubt(came, now_ms=NOW_MS) == "it tells of a contact twice"
    assert belief.doubt(gone, now_ms=NOW_MS) is None
    assert belief.doubt(gone, now_ms=NOW_MS) == "it tells that a contact left that never came"


def test_a_contact_leaves_as_the_one_that_came() -> None:
    belief = make_belief()
    belief.doubt(began(arrived_ms=NOW_MS - DWELL_MS, at_ms=NOW_MS), now_ms=NOW_MS)
    gone = left(arrived_ms=NOW_MS - 9000, left_ms=NOW_MS, at_ms=NOW_MS)
    assert belief.doubt(gone, now_ms=NOW_MS) is not None


def test_who_was_there_at_the_end_of_a_connection_did_not_stay() -> None:
    belief = make_belief()
    belief.doubt(began(arrived_ms=NOW_MS - DWELL_MS, at_ms=NOW_MS), now_ms=NOW_MS)
    belief.begin(now_ms=NOW_MS + 5000)
    gone = left(arrived_ms=NOW_MS - DWELL_MS, left_ms=NOW_MS, at_ms=NOW_MS + 5000)
    assert belief.doubt(gone, now_ms=NOW_MS + 5000) is not None


def test_what_waited_for_a_busy_agent_is_believed_though_it_comes_at_once() -> None:
    belief = make_belief()
    now_ms = NOW_MS + 600_000
    heartbeats = [Presence(at_ms=at_ms, present=0) for at_ms in range(NOW_MS, now_ms, 200)]
    assert len(heartbeats) > 2 * MESSAGES_AT_ONCE
    assert not any(belief.doubt(beat, now_ms=now_ms) for beat in heartbeats)


def test_a_flood_is_doubted() -> None:
    belief = make_belief()
    doubts = [belief.doubt(Presence(at_ms=NOW_MS, present=0), now_ms=NOW_MS) for _ in range(400)]
    assert sum(doubt is None for doubt in doubts) == MESSAGES_AT_ONCE


def test_a_flood_is_none_the_less_for_a_new_connection() -> None:
    belief, believed = make_belief(), 0
    for number in range(100):
        belief.begin(now_ms=NOW_MS)
        said = began(number, arrived_ms=NOW_MS - DWELL_MS, at_ms=NOW_MS)
        believed += belief.doubt(said, now_ms=NOW_MS) is None
    assert believed == CONTACTS_AT_ONCE


def test_no_more_are_there_at_a_time_than_presence_can_say() -> None:
    belief, doubts = make_belief(), []
    for number in range(MOST_OPEN + 1):
        now_ms = NOW_MS + 1000 * number
        said = began(number, arrived_ms=now_ms - DWELL_MS, at_ms=now_ms)
        doubts.append(belief.doubt(said, now_ms=now_ms))
    assert doubts == [None] * MOST_OPEN + ["it tells of more than 100 contacts at a time"]


Said = tuple[str, int, int, int, int]
anything = st.tuples(
    st.sampled_from(["began", "left", "presence"]),
    st.integers(0, 40),
    st.integers(-2 * BEHIND_MS, 2 * AHEAD_MS) | st.just(2**52),
    st.integers(0, 5000) | st.just(NOW_MS),
    st.integers(0, 500),
)


def spoken(said: Said, now_ms: int) -> Observation:
    kind, number, later_ms, before_ms, _ = said
    at_ms = max(0, now_ms + later_ms)
    arrived_ms = max(0, at_ms - before_ms)
    if kind == "began":
        return began(number, arrived_ms=arrived_ms, at_ms=at_ms)
    if kind == "left":
        return left(number, arrived_ms=arrived_ms, left_ms=at_ms, at_ms=at_ms)
    return Presence(at_ms=at_ms, present=number)


@given(story=st.lists(anything, max_size=150))
def test_whatever_it_says_contacts_are_within_its_time_and_rate(story: list[Said]) -> None:
    belief, now_ms = make_belief(), NOW_MS
    there: dict[str, int] = {}
    came = 0
    for said in story:
        now_ms += said[-1]
        observation = spoken(said, now_ms)
        if belief.doubt(observation, now_ms=now_ms) is not None:
            break  # nothing more is heard
        if isinstance(observation, ContactBegan):
            came += 1
            there[observation.contact] = observation.arrived_ms
            assert NOW_MS - BEHIND_MS <= observation.arrived_ms <= now_ms + AHEAD_MS
            assert observation.at_ms - observation.arrived_ms >= DWELL_MS - 2
        elif isinstance(observation, ContactLeft):
            assert there.pop(observation.contact) == observation.arrived_ms
            assert observation.left_ms <= now_ms + AHEAD_MS
    passed_s = (now_ms + AHEAD_MS - NOW_MS) / 1000
    assert came <= CONTACTS_AT_ONCE + CONTACTS_PER_S * passed_s + 1


def test_distrust_grows_with_every_lie_and_fades() -> None:
    distrust, now_s, waits = Distrust(), 0.0, []
    assert distrust.left_s(now_s=now_s) == 0.0
    for _ in range(9):
        distrust.catch(now_s=now_s)
        waits.append(distrust.left_s(now_s=now_s))
        now_s += waits[-1] + 1.0
        assert distrust.left_s(now_s=now_s) == 0.0
    assert waits == [min(FIRST_DISTRUST_S * 2**n, LONGEST_DISTRUST_S) for n in range(9)]
    distrust.catch(now_s=now_s + LONGEST_DISTRUST_S)
    assert distrust.left_s(now_s=now_s + LONGEST_DISTRUST_S) == FIRST_DISTRUST_S


# -- words -----------------------------------------------------------------------------------------


def lost(reason: str, *, at_ms: int) -> CameraState:
    return CameraState(at_ms=at_ms, working=False, reason=reason)


def test_a_camera_may_fail_for_the_same_reasons_for_ever() -> None:
    belief = make_belief()
    for turn in range(1000):
        at_ms = NOW_MS + turn * 1000
        assert belief.doubt(lost(f"reason {turn % 20}", at_ms=at_ms), now_ms=at_ms) is None
        working = CameraState(at_ms=at_ms, working=True)
        assert belief.doubt(working, now_ms=at_ms) is None


def test_reasons_that_are_ever_new_could_be_a_picture_and_are_not_believed() -> None:
    belief, told = make_belief(), 0
    for turn in range(200):
        at_ms = NOW_MS + turn * 1000
        belief.begin(now_ms=at_ms)  # coming back does not help
        told += belief.doubt(lost(f"{turn:0300}", at_ms=at_ms), now_ms=at_ms) is None
    assert told == REASONS_AT_ONCE


def test_a_new_reason_is_believed_again_after_a_while_and_few_are_remembered() -> None:
    belief = make_belief()
    for turn in range(3 * MOST_REASONS):
        at_ms = NOW_MS + turn * 601_000
        assert belief.doubt(lost(str(turn), at_ms=at_ms), now_ms=at_ms) is None
    assert len(belief._reasons) == MOST_REASONS


@pytest.mark.parametrize("forged", ["a\nagent: all is well", "\x1b[2J", "a\u2028b", "\x9b1m"])
def test_a_reason_is_one_line_without_orders_to_a_terminal(forged: str) -> None:
    with pytest.raises(ValidationError):
        lost(forged, at_ms=1)
