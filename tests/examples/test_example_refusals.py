"""The example subscriber and what is no event: it is set aside, and harms nothing."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.demo.messages import NEW, OLD, SOURCE, event, rating, started
from tests.examples.folding import (
    BOOT,
    HISTORY,
    LAST,
    TOPIC,
    Folding,
    corrected,
    gone,
    whole,
)

# -- what is no event ------------------------------------------------------------------------------


@pytest.mark.parametrize("payload", [b"junkjunk", b"", b"\xff", b"[" * 50_000, b"9" * 5000])
def test_what_is_no_json_is_refused(folding: Folding, payload: bytes) -> None:
    assert folding.refusal(payload) == "it is not JSON"


@pytest.mark.parametrize("payload", [b"null", b"[]", b"{}", b'"event"', b'{"data": []}'])
def test_json_that_is_no_event_is_refused(folding: Folding, payload: bytes) -> None:
    assert folding.refusal(payload) == "it is no event"


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"1e999"])
def test_numbers_that_json_does_not_have_are_refused(folding: Folding, number: bytes) -> None:
    payload = whole(rating(2, 1, odd="here")).replace(b'"here"', number)
    assert folding.refusal(payload) == "it is not JSON"


@pytest.mark.parametrize(
    "field", ["id", "source", "type", "epoch", "sequence", "boot", "monotonic", "clock"]
)
@pytest.mark.parametrize("value", [None, 7, "", [], "\ud800"])
def test_an_event_that_lacks_a_field_or_has_a_wrong_one_is_refused(
    folding: Folding, field: str, value: object
) -> None:
    assert f"`{field}`" in folding.refusal(whole(rating(2, 1), **{field: value}))


@pytest.mark.parametrize("sequence", [0, 1 << 40, 10**20 - 1])
def test_a_sequence_out_of_bounds_is_refused(folding: Folding, sequence: int) -> None:
    assert (
        folding.refusal(whole(rating(sequence, 1), monotonic="1")) == "`sequence` is out of bounds"
    )


@pytest.mark.parametrize("time_", ["yesterday", "2026-13-01T00:00:00.000Z", 5])
def test_a_time_that_there_is_not_is_refused(folding: Folding, time_: object) -> None:
    assert folding.refusal(whole(rating(2, 1), time=time_)) == "`time` is no time"


def test_an_event_on_the_topic_of_another_device_is_refused(folding: Folding) -> None:
    other = TOPIC.replace("till-1", "till-2")
    assert folding.refusal(whole(rating(2, 1)), other) == "`source` is not the device of the topic"


def test_an_id_that_names_another_event_is_refused(folding: Folding) -> None:
    assert folding.refusal(whole(rating(2, 1), id=f"{SOURCE}/{OLD}/3")) == "`id` is not its key"


@pytest.mark.parametrize(
    "ranges",
    [
        *(None, [], {}, "x", {OLD: 1}, {OLD: []}, {OLD: ["x"]}, {OLD: [[1]]}, {OLD: [[1, 2, 3]]}),
        *({OLD: [[2, 1]]}, {OLD: [[0, 1]]}, {OLD: [[1, 1 << 40]]}, {OLD: [[True, 2]]}),
        *({OLD: [[1, 1.5]]}, {OLD: [["1", "2"]]}, {"x": [[1, 2]]}, {OLD: [{}]}),
    ],
)
def test_stretches_that_are_none_are_refused(folding: Folding, ranges: object) -> None:
    assert "`ranges`" in folding.refusal(whole(event("data.dropped", 1, ranges=ranges)))


@pytest.mark.parametrize(
    "previous", [7, {"last_sequence": 4}, {"epoch": "x"}, {"epoch": OLD, "last_sequence": "4"}]
)
def test_a_previous_epoch_that_is_none_is_refused(folding: Folding, previous: Any) -> None:
    assert "`previous`" in folding.refusal(whole(started(previous=previous)))


def test_a_correction_without_numbers_is_refused(folding: Folding) -> None:
    assert folding.refusal(whole(event("clock.corrected", 1, boot=BOOT))) == "it corrects no clock"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@settings(max_examples=3 * settings().max_examples)
@given(
    base=st.sampled_from([*HISTORY, started(NEW, previous=LAST), gone(2, [1, 2]), corrected(2, 1)]),
    path=st.sampled_from([[], ["data"], ["data", "previous"], ["data", "ranges"]]),
    name=st.sampled_from(
        ["id", "data", "time", "boot", "previous", "ranges", "last_sequence", OLD]
    ),
    value=_JSON,
)
def test_whatever_is_sent_is_stored_or_refused_and_the_views_still_work(
    base: bytes, path: list[str], name: str, value: object
) -> None:
    message: dict[str, Any] = json.loads(whole(base))
    place = message
    for step in path:
        place = place.setdefault(step, {}) if isinstance(place, dict) else {}
    place[name] = value
    folding = Folding()
    folding.take(*HISTORY)
    with contextlib.suppress(folding.example["RefusedError"]):
        folding.example["fold"](folding.db, TOPIC, json.dumps(message).encode())
    assert folding.count("rating") >= 1
    assert all(folding.count(view) >= 0 for view in ("gap", "lost", "correction", "place"))


def test_a_message_is_set_aside_once(folding: Folding) -> None:
    aside = folding.example["set_aside"]
    assert [aside(folding.db, TOPIC, b"junk", "why") for _ in range(2)] == [True, False]
    assert aside(folding.db, TOPIC, b"other", "why")
    assert folding.db.execute("SELECT * FROM refused").fetchall()[0] == (TOPIC, b"junk", "why")
