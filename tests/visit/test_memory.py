"""What a restarted agent reads back of the last presses."""

from __future__ import annotations

import asyncio
import itertools
import json
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.clock import SystemClock
from agent.outbox.rows import Epoch, Row
from agent.testing.store import ListStore
from agent.visit.judge import Judge
from agent.visit.memory import recall
from agent.visit.ratings import Ratings
from agent.visit.rules import Press, Rules, decide

EPOCH = Epoch(1, "0123456789abcdef", "/a/b/c", "boot")


def row(sequence: int, kind: str, data: dict[str, Any]) -> tuple[Row, dict[str, Any]]:
    position = EPOCH.position(sequence)
    return Row(position, EPOCH, kind, 1, sequence * 1000, None, "unknown", None, ""), data


def rating(sequence: int, key: str, **more: Any) -> tuple[Row, dict[str, Any]]:
    return row(sequence, "rating.given", {"key": key, "counts": True, "flags": []} | more)


def amended(sequence: int, of: int, **facts: Any) -> tuple[Row, dict[str, Any]]:
    name = f"/a/b/c/0123456789abcdef/{of:020d}"
    return row(sequence, "rating.amended", {"rating": name} | facts)


def test_the_last_word_on_a_rating_holds() -> None:
    told = recall(
        [
            rating(1, "bad"),
            amended(2, 1, counts=False, flags=["changed"]),
            amended(3, 1, counts=True, flags=[]),
        ]
    )

    assert [(t.press.key, t.verdict.counts, t.verdict.flags) for t in told] == [("bad", True, ())]


def test_an_amendment_may_name_a_contact() -> None:
    (told,) = recall(
        [
            rating(1, "bad", flags=["no_contact"]),
            amended(2, 1, counts=True, flags=[], contact="ann"),
        ]
    )

    assert (told.press.contact, told.press.watched) == ("ann", True)


def test_an_amendment_of_an_unknown_rating_is_passed_over() -> None:
    assert recall([amended(2, 1, counts=True, flags=[])]) == []


def test_ids_times_and_order_are_kept() -> None:
    told = recall([rating(4, "bad"), rating(9, "good", flags=["repeat"], counts=False)])

    assert [t.press.at_ms for t in told] == [4000, 9000]
    assert told[1].event_id == "/a/b/c/0123456789abcdef/00000000000000000009"
    assert told[0].press.ref < told[1].press.ref


def test_what_the_rules_look_at_comes_back() -> None:
    crowded, tried, unasked = recall(
        [
            rating(1, "bad", contact="ann", crowd=True),
            rating(2, "bad", flags=["test"], counts=False),
            rating(3, "bad", flags=["no_contact", "unprompted"]),
        ]
    )

    assert (crowded.press.crowd, tried.press.crowd) == (True, False)
    assert (tried.press.test, crowded.press.test) == (True, False)
    assert (unasked.press.prompted, tried.press.prompted) == (False, True)


async def publish(presses: list[Press], rules: Rules) -> ListStore:
    """Judge presses as they come and write them down, as a kiosk does."""
    store, clock, judge = ListStore(), SystemClock(), Judge(rules)
    ratings = Ratings(store, keys=("bad", "neutral", "good"))
    for press in presses:
        verdict, amendments = judge.press(press)
        at = replace(clock.moment(), monotonic_ms=press.at_ms)
        await ratings.give(press, verdict, channel="button", language="en", at=at)
        ratings.amend(amendments)
    await ratings.close()
    return store


def read_back(store: ListStore) -> list[tuple[Row, dict[str, Any]]]:
    rows = []
    for number, (event, at) in enumerate(zip(store.events, store.moments, strict=True), start=1):
        data = json.loads(event.model_dump_json(exclude_none=True))
        if "rating" in data:
            data["rating"] = f"/a/b/c/{EPOCH.id}/{int(data['rating'].removeprefix('event-')):020d}"
        made, _ = row(number, event.kind, data)
        rows.append((made._replace(monotonic_ms=at.monotonic_ms if at else 0), data))
    return rows


PRESSES = st.builds(
    Press,
    ref=st.just(0),
    key=st.sampled_from(["bad", "neutral", "good"]),
    at_ms=st.integers(min_value=1, max_value=9_000),  # after the one before
    contact=st.sampled_from([None, "ann", "bob"]),
    watched=st.booleans(),
    crowd=st.booleans(),
    prompted=st.booleans(),
    test=st.booleans(),
)


@given(st.lists(PRESSES, max_size=15), st.builds(Rules, unprompted_counts=st.booleans()))
@settings(max_examples=60, deadline=None)
def test_replaying_the_events_through_the_rules_gives_what_they_say(
    story: list[Press], rules: Rules
) -> None:
    times = itertools.accumulate(press.at_ms for press in story)
    presses = [
        replace(p, ref=ref, at_ms=at_ms, contact=None if p.test else p.contact)
        for ref, (p, at_ms) in enumerate(zip(story, times, strict=True), start=1)
    ]

    told = recall(read_back(asyncio.run(publish(presses, rules))))

    replayed = decide([t.press for t in told], rules)
    assert [t.verdict for t in told] == [replayed[t.press.ref] for t in told]
