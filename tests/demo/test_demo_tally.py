"""What a subscriber makes of the messages: each once, amended, with every gap seen."""

from __future__ import annotations

import json
import random

from hypothesis import given
from hypothesis import strategies as st

from agent.demo.tally import Tally
from tests.demo.messages import NEW, OLD, ROOT, amended, event, rating, started, state, tally_of


def test_an_event_delivered_twice_is_one_event() -> None:
    tally = tally_of(started(), rating(2, 5), rating(2, 5))
    assert len(tally.ratings()) == 1
    assert tally.duplicates == 1


def test_the_last_amendment_holds() -> None:
    tally = tally_of(
        started(),
        rating(2, 1),
        amended(3, 2, counts=False, flags=["changed"]),
        amended(4, 2, counts=True, flags=[], contact="c"),
    )
    (found,) = tally.ratings()
    assert (found.counts, found.flags, found.contact) == (True, (), "c")


def test_an_amendment_may_come_before_its_rating() -> None:
    tally = tally_of(started(), amended(3, 2, counts=False, flags=["play"]), rating(2, 4))
    assert [r.counts for r in tally.ratings()] == [False]


def test_score_and_faces_are_of_the_ratings_that_count() -> None:
    tally = tally_of(started(), rating(2, 5), rating(3, 2), rating(4, 1, counts=False))
    assert tally.score() == 3.5
    assert tally.faces() == {"very_good": 1, "bad": 1}
    assert Tally().score() is None


def test_contacts_are_counted_with_the_silent_among_them() -> None:
    ended = [event("contact.ended", n, answered=n == 2, dwell_s=1.0) for n in (2, 3, 4)]
    assert tally_of(started(), *ended).contacts() == (3, 2)


def test_the_smile_index_joins_all_batches() -> None:
    batches = [event("expression.measured", n, s=1.0, f=f) for n, f in ((2, 1.0), (3, 3.0))]
    assert tally_of(started(), *batches).smile_index() == 0.5
    assert Tally().smile_index() is None


def test_a_lacking_number_is_a_gap() -> None:
    assert tally_of(started(), rating(2, 5), rating(4, 5)).gaps() == [
        f"epoch {OLD} lacks 1 of 4 events"
    ]


def test_epochs_that_continue_each_other_have_no_gap() -> None:
    last = {"epoch": OLD, "last_sequence": 2}
    assert tally_of(started(), rating(2, 5), started(NEW, previous=last)).gaps() == []


def test_an_epoch_that_lost_its_end_is_a_gap() -> None:
    last = {"epoch": OLD, "last_sequence": 3}
    tally = tally_of(started(), rating(2, 5), started(NEW, previous=last))
    assert tally.gaps() == [f"epoch {NEW} does not continue {OLD}"]


def test_two_first_epochs_are_a_gap() -> None:
    assert tally_of(started(), started(NEW)).gaps() == ["2 epochs have no predecessor"]


def test_an_epoch_without_its_beginning_is_a_gap() -> None:
    gaps = tally_of(rating(2, 5)).gaps()
    assert "an epoch does not begin with device.started" in gaps


@given(st.integers(3, 30), st.data())
def test_any_lost_event_but_the_newest_is_seen(count: int, data: st.DataObject) -> None:
    payloads = [started(), *(rating(n, 3) for n in range(2, count + 1))]
    lost = data.draw(st.integers(0, count - 2))
    assert tally_of(*payloads).gaps() == []
    assert tally_of(*payloads[:lost], *payloads[lost + 1 :]).gaps()


@given(st.randoms(use_true_random=False), st.integers(2, 12))
def test_the_order_of_delivery_does_not_matter(rng: random.Random, count: int) -> None:
    payloads = [started(), *(rating(n, 1 + n % 5) for n in range(2, count))]
    payloads.append(amended(count, 2, counts=False))
    shuffled = [*payloads, *payloads[:3]]
    rng.shuffle(shuffled)
    assert tally_of(*shuffled).ratings() == tally_of(*payloads).ratings()


def test_offline_is_believed_only_of_the_session_seen_last() -> None:
    tally = Tally()
    for said in (state("online", "one"), state("online", "two"), state("offline", "one")):
        tally.take(f"{ROOT}/status", said)
    assert tally.online == "two"
    tally.take(f"{ROOT}/status", state("offline", "two"))
    assert tally.online is None


def test_presence_is_what_was_said_last() -> None:
    tally = Tally()
    tally.take(f"{ROOT}/presence", json.dumps({"present": 2, "session": "s"}).encode())
    assert tally.present == 2
