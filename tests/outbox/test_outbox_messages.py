"""A row as the message that is published."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from agent.clock import Moment, Trust
from agent.events.catalogue import DeviceFault, EventData
from agent.events.export import events_schema
from agent.outbox.rows import Draft, Epoch, Row, number_draft, to_message
from agent.testing.clock import BOOT
from tests.outbox.stores import SOURCE, marked

VALIDATOR = Draft202012Validator(events_schema())
EPOCH = Epoch(3, "0123456789abcdef", SOURCE, BOOT)
RATHER_LATE_MS = 4_102_444_800_000


def make_row(
    data: EventData,
    *,
    wall_ms: int | None = 1_795_000_000_123,
    trust: Trust = "synced",
    earliest_ms: int | None = None,
    sequence: int = 7,
) -> Row:
    moment = Moment(BOOT, 1_000_500, wall_ms, trust, earliest_ms)
    return number_draft(Draft(data, moment), epoch=EPOCH, sequence=sequence)


def message_of(row: Row, *, replayed: bool = False) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(to_message(row, replayed=replayed))
    VALIDATOR.validate(message)
    return message


def test_a_message_is_a_cloudevent_with_its_key_and_times() -> None:
    assert message_of(make_row(marked(1))) == {
        "specversion": "1.0",
        "id": f"{SOURCE}/0123456789abcdef/00000000000000000007",
        "source": SOURCE,
        "type": "smilepost.device.health.v1",
        "time": "2026-11-18T11:06:40.123Z",
        "datacontenttype": "application/json",
        "epoch": "0123456789abcdef",
        "sequence": "00000000000000000007",
        "boot": BOOT,
        "monotonic": "1000500",
        "clock": "synced",
        "replayed": False,
        "data": {"uptime_s": 1.0, "presses": {}, "pending": 0, "resident_mb": 1.0},
    }


def test_an_unknown_time_is_left_out() -> None:
    message = message_of(make_row(marked(1), wall_ms=None, trust="unknown"))
    assert not {"time", "timeearliest", "timelatest"} & message.keys()
    assert message["clock"] == "unknown"


def test_an_estimated_time_says_since_when_it_can_be() -> None:
    message = message_of(make_row(marked(1), trust="estimated", earliest_ms=1_790_000_000_000))
    assert message["timeearliest"] == "2026-09-21T14:13:20.000Z"
    assert message["clock"] == "estimated"


@pytest.mark.parametrize("replayed", [True, False])
def test_a_message_says_whether_it_waited(replayed: bool) -> None:  # noqa: FBT001 - a parameter
    assert message_of(make_row(marked(1)), replayed=replayed)["replayed"] is replayed


@given(
    fact=st.text(max_size=300),
    wall_ms=st.none() | st.integers(0, RATHER_LATE_MS),
    trust=st.sampled_from(["synced", "estimated", "unknown"]),
    sequence=st.integers(1, (1 << 40) - 1),
)
def test_every_message_is_valid_and_carries_its_text_unharmed(
    fact: str, wall_ms: int | None, trust: Trust, sequence: int
) -> None:
    fault = DeviceFault(part="store", state="raised", fact=fact)
    row = make_row(fault, wall_ms=wall_ms, trust=trust, sequence=sequence)
    message = message_of(row)
    assert message["data"]["fact"] == fact
    assert int(message["sequence"]) == row.sequence == sequence


@given(number=st.integers(1, (8 << 20) - 1), sequence=st.integers(1, (1 << 40) - 1))
def test_positions_fit_into_sqlite_and_keep_the_order_of_epochs(number: int, sequence: int) -> None:
    epoch = Epoch(number, EPOCH.id, SOURCE, BOOT)
    following = Epoch(number + 1, EPOCH.id, SOURCE, BOOT)
    assert epoch.position(sequence) < min(following.position(1), 1 << 63)
