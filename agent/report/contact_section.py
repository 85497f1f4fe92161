"""Who was there: the part of the page that is about contacts, and never about one of them."""

from __future__ import annotations

from agent.indices.contacts import (
    Bounds,
    dissatisfied_of_served,
    response_rate,
    silent_share,
)
from agent.indices.index import Index
from agent.report import charts
from agent.report.day import Contacts, Day
from agent.report.figures import smile_indices
from agent.report.markup import Markup, tag
from agent.report.words import counted, figure, interval


def facts(*found: tuple[str, str, str]) -> Markup:
    """Return figures with what they are and what stands below them."""
    boxes = [
        tag("div", tag("dt", name), tag("dd", value, tag("small", below)))
        for name, value, below in found
    ]
    return tag("dl", *boxes, class_="facts")


def contacts_section(day: Day) -> Markup:
    """Return who was served, who stayed silent, and what that leaves open."""
    heading = tag("h2", "Who?")
    if day.contacts is None:
        text = "No counter ran: how many people said nothing is not known."
        return tag("section", heading, tag("p", text))
    ledger = day.contacts.ledger
    bounds = dissatisfied_of_served(day.contacts.dissatisfied, ledger=ledger)
    counts = facts(
        ("Served", f"{ledger.served:,}", f"{counted(ledger.answered, 'answer')}"),
        fact(response_rate(ledger), f"of {ledger.asked_answered + ledger.asked_silent} asked"),
        fact(silent_share(ledger), f"{ledger.silent} of {ledger.served} served"),
    )
    return tag("section", heading, counts, *_bounds(bounds), *_opted_out(day.contacts))


def fact(index: Index, of: str) -> tuple[str, str, str]:
    """Return an index as a box of `facts`."""
    return index.name, figure(index), f"{of}, {interval(index)}"


def _bounds(bounds: Bounds) -> list[Markup]:
    if bounds.least.suppressed:
        return []
    text = (
        f"Of everybody served, at least {figure(bounds.least)} ({interval(bounds.least)}) and at"
        f" most {figure(bounds.most)} ({interval(bounds.most)}) were dissatisfied: hatched are"
        " those who said so, grey those who said nothing. Silence is not satisfaction."
    )
    chart = charts.bounds_bar(bounds.least, bounds.most)
    return [tag("h3", "Dissatisfied of the served"), chart, tag("p", text)]


def _opted_out(contacts: Contacts) -> list[Markup]:
    if not contacts.opted_out:
        return []
    people = counted(contacts.opted_out, "person", "people")
    return [tag("p", f"{people} wanted no camera: not among the served.", class_="soft")]


def smile_section(day: Day) -> Markup:
    """Return the Smile-Index; nothing where no camera measured it."""
    if day.smile is None:
        return Markup()
    of = counted(day.smile.n, "contact")
    boxes = [fact(index, of) for index in smile_indices(day)]
    text = "A visible expression, measured over batches of contacts: not what anybody felt."
    return tag("section", tag("h2", "Smiles"), facts(*boxes), tag("p", text, class_="soft"))
