"""The ledger of contacts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.visit.ledger import Ledger, account, prompting


def make_ledger() -> Ledger:
    return Ledger(join_after_leaving_ms=10_000, settle_ms=5_000)


def test_a_silent_contact_is_entered_ten_seconds_after_leaving() -> None:
    ledger = make_ledger()
    ledger.arrive("ann", arrived_ms=1_000)
    ledger.leave("ann", left_ms=9_000)

    assert ledger.next_due_ms() == 19_000
    assert ledger.close_due(18_999) == []
    (entry,) = ledger.close_due(19_000)
    assert (entry.contact, entry.dwell_s) == ("ann", 8.0)
    assert ledger.close_due(99_000) == []


def test_an_answered_contact_is_entered_when_its_answer_can_no_longer_change() -> None:
    ledger = make_ledger()
    ledger.arrive("ann", arrived_ms=0)
    ledger.note_press("ann", at_ms=7_000)
    ledger.leave("ann", left_ms=8_000)

    assert ledger.next_due_ms() == 12_000


def test_a_press_belongs_to_the_newest_who_has_not_answered() -> None:
    ledger = make_ledger()
    ledger.arrive("ann", arrived_ms=0)
    ledger.arrive("bob", arrived_ms=1_000)
    assert ledger.attribute(2_000) == "bob"

    ledger.note_press("bob", at_ms=2_000)

    assert ledger.attribute(3_000) == "ann"


def test_when_everybody_has_answered_a_press_belongs_to_the_newest() -> None:
    ledger = make_ledger()
    for at_ms, contact in enumerate(("ann", "bob")):
        ledger.arrive(contact, arrived_ms=at_ms)
        ledger.note_press(contact, at_ms=100)

    assert ledger.attribute(200) == "bob"


def test_a_press_up_to_ten_seconds_after_leaving_joins_the_last_unanswered_contact() -> None:
    ledger = make_ledger()
    ledger.arrive("ann", arrived_ms=0)
    ledger.leave("ann", left_ms=5_000)

    assert ledger.attribute(15_000) == "ann"
    assert ledger.attribute(15_001) is None


def test_who_left_with_an_answer_gets_no_later_press() -> None:
    ledger = make_ledger()
    ledger.arrive("ann", arrived_ms=0)
    ledger.note_press("ann", at_ms=1_000)
    ledger.leave("ann", left_ms=2_000)

    assert ledger.attribute(4_000) is None


def test_a_newcomer_takes_a_press_only_from_who_had_left() -> None:
    ledger = make_ledger()
    ledger.arrive("ann", arrived_ms=0)
    assert not ledger.give_up("ann", at_ms=3_000)

    ledger.leave("ann", left_ms=2_000)

    assert ledger.give_up("ann", at_ms=3_000)
    assert ledger.give_up(None, at_ms=3_000)
    assert not ledger.give_up("nobody", at_ms=3_000)


def test_asked_means_that_a_prompt_was_there_for_a_second() -> None:
    ledger = make_ledger()
    ledger.prompt(on=True, at_ms=0)
    ledger.arrive("ann", arrived_ms=0)
    ledger.arrive("bob", arrived_ms=0)
    ledger.prompt(on=False, at_ms=999)
    ledger.leave("ann", left_ms=5_000)
    ledger.prompt(on=True, at_ms=6_000)
    ledger.leave("bob", left_ms=6_001)

    asked = {entry.contact: entry.asked for entry in ledger.close_all(7_000)}

    assert asked == {"ann": False, "bob": True}


def test_a_prompt_before_the_arrival_does_not_count() -> None:
    ledger = make_ledger()
    ledger.prompt(on=True, at_ms=0)
    ledger.arrive("ann", arrived_ms=10_000)
    ledger.leave("ann", left_ms=10_500)

    assert [e.asked for e in ledger.close_all(20_000)] == [False]


def test_a_till_that_arms_is_alone_in_asking() -> None:
    assert prompting(visible=True, armed=False, by_till=False)
    assert prompting(visible=False, armed=True, by_till=False)
    assert not prompting(visible=True, armed=False, by_till=True)
    assert prompting(visible=False, armed=True, by_till=True)


def test_whether_somebody_is_asked_now_follows_the_prompt() -> None:
    ledger = make_ledger()
    assert not ledger.prompting

    ledger.prompt(on=True, at_ms=0)
    assert ledger.prompting
    ledger.prompt(on=False, at_ms=10)

    assert not ledger.prompting


def test_who_opts_out_gets_no_press_and_makes_room_for_the_others() -> None:
    ledger = make_ledger()
    ledger.arrive("ann", arrived_ms=0)
    ledger.arrive("bob", arrived_ms=1_000)

    assert ledger.opt_out(2_000) == "bob"
    assert ledger.attribute(3_000) == "ann"
    assert ledger.opt_out(4_000) == "ann"
    assert ledger.attribute(5_000) is None


def test_who_has_opted_out_and_left_is_joined_by_no_press() -> None:
    ledger = make_ledger()
    ledger.arrive("ann", arrived_ms=0)
    ledger.opt_out(1_000)
    ledger.leave("ann", left_ms=2_000)

    assert ledger.attribute(3_000) is None
    assert [e.opted_out for e in ledger.close_due(12_000)] == [True]


@given(st.booleans(), st.booleans())
def test_who_opted_out_is_not_served_whatever_else_is_known(asked: bool, answered: bool) -> None:  # noqa: FBT001 - facts
    assert account(asked=asked, answered=answered, opted_out=True) == "opted_out"
    assert account(asked=asked, answered=answered) != "opted_out"


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["arrive", "leave", "press", "prompt", "opt out", "due"]),
        st.integers(min_value=0, max_value=5),
        st.integers(min_value=0, max_value=4_000),
    ),
    max_size=60,
)


@given(MOVES)
def test_every_contact_is_entered_exactly_once(moves: list[tuple[str, int, int]]) -> None:
    ledger, now_ms, arrived, entered = make_ledger(), 0, set(), []
    for number, (move, who, gap_ms) in enumerate(moves):
        now_ms += gap_ms
        contact = f"c{who}"
        if move == "arrive" and contact not in arrived:
            arrived.add(contact)
            ledger.arrive(contact, arrived_ms=now_ms)
        elif move == "leave":
            ledger.leave(contact, left_ms=now_ms)
        elif move == "press" and (author := ledger.attribute(now_ms)) is not None:
            ledger.note_press(author, at_ms=now_ms)
        elif move == "prompt":
            ledger.prompt(on=number % 2 == 0, at_ms=now_ms)
        elif move == "opt out":
            ledger.opt_out(now_ms)
        elif move == "due":
            entered += ledger.close_due(now_ms)
    entered += ledger.close_all(now_ms)

    assert sorted(e.contact for e in entered) == sorted(arrived)
    assert all(e.dwell_s >= 0 for e in entered)
    assert ledger.present == 0
