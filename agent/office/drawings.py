"""Drawings that are legible on a phone: bars of shares, and the answers of each hour."""

from __future__ import annotations

from collections.abc import Sequence

from agent.indices.classes import Classes
from agent.indices.index import Index
from agent.office.words import Words
from agent.report.charts import told_by_hour
from agent.report.day import Hour
from agent.report.drawing import rect, text
from agent.report.markup import Markup, tag
from agent.report.opening import shown_hours

FILLS = ("url(#hatch)", "url(#dots)", "var(--good)")
STEP, TOP, BASE, FOOT = 34, 20, 104, 20
BAR = 300
"""Near what a bar is wide on a phone and in a column, so that its pattern is hardly stretched."""


def share_bar(index: Index, *, place: int) -> Markup:
    """Return a share as a bar with its interval; `place` is that of the class, 0 the unhappy."""
    ground = rect(0, 4, BAR, 10, "var(--silent)")
    if index.value is None or index.low is None or index.high is None:
        return _bar(ground)
    left, right = BAR * index.low, BAR * index.high
    whisker = tag("path", d=f"M{left:.1f} 1v16M{right:.1f} 1v16M{left:.1f} 9H{right:.1f}")
    return _bar(ground, rect(0, 4, BAR * index.value, 10, FILLS[place]), whisker)


def option_bar(classes: Classes, *, most: int) -> Markup:
    """Return how often an option was chosen, by class; the most chosen one fills the bar."""
    drawn, left = [], 0.0
    for fill, count in zip(FILLS, classes, strict=True):
        width = BAR * count / max(1, most)
        drawn += [rect(left, 3, width, 12, fill)] if count else []
        left += width
    return _bar(*drawn)


def _bar(*drawn: Markup) -> Markup:
    return tag(
        "svg", *drawn, viewBox=f"0 0 {BAR} 18", preserveAspectRatio="none", class_="share",
        aria_hidden="true",
    )  # fmt: skip


def hours(found: Sequence[Hour], *, words: Words, opened: range | None = None) -> Markup:
    """Return a column for every hour of `opened` and from the first to the last with an answer."""
    by_hour = {hour.hour: hour.classes for hour in found}
    shown = shown_hours(by_hour, opened=opened)
    most = max(classes.n for classes in by_hour.values())
    columns = [
        _column(by_hour.get(hour, Classes()), hour, left=place * STEP, most=most)
        for place, hour in enumerate(shown)
    ]
    width, height = len(shown) * STEP, BASE + FOOT
    base = tag("path", d=f"M0 {BASE}H{width}", stroke="var(--edge)")
    size = {"viewBox": f"0 0 {width} {height}", "width": round(1.3 * width)}
    label = told_by_hour(found, words=words.report)
    return tag("svg", *columns, base, **size, role="img", aria_label=label, class_="hours")


def _column(classes: Classes, hour: int, *, left: int, most: int) -> Markup:
    scale, y = (BASE - TOP) / most, float(BASE)
    middle = left + STEP / 2
    drawn = [text(str(hour), x=middle, y=BASE + 15)]
    for fill, count in zip(reversed(FILLS), reversed(classes), strict=True):
        if count:
            y -= count * scale
            drawn.append(rect(left + 5, y, STEP - 10, count * scale, fill))
    if classes.n:
        drawn.append(text(str(classes.n), x=middle, y=y - 5))
    return tag("g", *drawn)
