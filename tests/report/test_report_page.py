"""The page and the table: whole, the same figures, nothing that could be run or fetched."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.indices import Index, Recipe
from agent.indices.index import publish
from agent.indices.interval import Estimate
from agent.indices.satisfaction import share
from agent.report import Day, fold
from agent.report.markup import Markup, joined, tag
from agent.report.page import write_page
from agent.report.table import COLUMNS, write_table
from agent.report.words import words
from tests.report.shop import DAY, Shop, at, busy_day

MADE = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
VOID = {"meta"}


def day_of(shop: Shop) -> Day:
    return fold(shop.messages, day=DAY, zone=UTC)


def page_of(shop: Shop, *, language: str = "en") -> str:
    return write_page(day_of(shop), made=MADE, language=language)


def text_of(page: str) -> str:
    return re.sub(r"<style>.*?</style>|<[^>]+>", " ", page)


def lines_of(shop: Shop) -> list[dict[str, str]]:
    out = io.StringIO()
    write_table(day_of(shop), out)
    return list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))


class Reader(HTMLParser):
    """Follows which elements are open, and collects what a browser would act on."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_every_element_is_closed() -> None:
    assert Reader(page_of(busy_day())).open == []


def test_the_page_runs_nothing_and_fetches_nothing() -> None:
    page = page_of(busy_day())
    read = Reader(page)

    assert not read.tags & {"script", "link", "img", "iframe", "object", "a", "form"}
    assert not {name for name in read.attributes if name.startswith("on")}
    assert not read.attributes & {"src", "href"}
    assert "://" not in page
    assert "@import" not in page


def test_a_day_of_nothing_has_a_page() -> None:
    page = write_page(fold([], day=DAY, zone=UTC), made=MADE)
    text = text_of(page)

    assert Reader(page).open == []
    assert "Nobody pressed anything" in text
    assert "how many people said nothing is not known" in text
    assert "there is no sign of it on this day" in text


def test_a_page_of_today_says_until_when() -> None:
    day = fold([], day=MADE.date(), zone=UTC)

    assert "until 08:00" in write_page(day, made=MADE)
    assert "until 08:00" not in page_of(Shop())


def test_a_share_stands_with_its_interval() -> None:
    shop = Shop()
    for number in range(100):
        shop.press(1 if number < 40 else 5, at("09:00"))

    assert "40 % (31 to 50 %)" in text_of(page_of(shop))


def test_below_ten_answers_are_counted_and_no_share_is_given() -> None:
    shop = Shop()
    for _ in range(9):
        shop.press(5, at("09:00"))
    text = text_of(page_of(shop))

    assert "9 satisfied" in text
    assert "n = 9: too few to say" in text
    assert not re.search(r"\d %", text.replace("95 %", ""))


def test_the_silent_leave_bounds_and_not_a_share() -> None:
    shop = Shop()
    for number in range(100):
        rating = shop.press(1 if number < 20 else 5, at("09:00"))
        shop.leave(at("09:01"), rating)
    for _ in range(900):
        shop.leave(at("10:00"))
    text = re.sub(r"\s+", " ", text_of(page_of(shop)))

    assert "at least 2 % (1 to 3 %) and at most 92 % (90 to 94 %)" in text


def test_what_may_be_wrong_stands_at_the_top() -> None:
    shop = Shop()
    shop.press(5, None)
    shop.trust = "estimated"
    shop.press(5, at("12:00"))
    day = fold(shop.messages, day=DAY, zone=UTC, missing=7)
    text = text_of(write_page(day, made=MADE))

    assert "7 events that may belong to this day are no longer stored here" in text
    assert "1 press in the store has no known time yet" in text
    assert "1 press may belong to the day before or after" in text


def test_ids_of_which_no_words_are_known_stand_in_plain_letters() -> None:
    shop = Shop()
    shop.answer(shop.press(1, at("09:00")), at("09:01"), "waiting_time")

    assert "Waiting time" in page_of(shop)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><b>', "&amp;", "Żółć ☺"])
def test_no_text_can_break_the_page(text: str) -> None:
    shop = Shop()
    shop.answer(shop.press(1, at("09:00")), at("09:01"), text, question=text)
    page = page_of(shop)

    assert Reader(page).open == []
    assert "<script" not in page


class Echo(HTMLParser):
    """What a browser makes of one element."""

    def __init__(self, element: str) -> None:
        super().__init__()
        self.text = ""
        self.found: list[list[tuple[str, str | None]]] = []
        self.feed(element)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag == "p"
        self.found.append(attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


@settings(deadline=None)
@given(text=st.text(max_size=30), value=st.text(max_size=30))
def test_whatever_is_put_into_an_element_comes_out_as_text(text: str, value: str) -> None:
    echo = Echo(tag("p", text, data_x=value))

    assert echo.text == text
    assert echo.found == [[("data-x", value)]]


def test_markup_is_put_in_as_it_is() -> None:
    assert joined(tag("b", "a < b"), " & c") == Markup("<b>a &lt; b</b> &amp; c")
    assert tag("rect", stroke_width=2, class_="x") == '<rect stroke-width="2" class="x"></rect>'


def test_every_line_of_the_table_has_every_column() -> None:
    lines = lines_of(busy_day())

    assert {tuple(line) for line in lines} == {COLUMNS}
    assert all(value is not None for line in lines for value in line.values())


def test_the_table_has_the_figures_of_the_page() -> None:
    shop = busy_day()
    by_recipe = {line["recipe"]: line for line in lines_of(shop) if line["recipe"]}
    satisfied = by_recipe["satisfied"]
    text = text_of(page_of(shop))

    shown = f"{100 * float(satisfied['value']):.0f} % ({100 * float(satisfied['low']):.0f} to"
    assert shown in text
    assert set(by_recipe) >= {
        "dissatisfied",
        "happy",
        "response_rate",
        "silent",
        "dissatisfied_least",
        "dissatisfied_most",
        "smile",
        "reaction",
    }
    assert satisfied["denominator"] == "of_respondents"
    assert by_recipe["silent"]["denominator"] == "of_served"


def test_who_read_the_faces_stands_beside_each_figure_of_smiles() -> None:
    shop = busy_day()
    shop.smile(at("16:00"), model="another")
    rows = [line for line in lines_of(shop) if line["recipe"] == "smile"]
    text = text_of(page_of(shop))

    assert [(line["detail"], line["n"]) for line in rows] == [
        ("m (00000000)", "20"),
        ("another (00000000)", "10"),
    ]
    assert text.index("read by m (0000") < text.index("read by another (0000")


def test_what_was_read_as_emotion_stands_on_the_page_and_in_the_table() -> None:
    shop = Shop()
    for hour, positive in ((9, 30.0), (10, 60.0)):
        classes = {"positive": positive, "neutral": 80.0 - positive, "negative": 10.0}
        shop.smile(at(f"{hour:02d}:00"), classes=classes)
    rows = {line["recipe"]: line for line in lines_of(shop) if line["recipe"]}

    assert rows["expression_positive"]["value"] == "0.5"
    assert rows["expression_neutral"]["value"] == "0.388889"
    assert rows["expression_negative"]["n"] == "20"
    assert "Positive expression 50 %" in " ".join(text_of(page_of(shop)).split())


def test_every_recipe_of_the_page_stands_once_in_the_table() -> None:
    recipes = [line["recipe"] for line in lines_of(busy_day()) if line["recipe"]]

    assert len(recipes) == len(set(recipes))


def test_a_suppressed_figure_is_empty_in_the_table() -> None:
    shop = Shop()
    shop.press(5, at("09:00"))
    (line,) = [line for line in lines_of(shop) if line["recipe"] == "satisfied"]

    assert (line["value"], line["low"], line["high"]) == ("", "", "")
    assert (line["detail"], line["n"]) == ("suppressed", "1")


def test_counts_of_the_table_add_up() -> None:
    lines = lines_of(busy_day())

    def count(section: str, detail: str) -> int:
        found = [line for line in lines if line["section"] == section and line["detail"] == detail]
        return sum(int(line["count"]) for line in found)

    for name in ("dissatisfied", "neutral", "satisfied"):
        assert count("hour", name) == count("answers", name)


def test_no_spreadsheet_runs_what_stands_in_the_table() -> None:
    shop = Shop()
    shop.answer(None, at("09:01"), ended="skipped", question="=cmd()")
    names = [line["name"] for line in lines_of(shop) if line["section"] == "question"]

    assert names == ["'=cmd()"]


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (61, "1 min 1 s"),
        (3599.6, "1 h"),
        (3600, "1 h"),
        (42_000, "11 h 40 min"),
    ],
)
def test_durations_are_told_in_two_units(seconds: float, told: str) -> None:
    assert words().duration(seconds) == told


@pytest.mark.parametrize(
    ("unit", "value", "told"),
    [
        ("share", 0.256, "26 %"),
        ("points", -3.0, "-3"),
        ("points", 30.0, "+30"),
        ("score", 4.25, "4.2"),
    ],
)
def test_figures_are_told_in_their_unit(unit: str, value: float, told: str) -> None:
    recipe = Recipe("x", "X", unit=unit)  # type: ignore[arg-type]
    index: Index = publish(recipe, Estimate(value, value, value), n=10)

    assert words().figure(index) == told


def test_an_interval_says_its_unit_once() -> None:
    assert words().interval(share(Recipe("x", "X"), 40, 100)) == "31 to 50 %"
    assert words().interval(share(Recipe("x", "X"), 4, 9)) == "n = 9: too few to say"
    assert words().figure(share(Recipe("x", "X"), 4, 9)) == "\u2013"
