"""Alerts of a day, and how soon somebody reacted. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from agent.report.dating import Fact, LocalDay
from agent.report.day import Alert


def read_alerts(facts: Iterable[Fact], day: LocalDay) -> tuple[Alert, ...]:
    """Return the alerts that were raised on a day, with what became of them until now.

    The first acknowledgement and the first resolution hold.
    """
    alerts: dict[str, Alert] = {}
    for fact in facts:
        if fact.kind == "alert.raised" and fact.at_ms is not None and day.holds(fact.at_ms):
            told = fact.data
            alerts.setdefault(
                told["alert"], Alert(told["what"], told["audience"], raised_ms=fact.at_ms)
            )
        elif fact.kind.startswith("alert.") and (known := alerts.get(fact.data["alert"])):
            alerts[fact.data["alert"]] = _told(known, fact)
    return tuple(sorted(alerts.values(), key=lambda alert: alert.raised_ms))


def _told(alert: Alert, fact: Fact) -> Alert:
    if fact.kind == "alert.escalated":
        return replace(alert, escalated=True)
    if fact.kind == "alert.acknowledged" and alert.acknowledged_s is None:
        return replace(alert, acknowledged_s=fact.data["after_s"])
    if fact.kind == "alert.resolved" and alert.resolved_s is None:
        return replace(alert, resolved_s=fact.data["after_s"], how=fact.data["how"])
    return alert
