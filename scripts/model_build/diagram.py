"""Draws a reliability diagram: how often a net is right when it is that sure. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

SIZE_PX, MARGIN_PX = 320, 44

Bins = Sequence[dict[str, float | int]]


def reliability_diagram(bins: Bins, *, title: str) -> str:
    """Return an SVG of `figures.reliability`; the area of a dot is its share of the pictures."""
    total = sum(row["pictures"] for row in bins)
    dots = [_dot(float(row["said"]), float(row["right"]), row["pictures"] / total) for row in bins]
    return "\n".join([_head(title), *_axes(), *dots, "</svg>", ""])


def _head(title: str) -> str:
    side = SIZE_PX + 2 * MARGIN_PX
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" width="{side}"'
        f' font-family="sans-serif" role="img"><title>{escape(title)}</title>'
        f'<rect width="{side}" height="{side}" fill="#fff"/>{_text(side / 2, 22, title)}'
    )


def _axes() -> list[str]:
    lines = [_line((0, 0), (1, 1), '#888" stroke-dasharray="4 4')]
    for tenth in range(0, 11, 2):
        at = tenth / 10
        lines += [_line((at, 0), (at, 1), "#eee"), _line((0, at), (1, at), "#eee")]
        lines.append(_text(_x(at), _y(0) + 16, f"{at:.0%}"))
        lines.append(_text(_x(0) - 20, _y(at) + 4, f"{at:.0%}"))
    end = _y(0) + 34
    lines.append(_text(_x(0.5), end, "how sure the net is"))
    lines.append(_text(_x(0.02), _y(1) + 14, "how often it is right", anchor="start"))
    return lines


def _dot(said: float, right: float, share: float) -> str:
    radius = max(2.0, 24 * share**0.5)
    return (
        f'<circle cx="{_x(said):.1f}" cy="{_y(right):.1f}" r="{radius:.1f}" fill="#2563eb"'
        ' fill-opacity=".6"/>'
    )


def _line(start: tuple[float, float], end: tuple[float, float], colour: str) -> str:
    return (
        f'<line x1="{_x(start[0]):.1f}" y1="{_y(start[1]):.1f}" x2="{_x(end[0]):.1f}"'
        f' y2="{_y(end[1]):.1f}" stroke="{colour}"/>'
    )


def _text(x: float, y: float, text: str, *, anchor: str = "middle") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="12" text-anchor="{anchor}"'
        f' fill="#222">{escape(text)}</text>'
    )


def _x(share: float) -> float:
    return MARGIN_PX + SIZE_PX * share


def _y(share: float) -> float:
    return MARGIN_PX + SIZE_PX * (1 - share)
