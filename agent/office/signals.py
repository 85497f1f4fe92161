"""Lights and sound on `/installer`, in words of what is configured. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent.office.page import form, hidden
from agent.office.sessions import Session
from agent.office.words import Words
from agent.report.markup import Markup, tag
from agent.report.words import plain


@dataclass(frozen=True, slots=True)
class Wiring:
    """What can light up, sound or switch."""

    panel: bool
    """Whether a panel works."""
    lights: Mapping[str, int]
    """Pins of the buttons' lights, by key."""
    buzzer: int | None
    """Pin of the buzzer."""
    lamps: Mapping[str, int]
    """Pins of the light at the counter and of the relay, by part."""
    working: frozenset[str]
    """Those of them that can be switched."""


def signals(wiring: Wiring, session: Session, words: Words) -> list[Markup]:
    """Return what there is and how it is tried."""
    return [*_of_panel(wiring, session, words), *_at_counter(wiring, session, words)]


def shown(wiring: Wiring, words: Words) -> str:
    """Return what lights up and sounds, such as `5 lights, a beep`."""
    lights = len(wiring.lights)
    told = [words.count(words.signals.lights, lights)] if lights else []
    return words.report.listed([*told, *([] if wiring.buzzer is None else [words.signals.buzzer])])


def lamp(part: str, pin: int, words: Words) -> str:
    """Return what hangs on a pin of the counter."""
    told = words.signals.relay if part == "alert_relay" else words.signals.light
    return told.format(pin=pin)


def _of_panel(wiring: Wiring, session: Session, words: Words) -> list[Markup]:
    told = words.signals
    if not wiring.panel:
        return [tag("p", told.no_panel)]
    if not wiring.lights and wiring.buzzer is None:
        return [tag("p", told.none)]
    names = words.report.keys
    rows = [
        told.light_of.format(key=names.get(key) or plain(key), pin=pin)
        for key, pin in wiring.lights.items()
    ]
    rows += [] if wiring.buzzer is None else [told.buzzer_on.format(pin=wiring.buzzer)]
    why = told.as_for_an_answer.format(what=shown(wiring, words))
    button = form("/installer/signals", session, tag("button", _label(wiring, words)))
    return [tag("p", why, class_="soft"), button, tag("ul", *(tag("li", row) for row in rows))]


def _label(wiring: Wiring, words: Words) -> str:
    if wiring.buzzer is None:
        return words.signals.light_up
    return words.signals.both if wiring.lights else words.signals.beep


def _at_counter(wiring: Wiring, session: Session, words: Words) -> list[Markup]:
    if not wiring.lamps:
        return []
    told = words.signals
    rows = [_row(part, pin, wiring, session, words) for part, pin in wiring.lamps.items()]
    why = tag("p", told.while_tried, class_="soft")
    return [tag("h3", told.at_counter), why, tag("ul", *rows, class_="lamps")]


def _row(part: str, pin: int, wiring: Wiring, session: Session, words: Words) -> Markup:
    told = words.signals
    name = tag("span", lamp(part, pin, words), id=part)
    if part not in wiring.working:
        return tag("li", name, tag("span", told.not_working, class_="soft"))
    button = tag("button", told.try_it, aria_describedby=part)
    return tag("li", name, form("/installer/lamp", session, hidden("part", part), button))
