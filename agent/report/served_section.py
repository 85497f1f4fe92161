"""Who counted the customers, for how long, how well, and when nobody did: a part of the page."""

from __future__ import annotations

from datetime import date

from agent.language.numbers import percent
from agent.report.day import Calibration, Day, Dispute
from agent.report.markup import Markup, joined, tag
from agent.report.served import OfSource, WhoCounted, who_counted
from agent.report.telling import fact, facts
from agent.report.words import Words

_MINUTE_S = 60


def heads(found: WhoCounted, words: Words) -> Markup:
    """Return how many were served where heads were counted and no contact is known."""
    rates = [fact(each.rate, words=words) for each in found.sources if each.rate is not None]
    return facts((words.who.served, words.number(found.customers), ""), *rates)


def counted_by(day: Day, words: Words, *, opened: range | None, now_ms: int | None) -> list[Markup]:
    """Return who counted; nothing where no source told what it counted.

    `opened` are the hours in which the site is open, `now_ms` is the time now.
    """
    found = who_counted(day, opened=opened, now_ms=now_ms)
    disputes = _disputes(day, words)
    if found is None:
        return disputes
    several = sum(each.rate is not None for each in found.sources) > 1
    rows = [_source(each, words, with_rate=several) for each in found.sources]
    parts = [tag("h3", words.counted.title), tag("ul", *rows, class_="counters")]
    parts += [tag("p", _nobody(found, words)), *_blanked(found, words), *disputes]
    if day.contacts is not None:
        parts.append(tag("p", words.counted.note, class_="soft"))
    return parts


def _source(source: OfSource, words: Words, *, with_rate: bool) -> Markup:
    told = words.counted
    name = tag("b", told.sources.get(source.source, source.source))
    if not source.held_s and not source.customers:
        counted = words.count(told.customers, source.counted)
        lasted = words.duration(source.worked_s)
        beside = told.beside.format(customers=counted, lasted=lasted)
        return tag("li", name, " ", tag("span", beside))
    customers = words.count(told.customers, source.customers)
    held = told.held.format(customers=customers, lasted=words.duration(source.held_s))
    lines = [*_rate(source, words)] if with_rate else []
    if source.source != "manual":
        lines.append(_how_well(source.calibration, words))
    below = [tag("small", line) for line in lines]
    return tag("li", name, " ", tag("span", held), *below)


def _rate(source: OfSource, words: Words) -> list[str]:
    if source.rate is None:
        return []
    name, spread = words.name(source.rate), words.spread(source.rate)
    return [words.counted.rate.format(name=name, spread=spread)]


def _how_well(found: Calibration | None, words: Words) -> str:
    told = words.counted
    if found is None:
        return told.unchecked
    recall, precision = words.spread(found.recall), words.spread(found.precision)
    well = told.found.format(recall=recall, precision=precision)
    if found.on is None:
        return well
    return joined(well, " ", told.checked.format(date=words.date(date.fromisoformat(found.on))))


def _nobody(found: WhoCounted, words: Words) -> str:
    if found.nobody_s < _MINUTE_S or not found.span_s:
        return words.counted.always
    share = percent(found.nobody_s / found.span_s, words.code)
    return words.counted.nobody.format(lasted=words.duration(found.nobody_s), share=share)


def _blanked(found: WhoCounted, words: Words) -> list[Markup]:
    if not found.blanked_s:
        return []
    lasted = words.duration(found.blanked_s)
    return [tag("p", words.counted.blanked.format(lasted=lasted))]


def _disputes(day: Day, words: Words) -> list[Markup]:
    disputes = () if day.served is None else day.served.disputes
    return [tag("p", _dispute(dispute, words), class_="note") for dispute in disputes]


def _dispute(dispute: Dispute, words: Words) -> str:
    told = words.counted
    counts = words.listed(
        told.dispute_part.format(name=told.sources.get(name, name), n=words.number(n))
        for name, n in dispute.counts.items()
    )
    span_s = (dispute.span.end_ms - dispute.span.start_ms) / 1000
    return told.dispute.format(counts=counts, lasted=words.duration(span_s))
