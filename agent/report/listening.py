"""When the kiosk was listening, when nobody was, and what did not work meanwhile. Pure.

An opening of the store proves itself by its events: at least a heartbeat every five minutes. It was
listening from the first to the last of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from agent.report.dating import Fact, LocalDay
from agent.report.day import Fault, Gap, Listening, Span


def read_listening(facts: Sequence[Fact], day: LocalDay) -> Listening:
    """Return a day's stretches of listening, its gaps, and the faults that touch it."""
    gaps = list(_gaps(facts))
    return Listening(
        spans=tuple(_cut(_without(_merged(_epochs(facts)), gaps), day)),
        gaps=tuple(gap for gap in gaps if _touches(gap.start_ms, gap.end_ms, day)),
        faults=tuple(f for f in _faults(facts) if _touches(f.start_ms, f.end_ms, day)),
    )


def _epochs(facts: Iterable[Fact]) -> list[Span]:
    spans: dict[str, Span] = {}
    for fact in facts:
        if fact.at_ms is not None:
            first, last = spans.get(fact.epoch, Span(fact.at_ms, fact.at_ms))
            spans[fact.epoch] = Span(min(first, fact.at_ms), max(last, fact.at_ms))
    return sorted(spans.values())


def _cut(spans: Iterable[Span], day: LocalDay) -> Iterator[Span]:
    for span in spans:
        start_ms, end_ms = max(span.start_ms, day.start_ms), min(span.end_ms, day.end_ms)
        if start_ms < end_ms:
            yield Span(start_ms, end_ms)


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Join what overlaps: times may be off by a little where the clock was not synchronised."""
    joined: list[Span] = []
    for span in spans:
        if joined and span.start_ms <= joined[-1].end_ms:
            joined[-1] = Span(joined[-1].start_ms, max(joined[-1].end_ms, span.end_ms))
        else:
            joined.append(span)
    return joined


def _without(spans: Iterable[Span], gaps: Iterable[Gap]) -> list[Span]:
    """Take the gaps out: what is told late may lie before them."""
    left = list(spans)
    for gap in gaps:
        if gap.start_ms is not None and gap.start_ms < gap.end_ms:
            cut = Span(gap.start_ms, gap.end_ms)
            left = [part for span in left for part in _around(span, cut)]
    return left


def _around(span: Span, cut: Span) -> Iterator[Span]:
    before = Span(span.start_ms, min(span.end_ms, cut.start_ms))
    behind = Span(max(span.start_ms, cut.end_ms), span.end_ms)
    yield from (part for part in (before, behind) if part.start_ms < part.end_ms)


def _gaps(facts: Iterable[Fact]) -> Iterator[Gap]:
    for fact in facts:
        if fact.kind == "device.gap" and fact.at_ms is not None:
            yield _gap(fact, fact.at_ms)


def _gap(fact: Fact, end_ms: int) -> Gap:
    gap_s = fact.data.get("gap_s")
    start_ms = None if gap_s is None else end_ms - round(gap_s * 1000)
    return Gap(start_ms, end_ms, fact.data["reason"])


def _faults(facts: Iterable[Fact]) -> list[Fault]:
    """Pair what began with what ended; with the agent its faults end: it finds them anew."""
    over: list[Fault] = []
    lasting: dict[str, Fault] = {}
    for fact in facts:
        if fact.at_ms is None:
            continue
        if fact.kind == "device.gap":
            gap = _gap(fact, fact.at_ms)
            end_ms = gap.end_ms if gap.start_ms is None else gap.start_ms
            over += (_ended(fault, end_ms) for fault in lasting.values())
            lasting.clear()
        elif fact.kind == "device.fault" and fact.data["state"] == "raised":
            lasting.setdefault(fact.data["part"], _fault(fact, fact.at_ms))
        elif fact.kind == "device.fault" and fact.data["part"] in lasting:
            over.append(_ended(lasting.pop(fact.data["part"]), fact.at_ms))
    return sorted([*over, *lasting.values()], key=lambda fault: fault.start_ms)


def _fault(fact: Fact, start_ms: int) -> Fault:
    told = fact.data
    return Fault(told["part"], told["fact"], told.get("remedy", ""), start_ms, None)


def _ended(fault: Fault, end_ms: int) -> Fault:
    return fault._replace(end_ms=max(fault.start_ms, end_ms))


def _touches(start_ms: int | None, end_ms: int | None, day: LocalDay) -> bool:
    if start_ms is None:
        return day.holds(end_ms)
    return start_ms < day.end_ms and (end_ms is None or end_ms >= day.start_ms)
