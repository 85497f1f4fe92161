"""`/today` for who stands at the till: answers late and in batches, and the shift. Pure.

Whoever sees a customer press and then looks at a number that has grown by one knows the answer. So
only closed batches stand here (agent/staff/batches.py), and no reasons at all.
"""

from __future__ import annotations

from collections.abc import Sequence

from agent.indices.classes import Classes
from agent.office.page import form, pin_field, section
from agent.office.sessions import Session
from agent.office.today import big, class_rows
from agent.office.words import Words
from agent.report.dating import LocalDay
from agent.report.markup import Markup, joined, tag
from agent.report.words import clock_time
from agent.staff.batches import Batch
from agent.staff.shifts import Shift


def sections(
    batches: Sequence[Batch],
    *,
    local: LocalDay,
    shift: Shift | None,
    session: Session,
    words: Words,
) -> Markup:
    """Return what staff may see."""
    shown = tag("section", tag("h2", words.till.shift), *_shift(shift, session, words), id="shift")
    many = section("many", words.report.many.title, *_how_many(batches, local, words))
    return joined(many, shown)


def _how_many(batches: Sequence[Batch], local: LocalDay, words: Words) -> list[Markup]:
    why = tag("p", words.till.why_late, class_="soft")
    if not batches:
        return [tag("p", words.till.nothing), why]
    classes = Classes(
        sum(batch.dissatisfied for batch in batches),
        sum(batch.neutral for batch in batches),
        sum(batch.satisfied for batch in batches),
    )
    until = clock_time(local.local(batches[-1].last_ms))
    said = tag("p", words.till.last.format(time=until), class_="soft")
    return [big(classes.n, words), *class_rows(classes, words), said, why]


def _shift(shift: Shift | None, session: Session, words: Words) -> list[Markup]:
    till = words.till
    if shift is not None:
        told = tag("p", till.on_duty, " ", tag("b", tag("bdi", shift.seller)))
        return [told, form("/today/sign-off", session, tag("button", till.end))]
    label = tag("label", till.own_pin, for_="shift-pin")
    field = pin_field("shift-pin")
    begin = form("/today/sign-on", session, label, field, tag("button", till.begin))
    return [tag("p", till.nobody), begin]
