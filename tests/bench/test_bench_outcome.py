"""What became of accepted events is told truly: lost, doubled, or under a second key."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from agent.bench.outcome import Outcome, judge, loss_rows

KEYS = st.text("abcdef", min_size=1, max_size=3)


def outcome(*, accepted: int = 10, lost: int = 0, duplicates: int = 0, kills: int = 2) -> Outcome:
    return Outcome(kills, accepted, lost, duplicates, twice=0)


def test_an_accepted_key_that_never_came_is_lost() -> None:
    found = judge({"a", "b", "c"}, copies={"a": 1, "c": 1}, marks={}, kills=1)
    assert (found.accepted, found.lost, found.duplicates) == (3, 1, 0)


def test_an_event_nobody_was_told_of_is_no_loss_and_no_gain() -> None:
    found = judge({"a"}, copies={"a": 1, "device.started": 1}, marks={"a": 1.0}, kills=1)
    assert (found.lost, found.duplicates, found.twice) == (0, 0, 0)


def test_the_same_event_under_two_keys_passes_the_key_check_and_is_found() -> None:
    found = judge({"a"}, copies={"a": 1, "b": 1}, marks={"a": 7.0, "b": 7.0}, kills=1)
    assert (found.duplicates, found.twice) == (0, 1)


@given(accepted=st.frozensets(KEYS), came=st.lists(KEYS))
def test_lost_and_duplicates_add_up(accepted: frozenset[str], came: list[str]) -> None:
    copies = Counter(came)
    found = judge(accepted, copies=copies, marks={}, kills=1)
    assert found.lost + len(accepted & set(came)) == len(accepted)
    assert found.duplicates + len(set(came)) == len(came)
    assert 0 <= found.lost_percent <= 100


def test_a_peer_has_a_row_of_everything_beside_ours() -> None:
    theirs = outcome(accepted=20, lost=5, duplicates=8)
    rows = loss_rows("2 kills online", outcome(duplicates=6), {"a peer": theirs})
    assert [(row.metric, row.ours, row.peer, row.theirs) for row in rows] == [
        ("events twice after the key check, 2 kills online", 0, None, None),
        ("accepted, 2 kills online", 10, "a peer", 20),
        ("lost of accepted, 2 kills online", 0.0, "a peer", 25.0),
        ("duplicates a kill, 2 kills online", 3.0, "a peer", 4.0),
    ]


def test_nothing_accepted_is_nothing_lost() -> None:
    assert outcome(accepted=0).lost_percent == 0.0
