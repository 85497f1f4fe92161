"""Drawings of a day as inline SVG. A class is told by pattern and place as well as by colour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agent.indices.classes import Classes
from agent.indices.index import Index
from agent.report.dating import LocalDay
from agent.report.day import Hour, Listening
from agent.report.drawing import rect, text
from agent.report.markup import Markup, joined, tag
from agent.report.opening import shown_hours
from agent.report.words import Words, clock_time, words

WIDTH = 720
_SMALL = 176
_FILLS = ("url(#hatch)", "url(#dots)", "var(--good)")
_MOUTHS = ("M14 33Q22 24 30 33", "M14 30H30", "M13 27Q22 37 31 27")
_SHAPES = ("M13 3H31L41 13V31L31 41H13L3 31V13Z", "M4 4H40V40H4Z", "M22 2a20 20 0 1 1-.1 0Z")
_COLOURS = ("var(--bad)", "var(--mid)", "var(--good)")
_PLOT_TOP, _PLOT_BASE = 26, 166
_BAR, _BAR_TOP, _TIMELINE = 22, 14, 62
_TICK_HOURS = range(0, 24, 3)


def face(place: int) -> Markup:
    """Return the face of a class, 0 the dissatisfied: outline and mouth differ, not only colour."""
    ink = "#2b2300" if place == 1 else "var(--paper)"
    drawn = (
        tag("path", d=_SHAPES[place], fill=_COLOURS[place], stroke="var(--edge)"),
        tag("circle", cx=15, cy=18, r=2.6, fill=ink),
        tag("circle", cx=29, cy=18, r=2.6, fill=ink),
        tag("path", d=_MOUTHS[place], fill="none", stroke=ink, stroke_width=3),
    )
    return tag("svg", *drawn, viewBox="0 0 44 44", aria_hidden="true")


def class_bar(classes: Classes, *, told: str) -> Markup:
    """Return one bar in three parts; `told` says the same in words."""
    parts = _row(classes, x=0, y=1, width=WIDTH, height=_BAR)
    return _bar(*parts, height=_BAR + 2, label=told)


def option_bar(classes: Classes, *, most: int) -> Markup:
    """Return a small bar for a row of a table, as long as its part of `most`."""
    width = _SMALL * classes.n / max(1, most)
    parts = _row(classes, x=0, y=0, width=width, height=14)
    return tag("svg", *parts, viewBox=f"0 0 {_SMALL} 14", aria_hidden="true")


def hour_chart(hours: Sequence[Hour], *, words: Words, opened: range | None = None) -> Markup:
    """Return a column for every hour of `opened` and from the first to the last with an answer."""
    by_hour = {hour.hour: hour.classes for hour in hours}
    shown = shown_hours(by_hour, opened=opened)
    most = max(classes.n for classes in by_hour.values())
    step = WIDTH / len(shown)
    columns = [
        _column(by_hour.get(hour, Classes()), hour, x=place * step, step=step, most=most)
        for place, hour in enumerate(shown)
    ]
    base = tag("path", d=f"M0 {_PLOT_BASE}H{WIDTH}", stroke="var(--edge)")
    label = told_by_hour(hours, words=words)
    return _chart(*columns, base, height=_PLOT_BASE + 24, label=label)


def told_by_hour(hours: Sequence[Hour], *, words: Words) -> str:
    """Return the answers of each hour in words."""
    told = [
        words.chart.hour.format(hour=hour.hour, n=words.count(words.many.answers, hour.classes.n))
        for hour in hours
    ]
    return words.chart.by_hour.format(told=words.listed(told))


def _column(classes: Classes, hour: int, *, x: float, step: float, most: int) -> Markup:
    scale = (_PLOT_BASE - _PLOT_TOP) / most
    width, middle, y = step * 0.7, x + step / 2, float(_PLOT_BASE)
    drawn = [text(str(hour), x=middle, y=_PLOT_BASE + 17, soft=True)]
    for fill, count in zip(reversed(_FILLS), reversed(classes), strict=True):
        if count:
            y -= count * scale
            drawn.append(_rect(middle - width / 2, y, width, count * scale, fill))
    if classes.n:
        drawn.append(text(str(classes.n), x=middle, y=y - 6))
    return joined(*drawn)


def bounds_bar(least: Index, most: Index, *, language: str = "en") -> Markup:
    """Return the served as one bar: surely dissatisfied, perhaps, surely not."""
    low, high = (WIDTH * (index.value or 0.0) for index in (least, most))
    drawn = (
        _rect(0, _BAR_TOP, WIDTH, _BAR, "var(--paper)"),
        _rect(0, _BAR_TOP, high, _BAR, "var(--silent)"),
        _rect(0, _BAR_TOP, low, _BAR, "url(#hatch)"),
        *(_whisker(index) for index in (least, most)),
    )
    told = words(language)
    label = told.who.bounds_label.format(low=told.figure(least), high=told.figure(most))
    return _bar(*drawn, height=_BAR + 2 * _BAR_TOP, label=label)


def _whisker(index: Index) -> Markup:
    left, right = (WIDTH * (end or 0.0) for end in (index.low, index.high))
    y = _BAR_TOP + _BAR + 7
    path = f"M{left:.1f} {y - 4}v8m0-4H{right:.1f}m0-4v8"
    return tag("path", d=path, fill="none", stroke="var(--edge)", stroke_width=1.5)


def timeline(listening: Listening, day: LocalDay, *, words: Words) -> Markup:
    """Return when it was listening, and below when something did not work."""
    spans = [
        _stretch(span.start_ms, span.end_ms, day, y=6, fill="var(--good)")
        for span in listening.spans
    ]
    now_ms = max((span.end_ms for span in listening.spans), default=day.end_ms)
    faults = [
        _stretch(f.start_ms, f.end_ms or now_ms, day, y=26, fill="url(#hatch)")
        for f in listening.faults
    ]
    ground = _rect(0, 6, WIDTH, 14, "var(--silent)")
    label = words.listening.label.format(spans=len(spans), faults=len(faults))
    return _chart(ground, *spans, *faults, *_ticks(day), height=_TIMELINE, label=label)


def _stretch(start_ms: int, end_ms: int, day: LocalDay, *, y: int, fill: str) -> Markup:
    left, right = (WIDTH * min(1.0, max(0.0, day.place(ms))) for ms in (start_ms, end_ms))
    return _rect(left, y, max(2.0, right - left), 14 if fill.startswith("var") else 8, fill)


def _ticks(day: LocalDay) -> Iterator[Markup]:
    midnight = day.local(day.start_ms)
    for hour in _TICK_HOURS:
        at = midnight.replace(hour=hour)
        x = WIDTH * day.place(round(at.timestamp() * 1000))
        yield tag("path", d=f"M{x:.1f} 36v6", stroke="var(--edge)")
        anchor = "start" if hour == 0 else "middle"
        yield text(clock_time(at), x=x, y=56, soft=True, anchor=anchor)


def _row(classes: Classes, *, x: float, y: float, width: float, height: float) -> list[Markup]:
    drawn = []
    for fill, count in zip(_FILLS, classes, strict=True):
        part = width * count / max(1, classes.n)
        drawn += [_rect(x, y, part, height, fill)] if count else []
        x += part
    return drawn


def _rect(x: float, y: float, width: float, height: float, fill: str) -> Markup:
    return rect(x, y, width, height, fill, edge=0.8)


def _chart(*children: Markup, height: int, label: str) -> Markup:
    view = f"0 0 {WIDTH} {height}"
    drawn = tag("svg", *children, viewBox=view, role="img", aria_label=label, class_="chart")
    return tag("div", drawn, class_="wide drawn")


def _bar(*children: Markup, height: int, label: str) -> Markup:
    """Return a drawing without letters, which may be as narrow as the page is."""
    size = {"viewBox": f"0 0 {WIDTH} {height}", "height": height, "preserveAspectRatio": "none"}
    return tag("svg", *children, **size, role="img", aria_label=label, class_="bar")
