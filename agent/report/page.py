"""A day as one HTML file that needs nothing else: no script, no address, no picture beside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from agent.indices.satisfaction import class_shares
from agent.report import charts
from agent.report.contact_section import contacts_section, smile_section
from agent.report.day import Day, Key, Option, Presses, Question
from agent.report.figures import answer_indices
from agent.report.markup import Markup, joined, table, tag
from agent.report.notes import footer, notes
from agent.report.operation_section import alerts_section, listening_section
from agent.report.style import STYLE
from agent.report.words import ENDED, FLAGS, counted, figure, interval, named

_CLASS_NAMES = ("Dissatisfied", "Neutral", "Satisfied")
_HAPPY_PLACE = 3


def write_page(day: Day, *, labels: Mapping[str, str], made: datetime) -> str:
    """Return the page. `labels` name keys and options; `made` is now, by the site's clocks."""
    head = tag(
        "head",
        Markup('<meta charset="utf-8"><meta name="viewport" content="width=device-width">'),
        tag("title", f"{_place(day)}, {day.local.date.isoformat()}"),
        tag("style", Markup(STYLE)),
    )
    main = tag("main", _header(day, made), *notes(day), *_sections(day, labels), footer(day, made))
    body = tag("body", charts.patterns(), main)
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def _sections(day: Day, labels: Mapping[str, str]) -> list[Markup]:
    return [
        _how_many(day.presses, labels),
        _why(day, labels),
        contacts_section(day),
        smile_section(day),
        alerts_section(day),
        listening_section(day),
    ]


def _place(day: Day) -> str:
    names = day.source.strip("/").split("/")
    return " · ".join(names[1:]) or "No events"


def _header(day: Day, made: datetime) -> Markup:
    date = day.local.date
    until = f", until {made:%H:%M}" if date == made.date() else ""
    written = f"{date:%A}, {date.day} {date:%B %Y}{until}"
    zone = f"Hours by the clocks of {day.local.zone}. {day.source}"
    return tag("header", tag("h1", _place(day)), tag("p", written), tag("p", zone, class_="soft"))


def _how_many(presses: Presses, labels: Mapping[str, str]) -> Markup:
    heading = tag("h2", "How many?")
    if not presses.pressed:
        return tag("section", heading, tag("p", "Nobody pressed anything."))
    total = (
        f"{counted(presses.classes.n, 'answer')} of {counted(presses.pressed, 'press', 'presses')}"
    )
    parts = [heading, tag("p", tag("b", total), " count."), *_charts(presses)]
    return tag("section", *parts, _keys(presses.keys, labels), *_left_out(presses))


def _charts(presses: Presses) -> list[Markup]:
    if not presses.classes.n:
        return []
    return [
        charts.class_bar(presses.classes),
        _classes(presses),
        *_happy(presses),
        tag("h3", "Answers by hour"),
        charts.hour_chart(presses.hours),
    ]


def _classes(presses: Presses) -> Markup:
    cards = [
        tag(
            "div",
            charts.face(place),
            tag("b", counted(count, name.lower(), name.lower())),
            tag(
                "span",
                f"{figure(share)} ({interval(share)})"
                if share.value is not None
                else interval(share),
            ),
            class_="class",
        )
        for place, (name, count, share) in enumerate(
            zip(_CLASS_NAMES, presses.classes, class_shares(presses.classes), strict=True)
        )
    ]
    return tag("div", *cards, class_="classes")


def _happy(presses: Presses) -> list[Markup]:
    return [
        tag("p", f"{index.name} {figure(index)} of 100 ({interval(index)}).")
        for index in answer_indices(presses)[_HAPPY_PLACE:]
        if not index.suppressed
    ]


def _keys(keys: tuple[Key, ...], labels: Mapping[str, str]) -> Markup:
    rows = [
        (named(key.key, labels), f"{key.value} of {key.scale}", str(key.counting), str(key.pressed))
        for key in keys
    ]
    return table(("Key", "Answer", "Counting", "Pressed"), rows, caption="By key")


def _left_out(presses: Presses) -> list[Markup]:
    if not presses.flags:
        return []
    rows = [tag("li", f"{FLAGS.get(flag, flag)}: {count}") for flag, count in presses.flags]
    heading = tag("h3", "Presses that do not count, and why")
    return [heading, tag("ul", *rows)]


def _why(day: Day, labels: Mapping[str, str]) -> Markup:
    parts = [_question(question, labels) for question in day.questions]
    if day.feedback:
        told = ", ".join(f"{name} {count}" for name, count in day.feedback)
        parts.append(tag("p", f"Feedback in customers' own words: {told}."))
    return tag("section", tag("h2", "Why?"), *(parts or [tag("p", "Nothing was asked.")]))


def _question(question: Question, labels: Mapping[str, str]) -> Markup:
    title = named(question.question, labels)
    if question.item:
        title = f"{title}: {named(question.item, labels)}"
    ended = ", ".join(f"{ENDED.get(how, how)} {count}" for how, count in question.ended)
    shown = counted(question.asked, "time")
    heading = tag("h3", title)
    asked = tag("p", f"Asked {shown}: {ended}.", class_="soft")
    return joined(heading, asked, _options(question, labels), _values(question))


def _options(question: Question, labels: Mapping[str, str]) -> Markup:
    if not question.options:
        return Markup()
    most = max(option.classes.n for option in question.options)
    unrated = any(option.unrated for option in question.options)
    rows = [_option(option, labels, most=most, unrated=unrated) for option in question.options]
    heads = ("Chosen", "", *(f"by {name.lower()}" for name in _CLASS_NAMES), "Times")
    more = ("without rating",) if unrated else ()
    caption = "Beside the answers that they explain"
    return table((*heads, *more), rows, caption=caption, texts=(0, 1))


def _option(
    option: Option, labels: Mapping[str, str], *, most: int, unrated: bool
) -> tuple[str, ...]:
    bar = charts.option_bar(option.classes, most=most)
    counts = [*option.classes, option.chosen, *([option.unrated] if unrated else [])]
    return named(option.option, labels), bar, *(str(count) for count in counts)


def _values(question: Question) -> Markup:
    if not question.values:
        return Markup()
    heads = ("Number", *(str(value) for value, _ in question.values))
    counts = ("Times", *(str(count) for _, count in question.values))
    return table(heads, [counts], caption="Numbers given")
