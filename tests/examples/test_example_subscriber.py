"""What the example subscriber makes of events: once by key, amended, with its gaps."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.clock.redating import redate
from agent.events.messages import DeliveryReceipt
from tests.demo.messages import NEW, OLD, SOURCE, amended, rating, started
from tests.examples.folding import (
    DOCUMENTED,
    EPOCH,
    HISTORY,
    LAST,
    SUBSCRIBER,
    TOPIC,
    Folding,
    corrected,
    gone,
    whole,
)


def test_an_event_is_kept_once(folding: Folding) -> None:
    assert folding.take(*HISTORY, *HISTORY) == [True] * 4 + [False] * 4


def test_amendments_are_folded_onto_their_ratings(folding: Folding) -> None:
    folding.take(*HISTORY)
    assert folding.ratings == [("very_bad", 1, 0), ("very_good", 5, 1)]
    folding.take(amended(5, 2, counts=True))
    assert folding.ratings[0] == ("very_bad", 1, 1)


def test_a_whole_history_has_no_gap(folding: Folding) -> None:
    folding.take(*HISTORY, started(NEW, previous=LAST))
    assert folding.gaps == {}


def test_a_lacking_number_is_a_gap_until_it_comes(folding: Folding) -> None:
    folding.take(HISTORY[0], HISTORY[3])
    assert folding.gaps == {EPOCH: "lacks 2-3"}
    folding.take(*HISTORY)
    assert folding.gaps == {}


def test_a_lasting_hole_reads_the_same_however_much_follows(folding: Folding) -> None:
    folding.take(started(), rating(3, 4))
    before = folding.gaps
    folding.take(*(rating(number, 4) for number in range(4, 12)))
    assert folding.gaps == before == {EPOCH: "lacks 2"}


def test_every_lacking_number_is_named(folding: Folding) -> None:
    folding.take(rating(3, 4), rating(4, 4), rating(6, 4), rating(12, 4))
    assert folding.gaps == {EPOCH: "lacks 1-2, 5, 7-11"}


def test_an_epoch_that_lost_its_end_is_a_gap(folding: Folding) -> None:
    folding.take(*HISTORY[:3], started(NEW, previous=LAST))
    assert folding.gaps == {EPOCH: "lacks 4"}


def test_an_epoch_never_seen_is_a_gap(folding: Folding) -> None:
    folding.take(started(NEW, previous=LAST))
    assert folding.gaps == {EPOCH: "lacks 1-4"}


def test_an_epoch_that_went_on_after_its_end_is_a_gap(folding: Folding) -> None:
    folding.take(*HISTORY, rating(5, 1), started(NEW, previous=LAST))
    assert folding.gaps == {EPOCH: "ended at 4, seen up to 5"}


# -- what never comes -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["data.dropped", "data.purged"])
def test_a_hole_that_the_device_has_told_of_is_not_awaited(folding: Folding, kind: str) -> None:
    folding.take(HISTORY[0], HISTORY[3], gone(2, [2, 3], kind=kind))
    assert folding.gaps == {f"{SOURCE} {NEW}": "lacks 1"}
    lost = folding.db.execute("SELECT epoch, first, last, why, events FROM lost").fetchall()
    assert lost == [(OLD, 2, 3, f"smilepost.{kind}.v1", 2)]


def test_what_comes_although_it_was_said_to_be_gone_is_kept(folding: Folding) -> None:
    folding.take(HISTORY[0], HISTORY[3], gone(2, [1, 3]))
    assert folding.db.execute("SELECT events FROM lost").fetchall() == [(2,)]
    assert folding.take(HISTORY[1], HISTORY[2]) == [True, True]
    assert folding.count("lost") == 0


def test_a_stretch_that_covers_half_a_hole_leaves_the_other_half(folding: Folding) -> None:
    folding.take(started(), gone(2, [3, 5]), gone(1, [4, 4]), rating(8, 4))
    assert folding.gaps == {EPOCH: "lacks 2, 6-7"}


def test_an_end_that_was_dropped_is_not_awaited(folding: Folding) -> None:
    folding.take(*HISTORY[:3], started(NEW, previous=LAST), gone(2, [4, 4]))
    assert folding.gaps == {}


@settings(max_examples=60, deadline=None)
@given(
    seen=st.sets(st.integers(1, 25), min_size=1),
    told=st.lists(st.tuples(st.integers(1, 25), st.integers(0, 6)), max_size=5),
)
def test_the_gap_is_what_was_neither_seen_nor_told_of(
    seen: set[int], told: list[tuple[int, int]]
) -> None:
    folding = Folding()
    folding.take(*(rating(number, 4) for number in seen))
    stretches = [[first, first + more] for first, more in told]
    if stretches:
        folding.take(gone(1, *stretches))
    final = {number for first, last in stretches for number in range(first, last + 1)}
    lacking = set(range(1, max(seen | final) + 1)) - seen - final
    said = folding.gaps.get(EPOCH, "lacks ").removeprefix("lacks ")
    ends = [[int(n) for n in part.split("-")] for part in said.split(", ") if part]
    assert {n for pair in ends for n in range(pair[0], pair[-1] + 1)} == lacking


# -- what holds is the last by epoch order ---------------------------------------------------------


def late_amendment(sequence: int, *, counts: bool, at_ms: int) -> bytes:
    changed: dict[str, Any] = json.loads(amended(sequence, 2, counts=counts))
    number = f"{sequence:020d}"
    changed |= {"epoch": NEW, "id": f"{SOURCE}/{NEW}/{number}", "monotonic": str(at_ms)}
    return json.dumps(changed).encode()


@pytest.mark.parametrize("backwards", [False, True])
def test_the_last_amendment_is_the_one_of_the_later_epoch(
    folding: Folding, *, backwards: bool
) -> None:
    """A later boot counts its milliseconds from 0 again, and a backlog comes behind live events."""
    reboot = [started(NEW, previous=LAST), late_amendment(2, counts=True, at_ms=1)]
    history = [*HISTORY, *reboot]
    folding.take(*(reversed(history) if backwards else history))
    assert folding.ratings[0] == ("very_bad", 1, 1)


def test_an_amendment_replaces_flags_and_contact(folding: Folding) -> None:
    folding.take(rating(2, 1, flags=["play"], contact="c"), amended(3, 2, counts=True, flags=[]))
    found = folding.db.execute("SELECT counts, flags, contact FROM rating").fetchall()
    assert found == [(1, "[]", None)]


def test_nobody_amends_the_rating_of_another_device(folding: Folding) -> None:
    folding.take(*HISTORY[:2])
    number, other = f"{1:020d}", "/demo/high-street/till-2"
    foreign = whole(amended(1, 2, counts=False), source=other, id=f"{other}/{OLD}/{number}")
    folding.example["fold"](folding.db, TOPIC.replace("till-1", "till-2"), foreign)
    assert folding.ratings == [("very_bad", 1, 1)]


def test_epochs_that_name_each_other_end(folding: Folding) -> None:
    around = [
        started(a, previous={"epoch": b, "last_sequence": 1}) for a, b in [(OLD, NEW), (NEW, OLD)]
    ]
    folding.take(*around, rating(2, 1), amended(3, 2, counts=False))
    assert folding.ratings == [("very_bad", 1, 0)]


# -- what is stored suffices -----------------------------------------------------------------------


def test_an_event_is_stored_as_it_came(folding: Folding) -> None:
    sent = whole(rating(2, 1), timeearliest="2026-11-21T18:00:12.000Z", replayed=True)
    folding.example["fold"](folding.db, TOPIC, sent)
    assert folding.db.execute("SELECT envelope FROM event").fetchall() == [(sent.decode(),)]


@pytest.mark.parametrize("line", DOCUMENTED, ids=lambda line: json.loads(line)["type"])
def test_every_event_of_the_contract_is_stored(folding: Folding, line: str) -> None:
    topic = f"smilepost/v1{json.loads(line)['source']}/event/any"
    assert folding.example["fold"](folding.db, topic, line.encode())[1]


def test_what_is_stored_can_be_dated_later(folding: Folding) -> None:
    folding.take(rating(2, 1), corrected(3, 1_000_000), corrected(4, 2_000_000))
    corrections = folding.db.execute("SELECT boot, envelope FROM correction").fetchall()
    known = {boot: json.loads(envelope) for boot, envelope in corrections}
    [(stored,)] = folding.db.execute("SELECT envelope FROM event WHERE sequence = 2").fetchall()
    assert redate(json.loads(stored), known).best_ms == 2_000_002


def test_it_is_short() -> None:
    code = [line for line in SUBSCRIBER.read_text(encoding="utf-8").splitlines() if line.strip()]
    assert len(code) <= 300


# -- receipts --------------------------------------------------------------------------------------


def test_what_is_stored_is_confirmed_in_ranges(folding: Folding) -> None:
    stored = {("/a/b/c", OLD, n) for n in (1, 2, 3, 7, 9, 10)} | {("/a/b/d", NEW, 5)}
    said = folding.example["receipts"](stored)
    assert [topic for topic, _ in said] == [
        "smilepost/v1/a/b/c/receipt",
        "smilepost/v1/a/b/d/receipt",
    ]
    first, second = (DeliveryReceipt.model_validate_json(payload) for _, payload in said)
    assert (first.epoch, first.ranges) == (OLD, ((1, 3), (7, 7), (9, 10)))
    assert (second.epoch, second.ranges) == (NEW, ((5, 5),))


def test_no_receipt_holds_more_ranges_than_a_device_reads(folding: Folding) -> None:
    said = folding.example["receipts"]({("/a/b/c", OLD, n) for n in range(1, 5001, 2)})
    read = [DeliveryReceipt.model_validate_json(payload) for _, payload in said]
    assert [len(receipt.ranges) for receipt in read] == [1000, 1000, 500]
