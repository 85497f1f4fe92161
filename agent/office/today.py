"""`/today` for a manager: How many? Why? Who? The same figures as `smilepost report`. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.indices.classes import Classes
from agent.indices.contacts import Bounds, dissatisfied_of_served
from agent.indices.index import Index
from agent.indices.satisfaction import class_shares
from agent.office import drawings
from agent.office.page import section
from agent.report import charts
from agent.report.day import Contacts, Day, Presses, Question
from agent.report.figures import answer_indices, contact_indices
from agent.report.markup import Markup, joined, tag
from agent.report.notes import notes
from agent.report.words import ENDED, FLAGS, counted, figure, interval, named

CLASS_NAMES = ("Dissatisfied", "Neutral", "Satisfied")
OF_CLASSES = len(CLASS_NAMES)


def sections(day: Day, *, labels: Mapping[str, str]) -> Markup:
    """Return the three questions and what is known of them."""
    warnings = list(notes(day))
    return joined(
        *([section("notes", "Before you read on", *warnings)] if warnings else []),
        section("many", "How many?", *_how_many(day.presses)),
        section("why", "Why?", *_why(day, labels)),
        section("who", "Who?", *_who(day)),
    )


def _how_many(presses: Presses) -> list[Markup]:
    if not presses.pressed:
        return [tag("p", "Nobody has pressed anything yet.")]
    parts = [big(presses.classes.n, "answer"), *class_rows(presses.classes)]
    if presses.classes.n:
        parts += [*_happy(presses), tag("h3", "By hour"), drawings.hours(presses.hours)]
    return [*parts, *_left_out(presses)]


def big(number: int, one: str) -> Markup:
    """Return a number that can be read from afar."""
    word = one if number == 1 else f"{one}s"
    return tag("p", tag("b", f"{number:,}"), f" {word}", class_="big")


def class_rows(classes: Classes) -> list[Markup]:
    """Return a row for each class: face, count, share with its interval."""
    shares = class_shares(classes)
    rows = [
        _class_row(place, name, count, share)
        for place, (name, count, share) in enumerate(zip(CLASS_NAMES, classes, shares, strict=True))
    ]
    return [tag("ul", *reversed(rows), class_="classes")]


def _class_row(place: int, name: str, count: int, share: Index) -> Markup:
    told = tag("span", tag("b", f"{count:,}"), f" {name.lower()}", class_="count")
    of = tag("span", _share(share), class_="soft")
    return tag("li", charts.face(place), told, of, drawings.share_bar(share, place=place))


def _share(share: Index) -> str:
    if share.value is None:
        return f"no share below {share.recipe.minimum}"
    return f"{figure(share)} ({interval(share)})"


def _happy(presses: Presses) -> list[Markup]:
    return [
        tag("p", f"{index.name}: ", tag("b", figure(index)), f" of 100 ({interval(index)})")
        for index in answer_indices(presses)[OF_CLASSES:]
        if not index.suppressed
    ]


def _left_out(presses: Presses) -> list[Markup]:
    if not presses.flags:
        return []
    why = ", ".join(f"{count} x {FLAGS.get(flag, flag)}" for flag, count in presses.flags)
    pressed = counted(presses.pressed, "press", "presses")
    return [tag("p", f"Of {pressed}, not counted: {why}.", class_="soft")]


def _why(day: Day, labels: Mapping[str, str]) -> list[Markup]:
    parts = [_question(question, labels) for question in day.questions]
    if day.feedback:
        told = ", ".join(f"{about} {count}" for about, count in day.feedback)
        parts.append(tag("p", f"In customers' own words: {told}."))
    return parts or [tag("p", "Nobody has been asked yet.")]


def _question(question: Question, labels: Mapping[str, str]) -> Markup:
    title = named(question.question, labels)
    if question.item:
        title = f"{title}: {named(question.item, labels)}"
    ended = ", ".join(f"{ENDED.get(how, how)} {count}" for how, count in question.ended)
    asked = tag("p", f"Asked {counted(question.asked, 'time')}: {ended}.", class_="soft")
    return joined(tag("h3", title), _options(question, labels), *_values(question), asked)


def _options(question: Question, labels: Mapping[str, str]) -> Markup:
    if not question.options:
        return Markup()
    most = max(option.classes.n for option in question.options)
    rows = []
    for option in question.options:
        unhappy = option.classes.dissatisfied
        told = f"{option.chosen}, {unhappy} unhappy" if unhappy else str(option.chosen)
        name = tag("span", named(option.option, labels))
        bar = drawings.option_bar(option.classes, most=most)
        rows.append(tag("li", name, bar, tag("span", told, class_="soft")))
    return tag("ul", *rows, class_="options")


def _values(question: Question) -> list[Markup]:
    if not question.values:
        return []
    n = sum(count for _, count in question.values)
    mean = sum(value * count for value, count in question.values) / n
    return [tag("p", f"{counted(n, 'number')} given, {mean:.1f} on average.")]


def _who(day: Day) -> list[Markup]:
    if day.contacts is None:
        return [tag("p", "No counter runs: how many people said nothing is not known.")]
    ledger = day.contacts.ledger
    rate, silent, *_ = contact_indices(day)
    bounds = dissatisfied_of_served(day.contacts.dissatisfied, ledger=ledger)
    boxes = [
        ("Served", f"{ledger.served:,}", counted(ledger.answered, "answer")),
        (rate.name, figure(rate), interval(rate)),
        (silent.name, figure(silent), interval(silent)),
    ]
    return [facts(boxes), *_bounds(bounds), *_opted_out(day.contacts)]


def facts(boxes: Sequence[tuple[str, str, str]]) -> Markup:
    """Return figures with what they are, and what stands below them."""
    found = [
        tag("div", tag("dt", name), tag("dd", value, tag("small", below)))
        for name, value, below in boxes
    ]
    return tag("dl", *found, class_="facts")


def _bounds(bounds: Bounds) -> list[Markup]:
    if bounds.least.suppressed:
        return []
    text = (
        f"Of everybody served, {figure(bounds.least)} to {figure(bounds.most)} were dissatisfied:"
        " the silent may be anything."
    )
    return [charts.bounds_bar(bounds.least, bounds.most), tag("p", text)]


def _opted_out(contacts: Contacts) -> list[Markup]:
    if not contacts.opted_out:
        return []
    people = counted(contacts.opted_out, "person", "people")
    return [tag("p", f"{people} wanted no camera: not among the served.", class_="soft")]
