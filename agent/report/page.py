"""A day as one HTML file that needs nothing else: no script, no address, no picture beside it."""

from __future__ import annotations

from datetime import datetime

from agent.indices.classes import Classes
from agent.indices.satisfaction import class_shares
from agent.report import charts
from agent.report.asked import Asked
from agent.report.contact_section import contacts_section, smile_section
from agent.report.day import Day, Key, Presses
from agent.report.drawing import patterns
from agent.report.figures import answer_indices
from agent.report.markup import Markup, table, tag
from agent.report.notes import footer, notes
from agent.report.operation_section import alerts_section, listening_section
from agent.report.question_section import why_section
from agent.report.style import STYLE
from agent.report.telling import Telling, telling
from agent.report.words import Words

_HAPPY_PLACE = 3


def write_page(
    day: Day,
    *,
    made: datetime,
    language: str = "en",
    asked: Asked | None = None,
    opened: range | None = None,
) -> str:
    """Return the page in a language.

    `made` is now, by the site's clocks; `asked` has the words of the questions, `opened` the hours
    in which the site is open. Raises LanguageError.
    """
    told = telling(language, asked=asked)
    title = f"{_place(day, told.words)}, {day.local.date.isoformat()}"
    head = tag(
        "head",
        Markup('<meta charset="utf-8"><meta name="viewport" content="width=device-width">'),
        tag("title", title),
        tag("style", Markup(STYLE)),
    )
    body = tag("body", patterns(), _main(day, made, told, opened))
    page = tag("html", head, body, lang=language, dir=told.words.direction)
    return f"<!DOCTYPE html>\n{page}\n"


def _main(day: Day, made: datetime, told: Telling, opened: range | None) -> Markup:
    words = told.words
    return tag(
        "main",
        _header(day, made, words),
        *notes(day, language=words.code),
        _how_many(day.presses, told, opened),
        why_section(day, told),
        contacts_section(day, words, opened=opened, now_ms=round(made.timestamp() * 1000)),
        smile_section(day, words),
        alerts_section(day, words),
        listening_section(day, words),
        footer(day, made, told),
    )


def _place(day: Day, words: Words) -> str:
    names = day.source.strip("/").split("/")
    return " · ".join(names[1:]) or words.page.empty


def _header(day: Day, made: datetime, words: Words) -> Markup:
    date = words.date(day.local.date)
    if day.local.date == made.date():
        date = words.listed((date, words.page.until.format(time=f"{made:%H:%M}")))
    zone = words.page.zone.format(zone=day.local.zone)
    source = tag("bdi", day.source, dir="ltr")
    place = tag("h1", tag("bdi", _place(day, words)))
    return tag("header", place, tag("p", date), tag("p", zone, " ", source, class_="soft"))


def _how_many(presses: Presses, told: Telling, opened: range | None) -> Markup:
    words = told.words
    many = words.many
    heading = tag("h2", many.title)
    if not presses.pressed:
        return tag("section", heading, tag("p", many.nobody))
    answers = words.count(many.answers, presses.classes.n)
    counting = words.count(many.counting, presses.pressed, answers=answers)
    parts = [heading, tag("p", counting), *_charts(presses, words, opened)]
    return tag("section", *parts, _keys(presses.keys, told), *_left_out(presses, words))


def _charts(presses: Presses, words: Words, opened: range | None) -> list[Markup]:
    if not presses.classes.n:
        return []
    return [
        charts.class_bar(presses.classes, told=_told(presses.classes, words)),
        _classes(presses.classes, words),
        *_happy(presses, words),
        tag("h3", words.many.by_hour),
        charts.hour_chart(presses.hours, words=words, opened=opened),
    ]


def _told(classes: Classes, words: Words) -> str:
    return words.chart.answers.format(told=words.listed(words.of_classes(classes)))


def _classes(classes: Classes, words: Words) -> Markup:
    shares = class_shares(classes)
    cards = [
        tag(
            "div",
            charts.face(place),
            tag("b", told),
            tag("span", words.spread(share)),
            class_="class",
        )
        for place, (told, share) in enumerate(zip(words.of_classes(classes), shares, strict=True))
    ]
    return tag("div", *cards, class_="classes")


def _happy(presses: Presses, words: Words) -> list[Markup]:
    return [
        tag("p", words.of_hundred(index))
        for index in answer_indices(presses)[_HAPPY_PLACE:]
        if not index.suppressed
    ]


def _keys(keys: tuple[Key, ...], told: Telling) -> Markup:
    words = told.words
    rows = [
        (
            told.key(key.key),
            words.many.value_of.format(value=key.value, scale=key.scale),
            words.number(key.counting),
            words.number(key.pressed),
        )
        for key in keys
    ]
    return table(words.many.columns, rows, caption=words.many.by_key)


def _left_out(presses: Presses, words: Words) -> list[Markup]:
    if not presses.flags:
        return []
    rows = [
        tag("li", words.many.flag.format(why=words.flag(flag), n=words.number(count)))
        for flag, count in presses.flags
    ]
    return [tag("h3", words.many.left_out), tag("ul", *rows)]
