"""Who counted the customers, as rows of the report's table. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from agent.report.day import Calibration, Dispute, Served
from agent.report.rows import Line, figures, rounded, stretch
from agent.report.served import OfSource, WhoCounted


def served_rows(served: Served | None, found: WhoCounted | None) -> Iterator[Line]:
    """Yield what each source counted, how long nobody did, and what is disputed."""
    if found is not None:
        yield "served", "customers", None, found.customers
        yield _seconds("all", "time", found.span_s)
        yield _seconds("nobody", "time", found.nobody_s)
        yield _seconds("camera", "closed by customers' wish", found.blanked_s)
        for source in found.sources:
            yield from _source(source)
    for dispute in () if served is None else served.disputes:
        yield from _dispute(dispute)


def _source(found: OfSource) -> Iterator[Line]:
    name = found.source
    yield "served", name, "customers where its count holds", found.customers
    yield "served", name, "counted in all", found.counted
    yield _seconds(name, "its count held", found.held_s)
    yield _seconds(name, "worked", found.worked_s)
    if found.rate is not None:
        yield ("served", name, found.rate.name, None, *figures(found.rate))
    if found.calibration is not None:
        yield from _calibration(name, found.calibration)


def _calibration(name: str, found: Calibration) -> Iterator[Line]:
    for index in (found.recall, found.precision):
        yield ("served", name, index.name, None, *figures(index))
    yield "served", name, f"checked by hand {found.on or 'on an unknown day'}"


def _dispute(dispute: Dispute) -> Iterator[Line]:
    span = stretch(dispute.span.start_ms, dispute.span.end_ms)
    yield from (("dispute", name, span, n) for name, n in dispute.counts.items())


def _seconds(name: str, what: str, seconds: float) -> Line:
    return ("served", name, f"{what}, seconds", None, rounded(seconds))
