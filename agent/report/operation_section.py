"""Alerts, and whether the kiosk was listening at all: two parts of the page."""

from __future__ import annotations

from agent.language.numbers import isolated
from agent.report import charts
from agent.report.dating import LocalDay
from agent.report.day import Alert, Day, Fault, Gap
from agent.report.figures import reaction
from agent.report.markup import Markup, joined, table, tag
from agent.report.telling import fact, facts
from agent.report.words import Words, clock_time


def alerts_section(day: Day, words: Words) -> Markup:
    """Return the alerts with when somebody took them on; nothing where there were none."""
    if not day.alerts:
        return Markup()
    told = words.alerts
    rows = [_alert(alert, day.local, words) for alert in day.alerts]
    caption = words.count(told.count, len(rows))
    shown = table(told.columns, rows, caption=caption, texts=(0, 1, 2, 5))
    return tag("section", tag("h2", told.title), shown, *_reaction(day, words))


def _alert(alert: Alert, local: LocalDay, words: Words) -> tuple[str, ...]:
    taken_on = _after(alert.acknowledged_s, words)
    if alert.escalated:
        taken_on = words.alerts.escalated.format(after=taken_on)
    return (
        clock_time(local.local(alert.raised_ms)),
        words.alert(alert.what),
        words.alert(alert.audience),
        taken_on,
        _after(alert.resolved_s, words),
        words.done(alert.how) if alert.how else "",
    )


def _after(seconds: float | None, words: Words) -> str:
    return words.alerts.not_yet if seconds is None else words.duration(seconds)


def _reaction(day: Day, words: Words) -> list[Markup]:
    found = reaction(day)
    if found.median_s is None or found.p90_s is None:
        return []
    of = words.count(words.alerts.count, found.mean.n)
    return [
        facts(
            fact(found.mean, words=words, of=of),
            (words.alerts.half, words.duration(found.median_s), of),
            (words.alerts.nine_tenths, words.duration(found.p90_s), of),
        )
    ]


def listening_section(day: Day, words: Words) -> Markup:
    """Return when answers could come in, and what stood in the way."""
    told, listening = words.listening, day.listening
    heading = tag("h2", told.title)
    if not listening.spans:
        return tag("section", heading, tag("p", told.never))
    first, last = (
        clock_time(day.local.local(ms))
        for ms in (listening.spans[0].start_ms, listening.spans[-1].end_ms)
    )
    lasted = words.duration(listening.listened_s)
    rows = [_gap(gap, day.local, words) for gap in listening.gaps]
    rows += [_fault(fault, day.local, words) for fault in listening.faults]
    return tag(
        "section",
        heading,
        tag("p", told.told.format(lasted=lasted, first=first, last=last)),
        charts.timeline(listening, day.local, words=words),
        tag("p", told.key, class_="soft"),
        tag("ul", *rows),
    )


def _gap(gap: Gap, local: LocalDay, words: Words) -> Markup:
    told = words.listening
    why = words.gap(gap.reason)
    until = clock_time(local.local(gap.end_ms))
    if gap.start_ms is None:
        return tag("li", told.gap_unknown.format(until=until, why=why))
    lasted = words.duration((gap.end_ms - gap.start_ms) / 1000)
    return tag("li", told.gap.format(lasted=lasted, until=until, why=why))


def _fault(fault: Fault, local: LocalDay, words: Words) -> Markup:
    """Return a fault; what the agent says of it is English in every language."""
    told = words.listening
    since = _moment(fault.start_ms, local)
    if fault.end_ms is None:
        when = told.fault_lasting.format(since=since)
    else:
        when = told.fault.format(since=since, until=_moment(fault.end_ms, local))
    remedy = []
    if fault.remedy and fault.end_ms is None:
        remedy = [told.remedy, _english(fault.remedy)]
    part = tag("b", tag("bdi", fault.part, dir="ltr"))
    return tag("li", part, joined(when, _english(fault.fact), *remedy))


def _english(text: str) -> Markup:
    return tag("bdi", f"{text.rstrip('.')}.", lang="en", dir="ltr")


def _moment(at_ms: int, local: LocalDay) -> str:
    """Return the time, with its date where that is another one."""
    moment = local.local(at_ms)
    if local.holds(at_ms):
        return clock_time(moment)
    return isolated(f"{moment:%Y-%m-%d %H:%M}")
