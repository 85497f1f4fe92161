"""The installer's button test."""

from __future__ import annotations

from agent.visit.trial import LONGEST_S, Trial


def test_without_a_test_nothing_is_tried() -> None:
    trial = Trial()

    assert not trial.covers(0.0)
    assert trial.remaining_s(0.0) == 0.0


def test_a_test_ends_by_itself() -> None:
    trial = Trial()
    trial.begin(100.0, for_s=60)

    assert trial.covers(100.0)
    assert trial.remaining_s(130.0) == 30.0
    assert not trial.covers(160.0)
    assert trial.remaining_s(161.0) == 0.0


def test_a_press_made_before_the_test_is_a_customers() -> None:
    trial = Trial()
    trial.begin(100.0, for_s=60)

    assert not trial.covers(99.9)


def test_a_test_can_be_ended_early_and_then_stays_ended() -> None:
    trial = Trial()
    trial.begin(100.0, for_s=60)
    trial.end(110.0)
    trial.end(140.0)

    assert trial.covers(109.0)
    assert not trial.covers(120.0)


def test_no_test_lasts_longer_than_a_quarter_of_an_hour() -> None:
    trial = Trial()
    trial.begin(0.0, for_s=86_400)

    assert trial.remaining_s(0.0) == LONGEST_S


def test_a_new_test_counts_from_nought() -> None:
    trial = Trial()
    trial.presses["good"] += 3
    trial.begin(0.0, for_s=60)

    assert trial.presses == {}
