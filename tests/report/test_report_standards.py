"""Standard indices stand as the field states them, with n and interval, and never as a mean."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.indices import Index, nps, womi
from agent.report import Day, fold
from agent.report.asked import Asked
from agent.report.page import write_page
from agent.report.standards import Topic, topics
from agent.report.table import write_table
from tests.report.shop import DAY, Shop, at
from tests.report.surveyed import EVERY, OWN, Survey, questionnaire, standard, words_of

MADE = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
WORDS = words_of(EVERY)


def day_of(shop: Shop) -> Day:
    return fold(shop.messages, day=DAY, zone=UTC)


def topic_of(shop: Shop, name: str, *, asked: Asked = WORDS) -> Topic:
    found = topics(day_of(shop).questions, asked=asked)
    return next(topic for topic in found if topic.first.question == name)


def text_of(shop: Shop, *, asked: Asked = WORDS, language: str = "en") -> str:
    page = write_page(day_of(shop), made=MADE, asked=asked, language=language)
    why = page.partition("Why?")[2].partition("<section")[0] if language == "en" else page
    return re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]+>", " ", why))


def lines_of(shop: Shop, *, asked: Asked = WORDS) -> list[dict[str, str]]:
    out = io.StringIO()
    write_table(day_of(shop), out, asked=asked)
    return list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))


def surveyed(question: str, *values: int, **more: str) -> Shop:
    survey = Survey(Shop())
    for value in values:
        survey.answer(question, value, **more)
    return survey.shop


def figures(index: Index) -> tuple[float | None, ...]:
    assert index.value is not None
    assert index.low is not None
    assert index.high is not None
    return index.n, round(index.value, 2), round(index.low, 2), round(index.high, 2)


def test_nps_is_told_with_its_camps_its_n_and_its_interval() -> None:
    shop = surveyed("recommend", *[9] * 50, *[8] * 30, *[2] * 20)
    text = text_of(shop)

    assert "Net Promoter Score +30 100 answers, +14 to +44" in text
    assert "Promoters, 9 and 10 50 50 % (40 to 60 %)" in text
    assert "Passives, 7 and 8 30 30 % (22 to 40 %)" in text
    assert "Detractors, 0 to 6 20 20 % (13 to 29 %)" in text
    assert "on average" not in text


def test_below_ten_answers_camps_are_counted_and_no_score_is_given() -> None:
    text = text_of(surveyed("recommend", *[9] * 9))

    assert "Net Promoter Score \u2013 9 answers, n = 9: too few to say" in text
    assert "Promoters, 9 and 10 9 n = 9: too few to say" in text


def test_csat_is_the_share_of_four_and_five() -> None:
    text = text_of(surveyed("csat", *[5] * 25, *[4] * 15, *[3] * 40, *[1] * 20))

    assert "CSAT, satisfied with 4 or 5 of 5 40 % 100 answers, 31 to 50 %" in text


def test_effort_is_a_mean_and_of_the_newer_variant_a_share_too() -> None:
    newer = text_of(surveyed("effort", *[7] * 10, *[3] * 10))
    older = text_of(surveyed("old_effort", *[1] * 10, *[3] * 10))

    assert "mean of 1 to 7, high is good 5.0 20 answers, 4.0 to 6.0" in newer
    assert "Found it easy, 5 to 7 of 7 50 % 20 answers" in newer
    assert "mean of 1 to 5, low is good 2.0 20 answers" in older
    assert "Found it easy" not in older


def pairs_of(*pairs: tuple[int, int | None]) -> Shop:
    survey = Survey(Shop())
    for number, (likely, unlikely) in enumerate(pairs):
        survey.answer("womi", likely, session=f"s{number}", item="recommend")
        if unlikely is not None:
            survey.answer("womi", unlikely, session=f"s{number}", item="discourage")
    return survey.shop


def test_womi_is_of_those_who_answered_both() -> None:
    pairs: list[tuple[int, int | None]] = [(9, 1), (10, 9), (4, 10), (9, 2)] * 5
    (index,) = topic_of(pairs_of(*pairs, (10, None), (10, None)), "womi").indices

    assert index == womi([(9, 1), (10, 9), (4, 10), (9, 2)] * 5)
    assert index.n == 20


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.integers(1, 10), st.integers(1, 10)), min_size=1, max_size=12))
def test_a_pair_stays_together_in_whatever_order_people_came(pairs: list[tuple[int, int]]) -> None:
    (index,) = topic_of(pairs_of(*pairs), "womi").indices

    assert index == womi(pairs)


def test_both_questions_of_womi_stand_in_their_words() -> None:
    text = text_of(pairs_of(*[(9, 1)] * 12))

    assert "How likely are you to recommend our shop to others? womi/recommend" in text
    assert "How likely are you to discourage others from doing business with our shop?" in text
    assert "12 people answered both." in text


def test_first_contact_resolution_is_yes_of_yes_and_no() -> None:
    survey = Survey(Shop())
    for number in range(12):
        survey.answer("settled", None, "yes" if number < 9 else "no")
    text = text_of(survey.shop)

    assert "Settled at the first contact 75 % 12 answers, 47 to 91 %" in text
    assert "Was your request settled the first time you asked? settled" in text
    assert "Yes 9" in text


def test_servperf_stands_by_its_dimensions() -> None:
    survey = Survey(Shop())
    for item in range(1, 23):
        for value in (5, 6, 7):
            survey.answer("service", value, item=str(item))
    text = text_of(survey.shop)

    assert "SERVPERF, mean of 1 to 7 6.0" in text
    assert re.search(r"Tangibles 6\.0 \d\.\d to \d\.\d, 12 answers", text)
    assert re.search(r"Empathy 6\.0 \d\.\d to \d\.\d, 15 answers", text)
    assert "Our shop: The staff are always polite to me." in text.replace("our shop:", "Our shop:")


def test_of_servperf_only_the_dimensions_that_are_asked_stand() -> None:
    some = questionnaire(standard("servperf", "service", dimensions=["empathy"]))
    survey = Survey(Shop(), some)
    survey.answer("service", 5, item="18")
    topic = topic_of(survey.shop, "service", asked=words_of(some))

    assert [index.recipe.id for index in topic.dimensions] == ["servperf_empathy"]
    assert topic.indices == ()


def test_faces_in_a_questionnaire_stand_by_their_classes() -> None:
    topic = topic_of(surveyed("mood", *[1] * 4, *[3] * 2, *[5] * 6), "mood")

    assert [count for count, _ in topic.parts] == [4, 2, 6]
    assert [index.recipe.id for index in topic.indices] == ["happy"]


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, 10), min_size=1, max_size=40))
def test_the_table_has_the_score_of_the_formula(answers: list[int]) -> None:
    lines = {line["recipe"]: line for line in lines_of(surveyed("recommend", *answers))}
    score, line = nps(answers), lines["nps"]

    assert line["n"] == str(len(answers))
    assert line["value"] == ("" if score.value is None else str(round(score.value, 6)))
    camps = ("nps_detractors", "nps_passives", "nps_promoters")
    assert sum(int(lines[camp]["count"]) for camp in camps) == len(answers)


def test_rows_of_the_table_say_whose_question_they_are_and_in_which_words() -> None:
    shop = surveyed("recommend", *[9] * 12)
    (line,) = [line for line in lines_of(shop) if line["recipe"] == "nps"]

    assert (line["questionnaire"], line["question"], line["item"]) == ("visit", "recommend", "")
    assert line["words"] == "How likely are you to recommend our shop to a friend or colleague?"
    assert len(line["asked_version"]) == 64


def test_answers_to_another_wording_are_another_question() -> None:
    other = questionnaire(standard("nps", "recommend", subject={"en": "us"}), languages=["en"])
    survey = Survey(Shop())
    survey.answer("recommend", 9)
    Survey(survey.shop, other).answer("recommend", 1)
    found = topics(day_of(survey.shop).questions, asked=words_of(EVERY, other))

    assert [topic.first.values for topic in found] == [((9, 1),), ((1, 1),)]


def test_a_wording_that_is_not_known_any_more_leaves_ids_and_counts_alone() -> None:
    shop = surveyed("recommend", *[9] * 12)
    text = text_of(shop, asked=Asked())

    assert "Recommend The wording of this version is not known any more" in text
    assert re.search(r"Answer 9 Times 12", text)
    assert "Net Promoter" not in text
    assert [line for line in lines_of(shop, asked=Asked()) if line["recipe"] == "nps"] == []


@pytest.mark.parametrize("language", ["en", "de", "pl", "ru", "ar"])
def test_options_and_factors_have_their_labels(language: str) -> None:
    survey = Survey(Shop())
    survey.answer("better", None, "parking")
    survey.answer("topics", None, "waiting_time")
    text = text_of(survey.shop, language=language)

    assert OWN[language] in text
    wanted = {"en": "Waiting time", "de": "Wartezeit", "ar": "وقت الانتظار"}
    assert wanted.get(language, "") in text
    assert {"en": "Parking", "de": "Parkplätze", "ru": "Парковка"}.get(language, "") in text


def test_a_language_that_a_questionnaire_lacks_is_told_in_one_it_has() -> None:
    text = {"de": "Wie war es?", "pl": "Jak było?"}
    options = [{"id": "a", "label": {"de": "So", "pl": "Tak"}}, {"id": "b", "label": text}]
    some = questionnaire(
        {"kind": "single", "id": "how", "text": text, "options": options}, languages=["de", "pl"]
    )
    survey = Survey(Shop(), some)
    survey.answer("how", None, "a")

    assert "Wie war es? how" in text_of(survey.shop, asked=words_of(some))


def test_what_was_left_and_what_counts_stand_side_by_side_and_why() -> None:
    shop = Shop()
    played = shop.press(1, at("09:00"), flags=("play",))
    good = shop.press(5, at("09:10"))
    shop.feedback(at("09:01"), "complaint", rating=played)
    shop.feedback(at("09:11"), "complaint", rating=good)
    shop.feedback(at("09:12"), "complaint")
    shop.answer(played, at("09:02"), "staff")
    text = text_of(shop)

    assert "What Left in all Behind ratings that count Complaint 3 2" in text
    assert "every complaint reaches the manager" in text
    assert "Staff" not in text
    lines = [line for line in lines_of(shop) if line["section"] == "feedback"]
    assert [(line["detail"], line["count"]) for line in lines] == [
        ("", "3"),
        ("behind ratings that count", "2"),
    ]
