"""A day as one flat table: the figures of the page, a row each."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import TextIO

from agent.clock import iso_utc
from agent.indices.classes import Classes
from agent.outbox.commands.table import cell
from agent.report.asked import Asked
from agent.report.day import Alert, Contacts, Day, Listening, Measured, Presses, Question
from agent.report.figures import answer_indices, contact_indices, reaction, smile_indices
from agent.report.rows import Line, index_row, rounded, stretch
from agent.report.served import who_counted
from agent.report.served_table import served_rows
from agent.report.standards import Topic, topics
from agent.report.telling import Telling, telling

COLUMNS = (
    "section",
    "name",
    "detail",
    "count",
    "value",
    "low",
    "high",
    "n",
    "unit",
    "denominator",
    "recipe",
    "version",
    "questionnaire",
    "asked_version",
    "question",
    "item",
    "words",
)
"""New ones are added at the end. The last five are of questions: ids, and words in a language."""
_OF_QUESTIONS = 5


def write_table(
    day: Day,
    out: TextIO,
    *,
    language: str = "en",
    asked: Asked | None = None,
    opened: range | None = None,
    made: datetime | None = None,
) -> None:
    """Write the table; times are UTC, durations seconds, suppressed figures empty.

    Only the words of what was asked are in `language`; `opened` and `made` as on the page. Raises
    LanguageError.
    """
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    now_ms = None if made is None else round(made.timestamp() * 1000)
    counted = who_counted(day, opened=opened, now_ms=now_ms)
    for line in (*_lines(day, telling(language, asked=asked)), *served_rows(day.served, counted)):
        writer.writerow([cell(value) for value in _padded(line, len(COLUMNS))])


def _padded(line: Line, length: int) -> Line:
    return (*line, *(None,) * (length - len(line)))


def _lines(day: Day, told: Telling) -> Iterator[Line]:
    yield "day", day.local.date.isoformat(), str(day.local.zone)
    yield "day", "source", day.source
    yield "day", "missing events", None, day.missing
    yield from _presses(day.presses)
    for question in day.questions:
        yield from _question(question, told)
    for left in day.feedback:
        yield "feedback", left.about, None, left.total
        yield "feedback", left.about, "behind ratings that count", left.counting
    if day.contacts is not None:
        yield from _contacts(day.contacts)
    yield from (index_row(i) for i in (*answer_indices(day.presses), *contact_indices(day)))
    for measured in day.smiles:
        yield from _smiles(measured)
    for topic in topics(day.questions, asked=told.asked):
        yield from _topic(topic, told)
    yield from _alerts(day)
    yield from _listening(day.listening)


def _presses(presses: Presses) -> Iterator[Line]:
    for key in presses.keys:
        yield "key", key.key, f"{key.value} of {key.scale}, pressed", key.pressed
        yield "key", key.key, f"{key.value} of {key.scale}, counting", key.counting
    yield from _classes("answers", "all", presses.classes)
    for hour in presses.hours:
        yield from _classes("hour", f"{hour.hour:02d}", hour.classes)
    yield from (("not counting", flag, None, count) for flag, count in presses.flags)
    yield "presses", "without a known time", None, presses.undated
    yield "presses", "perhaps of another day", None, presses.uncertain


def _classes(section: str, name: str, classes: Classes) -> Iterator[Line]:
    for field, count in zip(classes._fields, classes, strict=True):
        yield section, name, field, count


def _question(question: Question, told: Telling) -> Iterator[Line]:
    name = f"{question.question}/{question.item}" if question.item else question.question
    title = told.asked.title(question, language=told.words.code)
    for how, count in question.ended:
        yield _of(question, ("question", name, how, count), title)
    for option in question.options:
        words = told.asked.option(question, option.option, language=told.words.code)
        chosen = f"{name}: {option.option}"
        for line in _classes("option", chosen, option.classes):
            yield _of(question, line, words)
        yield _of(question, ("option", chosen, "without rating", option.unrated), words)
    for value, count in question.values:
        yield _of(question, ("number", name, str(value), count), title)


def _of(question: Question, line: Line, words: str | None) -> Line:
    """Put behind a line whose question it tells of."""
    ids = (question.questionnaire, question.version, question.question, question.item)
    return (*_padded(line, len(COLUMNS) - _OF_QUESTIONS), *ids, words)


def _topic(topic: Topic, told: Telling) -> Iterator[Line]:
    """Return the figures of a question; those of several items are of none of them."""
    whole = topic.first if len(topic.items) == 1 else replace(topic.first, item=None)
    single = whole is topic.first
    title = told.asked.title(whole, language=told.words.code) if single else None
    for index in (*topic.indices, *topic.dimensions):
        yield _of(whole, index_row(index), title)
    for count, share in topic.parts:
        yield _of(whole, index_row(share, count=count), title)


def _contacts(contacts: Contacts) -> Iterator[Line]:
    ledger = contacts.ledger
    yield "contacts", "asked", "answered", ledger.asked_answered
    yield "contacts", "asked", "silent", ledger.asked_silent
    yield "contacts", "unasked", "answered", ledger.unasked_answered
    yield "contacts", "unasked", "silent", ledger.unasked_silent
    yield "contacts", "answered", "dissatisfied", contacts.dissatisfied
    yield "contacts", "opted out", None, contacts.opted_out


def _smiles(measured: Measured) -> Iterator[Line]:
    yield "smile", measured.model, measured.sha256, measured.sums.n
    yield from (index_row(i, by=measured.name) for i in smile_indices(measured))


def _alerts(day: Day) -> Iterator[Line]:
    for number, alert in enumerate(day.alerts, start=1):
        yield from (("alert", f"{number} {alert.what}", *line) for line in _alert(alert))
    found = reaction(day)
    if day.alerts:
        yield index_row(found.mean)
        yield from _seconds("time to react", {"median": found.median_s, "p90": found.p90_s})


def _alert(alert: Alert) -> Iterator[Line]:
    yield f"raised {iso_utc(alert.raised_ms)} for {alert.audience}", 1
    yield "acknowledged after", None, alert.acknowledged_s
    yield f"resolved after: {alert.how or 'not yet'}", None, alert.resolved_s


def _listening(listening: Listening) -> Iterator[Line]:
    yield "listening", "seconds", None, None, listening.listened_s
    for span in listening.spans:
        yield "listening", "stretch", stretch(span.start_ms, span.end_ms)
    for gap in listening.gaps:
        yield "gap", gap.reason, stretch(gap.start_ms, gap.end_ms)
    for fault in listening.faults:
        yield "fault", fault.part, f"{stretch(fault.start_ms, fault.end_ms)} {fault.fact}"


def _seconds(section: str, found: dict[str, float | None]) -> Iterable[Line]:
    return [(section, name, None, None, rounded(value)) for name, value in found.items()]
