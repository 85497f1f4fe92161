"""The contract: every kind is documented, and every example is what we publish."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from agent.events import CATALOGUE, PresenceState, Status
from agent.events.catalogue import Flag
from agent.events.export import events_schema
from agent.events.messages import DeliveryReceipt

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


def test_event_types_are_unique() -> None:
    types = [event.event_type() for event in CATALOGUE]

    assert len(set(types)) == len(types)
