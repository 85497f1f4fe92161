"""The report of a recording: one HTML file that needs nothing else, and no picture of anybody."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from agent import __version__
from agent.emoscope import charts
from agent.emoscope.axis import clock, lasting
from agent.emoscope.histogram import COST_MS, DWELL_S, histogram
from agent.emoscope.recording import Figures
from agent.emoscope.stays import Stay
from agent.emoscope.style import STYLE
from agent.emoscope.words import LIMITS, MODES, NO_FACE, NOBODY, PERCEIVED
from agent.report.drawing import patterns
from agent.report.markup import Markup, joined, table, tag

FOLDED = 12
"""A longer table of contacts is folded away."""
HASH_SHOWN = 12
_POLICY = (
    '<meta http-equiv="Content-Security-Policy"'
    " content=\"default-src 'none'; style-src 'unsafe-inline'\">"
)
_HEAD = Markup(
    '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    f"{_POLICY}"
)
_MARK = Markup(
    '<svg viewBox="0 0 32 32" aria-hidden="true" fill="none" stroke="currentColor"'
    ' stroke-width="2.4" stroke-linecap="round"><path d="M3 10V6a3 3 0 0 1 3-3h4M22 3h4a3 3 0 0 1'
    ' 3 3v4M29 22v4a3 3 0 0 1-3 3h-4M10 29H6a3 3 0 0 1-3-3v-4"/><path d="M9.5 18q6.5 6 13 0"/>'
    '<path d="M11.5 12v1M20.5 12v1"/></svg>'
)


def write_page(figures: Figures) -> str:
    """Return the page."""
    head = tag(
        "head", _HEAD, tag("title", f"EmoScope: {figures.name}"), tag("style", Markup(STYLE))
    )
    main = tag("main", _header(figures), _tiles(figures), *_sections(figures), _footer(figures))
    return f"<!DOCTYPE html>\n{tag('html', head, tag('body', patterns(), main), lang='en')}\n"


def _sections(figures: Figures) -> list[Markup]:
    return [
        _timeline(figures),
        *_expression(figures),
        tag("div", _dwell(figures), _cost(figures), class_="pair"),
        *_contacts(figures),
        _models(figures),
        _limits(figures),
    ]


def _header(figures: Figures) -> Markup:
    made = figures.made
    told = (
        f"{lasting(figures.seconds)} of a recording, looked at on {made.day} {made:%B %Y} at"
        f" {made:%H:%M}: {MODES[figures.mode]}."
    )
    brand = tag("p", _MARK, "EmoScope report", class_="brand")
    return tag("header", brand, tag("h1", figures.name), tag("p", told, class_="soft"))


def _tiles(figures: Figures) -> Markup:
    dwell, smile, cost = figures.dwell_median_s, figures.smile_share, figures.cost
    longest = max((stay.dwell_s for stay in figures.stays), default=0.0)
    minutes = figures.seconds / 60
    rate = f"{len(figures.stays) / minutes:.1f} a minute" if minutes else ""
    tiles = [
        ("Contacts", str(len(figures.stays)), f"{rate}, at most {figures.most_at_once} at once"),
        ("Dwell, median", _or_none(dwell, lasting), f"longest {lasting(longest)}"),
        ("Smiling", _or_none(smile, _percent), f"of {lasting(figures.face_s)} of face time"),
        ("Cost a frame", f"{cost.mean:.1f} ms", f"19 of 20 below {cost.most:.1f} ms"),
        (
            "Looked at",
            f"{figures.times_faster:.0f}×",  # noqa: RUF001 - the sign for times
            f"as fast as it plays, {figures.frames} frames",
        ),
    ]
    if figures.mode == "presence":
        del tiles[2]
    return tag("dl", *(_tile(*each) for each in tiles), class_="tiles")


def _tile(name: str, figure: str, more: str) -> Markup:
    inside = (tag("dt", name), tag("dd", figure), tag("dd", more, class_="more"))
    return tag("div", *inside, class_="tile")


def _timeline(figures: Figures) -> Markup:
    heading = tag("h2", "Who was there, and when")
    if not figures.stays:
        return tag("section", heading, tag("p", NOBODY))
    smiles = figures.mode != "presence"
    under = "A bar is a contact from arrival to leaving. "
    under += "Below, the smile level of the faces in view." if smiles else ""
    drawn = charts.both(
        charts.timeline(figures.stays, figures.bins, seconds=figures.seconds, smiles=smiles)
    )
    names = [("var(--silent)", "in view"), ("var(--good)", "smiling")]
    legend = _legend(names if smiles else names[:1])
    return tag("section", heading, tag("p", under, class_="soft"), drawn, legend)


def _expression(figures: Figures) -> list[Markup]:
    if figures.mode == "presence":
        return []
    told = f"{PERCEIVED} The bar is of the contacts' face time; below, every face near enough."
    heading, under = tag("h2", "Perceived expression"), tag("p", told, class_="soft")
    parts = _parts(figures)
    if not parts:
        return [tag("section", heading, under, tag("p", NO_FACE))]
    shares = [share for _, _, share in parts]
    bar = tag("div", charts.both(charts.share_bar(shares)), class_="bar")
    emotion = figures.mode == "emotion"
    over_time = charts.shares_over_time(figures.bins, seconds=figures.seconds, emotion=emotion)
    legend = _legend([(fill, f"{name} {_percent(share)}") for fill, name, share in parts])
    return [tag("section", heading, under, bar, charts.both(over_time), legend)]


def _parts(figures: Figures) -> list[tuple[str, str, float]]:
    """Return fill, name and share of each part of the face time."""
    level, smile = figures.expression, figures.smile_share
    if level is None or smile is None:
        return []
    if figures.mode != "emotion":
        return [("var(--good)", "smiling", smile), ("var(--silent)", "not smiling", 1 - smile)]
    return [
        ("var(--good)", "positive", level.positive),
        ("url(#dots)", "neutral", level.neutral),
        ("url(#hatch)", "negative", level.negative),
    ]


def _legend(names: Sequence[tuple[str, str]]) -> Markup:
    items = [
        tag("li", tag("svg", tag("rect", width=14, height=14, rx=3, fill=fill)), name)
        for fill, name in names
    ]
    return tag("ul", *items, class_="legend")


def _dwell(figures: Figures) -> Markup:
    heading = tag("h2", "How long they stayed")
    if not figures.stays:
        return tag("section", heading, tag("p", NOBODY))
    classes = histogram([stay.dwell_s for stay in figures.stays], edges=DWELL_S)
    drawn = charts.columns(classes, label="Contacts by seconds of dwell")
    under = tag("p", "Contacts, by seconds from arrival to leaving.", class_="soft")
    return tag("section", heading, under, charts.both(drawn, wide=charts.HALF))


def _cost(figures: Figures) -> Markup:
    heading = tag("h2", "What a frame cost")
    if not figures.frames:
        return tag("section", heading, tag("p", "There was no frame."))
    drawn = charts.columns(
        histogram(figures.costs_ms, edges=COST_MS), label="Frames by milliseconds"
    )
    cost = figures.cost
    under = (
        f"Frames, by milliseconds of processor time; median {cost.median:.1f}."
        f" {figures.fps:g} frames a second, {figures.resident_mb:.0f} MB of memory."
    )
    return tag(
        "section", heading, tag("p", under, class_="soft"), charts.both(drawn, wide=charts.HALF)
    )


def _contacts(figures: Figures) -> list[Markup]:
    if not figures.stays:
        return []
    heads: tuple[str, ...] = ("Contact", "From", "To", "Dwell")
    heads += ("Smiling",) if figures.mode != "presence" else ()
    rows = [_row(stay)[: len(heads)] for stay in figures.stays]
    body = table(heads, rows, caption="Contacts")
    if len(rows) > FOLDED:
        body = tag("details", tag("summary", f"Show all {len(rows)}"), body)
    return [tag("section", tag("h2", "Every contact"), body)]


def _row(stay: Stay) -> tuple[str, ...]:
    smile = stay.measured.smile_share if stay.measured.face_s > 0 else None
    times = clock(stay.start_s), clock(stay.end_s), lasting(stay.dwell_s)
    return f"No. {stay.number}", *times, _or_none(smile, _percent)


def _models(figures: Figures) -> Markup:
    rows = [
        (model.role, model.id, tag("code", model.sha256[:HASH_SHOWN]), model.licence)
        for model in figures.models
    ]
    heads = ("Does what", "Model", "SHA-256 begins", "Licence")
    drawn = table(heads, rows, caption="Models", texts=(0, 1, 2, 3))
    return tag("section", tag("h2", "The models that looked"), drawn, class_="models")


def _limits(figures: Figures) -> Markup:
    own = [tag("li", text) for text in LIMITS]
    cards = [
        tag("li", tag("b", model.id), f": {model.limits}")
        for model in figures.models
        if model.limits
    ]
    return tag(
        "section",
        tag("h2", "What these figures cannot say"),
        tag("ul", *own, *cards, class_="plain"),
    )


def _footer(figures: Figures) -> Markup:
    told = (
        f"Made by smilepost emoscope {__version__} on {figures.made:%Y-%m-%d %H:%M %Z}. This file"
        " holds no picture, runs no script and asks for nothing from anywhere."
    )
    return tag("footer", joined(told))


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _or_none(value: float | None, write: Callable[[float], str]) -> str:
    return "-" if value is None else write(value)
