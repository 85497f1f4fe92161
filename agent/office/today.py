"""`/today` for a manager: How many? Why? Who? The same figures as `smilepost report`. Pure."""

from __future__ import annotations

from agent.indices.classes import Classes
from agent.indices.contacts import Bounds, dissatisfied_of_served, response_rate, silent_share
from agent.indices.index import Index
from agent.indices.satisfaction import class_shares
from agent.office import drawings
from agent.office.page import section
from agent.office.words import Words
from agent.report import charts
from agent.report.contact_section import opted_out, without_contacts
from agent.report.day import Day, Presses, Question
from agent.report.figures import answer_indices
from agent.report.markup import Markup, joined, tag
from agent.report.notes import notes
from agent.report.question_section import asked, heading, own_words, standing
from agent.report.served_section import counted_by
from agent.report.standards import Topic, topics
from agent.report.telling import Telling, fact, facts

OF_CLASSES = 3


def sections(
    day: Day,
    *,
    telling: Telling,
    words: Words,
    opened: range | None = None,
    now_ms: int | None = None,
) -> Markup:
    """Return the three questions and what is known of them.

    `opened` are the hours in which the site is open, `now_ms` is the time now.
    """
    counters = counted_by(day, words.report, opened=opened, now_ms=now_ms)
    warnings = list(notes(day, language=words.code))
    titles = telling.words
    return joined(
        *([section("notes", words.today.before, *warnings)] if warnings else []),
        section("many", titles.many.title, *_how_many(day.presses, words, opened)),
        section("why", titles.why.title, *_why(day, telling, words)),
        section("who", titles.who.title, *_who(day, words), *counters),
    )


def _how_many(presses: Presses, words: Words, opened: range | None) -> list[Markup]:
    if not presses.pressed:
        return [tag("p", words.today.nobody)]
    parts = [big(presses.classes.n, words), *class_rows(presses.classes, words)]
    if presses.classes.n:
        chart = drawings.hours(presses.hours, words=words, opened=opened)
        parts += [*_happy(presses, words), tag("h3", words.today.by_hour), chart]
    return [*parts, *_left_out(presses, words)]


def big(number: int, words: Words) -> Markup:
    """Return a number of answers that can be read from afar."""
    told = words.report.count(words.report.many.answers, number)
    figure = words.number(number)
    before, found, behind = told.partition(figure)
    shown = [before, tag("b", figure), behind] if found else [tag("b", told)]
    return tag("p", *shown, class_="big")


def class_rows(classes: Classes, words: Words) -> list[Markup]:
    """Return a row for each class: face, count, share with its interval."""
    told = words.report.of_classes(classes)
    rows = [
        _class_row(place, count, share, words)
        for place, (count, share) in enumerate(zip(told, class_shares(classes), strict=True))
    ]
    return [tag("ul", *reversed(rows), class_="classes")]


def _class_row(place: int, told: str, share: Index, words: Words) -> Markup:
    count = tag("span", told, class_="count")
    of = tag("span", _share(share, words), class_="soft")
    return tag("li", charts.face(place), count, of, drawings.share_bar(share, place=place))


def _share(share: Index, words: Words) -> str:
    return words.today.no_share if share.value is None else words.report.spread(share)


def _happy(presses: Presses, words: Words) -> list[Markup]:
    return [
        tag("p", words.report.of_hundred(index))
        for index in answer_indices(presses)[OF_CLASSES:]
        if not index.suppressed
    ]


def _left_out(presses: Presses, words: Words) -> list[Markup]:
    if not presses.flags:
        return []
    report = words.report
    why = report.listed(
        report.many.flag.format(why=report.flag(flag), n=words.number(count))
        for flag, count in presses.flags
    )
    told = words.today.left_out.format(pressed=words.number(presses.pressed), why=why)
    return [tag("p", told, class_="soft")]


def _why(day: Day, telling: Telling, words: Words) -> list[Markup]:
    found = topics(day.questions, asked=telling.asked)
    parts = [_question(topic, telling, words) for topic in found]
    if day.feedback:
        parts.append(own_words(day.feedback, telling))
    return parts or [tag("p", words.today.nothing_asked)]


def _question(topic: Topic, telling: Telling, words: Words) -> Markup:
    return joined(
        heading(topic, telling),
        *standing(topic, telling),
        *(_options(question, telling, words) for question in topic.items),
        asked(topic.items, telling),
    )


def _options(question: Question, telling: Telling, words: Words) -> Markup:
    if not question.options or question.values:
        return Markup()
    most = max(option.classes.n for option in question.options)
    rows = []
    for option in question.options:
        chosen, unhappy = words.number(option.chosen), option.classes.dissatisfied
        with_unhappy = words.today.chosen.format(n=chosen, unhappy=words.number(unhappy))
        name = tag("span", telling.option(question, option.option))
        bar = drawings.option_bar(option.classes, most=most)
        told = tag("span", with_unhappy if unhappy else chosen, class_="soft")
        rows.append(tag("li", name, bar, told))
    return tag("ul", *rows, class_="options")


def _who(day: Day, words: Words) -> list[Markup]:
    report = words.report
    if day.contacts is None:
        return without_contacts(day, report)
    ledger = day.contacts.ledger
    answered = report.count(report.many.answers, ledger.answered)
    boxes = facts(
        (report.who.served, words.number(ledger.served), answered),
        fact(response_rate(ledger), words=report),
        fact(silent_share(ledger), words=report),
    )
    bounds = dissatisfied_of_served(day.contacts.dissatisfied, ledger=ledger)
    return [boxes, *_bounds(bounds, words), *opted_out(day.contacts, report)]


def _bounds(bounds: Bounds, words: Words) -> list[Markup]:
    if bounds.least.suppressed:
        return []
    report = words.report
    least, most = report.spread(bounds.least), report.spread(bounds.most)
    text = report.who.bounds_text.format(least=least, most=most)
    return [charts.bounds_bar(bounds.least, bounds.most, language=words.code), tag("p", text)]
