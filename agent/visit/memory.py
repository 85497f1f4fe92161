"""What a former run of the agent knew about the last presses, read back from the store."""

from __future__ import annotations

from typing import Any

from agent.outbox.rows import Row
from agent.visit.judge import Press, Verdict
from agent.visit.ratings import Told


def recall(rows: list[tuple[Row, dict[str, Any]]]) -> list[Told]:
    """Fold ratings and their amendments, oldest first, to the last word on each rating."""
    given: dict[str, Row] = {}
    facts: dict[str, dict[str, Any]] = {}
    for row, data in rows:
        if row.kind == "rating.given":
            given[row.event_id], facts[row.event_id] = row, data
        elif data["rating"] in facts:
            facts[data["rating"]] |= {k: data.get(k) for k in ("counts", "flags", "contact")}
    return [_told(ref, given[key], facts[key]) for ref, key in enumerate(given, start=1)]


def _told(ref: int, row: Row, facts: dict[str, Any]) -> Told:
    flags = tuple(facts.get("flags") or ())
    press = Press(
        ref=ref,
        key=facts["key"],
        at_ms=row.monotonic_ms,
        contact=facts.get("contact"),
        watched="no_contact" in flags or facts.get("contact") is not None,
        crowd=bool(facts.get("crowd")),
        prompted="unprompted" not in flags,
        test="test" in flags,
        stuck="stuck" in flags,
        staff="staff" in flags,
    )
    return Told(press, row.event_id, Verdict(facts["counts"], flags, facts.get("contact")))
