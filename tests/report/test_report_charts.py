"""The drawings: as long as what they stand for, and told in words as well."""

from __future__ import annotations

import re
from datetime import UTC
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.feedback.settings import SiteSettings
from agent.indices import Classes, Index, Ledger, Recipe, dissatisfied_of_served
from agent.indices.satisfaction import share
from agent.report import charts
from agent.report.dating import LocalDay
from agent.report.day import Fault, Hour, Listening, Span
from agent.report.drawing import patterns
from agent.report.opening import open_hours, shown_hours
from agent.report.words import words
from tests.report.shop import DAY, at, next_day

COUNTS = st.integers(0, 300)
CLASSES = st.builds(Classes, COUNTS, COUNTS, COUNTS)


class Rect(NamedTuple):
    x: float
    y: float
    width: float
    height: float
    fill: str


def rects(drawing: str) -> list[Rect]:
    pattern = r'<rect x="([^"]+)" y="([^"]+)" width="([^"]+)" height="([^"]+)" fill="([^"]+)"'
    return [
        Rect(float(x), float(y), float(width), float(height), fill)
        for x, y, width, height, fill in re.findall(pattern, drawing)
    ]


@settings(deadline=None)
@given(CLASSES)
def test_the_parts_of_a_bar_are_as_long_as_their_classes(classes: Classes) -> None:
    found = rects(charts.class_bar(classes, told="x"))

    assert len(found) == sum(count > 0 for count in classes)
    for one, following in pairwise(found):
        assert one.x + one.width == pytest.approx(following.x, abs=0.11)
    if classes.n:
        assert sum(part.width for part in found) == pytest.approx(charts.WIDTH, abs=0.2)
        longest = max(found, key=lambda part: part.width)
        assert longest.width == pytest.approx(charts.WIDTH * max(classes) / classes.n, abs=0.1)


def test_each_class_has_a_fill_of_its_own() -> None:
    fills = [part.fill for part in rects(charts.class_bar(Classes(1, 1, 1), told="x"))]

    assert fills == ["url(#hatch)", "url(#dots)", "var(--good)"]


def test_the_fills_that_are_used_are_defined() -> None:
    assert {'id="hatch"', 'id="dots"'} <= set(re.findall(r'id="\w+"', patterns()))


def test_faces_differ_by_outline_and_mouth() -> None:
    drawn = [re.findall(r' d="([^"]+)"', charts.face(place)) for place in range(3)]

    assert len({outline for outline, _ in drawn}) == len({mouth for _, mouth in drawn}) == 3


def test_a_bar_says_its_counts_in_words() -> None:
    assert 'aria-label="3 bad, 5 good"' in charts.class_bar(Classes(3, 0, 5), told="3 bad, 5 good")


@settings(deadline=None)
@given(st.dictionaries(st.integers(0, 23), CLASSES.filter(lambda c: c.n > 0), min_size=1))
def test_columns_stay_in_their_picture_and_are_as_high_as_their_counts(
    hours: dict[int, Classes],
) -> None:
    told = [Hour(hour, classes) for hour, classes in sorted(hours.items())]
    chart = charts.hour_chart(told, words=words())
    columns: dict[float, float] = {}
    for part in rects(chart):
        assert 0 <= part.x <= part.x + part.width <= charts.WIDTH + 0.1
        assert part.y >= 0
        columns[part.x] = columns.get(part.x, 0) + part.height

    heights = [columns[x] for x in sorted(columns)]
    most = max(classes.n for classes in hours.values())
    assert len(heights) == len(hours)
    for (_, classes), height in zip(sorted(hours.items()), heights, strict=True):
        assert height == pytest.approx(max(heights) * classes.n / most, abs=0.3)


def hours_of(*known: int, opened: range | None = None) -> list[int]:
    hours = [Hour(hour, Classes(1, 0, 0)) for hour in known]
    chart = charts.hour_chart(hours, words=words(), opened=opened)
    return [int(hour) for hour in re.findall(r'class="soft">(\d+)<', chart)]


@pytest.mark.parametrize(
    ("known", "first", "last"),
    [((9,), 6, 13), ((0,), 0, 7), ((23,), 16, 23), ((9, 10), 6, 13), ((8, 19), 8, 19)],
)
def test_few_hours_stand_in_the_middle_and_many_fill_the_drawing(
    known: tuple[int, ...], first: int, last: int
) -> None:
    assert hours_of(*known) == [*range(first, last + 1)]


def test_the_opening_hours_are_shown_and_what_was_answered_outside_of_them() -> None:
    assert hours_of(12, opened=range(8, 20)) == [*range(8, 20)]
    assert hours_of(6, 21, opened=range(8, 20)) == [*range(6, 22)]


@given(st.sets(st.integers(0, 23), min_size=1), st.integers(0, 23), st.integers(1, 24))
def test_shown_hours_are_of_the_day_without_a_break(known: set[int], first: int, n: int) -> None:
    opened = range(first, min(24, first + n))
    shown = shown_hours(known, opened=opened)

    assert {*known, *opened} <= {*shown} <= {*range(24)}
    assert len(shown) >= 8


WEEK = {"fri": ("09:30-13:00", "14:00-18:30"), "sat": ("22:00-02:00",)}
CLOSED = [{"day": DAY.isoformat(), "hours": []}]


def test_the_hours_of_a_drawing_are_those_of_the_shop() -> None:
    site = SiteSettings.model_validate({"hours": WEEK})

    assert open_hours(site, DAY) == range(9, 19)
    assert open_hours(site, next_day()) == range(22, 24)
    assert open_hours(site, next_day(next_day())) is None
    assert open_hours(SiteSettings(), DAY) is None
    closed = SiteSettings.model_validate({"hours": WEEK, "exceptions": CLOSED})
    assert open_hours(closed, DAY) is None


def test_a_row_of_the_table_is_as_long_as_its_part_of_the_longest() -> None:
    widths = [
        sum(part.width for part in rects(charts.option_bar(Classes(count, 0, count), most=20)))
        for count in (10, 5, 0)
    ]

    assert widths[1] == pytest.approx(widths[0] / 2, abs=0.1)
    assert widths[2] == 0


def test_bounds_are_drawn_over_each_other() -> None:
    ledger = Ledger(asked_answered=100, asked_silent=900)
    bounds = dissatisfied_of_served(20, ledger=ledger)
    everybody, perhaps, surely = rects(charts.bounds_bar(bounds.least, bounds.most))

    assert everybody.width == charts.WIDTH
    assert perhaps.width == pytest.approx(0.92 * charts.WIDTH, abs=0.1)
    assert surely.width == pytest.approx(0.02 * charts.WIDTH, abs=0.1)


def test_bounds_say_in_words_what_they_are() -> None:
    least: Index = share(Recipe("a", "A"), 20, 1000)
    most: Index = share(Recipe("b", "B"), 920, 1000)

    assert "Between 2 % and 92 % of the served dissatisfied" in charts.bounds_bar(least, most)


def test_the_timeline_shows_when_it_listened_and_what_failed() -> None:
    listening = Listening(
        spans=(Span(at("06:00"), at("18:00")),),
        faults=(
            Fault("camera", "dark", "", at("06:00") - 86_400_000, at("12:00")),
            Fault("broker", "away", "", at("15:00"), None),
        ),
    )
    ground, span, camera, broker = rects(
        charts.timeline(listening, LocalDay(DAY, UTC), words=words())
    )

    assert (ground.x, ground.width) == (0, charts.WIDTH)
    assert (span.x, span.width) == (charts.WIDTH / 4, charts.WIDTH / 2)
    assert (camera.x, camera.width) == (0, charts.WIDTH / 2)
    assert broker.x + broker.width == pytest.approx(span.x + span.width)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Warsaw", "America/New_York"])
def test_the_timeline_is_marked_every_three_hours(zone: str) -> None:
    chart = charts.timeline(Listening(), LocalDay(DAY, ZoneInfo(zone)), words=words())

    assert re.findall(r">(\d\d:00)<", chart) == [f"{hour:02d}:00" for hour in range(0, 24, 3)]


def test_a_place_in_the_day_runs_from_0_to_1() -> None:
    local = LocalDay(DAY, UTC)

    assert (local.place(at("00:00")), local.place(at("12:00"))) == (0, 0.5)
    assert local.place(at("00:00", day=next_day())) == 1
