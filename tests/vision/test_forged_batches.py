"""Sums that no contacts can have: what a camera process that was taken over might tell."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.vision.batches import LEAST, Visit, summed
from agent.vision.measurement import Measured
from agent.vision.observations import MOST_CONTACTS, OBSERVATION, ExpressionBatch, TraitsBatch

TRUE = {
    "kind": "expression_batch", "at_ms": 1, "mode": "smile", "n": 3, "s": 6.0, "f": 12.0,
    "ss": 14.0, "ff": 50.0, "sf": 25.0, "smiled": 3, "span_s": 60.0,
}  # fmt: skip

seconds = st.floats(0, 3600)
faces = st.tuples(seconds, seconds).map(lambda both: Measured(face_s=max(both), smile_s=min(both)))


@given(st.lists(faces, min_size=LEAST, max_size=40))
def test_the_sums_of_any_contacts_are_believed(measured: list[Measured]) -> None:
    batch = asdict(summed([Visit(0, 3600, each) for each in measured], classes=False))
    told = ExpressionBatch(at_ms=1, mode="smile", **batch)
    assert OBSERVATION.validate_json(told.model_dump_json(exclude_none=True)) == told


def test_a_true_batch_is_one() -> None:
    assert ExpressionBatch.model_validate(TRUE).n == 3


@pytest.mark.parametrize(
    "forged",
    [
        {"n": MOST_CONTACTS + 1},
        {"n": 10**30},
        {"smiled": 4},
        {"s": 12.1, "ss": 100.0, "sf": 60.0},
        {"f": 1e300},
        {"ss": 36.1},
        {"ff": 144.1},
        {"sf": 26.6},
        {"span_s": 1e300},
        {"s": -1.0},
    ],
    ids=str,
)
def test_sums_that_no_contacts_have_are_not(forged: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ExpressionBatch.model_validate({**TRUE, **forged})


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_is_no_number_is_none(number: str) -> None:
    line = ExpressionBatch.model_validate(TRUE).model_dump_json(exclude_none=True)
    with pytest.raises(ValidationError):
        OBSERVATION.validate_json(line.replace('"span_s":60.0', f'"span_s":{number}'))


def test_no_batch_of_traits_holds_more_contacts_than_may_be_asked_for() -> None:
    many = MOST_CONTACTS + 1
    with pytest.raises(ValidationError):
        TraitsBatch.model_validate(
            {"at_ms": 1, "n": many, "bands": {"30-44": many}, "span_s": 1.0,
             "sex": {"female": many, "male": 0}}
        )  # fmt: skip
