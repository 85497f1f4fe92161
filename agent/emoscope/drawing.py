"""What the drawings are made of: bars, words, marks, and fills that differ by pattern too."""

from __future__ import annotations

from agent.report.markup import Markup, joined, tag

GUTTER = 44
"""Left of a plot, for what its axis says."""
END = 8
"""Right of it."""


def patterns() -> Markup:
    """Return the fills; once on a page, before the drawings."""
    hatch = (
        tag("rect", width=8, height=8, fill="var(--bad)"),
        tag("path", d="M0 0V8", stroke="var(--paper)", stroke_width=2.5),
    )
    dots = (
        tag("rect", width=7, height=7, fill="var(--mid)"),
        tag("circle", cx=3.5, cy=3.5, r=1.2, fill="#5c4a12"),
    )
    turned = {"patternUnits": "userSpaceOnUse", "patternTransform": "rotate(45)"}
    defs = tag(
        "defs",
        tag("pattern", *hatch, id="hatch", width=8, height=8, **turned),
        tag("pattern", *dots, id="dots", width=7, height=7, patternUnits="userSpaceOnUse"),
    )
    return tag("svg", defs, width=0, height=0, aria_hidden="true", class_="patterns")


def percent(width: int, y: float, share: int) -> Markup:
    """Return a line across the plot, and what share it stands for."""
    line = tag("path", d=f"M{GUTTER} {y:.1f}H{width - END}", class_="grid")
    return joined(line, text(f"{share} %", x=0, y=y + 4, anchor="start", soft=True))


def tick(x: float, y: float, words: str) -> Markup:
    """Return a mark on the axis and its words below."""
    mark = tag("path", d=f"M{x:.1f} {y:.1f}v5", class_="axis")
    return joined(mark, text(words, x=x, y=y + 20, soft=True))


def rect(x: float, y: float, width: float, height: float, fill: str, *, rx: int = 0) -> Markup:
    """Return a rectangle."""
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "width": f"{width:.1f}", "height": f"{height:.1f}"}
    return tag("rect", **place, fill=fill, **({"rx": rx} if rx else {}))


def text(
    words: str,
    *,
    x: float,
    y: float,
    anchor: str = "middle",
    soft: bool = False,
    small: bool = False,
) -> Markup:
    """Return words on a line at `y`."""
    kind = " ".join(name for name, on in (("soft", soft), ("small", small)) if on)
    return tag(
        "text", words, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor, class_=kind or "plain"
    )


def svg(*children: Markup, width: int, height: float, label: str) -> Markup:
    """Return a drawing with what it says for who cannot see it."""
    view = f"0 0 {width} {height:.0f}"
    return tag("svg", *children, viewBox=view, role="img", aria_label=label)
