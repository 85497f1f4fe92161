"""`/today` for who stands at the till: answers late and in batches, and the shift. Pure.

Whoever sees a customer press and then looks at a number that has grown by one knows the answer. So
only closed batches stand here (agent/staff/batches.py), and no reasons at all.
"""

from __future__ import annotations

from collections.abc import Sequence

from agent.indices.classes import Classes
from agent.office.page import form, section, void
from agent.office.sessions import Session
from agent.office.today import big, class_rows
from agent.report.dating import LocalDay
from agent.report.markup import Markup, joined, tag
from agent.report.words import clock_time
from agent.staff.batches import Batch
from agent.staff.shifts import Shift

WHY_LATE = (
    "In groups of ten, an hour late: so nobody at the till can tell what a single customer said."
)


def sections(
    batches: Sequence[Batch], *, local: LocalDay, shift: Shift | None, session: Session
) -> Markup:
    """Return what staff may see."""
    return joined(
        section("many", "How many?", *_how_many(batches, local)),
        tag("section", tag("h2", "Your shift"), *_shift(shift, session), id="shift"),
    )


def _how_many(batches: Sequence[Batch], local: LocalDay) -> list[Markup]:
    why = tag("p", WHY_LATE, class_="soft")
    if not batches:
        return [tag("p", "Nothing to show yet."), why]
    classes = Classes(
        sum(batch.dissatisfied for batch in batches),
        sum(batch.neutral for batch in batches),
        sum(batch.satisfied for batch in batches),
    )
    until = clock_time(local.local(batches[-1].last_ms))
    said = tag("p", f"The last of them at {until}.", class_="soft")
    return [big(classes.n, "answer"), *class_rows(classes), said, why]


def _shift(shift: Shift | None, session: Session) -> list[Markup]:
    if shift is not None:
        told = tag("p", "At the till: ", tag("b", shift.seller))
        return [told, form("/today/sign-off", session, tag("button", "End the shift"))]
    pin = void(
        "input", id="shift-pin", name_="pin", type="password", inputmode="numeric",
        pattern="[0-9]{4,12}", maxlength=12, required="", autocomplete="off",
    )  # fmt: skip
    label = tag("label", "Your own PIN", for_="shift-pin")
    begin = form("/today/sign-on", session, label, pin, tag("button", "Begin a shift"))
    return [tag("p", "Nobody has signed on."), begin]
