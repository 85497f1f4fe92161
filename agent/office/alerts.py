"""The alerts on `/today`: each shown only to whom it is for. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from agent.feedback.cases import grouped
from agent.office.page import form, hidden, section
from agent.office.pins import Role
from agent.office.sessions import Session
from agent.office.words import Words
from agent.report import day as told
from agent.report.dating import LocalDay
from agent.report.markup import Markup, tag
from agent.report.words import clock_time
from agent.staff.alert import Alert

AUDIENCES: dict[Role, frozenset[str]] = {
    "staff": frozenset({"counter"}),
    "manager": frozenset({"counter", "manager"}),
    "installer": frozenset(),
}


def visible(alerts: Iterable[Alert], *, role: Role) -> list[Alert]:
    """Return the alerts that a role may know of."""
    return [alert for alert in alerts if alert.audience in AUDIENCES[role]]


@dataclass(frozen=True, slots=True)
class Desk:
    """Who looks at the alerts, and what they need for it."""

    session: Session
    words: Words
    age_s: Callable[[Alert], float]
    """Seconds since an alert was raised."""
    actions: Sequence[str]
    """What can be said to have been done."""
    cases: Mapping[str, str] = field(default_factory=dict)
    """Case numbers by the event that left the words."""


def open_section(alerts: Sequence[Alert], desk: Desk) -> Markup:
    """Return the open alerts with what can be done about them."""
    words = desk.words.alerts
    if not alerts:
        return section("alerts", words.title, tag("p", words.none, class_="calm"))
    cards = [_card(alert, desk) for alert in reversed(alerts)]
    return section("alerts", words.title, tag("ul", *cards, class_="alerts"))


def _card(alert: Alert, desk: Desk) -> Markup:
    words = desk.words
    about = words.report.listed(_about(alert, desk))
    parts = [
        tag("h3", words.report.alert(alert.what)),
        tag("p", f"{about[:1].upper()}{about[1:]}", class_="soft"),
    ]
    if alert.acknowledged_ms is None:
        take = tag("button", words.alerts.take, class_="strong")
        parts.append(form("/today/acknowledge", desk.session, hidden("alert", alert.id), take))
    parts.append(_end(alert, desk))
    return tag("li", *parts, class_="alert" if alert.acknowledged_ms is None else "alert taken")


def _end(alert: Alert, desk: Desk) -> Markup:
    words, name = desk.words, f"how-{alert.id}"
    choices = [tag("option", words.report.done(each), value=each) for each in desk.actions]
    label = tag("label", words.alerts.what_was_done, for_=name)
    choice = tag("select", *choices, name_="how", id=name)
    done = tag("button", words.alerts.over)
    number = hidden("alert", alert.id)
    return form("/today/resolve", desk.session, number, label, choice, done)


def _about(alert: Alert, desk: Desk) -> list[str]:
    words = desk.words.alerts
    case = desk.cases.get(alert.feedback or "")
    return [
        _age(desk.age_s(alert), desk.words),
        *([words.taken] if alert.acknowledged_ms is not None else []),
        *([words.escalated] if alert.escalated and alert.acknowledged_ms is None else []),
        *([words.case.format(case=grouped(case))] if case else []),
        *_size(alert, desk.words),
    ]


def _age(seconds: float, words: Words) -> str:
    """Return the age in whole minutes: a page that counts seconds never comes to rest."""
    minutes = int(seconds // 60)
    if not minutes:
        return words.alerts.less_than_a_minute
    return words.alerts.ago.format(time=words.duration(60 * minutes))


def _size(alert: Alert, words: Words) -> list[str]:
    if alert.share is None or alert.n is None or alert.window_s is None:
        return []
    unhappy = words.number(round(alert.share * alert.n))
    time = words.duration(alert.window_s)
    return [words.alerts.size.format(unhappy=unhappy, n=words.number(alert.n), time=time)]


def closed_section(
    alerts: Iterable[told.Alert], *, role: Role, local: LocalDay, words: Words
) -> list[Markup]:
    """Return what became of the day's alerts; nothing where none is over."""
    over = [a for a in alerts if a.resolved_s is not None and a.audience in AUDIENCES[role]]
    if not over:
        return []
    lines = [_line(alert, local, words) for alert in reversed(over)]
    return [section("over", words.alerts.past, tag("ul", *lines))]


def _line(alert: told.Alert, local: LocalDay, words: Words) -> Markup:
    at = clock_time(local.local(alert.raised_ms))
    taken, over = words.alerts.taken_after, words.alerts.over_after
    after = ((taken, alert.acknowledged_s), (over, alert.resolved_s))
    passed = [how.format(time=words.duration(s)) for how, s in after if s is not None]
    done = [] if alert.how is None else [words.report.done(alert.how)]
    what = tag("b", f"{at} {words.report.alert(alert.what)}")
    detail = words.report.listed([*passed, *done])
    return tag("li", what, tag("span", detail[:1].upper() + detail[1:], class_="soft"))
