"""The alerts on `/today`: each shown only to whom it is for. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from agent.office.page import form, hidden, section
from agent.office.pins import Role
from agent.office.sessions import Session
from agent.report import day as told
from agent.report.dating import LocalDay
from agent.report.markup import Markup, tag
from agent.report.words import ALERTS, clock_time, duration, named
from agent.staff.alert import Alert

AUDIENCES: dict[Role, frozenset[str]] = {
    "staff": frozenset({"counter"}),
    "manager": frozenset({"counter", "manager"}),
    "installer": frozenset(),
}


def visible(alerts: Iterable[Alert], *, role: Role) -> list[Alert]:
    """Return the alerts that a role may know of."""
    return [alert for alert in alerts if alert.audience in AUDIENCES[role]]


def open_section(
    alerts: Sequence[Alert],
    *,
    age_s: Callable[[Alert], float],
    actions: Sequence[str],
    session: Session,
) -> Markup:
    """Return the open alerts with what can be done about them."""
    if not alerts:
        return section("alerts", "Alerts", tag("p", "None is open.", class_="calm"))
    cards = [_card(alert, age_s(alert), actions, session) for alert in reversed(alerts)]
    return section("alerts", "Alerts", tag("ul", *cards, class_="alerts"))


def _card(alert: Alert, age_s: float, actions: Sequence[str], session: Session) -> Markup:
    parts = [
        tag("h3", ALERTS.get(alert.what, named(alert.what, {}))),
        tag("p", f"{_age(age_s)} ago{_state(alert)}{_size(alert)}", class_="soft"),
    ]
    number = hidden("alert", alert.id)
    if alert.acknowledged_ms is None:
        take = tag("button", "I take it", class_="strong")
        parts.append(form("/today/acknowledge", session, number, take))
    name = f"how-{alert.id}"
    choices = [tag("option", named(action, {}), value=action) for action in actions]
    label = tag("label", "What was done?", for_=name)
    choice = tag("select", *choices, name_="how", id=name)
    done = tag("button", "It is over")
    parts.append(form("/today/resolve", session, number, label, choice, done))
    return tag("li", *parts, class_="alert" if alert.acknowledged_ms is None else "alert taken")


def _age(seconds: float) -> str:
    """Return the age in whole minutes: a page that counts seconds never comes to rest."""
    minutes = int(seconds // 60)
    return duration(60 * minutes) if minutes else "Less than a minute"


def _state(alert: Alert) -> str:
    if alert.acknowledged_ms is not None:
        return ", somebody is at it"
    return ", nobody took it in time" if alert.escalated else ""


def _size(alert: Alert) -> str:
    if alert.share is None or alert.n is None or alert.window_s is None:
        return ""
    unhappy = round(alert.share * alert.n)
    return f": {unhappy} of {alert.n} answers within {duration(alert.window_s)}"


def closed_section(alerts: Iterable[told.Alert], *, role: Role, local: LocalDay) -> list[Markup]:
    """Return what became of the day's alerts; nothing where none is over."""
    over = [a for a in alerts if a.resolved_s is not None and a.audience in AUDIENCES[role]]
    if not over:
        return []
    return [
        section(
            "over", "Alerts that are over", tag("ul", *(_line(a, local) for a in reversed(over)))
        )
    ]


def _line(alert: told.Alert, local: LocalDay) -> Markup:
    at = clock_time(local.local(alert.raised_ms))
    what = ALERTS.get(alert.what, named(alert.what, {}))
    after = {"taken on": alert.acknowledged_s, "over": alert.resolved_s}
    passed = [f"{how} after {duration(s)}" for how, s in after.items() if s is not None]
    how = f": {named(alert.how, {}).lower()}" if alert.how else ""
    return tag("li", tag("b", f"{at} {what}"), f", {', '.join(passed)}{how}.")
