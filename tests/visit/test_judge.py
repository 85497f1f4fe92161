"""The judge: what it tells, what it remembers, and what must hold for any presses."""

from __future__ import annotations

import itertools
from dataclasses import replace

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from agent.visit.judge import CONTACT_PRESSES, MEMORY_MS, Amendment, Judge
from agent.visit.rules import HAMMERING_PRESSES, Press, Rules, Verdict, decide

RULES = Rules()
KEYS = ("red", "yellow", "green")


def word(verdict: Verdict) -> str:
    return " ".join((("counts",) if verdict.counts else ()) + verdict.flags)


def test_a_new_press_is_told_with_what_it_changes() -> None:
    judge = Judge(RULES)
    judge.press(Press(1, "red", 0))

    verdict, amendments = judge.press(Press(2, "green", 2000))

    assert verdict == Verdict(counts=True)
    assert amendments == [Amendment(Press(1, "red", 0), Verdict(counts=False, flags=("changed",)))]


def test_an_answer_begun_unseen_goes_to_the_contact_that_goes_on_with_it() -> None:
    judge = Judge(RULES)
    first, _ = judge.press(Press(1, "red", 0, watched=True))
    assert first == Verdict(counts=True, flags=("no_contact",))

    again, amended = judge.press(Press(2, "red", 1000, contact="ann", watched=True))

    assert again == Verdict(counts=False, flags=("repeat",), contact="ann")
    assert [a.verdict for a in amended] == [Verdict(counts=True, contact="ann")]


def test_marking_a_key_stuck_amends_its_last_press_only() -> None:
    judge = Judge(RULES)
    judge.press(Press(1, "red", 0))
    judge.press(Press(2, "red", 60_000))

    assert [a.press.ref for a in judge.mark_stuck("red")] == [2]
    assert judge.mark_stuck("green") == []


def test_what_a_crash_left_unsaid_is_said_at_the_restart() -> None:
    red = Amendment(Press(1, "red", 0), Verdict(counts=True))
    green = Amendment(Press(2, "green", 2000), Verdict(counts=True))

    amendments = Judge(RULES).restore([red, green])

    assert amendments == [replace(red, verdict=Verdict(counts=False, flags=("changed",)))]


def test_old_presses_are_forgotten_and_the_verdicts_of_new_ones_do_not_depend_on_them() -> None:
    judge = Judge(RULES)
    for minute in range(20):
        verdict, amendments = judge.press(Press(minute + 1, "red", minute * 60_000))
        assert verdict.counts
        assert amendments == []

    assert len(judge.known()) < 10


def test_an_answer_stands_for_as_long_as_its_contact_is_there() -> None:
    judge = Judge(RULES)
    judge.begin("ann")
    judge.press(Press(1, "red", 0, contact="ann"))
    judge.press(Press(2, "green", MEMORY_MS + 1_000))

    late, amended = judge.press(Press(3, "green", 2 * MEMORY_MS, contact="ann"))

    assert word(late) == "late_change"
    assert amended == []
    assert [a.press.ref for a in judge.known() if a.verdict.contact == "ann"] == [1, 3]


def test_who_is_over_is_forgotten() -> None:
    judge = Judge(RULES)
    judge.begin("ann")
    judge.press(Press(1, "red", 0, contact="ann"))
    judge.end("ann")
    judge.press(Press(2, "green", MEMORY_MS + 1_000))

    assert [a.press.ref for a in judge.known()] == [2]


def test_of_who_stays_all_day_and_plays_the_answer_and_a_hundred_presses_are_remembered() -> None:
    judge = Judge(RULES)
    judge.begin("ann")
    for number in range(3 * CONTACT_PRESSES):
        judge.press(Press(number + 1, "red", number * 60_000, contact="ann"))
    known = judge.known()

    assert [a.press.ref for a in known if a.verdict.counts] == [1]
    assert CONTACT_PRESSES <= len(known) <= CONTACT_PRESSES + MEMORY_MS / 60_000 + 1


def test_a_press_in_passing_does_not_end_the_hammering_of_another() -> None:
    judge, told, presses = Judge(RULES), {}, []
    for number in range(2 * HAMMERING_PRESSES):
        presses.append(Press(2 * number + 1, "red", number * 4_000, contact="ann"))
        presses.append(Press(2 * number + 2, "red", number * 4_000 + 500, contact=f"c{number}"))
    for press in presses:
        told[press.ref], amendments = judge.press(press)
        told |= {a.press.ref: a.verdict for a in amendments}

    assert told == decide(presses, RULES)
    assert sum(a.press.contact == "ann" for a in judge.known()) == HAMMERING_PRESSES


def test_a_button_test_among_answers_changes_nothing_about_them() -> None:
    judge = Judge(RULES)
    judge.press(Press(1, "red", 0))
    tried, amended = judge.press(Press(2, "green", 1_000, test=True))
    again, _ = judge.press(Press(3, "red", 2_000))

    assert (word(tried), amended, word(again)) == ("test", [], "repeat")


def test_a_group_is_never_forgotten_in_part() -> None:
    judge = Judge(RULES)
    for second in range(400):
        _, amendments = judge.press(Press(second + 1, "red", second * 1000))
        assert amendments == []

    assert sum(k.verdict.counts for k in judge.known()) == 1


GAPS = st.one_of(
    st.integers(min_value=1, max_value=9_000),
    st.integers(min_value=1, max_value=MEMORY_MS + 10_000),
)
PRESSES = st.builds(
    Press,
    ref=st.just(0),
    key=st.sampled_from(KEYS),
    at_ms=GAPS,  # after the one before
    contact=st.sampled_from([None, "ann", "bob"]),
    watched=st.booleans(),
    crowd=st.booleans(),
    prompted=st.booleans(),
    test=st.booleans(),
)
STORIES = st.lists(PRESSES, max_size=25)
RULE_SETS = st.builds(Rules, unprompted_counts=st.booleans())


def put_in_time(story: list[Press]) -> list[Press]:
    """Give numbers and times to presses that know their distance; a tried one is of nobody."""
    times = itertools.accumulate(press.at_ms for press in story)
    return [
        replace(p, ref=ref, at_ms=at_ms, contact=None if p.test else p.contact)
        for ref, (p, at_ms) in enumerate(zip(story, times, strict=True), start=1)
    ]


@given(STORIES, RULE_SETS)
@hypothesis_settings(deadline=None)
def test_replaying_raw_presses_gives_what_was_told_live(story: list[Press], rules: Rules) -> None:
    presses = put_in_time(story)
    judge, told = Judge(rules), {}
    for contact in ("ann", "bob"):
        judge.begin(contact)
    for press in presses:
        told[press.ref], amendments = judge.press(press)
        told |= {a.press.ref: a.verdict for a in amendments}

    assert told == decide(presses, rules)


@given(STORIES, RULE_SETS)
@hypothesis_settings(deadline=None)
def test_a_contact_has_at_most_one_counting_rating(story: list[Press], rules: Rules) -> None:
    verdicts = decide(put_in_time(story), rules)

    for contact in ("ann", "bob"):
        counting = [v for v in verdicts.values() if v.contact == contact and v.counts]
        assert len(counting) <= 1


@given(STORIES, RULE_SETS)
@hypothesis_settings(deadline=None)
def test_whatever_does_not_count_says_why(story: list[Press], rules: Rules) -> None:
    remarks = {"no_contact"} | ({"unprompted"} if rules.unprompted_counts else set())
    for verdict in decide(put_in_time(story), rules).values():
        assert verdict.counts or set(verdict.flags) - remarks


@given(STORIES)
@hypothesis_settings(deadline=None)
def test_what_is_tried_or_unasked_at_an_armed_till_never_counts(story: list[Press]) -> None:
    presses = put_in_time(story)
    verdicts = decide(presses, Rules(unprompted_counts=False))

    counting = [p for p in presses if verdicts[p.ref].counts]
    assert all(p.prompted and not p.test for p in counting)


@given(
    st.lists(st.sampled_from(KEYS), min_size=5, max_size=40).filter(lambda k: len(set(k[:5])) > 1),
    st.integers(min_value=1, max_value=900),
)
def test_a_mashing_toddler_never_moves_the_score(keys: list[str], gap_ms: int) -> None:
    presses = [Press(n + 1, key, n * gap_ms) for n, key in enumerate(keys)]

    assert not any(v.counts for v in decide(presses, RULES).values())


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
    presses = put_in_time([Press(0, key, gap_ms) for gap_ms, key in story])
    judge, told = Judge(RULES), {}
    for press in presses:
        told[press.ref], amendments = judge.press(press)
        told |= {a.press.ref: a.verdict for a in amendments}

    assert told == decide(presses, RULES)
    assert sum(verdict.counts for verdict in told.values()) <= 1


def test_hammering_is_not_remembered_without_bound_and_ends_with_a_pause() -> None:
    judge = Judge(RULES)
    for number in range(5 * HAMMERING_PRESSES):
        judge.press(Press(number + 1, "red", number * 250))

    assert len(judge.known()) == HAMMERING_PRESSES
    later_ms = 5 * HAMMERING_PRESSES * 250 + RULES.alone_ms
    verdict, _ = judge.press(Press(9999, "green", later_ms))
    assert verdict.counts, "after the pause somebody answers"


def test_people_that_a_camera_tells_apart_never_hammer() -> None:
    judge = Judge(RULES)
    for number in range(2 * HAMMERING_PRESSES):
        press = Press(number + 1, "red", number * 3000, contact=f"c{number}", watched=True)
        verdict, amendments = judge.press(press)
        assert verdict.counts
        assert amendments == []
    assert len(judge.known()) <= MEMORY_MS / 3000 + 2
