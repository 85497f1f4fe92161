"""`/installer`, the counter's check: whom somebody counts by hand, and what it came to. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.indices.interval import Estimate
from agent.language.numbers import percent
from agent.office.page import form, void
from agent.office.sessions import Session
from agent.office.words import Words
from agent.report.markup import Markup, tag
from agent.served.calibration import LEAST_TAPS, MOST_TAPS, Calibrated, Calibration
from agent.served.calibrator import Standing, Verdict
from agent.served.matching import Outcome

ROOM = "/installer"
SCRIPT = Markup('<script src="/counter.js" defer></script>')
FACTOR_DIGITS = 2
NO_BREAK = "\u00a0"


@dataclass(frozen=True, slots=True)
class Counter:
    """What is known of the sources that can be checked, and who counts now."""

    standings: Sequence[Standing]
    taps: int | None
    """How many customers were tapped; None while nobody counts."""
    here: bool = False
    """Whether it is this browser that counts."""


def counter_section(counter: Counter, session: Session, words: Words) -> Markup:
    """Return the section; nothing where no source can be checked."""
    if not counter.standings:
        return Markup()
    if counter.taps is None:
        parts = _standings(counter, session, words)
    elif counter.here:
        parts = _counting(counter.taps, session, words)
    else:
        parts = _elsewhere(counter.taps, session, words)
    return tag("section", tag("h2", words.counter.title), *parts, id="counter")


# -- while nobody counts ------------------------------------------------------------------------


def _standings(counter: Counter, session: Session, words: Words) -> list[Markup]:
    told = words.counter
    why = told.why.format(least=words.number(LEAST_TAPS), most=words.number(MOST_TAPS))
    rows = [_standing(each, words) for each in counter.standings]
    ready = any(each.works for each in counter.standings)
    begin = form(f"{ROOM}/count", session, tag("button", told.begin, class_="strong"))
    switch = begin if ready else tag("p", told.no_source, class_="calm")
    return [
        tag("p", why, class_="soft"),
        tag("ul", *rows, class_="known", id="known", data_live=""),
        tag("div", switch, id="count", data_live=""),
    ]


def _standing(standing: Standing, words: Words) -> Markup:
    told = words.counter
    name = tag("b", told.sources[standing.source])
    lines = [] if standing.works else [told.not_working]
    if standing.newest is None:
        lines.append(told.unchecked)
        return tag("li", name, *(tag("p", line) for line in lines))
    lines += [*([told.stale] if standing.stale else []), *_figures(standing.newest, words)]
    shown = "stale" if standing.stale else "holds"
    return tag("li", name, *(tag("p", line) for line in lines), class_=shown)


def _figures(known: Calibration, words: Words) -> list[str]:
    told, number = words.counter, words.number
    recall, precision = shares(known.recall, words), shares(known.precision, words)
    customers, counted = number(known.outcome.customers), number(known.outcome.counted)
    on = known.on
    return [
        told.recall.format(n=customers, found=number(known.found), spread=recall),
        told.precision.format(n=counted, found=number(known.found), spread=precision),
        told.factor.format(spread=_ratio(known.factor, words)),
        told.undated if on is None else told.checked.format(date=words.report.date(on)),
    ]


def shares(estimate: Estimate, words: Words) -> str:
    """Return a share in percents with its interval behind it."""
    value, low, high = (percent(end, words.code) for end in estimate)
    told = _spread(value, low.removesuffix(" %"), high, words)
    return told.replace(" %", f"{NO_BREAK}%")


def _ratio(estimate: Estimate, words: Words) -> str:
    value, low, high = (words.number(end, digits=FACTOR_DIGITS) for end in estimate)
    return _spread(value, low, high, words)


def _spread(value: str, low: str, high: str, words: Words) -> str:
    page = words.report.page
    return page.spread.format(value=value, interval=page.interval.format(low=low, high=high))


# -- while somebody counts ------------------------------------------------------------------------


def _counting(taps: int, session: Session, words: Words) -> list[Markup]:
    told = words.counter
    number = tag("b", words.number(taps), id="taps", data_live="")
    label = tag("span", told.tap)
    full = {"disabled": ""} if taps >= MOST_TAPS else {}
    button = tag("button", number, label, class_="strong tap", **full)
    lost = tag("p", told.lost, id="tap-lost", class_="notice", role="alert", hidden="")
    progress = tag("p", _progress(taps, words), id="progress", data_live="", role="status")
    return [
        form(f"{ROOM}/tap", session, button, id="tap", data_most=MOST_TAPS),
        lost,
        progress,
        tag("div", _undo(session, words), _finish(session, words), class_="pair"),
        _discard(session, words),
        SCRIPT,
    ]


def _progress(taps: int, words: Words) -> str:
    told, most = words.counter, words.number(MOST_TAPS)
    if taps >= MOST_TAPS:
        return told.full.format(most=most)
    if taps >= LEAST_TAPS:
        return told.enough.format(most=most)
    return words.count(told.more, LEAST_TAPS - taps)


def _undo(session: Session, words: Words) -> Markup:
    return form(f"{ROOM}/undo", session, tag("button", words.counter.undo))


def _finish(session: Session, words: Words) -> Markup:
    return form(f"{ROOM}/finish", session, tag("button", words.counter.finish))


def _discard(session: Session, words: Words) -> Markup:
    told = words.counter
    tick = void("input", type="checkbox", name_="sure", value="true", id="gone", required="")
    sure = tag("div", tick, tag("label", words.restart.sure, for_="gone"), class_="choice")
    button = tag("button", told.discard)
    ask = form(f"{ROOM}/discard", session, sure, button)
    return tag("details", tag("summary", told.discard), ask)


def _elsewhere(taps: int, session: Session, words: Words) -> list[Markup]:
    told = words.counter
    said = told.elsewhere.format(n=words.number(taps))
    take = form(f"{ROOM}/take-over", session, tag("button", told.take_over))
    return [tag("p", said, id="elsewhere", data_live="", role="status"), take]


# -- what it came to ------------------------------------------------------------------------------


def told_of(verdicts: Sequence[Verdict], words: Words) -> str:
    """Return what a count by hand came to, in a few sentences."""
    said = [_verdict(verdict, words) for verdict in verdicts]
    if all(verdict.outcome.customers < LEAST_TAPS for verdict in verdicts):
        said.append(words.counter.go_on)
    return " ".join(said)


def _verdict(verdict: Verdict, words: Words) -> str:
    told, outcome = words.counter, verdict.outcome
    source = told.sources[verdict.source]
    if outcome.customers < LEAST_TAPS:
        n, least = words.number(outcome.customers), words.number(LEAST_TAPS)
        return told.too_few.format(source=source, n=n, least=least) + _left_out(outcome, words)
    if verdict.kept is None:
        return told.counted_nobody.format(source=source)
    return _result(verdict.source, verdict.kept, words) + _left_out(outcome, words)


def _result(source: Calibrated, kept: Calibration, words: Words) -> str:
    told, number = words.counter, words.number
    customers, spread = number(kept.outcome.customers), shares(kept.recall, words)
    found = told.found[source].format(n=customers, found=number(kept.found), spread=spread)
    none = not kept.invented
    invented = told.invented_none if none else words.count(told.invented, kept.invented)
    return f"{found} {invented}"


def _left_out(outcome: Outcome, words: Words) -> str:
    if not outcome.left_out:
        return ""
    return " " + words.counter.left_out.format(n=words.number(outcome.left_out))
