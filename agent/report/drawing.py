"""What drawings are made of: bars, words, and fills that differ by pattern too."""

from __future__ import annotations

from agent.report.markup import Markup, tag


def patterns() -> Markup:
    """Return the fills; once on a page, before the drawings."""
    hatch = (
        tag("rect", width=8, height=8, fill="var(--bad)"),
        tag("path", d="M0 0V8", stroke="var(--paper)", stroke_width=3),
    )
    dots = (
        tag("rect", width=7, height=7, fill="var(--mid)"),
        tag("circle", cx=3.5, cy=3.5, r=1.3, fill="#5c4a12"),
    )
    turned = {"patternUnits": "userSpaceOnUse", "patternTransform": "rotate(45)"}
    defs = tag(
        "defs",
        tag("pattern", *hatch, id="hatch", width=8, height=8, **turned),
        tag("pattern", *dots, id="dots", width=7, height=7, patternUnits="userSpaceOnUse"),
    )
    return tag("svg", defs, width=0, height=0, aria_hidden="true", class_="patterns")


def rect(
    x: float, y: float, width: float, height: float, fill: str, *, rx: int = 0, edge: float = 0.0
) -> Markup:
    """Return a rectangle; `rx` rounds its corners, `edge` is how wide the line around it is."""
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "width": f"{width:.1f}", "height": f"{height:.1f}"}
    line = {"stroke": "var(--edge)", "stroke_width": edge} if edge else {}
    return tag("rect", **place, fill=fill, **({"rx": rx} if rx else {}), **line)


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
