"""Who was there: the part of the page that is about contacts, and never about one of them."""

from __future__ import annotations

from agent.indices.contacts import Bounds, dissatisfied_of_served, response_rate, silent_share
from agent.report import charts
from agent.report.day import Contacts, Day, Measured
from agent.report.figures import smile_indices
from agent.report.markup import Markup, tag
from agent.report.served import who_counted
from agent.report.served_section import counted_by, heads
from agent.report.telling import fact, facts
from agent.report.words import Words


def contacts_section(
    day: Day, words: Words, *, opened: range | None = None, now_ms: int | None = None
) -> Markup:
    """Return who was served, who stayed silent, what that leaves open, and who counted.

    `opened` are the hours in which the site is open, `now_ms` is the time now.
    """
    who = words.who
    heading = tag("h2", who.title)
    counters = counted_by(day, words, opened=opened, now_ms=now_ms)
    if day.contacts is None:
        return tag("section", heading, *without_contacts(day, words), *counters)
    shown = _contacts(day.contacts, words)
    return tag("section", heading, *shown, *opted_out(day.contacts, words), *counters)


def without_contacts(day: Day, words: Words) -> list[Markup]:
    """Return how many were served where heads were counted, or that nobody knows."""
    found = who_counted(day)
    if found is None:
        return [tag("p", words.who.no_counter)]
    return [heads(found, words)]


def _contacts(contacts: Contacts, words: Words) -> list[Markup]:
    who, ledger = words.who, contacts.ledger
    served, asked = words.number(ledger.served), ledger.asked_answered + ledger.asked_silent
    of_served = who.of_served.format(silent=words.number(ledger.silent), n=served)
    counts = facts(
        (who.served, served, words.count(words.many.answers, ledger.answered)),
        fact(response_rate(ledger), words=words, of=who.of_asked.format(n=words.number(asked))),
        fact(silent_share(ledger), words=words, of=of_served),
    )
    bounds = dissatisfied_of_served(contacts.dissatisfied, ledger=ledger)
    return [counts, *_bounds(bounds, words)]


def _bounds(bounds: Bounds, words: Words) -> list[Markup]:
    if bounds.least.suppressed:
        return []
    text = words.who.bounds_text.format(
        least=words.spread(bounds.least), most=words.spread(bounds.most)
    )
    chart = charts.bounds_bar(bounds.least, bounds.most, language=words.code)
    return [tag("h3", words.who.bounds), chart, tag("p", text)]


def opted_out(contacts: Contacts, words: Words) -> list[Markup]:
    """Return who wanted no camera; nothing where there was nobody."""
    if not contacts.opted_out:
        return []
    return [tag("p", words.count(words.who.opted_out, contacts.opted_out), class_="soft")]


def smile_section(day: Day, words: Words) -> Markup:
    """Return the Smile-Index by each model that measured; nothing where no camera did."""
    if not day.smiles:
        return Markup()
    shown = [part for measured in day.smiles for part in _smiles(measured, words)]
    text = tag("p", words.smiles.text, class_="soft")
    return tag("section", tag("h2", words.smiles.title), *shown, text)


def _smiles(measured: Measured, words: Words) -> tuple[Markup, Markup]:
    of = words.count(words.smiles.contacts, measured.sums.n)
    boxes = [fact(index, words=words, of=of) for index in smile_indices(measured)]
    who = words.smiles.model.format(model=measured.name)
    return facts(*boxes), tag("p", who, class_="soft")
