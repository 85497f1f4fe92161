"""The contract: every kind is documented, and every example is what we publish."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import ValidationError

from agent.events import CATALOGUE, PresenceState, Status
from agent.events.catalogue import ContactEnded, DataDropped, DataPurged, EventData, Flag
from agent.events.envelope import Envelope
from agent.events.export import events_schema
from agent.events.messages import DeliveryReceipt
from agent.outbox.chores import STEP_ROWS
from agent.outbox.eviction import CLASSES
from agent.outbox.losses import RANGES_AN_EVENT
from agent.outbox.spool import DROP_ROWS
from agent.uplink.topics import Topics

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "contract.md").read_text(encoding="utf-8")
BLOCKS: list[str] = re.findall(r"```json\n(.*?)\n```", TEXT, re.DOTALL)
RECEIPTS = [block for block in BLOCKS if '"ranges"' in block and '"type"' not in block]
EXAMPLES: list[dict[str, Any]] = [json.loads(b) for b in BLOCKS if b not in RECEIPTS]


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = events_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.get("type", "state"))
def test_an_example_in_the_documentation_validates(
    example: dict[str, Any], validator: jsonschema.Draft202012Validator
) -> None:
    validator.validate(example)


def test_every_kind_has_an_example() -> None:
    documented = {example.get("type") for example in EXAMPLES}

    assert {event.event_type() for event in CATALOGUE} <= documented
    assert sum("type" not in example for example in EXAMPLES) == len((Status, PresenceState))


def test_the_receipt_of_the_documentation_is_one() -> None:
    [example] = RECEIPTS
    receipt = DeliveryReceipt.model_validate_json(example)
    assert json.loads(receipt.model_dump_json()) == json.loads(example)


def test_an_example_is_exactly_what_the_class_writes() -> None:
    classes = {event.event_type(): event for event in CATALOGUE}
    for example in EXAMPLES:
        if "type" in example:
            event = classes[example["type"]].model_validate(example["data"])
            written = json.loads(event.model_dump_json(exclude_none=True))
            assert written == example["data"]


def test_every_flag_is_explained() -> None:
    for flag in Flag.__args__:  # type: ignore[attr-defined]
        assert f"| `{flag}` |" in TEXT


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sequence", "7"),
        ("epoch", "nine"),
        ("monotonic", 12),
        ("time", "yesterday"),
        ("type", "smilepost.rating.given.v2"),
        ("surprise", True),
    ],
)
def test_a_wrong_envelope_does_not_validate(
    field: str, value: object, validator: jsonschema.Draft202012Validator
) -> None:
    wrong = EXAMPLES[0] | {field: value}

    assert not validator.is_valid(wrong)


def test_wrong_data_does_not_validate(validator: jsonschema.Draft202012Validator) -> None:
    wrong = EXAMPLES[0] | {"data": EXAMPLES[0]["data"] | {"value": 6}}

    assert not validator.is_valid(wrong)


def test_the_data_of_one_kind_does_not_pass_as_another(
    validator: jsonschema.Draft202012Validator,
) -> None:
    wrong = EXAMPLES[0] | {"data": EXAMPLES[1]["data"]}

    assert not validator.is_valid(wrong)


def test_an_expression_of_fewer_than_three_contacts_cannot_be_published(
    validator: jsonschema.Draft202012Validator,
) -> None:
    example = next(e for e in EXAMPLES if "expression" in e.get("type", ""))

    assert not validator.is_valid(example | {"data": example["data"] | {"n": 2}})


def test_a_contact_has_no_place_for_an_expression() -> None:
    contact = next(c for c in CATALOGUE if c.kind == "contact.ended")

    assert not {"smile", "expression", "classes", "s", "f"} & set(contact.model_fields)


@pytest.mark.parametrize("event", CATALOGUE, ids=lambda e: e.kind)
def test_the_schema_says_on_which_topic_an_event_comes(event: type[EventData]) -> None:
    topics = Topics("acme", "high-street", "till-1")
    told = events_schema()["$defs"][f"{event.__name__}Event"]["description"]

    assert told == f"Published on {topics.event(event.kind).removeprefix(topics.root + '/')}."


def test_event_types_are_unique() -> None:
    types = [event.event_type() for event in CATALOGUE]

    assert len(set(types)) == len(types)


# -- bounds that a consumer builds on --------------------------------------------------------------

_LARGEST = (1 << 40) - 1
_SOURCE = "/" + "/".join(["x" * 40] * 3)


def _key(epoch: int) -> str:
    return f"{_SOURCE}/{epoch:016x}/{_LARGEST:020d}"


def _message(event: EventData) -> bytes:
    fields = {"id": _key(0), "source": _SOURCE, "type": event.event_type(), "epoch": "f" * 16}
    times = dict.fromkeys(("time", "timeearliest", "timelatest"), "2026-11-22T10:15:30.120Z")
    envelope = Envelope(
        **{**fields, **times},
        sequence=f"{_LARGEST:020d}",
        boot="d" * 36,
        monotonic="9" * 15,
        clock="estimated",
        data=event.model_dump(mode="json", exclude_none=True),
    )
    return envelope.model_dump_json().encode()


def test_the_largest_events_are_below_the_size_that_the_contract_promises() -> None:
    [promised] = re.findall(r"below 32 KiB \(([\d,]+) bytes\)", TEXT)
    stretch = ((_LARGEST, _LARGEST),)
    ranges = {
        f"{epoch:016x}": stretch for epoch in range(max(RANGES_AN_EVENT, STEP_ROWS, DROP_ROWS))
    }
    facts = {"reason": "damage", "retained_class": "any", "count": len(ranges), "ranges": ranges}
    contact = {"contact": "c" * 80, "dwell_s": 1.5, "asked": True, "answered": True}
    largest = (
        DataDropped.model_validate(facts),
        DataPurged.model_validate({"ranges": ranges}),
        ContactEnded.model_validate(contact | {"ratings": [_key(n) for n in range(100)]}),
    )
    sizes = [len(_message(event)) for event in largest]
    assert max(sizes) < int(promised.replace(",", "")) == 1 << 15


def test_the_bounds_of_a_key_stand_in_the_contract() -> None:
    assert "`^[0-9a-f]{16}$`" in TEXT
    assert '"^[0-9a-f]{16}$"' in json.dumps(events_schema())
    assert f"2^40 - 1 = {_LARGEST:,}" in TEXT
    assert DeliveryReceipt(epoch="f" * 16, ranges=((1, _LARGEST),)).ranges[0][1] == _LARGEST
    with pytest.raises(ValidationError):
        DeliveryReceipt(epoch="f" * 16, ranges=((1, _LARGEST + 1),))


def test_every_class_of_dropped_rows_is_told_with_its_kinds() -> None:
    for name, kinds in CLASSES.items():
        row = f"| `{name}` | {', '.join(f'`{kind}`' for kind in kinds)} |"
        assert (row in TEXT) == (name != "record")
    assert "| `any` |" in TEXT
