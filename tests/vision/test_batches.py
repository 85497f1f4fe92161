"""Expression leaves only in sums over several contacts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.vision.batches import Batch, Batches, Visit
from agent.vision.measurement import Measured


def visit(*, smile_s: float, face_s: float, arrived_s: float = 0, left_s: float = 10) -> Visit:
    measured = Measured(
        face_s=face_s, smile_s=smile_s, positive_s=smile_s, neutral_s=face_s - smile_s
    )
    return Visit(arrived_s, left_s, measured)


def fill(batches: Batches, visits: list[Visit]) -> list[Batch]:
    return [batch for v in visits if (batch := batches.add(v)) is not None]


def test_nothing_is_given_out_before_the_batch_is_full() -> None:
    batches = Batches(size=3, mode="smile")
    assert fill(batches, [visit(smile_s=1, face_s=2)] * 2) == []


def test_a_full_batch_has_the_sums_of_its_contacts() -> None:
    pairs = [(1.0, 2.0), (0.0, 3.0), (4.0, 5.0)]
    (batch,) = fill(Batches(size=3, mode="smile"), [visit(smile_s=s, face_s=f) for s, f in pairs])
    assert (batch.n, batch.s, batch.f) == (3, 5, 10)
    assert (batch.ss, batch.ff, batch.sf) == (17, 38, 22)


def test_smiled_counts_who_smiled_for_half_a_second() -> None:
    visits = [visit(smile_s=s, face_s=5) for s in (0.4, 0.5, 3)]
    (batch,) = fill(Batches(size=3, mode="smile"), visits)
    assert batch.smiled == 2


def test_the_span_is_from_the_first_arrival_to_the_last_leaving() -> None:
    times = [(5.0, 9.0), (1.0, 4.0), (2.0, 30.0)]
    visits = [visit(smile_s=0, face_s=2, arrived_s=a, left_s=b) for a, b in times]
    (batch,) = fill(Batches(size=3, mode="smile"), visits)
    assert batch.span_s == 29


def test_class_sums_exist_only_in_mode_emotion() -> None:
    visits = [visit(smile_s=1, face_s=2)] * 3
    (plain,) = fill(Batches(size=3, mode="smile"), visits)
    (classed,) = fill(Batches(size=3, mode="emotion"), visits)
    assert plain.classes is None
    assert classed.classes is not None
    assert classed.classes.positive == 3


def test_an_unmeasured_face_is_in_no_batch() -> None:
    batches = Batches(size=3, mode="smile")
    visits = [visit(smile_s=0, face_s=0)] * 5 + [visit(smile_s=1, face_s=2)] * 2
    assert fill(batches, visits) == []


def test_no_configuration_makes_a_batch_of_fewer_than_three() -> None:
    assert fill(Batches(size=1, mode="smile"), [visit(smile_s=1, face_s=2)] * 2) == []


seconds = st.floats(0.01, 600)
visits_strategy = st.lists(
    st.builds(
        lambda f, share, a, d: visit(smile_s=f * share, face_s=f, arrived_s=a, left_s=a + d),
        seconds,
        st.floats(0, 1),
        seconds,
        seconds,
    ),
    max_size=60,
)


@given(visits=visits_strategy, size=st.integers(1, 12))
def test_batches_are_disjoint_and_add_up(visits: list[Visit], size: int) -> None:
    batches = fill(Batches(size=size, mode="smile"), visits)
    size = max(size, 3)
    assert [batch.n for batch in batches] == [size] * (len(visits) // size)
    covered = visits[: len(batches) * size]
    assert sum(b.f for b in batches) == pytest.approx(sum(v.measured.face_s for v in covered))
    assert sum(b.s for b in batches) == pytest.approx(sum(v.measured.smile_s for v in covered))


@given(visits=visits_strategy.filter(lambda v: len(v) >= 3))
def test_sums_obey_the_laws_of_sums(visits: list[Visit]) -> None:
    for batch in fill(Batches(size=3, mode="smile"), visits):
        assert 0 <= batch.s <= batch.f + 1e-6
        assert batch.f**2 <= batch.n * batch.ff * (1 + 1e-9)
        assert batch.sf**2 <= batch.ss * batch.ff * (1 + 1e-9) + 1e-9
        assert 0 <= batch.smiled <= batch.n
