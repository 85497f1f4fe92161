"""What the drawings of a recording are made of, beside what those of the report are made of."""

from __future__ import annotations

from agent.report.drawing import rect, text
from agent.report.markup import Markup, joined, tag

__all__ = ["END", "GUTTER", "percent", "rect", "svg", "text", "tick"]

GUTTER = 44
"""Left of a plot, for what its axis says."""
END = 8
"""Right of it."""


def percent(width: int, y: float, share: int) -> Markup:
    """Return a line across the plot, and what share it stands for."""
    line = tag("path", d=f"M{GUTTER} {y:.1f}H{width - END}", class_="grid")
    return joined(line, text(f"{share} %", x=0, y=y + 4, anchor="start", soft=True))


def tick(x: float, y: float, words: str) -> Markup:
    """Return a mark on the axis and its words below."""
    mark = tag("path", d=f"M{x:.1f} {y:.1f}v5", class_="axis")
    return joined(mark, text(words, x=x, y=y + 20, soft=True))


def svg(*children: Markup, width: int, height: float, label: str) -> Markup:
    """Return a drawing with what it says for who cannot see it."""
    view = f"0 0 {width} {height:.0f}"
    return tag("svg", *children, viewBox=view, role="img", aria_label=label)
