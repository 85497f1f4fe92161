"""Presses against rows: what is lost, doubled or invented is seen, and nothing else."""

from __future__ import annotations

import importlib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

ledger: Any = importlib.import_module("virtual_pi.ledger")

BOOT = "b" * 36
OFFSET_S = -1234.5
KEYS = ("bad", "okay", "good")


def presses_of(keys: str, *, every_s: float = 0.5) -> tuple[Any, ...]:
    names = {"b": "bad", "o": "okay", "g": "good"}
    return tuple(ledger.Press(names[k], 5000 + i * every_s) for i, k in enumerate(keys))


def ratings_of(presses: tuple[Any, ...], *, late_s: float = 0.0) -> tuple[Any, ...]:
    return tuple(
        ledger.Rating(f"id-{i}", BOOT, p.key, p.at_s + OFFSET_S + late_s)
        for i, p in enumerate(presses)
    )


def lights_of(presses: tuple[Any, ...]) -> tuple[float, ...]:
    return tuple(press.at_s + 0.1 for press in presses)


def run_of(keys: str, *, acknowledged: int, kept: set[int], sent: set[int]) -> Any:
    presses = presses_of(keys)
    ratings = ratings_of(presses)
    return ledger.Run(
        presses,
        lights_of(presses[:acknowledged]),
        tuple(r for i, r in enumerate(ratings) if i in kept),
        {r: 1 for i, r in enumerate(ratings) if i in sent},
    )


def test_everything_kept_and_sent_is_no_loss() -> None:
    verdict = ledger.judge(run_of("bogbo", acknowledged=5, kept=set(range(5)), sent=set(range(5))))

    assert verdict == ledger.Verdict(presses=5, acknowledged=5, stored=5, delivered=5)


def test_an_answer_missing_in_the_store_is_lost() -> None:
    verdict = ledger.judge(run_of("bogbo", acknowledged=5, kept={0, 1, 2}, sent=set(range(5))))

    assert (verdict.lost, verdict.stored, verdict.delivered) == (2, 3, 5)


def test_an_answer_that_never_reaches_the_broker_is_lost() -> None:
    verdict = ledger.judge(run_of("bogbo", acknowledged=5, kept=set(range(5)), sent={0, 1, 3, 4}))

    assert (verdict.lost, verdict.stored, verdict.delivered) == (1, 5, 4)


def test_a_loss_in_the_middle_is_not_taken_for_one_at_the_end() -> None:
    run = run_of("bogbob", acknowledged=5, kept={0, 1, 3, 4, 5}, sent={0, 1, 3, 4, 5})
    verdict = ledger.judge(run)

    assert (verdict.lost, verdict.unacknowledged_kept) == (1, 1)


def test_everything_lost_leaves_nothing_to_compare_and_counts_all() -> None:
    verdict = ledger.judge(run_of("bog", acknowledged=2, kept=set(), sent=set()))

    assert (verdict.lost, verdict.invented) == (2, 0)


def test_the_press_under_way_at_the_cut_may_be_kept_or_not() -> None:
    kept = ledger.judge(run_of("bog", acknowledged=2, kept={0, 1, 2}, sent={0, 1, 2}))
    gone = ledger.judge(run_of("bog", acknowledged=2, kept={0, 1}, sent={0, 1}))

    assert (kept.lost, kept.unacknowledged_kept) == (0, 1)
    assert (gone.lost, gone.unacknowledged_kept) == (0, 0)


def test_a_second_delivery_is_counted_and_is_no_invention() -> None:
    presses = presses_of("bog")
    ratings = ratings_of(presses)
    run = ledger.Run(
        presses, lights_of(presses), ratings, dict(zip(ratings, (1, 3, 1), strict=True))
    )
    verdict = ledger.judge(run)

    assert (verdict.duplicates, verdict.lost, verdict.invented) == (2, 0, 0)


def test_a_rating_nobody_pressed_for_is_invented() -> None:
    presses = presses_of("bog")
    stranger = ledger.Rating("id-x", BOOT, "bad", presses[2].at_s + OFFSET_S + 0.3)
    run = ledger.Run(presses, lights_of(presses), (*ratings_of(presses), stranger), {})

    assert ledger.judge(run).invented == 1


def test_a_row_a_moment_late_still_finds_its_press() -> None:
    presses = presses_of("bbbb", every_s=0.3)
    rows = list(ratings_of(presses))
    rows[2] = ledger.Rating("id-2", BOOT, "bad", presses[2].at_s + OFFSET_S + 0.1)

    assert ledger.pair(presses, rows) == dict(enumerate(rows))


def test_a_row_a_third_of_a_second_late_is_not_an_invention() -> None:
    presses = presses_of("bogbo", every_s=0.4)
    rows = list(ratings_of(presses))
    rows[2] = ledger.Rating("id-2", BOOT, "good", presses[2].at_s + OFFSET_S + 0.35)
    lights_late = tuple(at_s + 0.35 for at_s in lights_of(presses))
    verdict = ledger.judge(ledger.Run(presses, lights_late, tuple(rows), dict.fromkeys(rows, 1)))

    assert (verdict.lost, verdict.invented) == (0, 0)


def test_the_last_press_unseen_does_not_stand_in_for_a_lost_one_before_it() -> None:
    presses = presses_of("ogbb", every_s=0.4)
    rows = [row for i, row in enumerate(ratings_of(presses)) if i != 2]
    verdict = ledger.judge(
        ledger.Run(presses, lights_of(presses[:3]), tuple(rows), dict.fromkeys(rows, 1))
    )

    assert (verdict.lost, verdict.unacknowledged_kept) == (1, 1)


def test_a_press_that_left_no_row_and_got_no_light_was_never_seen() -> None:
    presses = presses_of("gooobg", every_s=0.4)
    rows = [row for i, row in enumerate(ratings_of(presses)) if i not in {2, 5}]
    lights = [at_s for i, at_s in enumerate(lights_of(presses)) if i not in {2, 5}]
    verdict = ledger.judge(ledger.Run(presses, tuple(lights), tuple(rows), dict.fromkeys(rows, 1)))

    assert (verdict.lost, verdict.unseen, verdict.acknowledged) == (0, 1, 4)


def test_a_number_missing_in_the_store_is_a_loss_whatever_the_lights_say() -> None:
    run = run_of("bogbo", acknowledged=4, kept={0, 1, 2, 4}, sent={0, 1, 2, 4})
    holed = ledger.Run(run.presses, run.acknowledged, run.stored, run.delivered, 1)

    assert ledger.judge(holed).lost == ledger.judge(run).lost + 1


def test_a_key_that_stands_for_two_facts_is_told() -> None:
    first = ledger.Rating("id-1", BOOT, "bad", 1.0)
    other = ledger.Rating("id-1", BOOT, "good", 2.0)

    assert ledger.reused_keys([first, first]) == []
    assert ledger.reused_keys([first, other]) == ["id-1"]


@given(
    keys=st.lists(st.sampled_from("bog"), min_size=1, max_size=30),
    lost=st.sets(st.integers(0, 29)),
    shift_s=st.floats(-1e5, 1e5),
)
def test_exactly_the_lost_ones_are_missed(keys: list[str], lost: set[int], shift_s: float) -> None:
    presses = presses_of("".join(keys))
    kept = tuple(
        ledger.Rating(f"id-{i}", BOOT, p.key, p.at_s + shift_s)
        for i, p in enumerate(presses)
        if i not in lost
    )
    verdict = ledger.judge(ledger.Run(presses, lights_of(presses), kept, dict.fromkeys(kept, 1)))

    assert verdict.invented == 0
    assert verdict.lost == len(presses) - len(kept)


def test_verdicts_add_up() -> None:
    one = ledger.Verdict(presses=3, acknowledged=2, lost=1)

    assert one + one == ledger.Verdict(presses=6, acknowledged=4, lost=2)
