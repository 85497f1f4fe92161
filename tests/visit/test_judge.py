"""What a press means: the worked cases, one by one, and what must hold for any presses."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from agent.visit.judge import (
    HAMMERING_PRESSES,
    MEMORY_MS,
    Amendment,
    Judge,
    Press,
    Verdict,
    Windows,
    decide,
)

WINDOWS = Windows()
KEYS = ("red", "yellow", "green")


@dataclass(frozen=True)
class Case:
    """A story in presses: (seconds, key, contact or None), and what becomes of each."""

    story: str
    presses: tuple[tuple[float, str, str | None], ...]
    outcome: tuple[str, ...]
    watched: bool = False


CASES = (
    Case("a single press counts", ((0, "red", None),), ("counts",)),
    Case(
        "same key within W: acknowledged again, does not count",
        ((0, "red", None), (3, "red", None)),
        ("counts", "repeat"),
    ),
    Case(
        "red, green 2 s later, same contact: green counts",
        ((0, "red", "ann"), (2, "green", "ann")),
        ("changed", "counts"),
        watched=True,
    ),
    Case(
        "then another person presses red 3 s later: counts",
        ((0, "red", "ann"), (2, "green", "ann"), (5, "red", "bob")),
        ("changed", "counts", "counts"),
        watched=True,
    ),
    Case(
        "without a camera it falls in W and replaces green",
        ((0, "red", None), (2, "green", None), (5, "red", None)),
        ("changed", "changed", "counts"),
    ),
    Case(
        "red, green 4 s later, no camera: green only",
        ((0, "red", None), (4, "green", None)),
        ("changed", "counts"),
    ),
    Case(
        "after W, without a camera, it is the next customer",
        ((0, "red", None), (5.1, "green", None)),
        ("counts", "counts"),
    ),
    Case(
        "same contact, another key 20 s later: the first stands",
        ((0, "red", "ann"), (20, "green", "ann")),
        ("counts", "late_change"),
        watched=True,
    ),
    Case(
        "same contact, the same key 20 s later is a repeat",
        ((0, "red", "ann"), (20, "red", "ann")),
        ("counts", "repeat"),
        watched=True,
    ),
    Case(
        "nobody seen: counts of respondents, not of served",
        ((0, "red", None),),
        ("counts no_contact",),
        watched=True,
    ),
    Case(
        "five presses in 5 s on one key: one counts",
        tuple((n, "red", None) for n in range(5)),
        ("counts", "repeat", "repeat", "repeat", "repeat"),
    ),
    Case(
        "five presses in 5 s on several keys: play, none counts",
        tuple((n, KEYS[n % 3], None) for n in range(5)),
        ("play",) * 5,
    ),
    Case(
        "two keys within 80 ms: a chord, none counts",
        ((0, "red", None), (0.079, "green", None)),
        ("chord", "chord"),
    ),
    Case(
        "two keys 81 ms apart: a change of mind",
        ((0, "red", None), (0.081, "green", None)),
        ("changed", "counts"),
    ),
    Case(
        "chords are part of the playing they are seen in",
        (
            (0, "red", None),
            (0.5, "green", None),
            (0.55, "yellow", None),
            (1, "red", None),
            (1.5, "green", None),
        ),
        ("play", "chord", "chord", "play", "play"),
    ),
    Case(
        "pressed before the camera saw them, and again: their contact has answered",
        ((0, "red", None), (1, "red", "ann")),
        ("counts", "repeat"),
        watched=True,
    ),
    Case(
        "two contacts answer in turn: both count",
        ((0, "red", "ann"), (1, "green", "bob")),
        ("counts", "counts"),
        watched=True,
    ),
)


def presses_of(case: Case) -> list[Press]:
    return [
        Press(ref, key, round(at * 1000), contact=contact, watched=case.watched)
        for ref, (at, key, contact) in enumerate(case.presses, start=1)
    ]


def word(verdict: Verdict) -> str:
    return " ".join((("counts",) if verdict.counts else ()) + verdict.flags)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.story)
def test_worked_case(case: Case) -> None:
    verdicts = decide(presses_of(case), WINDOWS)

    assert tuple(word(verdicts[ref]) for ref in sorted(verdicts)) == case.outcome


def test_with_several_contacts_the_window_is_two_seconds() -> None:
    first = Press(1, "red", 0)
    second = Press(2, "green", 3000, crowd=True)

    verdicts = decide([first, second], WINDOWS)

    assert verdicts[1].counts
    assert verdicts[2].counts


def test_a_stuck_key_does_not_count_and_does_not_change_the_others() -> None:
    verdicts = decide([Press(1, "red", 0, stuck=True), Press(2, "green", 1000)], WINDOWS)

    assert verdicts[1] == Verdict(counts=False, flags=("stuck",))
    assert verdicts[2].counts


def test_a_new_press_is_told_with_what_it_changes() -> None:
    judge = Judge(WINDOWS)
    judge.press(Press(1, "red", 0))

    verdict, amendments = judge.press(Press(2, "green", 2000))

    assert verdict == Verdict(counts=True)
    assert amendments == [Amendment(Press(1, "red", 0), Verdict(counts=False, flags=("changed",)))]


def test_a_press_goes_to_the_newcomer_once_the_contact_is_confirmed() -> None:
    judge = Judge(WINDOWS)
    judge.press(Press(1, "green", 0, contact="ann", watched=True))
    _, replaced = judge.press(Press(2, "red", 3000, watched=True))
    assert [a.verdict.counts for a in replaced] == [False]

    restored = judge.attribute(2, "bob")

    assert {a.press.ref: word(a.verdict) for a in restored} == {1: "counts", 2: "counts"}


def test_an_answer_begun_unseen_goes_to_the_contact_that_goes_on_with_it() -> None:
    judge = Judge(WINDOWS)
    first, _ = judge.press(Press(1, "red", 0, watched=True))
    assert first == Verdict(counts=True, flags=("no_contact",))

    again, amended = judge.press(Press(2, "red", 1000, contact="ann", watched=True))

    assert again == Verdict(counts=False, flags=("repeat",), contact="ann")
    assert [a.verdict for a in amended] == [Verdict(counts=True, contact="ann")]


def test_marking_a_key_stuck_amends_its_last_press_only() -> None:
    judge = Judge(WINDOWS)
    judge.press(Press(1, "red", 0))
    judge.press(Press(2, "red", 60_000))

    assert [a.press.ref for a in judge.mark_stuck("red")] == [2]
    assert judge.mark_stuck("green") == []


def test_what_a_crash_left_unsaid_is_said_at_the_restart() -> None:
    red = Amendment(Press(1, "red", 0), Verdict(counts=True))
    green = Amendment(Press(2, "green", 2000), Verdict(counts=True))

    amendments = Judge(WINDOWS).restore([red, green])

    assert amendments == [replace(red, verdict=Verdict(counts=False, flags=("changed",)))]


def test_old_presses_are_forgotten_and_the_verdicts_of_new_ones_do_not_depend_on_them() -> None:
    judge = Judge(WINDOWS)
    for minute in range(20):
        verdict, amendments = judge.press(Press(minute + 1, "red", minute * 60_000))
        assert verdict.counts
        assert amendments == []

    assert len(judge.known()) < 10


def test_a_group_is_never_forgotten_in_part() -> None:
    judge = Judge(WINDOWS)
    for second in range(400):
        _, amendments = judge.press(Press(second + 1, "red", second * 1000))
        assert amendments == []

    assert sum(k.verdict.counts for k in judge.known()) == 1


STORIES = st.lists(
    st.tuples(
        st.integers(min_value=1, max_value=9000),
        st.sampled_from(KEYS),
        st.sampled_from([None, "ann", "bob"]),
    ),
    max_size=25,
)


def random_presses(story: list[tuple[int, str, str | None]]) -> list[Press]:
    presses, now_ms = [], 0
    for ref, (gap_ms, key, contact) in enumerate(story, start=1):
        now_ms += gap_ms
        presses.append(Press(ref, key, now_ms, contact=contact, watched=contact is not None))
    return presses


@given(STORIES)
def test_replaying_raw_presses_gives_what_was_told_live(
    story: list[tuple[int, str, str | None]],
) -> None:
    presses = random_presses(story)
    judge, told = Judge(WINDOWS), {}
    for press in presses:
        told[press.ref], amendments = judge.press(press)
        told |= {a.press.ref: a.verdict for a in amendments}

    assert told == decide(presses, WINDOWS)


@given(STORIES)
def test_a_contact_has_at_most_one_counting_rating(
    story: list[tuple[int, str, str | None]],
) -> None:
    presses = random_presses(story)
    verdicts = decide(presses, WINDOWS)

    for contact in ("ann", "bob"):
        counting = [v for v in verdicts.values() if v.contact == contact and v.counts]
        assert len(counting) <= 1


@given(STORIES)
def test_whatever_does_not_count_says_why(story: list[tuple[int, str, str | None]]) -> None:
    for verdict in decide(random_presses(story), WINDOWS).values():
        assert verdict.counts or set(verdict.flags) - {"no_contact"}


@given(
    st.lists(st.sampled_from(KEYS), min_size=5, max_size=40).filter(lambda k: len(set(k[:5])) > 1),
    st.integers(min_value=1, max_value=900),
)
def test_a_mashing_toddler_never_moves_the_score(keys: list[str], gap_ms: int) -> None:
    presses = [Press(n + 1, key, n * gap_ms) for n, key in enumerate(keys)]

    assert not any(v.counts for v in decide(presses, WINDOWS).values())


@given(
    st.lists(
        st.tuples(st.integers(min_value=100, max_value=5000), st.sampled_from(KEYS)),
        min_size=HAMMERING_PRESSES - 3,
        max_size=HAMMERING_PRESSES + 20,
    )
)
@hypothesis_settings(max_examples=20, deadline=None)
def test_an_endless_group_is_one_answer_and_replays_as_it_was_told(
    story: list[tuple[int, str]],
) -> None:
    presses = random_presses([(gap_ms, key, None) for gap_ms, key in story])
    judge, told = Judge(WINDOWS), {}
    for press in presses:
        told[press.ref], amendments = judge.press(press)
        told |= {a.press.ref: a.verdict for a in amendments}

    assert told == decide(presses, WINDOWS)
    assert sum(verdict.counts for verdict in told.values()) <= 1


def test_hammering_is_not_remembered_without_bound_and_ends_with_a_pause() -> None:
    judge = Judge(WINDOWS)
    for number in range(5 * HAMMERING_PRESSES):
        judge.press(Press(number + 1, "red", number * 250))

    assert len(judge.known()) == HAMMERING_PRESSES
    later_ms = 5 * HAMMERING_PRESSES * 250 + WINDOWS.alone_ms
    verdict, _ = judge.press(Press(9999, "green", later_ms))
    assert verdict.counts, "after the pause somebody answers"


def test_people_that_a_camera_tells_apart_never_hammer() -> None:
    judge = Judge(WINDOWS)
    for number in range(2 * HAMMERING_PRESSES):
        press = Press(number + 1, "red", number * 3000, contact=f"c{number}", watched=True)
        verdict, amendments = judge.press(press)
        assert verdict.counts
        assert amendments == []
    assert len(judge.known()) <= MEMORY_MS / 3000 + 2
