"""The fold: a day's events become its figures, and what is learnt later changes them."""

from __future__ import annotations

import random
from datetime import UTC, date, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.indices import Classes, Ledger
from agent.report import Day, fold
from agent.report.dating import LocalDay
from tests.report.shop import DAY, SOURCE, Shop, at, busy_day, next_day

WARSAW = ZoneInfo("Europe/Warsaw")
OTHER_BOOT = "00000000-0000-4000-8000-000000000002"


def day_of(shop: Shop, *, day: date = DAY, zone: tzinfo = UTC) -> Day:
    return fold(shop.messages, day=day, zone=zone)


def test_nothing_stored_is_a_day_of_nothing() -> None:
    day = fold([], day=DAY, zone=UTC)

    assert day.presses.pressed == 0
    assert day.presses.classes == Classes()
    assert (day.source, day.contacts, day.smiles, day.listening.spans) == ("", None, (), ())


def test_answers_are_counted_by_key_class_and_hour() -> None:
    shop = Shop()
    for value, when in ((1, "09:05"), (5, "09:50"), (5, "11:00"), (3, "11:59")):
        shop.press(value, at(when))
    presses = day_of(shop).presses

    assert [(key.key, key.value, key.counting) for key in presses.keys] == [
        ("very_bad", 1, 1),
        ("neutral", 3, 1),
        ("very_good", 5, 2),
    ]
    assert presses.classes == Classes(dissatisfied=1, neutral=1, satisfied=2)
    assert [(hour.hour, hour.classes) for hour in presses.hours] == [
        (9, Classes(1, 0, 1)),
        (11, Classes(0, 1, 1)),
    ]


def test_the_source_is_that_of_the_newest_event() -> None:
    assert day_of(busy_day()).source == SOURCE


def test_a_press_that_does_not_count_is_pressed_and_its_flags_say_why() -> None:
    shop = Shop()
    shop.press(5, at("09:00"))
    shop.press(5, at("09:01"), flags=("repeat",))
    shop.press(1, at("09:02"), flags=("play", "chord"))
    presses = day_of(shop).presses

    assert (presses.pressed, presses.classes.n) == (3, 1)
    assert dict(presses.flags) == {"repeat": 1, "play": 1, "chord": 1}


def test_the_last_word_on_a_rating_holds() -> None:
    shop = Shop()
    changed = shop.press(1, at("09:00"))
    restored = shop.press(5, at("09:10"))
    shop.amend(changed, at("09:00:05"), "changed")
    shop.amend(restored, at("09:10:05"), "play")
    shop.amend(restored, at("09:10:06"), counts=True)
    presses = day_of(shop).presses

    assert presses.classes == Classes(satisfied=1)
    assert presses.flags == (("changed", 1),)


def test_a_word_told_days_later_holds_too() -> None:
    shop = Shop()
    rating = shop.press(1, at("23:59:59"))
    shop.amend(rating, at("09:00", day=next_day(next_day())), "changed")

    assert day_of(shop).presses.classes.n == 0


def test_a_word_on_a_rating_that_is_gone_changes_nothing() -> None:
    shop = Shop()
    shop.press(5, at("09:00"))
    shop.amend("a-purged-one", at("09:01"), "changed")

    assert day_of(shop).presses.classes.n == 1


def test_keys_of_different_scales_are_kept_apart() -> None:
    shop = Shop()
    shop.press(2, at("09:00"), scale=2)
    shop.press(2, at("10:00"), scale=5)

    assert [(k.scale, k.key, k.sentiment) for k in day_of(shop).presses.keys] == [
        (2, "good", 1),
        (5, "bad", -1),
    ]


@pytest.mark.parametrize(
    ("when", "zone", "held"),
    [
        ("23:30", UTC, True),
        ("23:30", WARSAW, False),  # half past midnight there
        ("00:00", UTC, True),
        ("00:00", ZoneInfo("America/New_York"), False),
    ],
)
def test_a_day_is_one_of_the_sites_clocks(when: str, zone: tzinfo, held: bool) -> None:  # noqa: FBT001
    shop = Shop()
    shop.press(5, at(when))

    assert day_of(shop, zone=zone).presses.pressed == held


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_days_on_which_clocks_are_set_are_shorter_or_longer(day: date, hours: int) -> None:
    local = LocalDay(day, WARSAW)

    assert (local.end_ms - local.start_ms) / 3_600_000 == hours


def test_the_hour_that_comes_twice_is_one() -> None:
    shop, day = Shop(), date(2026, 10, 25)
    shop.press(5, at("00:30", day=day))
    shop.press(5, at("01:30", day=day))

    (hour,) = day_of(shop, day=day, zone=WARSAW).presses.hours
    assert (hour.hour, hour.classes.n) == (2, 2)


@settings(deadline=None)
@given(days=st.integers(0, 3000), ms=st.integers(0, 86_399_999))
def test_every_moment_is_of_exactly_one_day(days: int, ms: int) -> None:
    moment = at("00:00") - days * 86_400_000 + ms
    found = LocalDay(DAY, WARSAW).local(moment).date()
    near = [date.fromordinal(found.toordinal() + step) for step in (-1, 0, 1)]

    assert [LocalDay(day, WARSAW).holds(moment) for day in near] == [False, True, False]


def test_a_correction_dates_presses_that_had_no_time() -> None:
    shop = Shop()
    shop.boot = OTHER_BOOT
    shop.open().press(5, None, monotonic_ms=60_000)
    assert day_of(shop).presses.undated == 1
    assert day_of(shop).presses.pressed == 0

    shop.correct(at("10:00"), OTHER_BOOT, at("09:30") - 60_000)
    presses = day_of(shop).presses
    assert (presses.undated, presses.pressed) == (0, 1)
    assert presses.hours[0].hour == 9


def test_a_correction_moves_a_press_to_the_day_that_it_was() -> None:
    shop = Shop()
    shop.boot, shop.trust = OTHER_BOOT, "estimated"
    shop.open().press(5, at("00:10"), monotonic_ms=60_000)
    assert day_of(shop).presses.pressed == 1

    shop.correct(at("10:00"), OTHER_BOOT, at("23:50", day=next_day()) - 60_000)
    assert day_of(shop).presses.pressed == 0
    assert day_of(shop, day=next_day()).presses.pressed == 1


def test_a_press_whose_time_reaches_into_another_day_is_uncertain() -> None:
    shop = Shop()
    shop.press(5, at("12:00"))
    shop.trust = "estimated"
    shop.press(5, at("12:00"))

    assert day_of(shop).presses.uncertain == 1


def test_reasons_stand_beside_the_class_of_their_rating() -> None:
    shop = Shop()
    for value in (1, 5, 5):
        shop.answer(shop.press(value, at("09:00")), at("09:01"), "staff")
    shop.answer(shop.press(3, at("09:00")), at("09:01"), "price", "staff")
    shop.answer(shop.press(3, at("09:00")), at("09:01"), ended="skipped")
    (question,) = day_of(shop).questions

    assert [(o.option, o.classes, o.chosen) for o in question.options] == [
        ("staff", Classes(1, 1, 2), 4),
        ("price", Classes(0, 1, 0), 1),
    ]
    assert dict(question.ended) == {"answered": 4, "skipped": 1}
    assert question.asked == 5


def test_a_reason_takes_the_class_of_the_last_word_or_goes_with_its_rating() -> None:
    shop = Shop()
    rating = shop.press(1, at("09:00"))
    shop.answer(rating, at("09:01"), "staff")
    shop.amend(rating, at("09:02"), "play")

    assert day_of(shop).questions == ()


def test_a_reason_whose_rating_is_not_stored_is_unrated() -> None:
    shop = Shop()
    shop.answer(None, at("09:01"), "staff")
    shop.answer("a-purged-one", at("09:02"), "staff")
    (question,) = day_of(shop).questions

    assert (question.options[0].classes.n, question.options[0].unrated) == (0, 2)


def test_a_response_is_of_the_day_of_its_rating() -> None:
    shop = Shop()
    shop.answer(shop.press(1, at("23:59:58")), at("00:00:05", day=next_day()), "staff")

    assert len(day_of(shop).questions) == 1
    assert day_of(shop, day=next_day()).questions == ()


def test_of_a_question_answered_anew_in_a_session_the_last_answer_holds() -> None:
    shop = Shop()
    rating = shop.press(5, at("09:00"))
    shop.answer(rating, at("09:01"), question="nps", value=3, session="s1")
    shop.answer(rating, at("09:02"), "staff", session="s1")
    shop.answer(rating, at("09:03"), question="nps", value=10, session="s1")
    shop.answer(rating, at("09:04"), question="nps", value=9, session="s2")
    nps, reasons = day_of(shop).questions

    assert nps.values == ((9, 1), (10, 1))
    assert reasons.options[0].chosen == 1


def test_a_session_belongs_to_the_last_rating_given_while_it_was_open() -> None:
    shop = Shop()
    first = shop.press(1, at("09:00"))
    shop.answer(first, at("09:01"), question="nps", value=10, session="s1")
    second = shop.press(5, at("09:02"))
    shop.amend(first, at("09:02"), "changed")
    shop.answer(second, at("09:03"), "staff", session="s1")
    nps, reasons = day_of(shop).questions

    assert nps.values == ((10, 1),)
    assert reasons.options[0].classes.satisfied == 1


def test_numbers_are_counted_by_question_and_item() -> None:
    shop = Shop()
    for value in (9, 9, 2):
        shop.answer(None, at("09:00"), question="womi", item="recommend", value=value)
    shop.answer(None, at("09:00"), question="womi", item="discourage", value=1)
    recommend, discourage = day_of(shop).questions

    assert (recommend.item, recommend.values) == ("recommend", ((2, 1), (9, 2)))
    assert discourage.values == ((1, 1),)


def test_contacts_are_divided_into_the_four_of_the_ledger() -> None:
    shop = Shop()
    shop.leave(at("09:00"), shop.press(1, at("09:00")))
    shop.leave(at("09:01"), shop.press(5, at("09:01")), asked=False)
    shop.leave(at("09:02"))
    shop.leave(at("09:03"), asked=False)
    shop.leave(at("09:04"), asked=False)
    contacts = day_of(shop).contacts

    assert contacts is not None
    assert contacts.ledger == Ledger(1, 1, 1, 2)
    assert contacts.dissatisfied == 1


def test_who_opted_out_was_not_served() -> None:
    shop = Shop()
    shop.leave(at("09:00"), opted_out=True)
    contacts = day_of(shop).contacts

    assert contacts is not None
    assert (contacts.ledger.served, contacts.opted_out) == (0, 1)


def test_what_is_amended_behind_a_contacts_end_changes_its_class() -> None:
    shop = Shop()
    first, last = shop.press(5, at("09:00")), shop.press(1, at("09:01"))
    shop.leave(at("09:02"), first, last, sentiment=-1)
    shop.amend(last, at("09:03"), "late_change")
    contacts = day_of(shop).contacts

    assert contacts is not None
    assert (contacts.ledger.answered, contacts.dissatisfied) == (1, 0)


def test_a_contact_whose_ratings_are_gone_is_as_it_was_told() -> None:
    shop = Shop()
    shop.leave(at("09:02"), "a-purged-one", sentiment=-1)
    contacts = day_of(shop).contacts

    assert contacts is not None
    assert contacts.dissatisfied == 1


def test_batches_of_smiles_add_up() -> None:
    (measured,) = day_of(busy_day()).smiles
    smile = measured.sums

    assert (smile.n, smile.s, smile.smiled) == (20, 42.0, 14)


def test_batches_of_two_models_are_two_figures() -> None:
    shop = busy_day()
    shop.smile(at("16:00"), model="another")
    old, new = day_of(shop).smiles

    assert (old.model, old.sums.n) == ("m", 20)
    assert (new.model, new.sums.n) == ("another", 10)


def test_alerts_say_how_soon_somebody_reacted() -> None:
    shop = Shop()
    shop.alert("a", at("09:00"), "help_wanted")
    shop.alert("b", at("10:00"), "case")
    shop.take_on("a", at("09:00:40"), 40.0)
    shop.take_on("a", at("09:01:40"), 100.0)
    shop.resolve("a", at("09:05"), 300.0)
    helped, case = day_of(shop).alerts

    assert (helped.acknowledged_s, helped.resolved_s, helped.how) == (40.0, 300.0, "talked")
    assert (case.audience, case.acknowledged_s, case.resolved_s) == ("manager", None, None)


def test_an_alert_is_of_the_day_it_was_raised_whenever_it_was_resolved() -> None:
    shop = Shop()
    shop.alert("a", at("23:00"), "case")
    shop.resolve("a", at("08:00", day=next_day()), 32_400.0)

    assert day_of(shop).alerts[0].resolved_s == 32_400.0
    assert day_of(shop, day=next_day()).alerts == ()


@settings(deadline=None, max_examples=5)
@given(seed=st.integers(0, 100))
def test_everything_that_is_counted_adds_up(seed: int) -> None:
    day = day_of(busy_day(seed=seed), zone=WARSAW)
    presses = day.presses

    assert sum(key.counting for key in presses.keys) == presses.classes.n
    assert sum(hour.classes.n for hour in presses.hours) == presses.classes.n
    assert presses.pressed - presses.classes.n == dict(presses.flags).get("repeat", 0)
    assert day.contacts is not None
    assert day.contacts.ledger.answered == presses.classes.n
    assert day.contacts.dissatisfied == presses.classes.dissatisfied


@settings(deadline=None)
@given(seed=st.integers(0, 100))
def test_amendments_of_different_ratings_may_come_in_any_order(seed: int) -> None:
    draw, shop = random.Random(seed), Shop()
    ratings = [shop.press(draw.randint(1, 5), at(f"09:{minute:02d}")) for minute in range(20)]
    draw.shuffle(ratings)
    for rating in ratings[:7]:
        shop.amend(rating, at("09:30"), "play")

    assert day_of(shop).presses.classes.n == 13
