"""Alerts, and whether the kiosk was listening at all: two parts of the page."""

from __future__ import annotations

from agent.report import charts
from agent.report.contact_section import fact, facts
from agent.report.dating import LocalDay
from agent.report.day import Alert, Day, Fault, Gap
from agent.report.figures import reaction
from agent.report.markup import Markup, table, tag
from agent.report.words import ALERTS, GAPS, clock_time, counted, duration, named


def alerts_section(day: Day) -> Markup:
    """Return the alerts with when somebody took them on; nothing where there were none."""
    if not day.alerts:
        return Markup()
    heads = ("Raised", "What", "For", "Taken on after", "Over after", "How")
    rows = [_alert(alert, day.local) for alert in day.alerts]
    shown = table(heads, rows, caption=counted(len(rows), "alert"), texts=(0, 1, 2, 5))
    return tag("section", tag("h2", "Alerts"), shown, *_reaction(day))


def _alert(alert: Alert, local: LocalDay) -> tuple[str, ...]:
    return (
        clock_time(local.local(alert.raised_ms)),
        ALERTS.get(alert.what, named(alert.what, {})),
        alert.audience,
        _after(alert.acknowledged_s) + (", escalated" if alert.escalated else ""),
        _after(alert.resolved_s),
        named(alert.how, {}) if alert.how else "",
    )


def _after(seconds: float | None) -> str:
    return "not yet" if seconds is None else duration(seconds)


def _reaction(day: Day) -> list[Markup]:
    found = reaction(day)
    if found.median_s is None or found.p90_s is None:
        return []
    below = f"{found.mean.n} alerts"
    return [
        facts(
            fact(found.mean, below),
            ("Half of them within", duration(found.median_s), below),
            ("Nine of ten within", duration(found.p90_s), below),
        )
    ]


def listening_section(day: Day) -> Markup:
    """Return when answers could come in, and what stood in the way."""
    heading = tag("h2", "Was it listening?")
    listening = day.listening
    if not listening.spans:
        return tag("section", heading, tag("p", "No: there is no sign of it on this day."))
    first, last = (
        clock_time(day.local.local(ms))
        for ms in (listening.spans[0].start_ms, listening.spans[-1].end_ms)
    )
    told = f"{duration(listening.listened_s)} between {first} and {last}."
    rows = [_gap(gap, day.local) for gap in listening.gaps]
    rows += [_fault(fault, day.local) for fault in listening.faults]
    chart = charts.timeline(listening, day.local)
    key = "Above: when it was listening; hatched below: when something did not work."
    parts = (tag("p", told), chart, tag("p", key, class_="soft"), tag("ul", *rows))
    return tag("section", heading, *parts)


def _gap(gap: Gap, local: LocalDay) -> Markup:
    why = GAPS.get(gap.reason, gap.reason)
    until = clock_time(local.local(gap.end_ms))
    if gap.start_ms is None:
        return tag("li", f"Nobody listened for an unknown time before {until}: {why}.")
    lasted = duration((gap.end_ms - gap.start_ms) / 1000)
    return tag("li", f"Nobody listened for {lasted} before {until}: {why}.")


def _fault(fault: Fault, local: LocalDay) -> Markup:
    since = _moment(fault.start_ms, local)
    until = "and not over" if fault.end_ms is None else f"to {_moment(fault.end_ms, local)}"
    told = f" from {since} {until}: {fault.fact.rstrip('.')}."
    if fault.remedy and fault.end_ms is None:
        told += f" Remedy: {fault.remedy.rstrip('.')}."
    return tag("li", tag("b", fault.part), told)


def _moment(at_ms: int, local: LocalDay) -> str:
    """Return the time, with its date where that is another one."""
    moment = local.local(at_ms)
    return clock_time(moment) if local.holds(at_ms) else f"{moment:%Y-%m-%d %H:%M}"
