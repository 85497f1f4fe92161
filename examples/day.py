"""Print a day's figures, a JSON object a device, from what `subscriber.py` has stored.

    python examples/day.py fleet.db /acme/high-street 2026-11-22 Europe/Berlin

The second word is a site, or one device of it. What is reckoned here, and why, stands in
docs/contract.md, "A day's figures"; it makes the same figures as `smilepost report` on the device.
"""

import json
import sqlite3
import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import date, datetime, time, timedelta
from itertools import groupby
from math import sqrt
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from agent.clock.redating import last_corrections, redate

Z = 1.96
SUMS = ("n", "s", "f", "ss", "ff", "sf", "smiled")
IN_ORDER = """
SELECT source, envelope FROM event LEFT JOIN place USING (source, epoch)
WHERE source = :place OR substr(source, 1, length(:place) + 1) = :place || '/'
ORDER BY source, since, nth, sequence
"""

Figures = dict[str, Any]


class Fact(NamedTuple):
    """What an event tells, and when it happened: None where nobody knows yet."""

    id: str
    kind: str
    data: dict[str, Any]
    at_ms: int | None

    @property
    def middle_ms(self) -> float | None:
        """The middle of the stretch of time that it tells of."""
        return None if self.at_ms is None else self.at_ms - 500 * self.data["span_s"]


class Day(NamedTuple):
    """From its first millisecond to the first one behind it, UTC."""

    start_ms: float
    end_ms: float

    def holds(self, at_ms: float | None) -> bool:
        """Whether a time is of this day."""
        return at_ms is not None and self.start_ms <= at_ms < self.end_ms

    def of(self, facts: Iterable[Fact], kind: str) -> Iterator[Fact]:
        """Yield what of a kind is of this day; an interval is where its middle is."""
        for fact in facts:
            if fact.kind == kind:
                by_middle = kind == "served.counted"
                if self.holds(fact.middle_ms if by_middle else fact.at_ms):
                    yield fact


def local_day(day: date, zone: ZoneInfo) -> Day:
    """Return a day by the site's clocks: 23 or 25 hours where they are put forward or back."""
    ends = (datetime.combine(each, time(), tzinfo=zone) for each in (day, day + timedelta(days=1)))
    return Day(*(end.timestamp() * 1000 for end in ends))


def dated(envelopes: Iterable[str]) -> list[Fact]:
    """Read the events of one device, in its order, and date them."""
    events = [json.loads(envelope) for envelope in envelopes]
    corrections = last_corrections(events)
    return [
        Fact(
            event["id"],
            event["type"].removeprefix("smilepost.").removesuffix(".v1"),
            event["data"],
            redate(event, corrections).best_ms,
        )
        for event in events
    ]


def estimate(value: float, low: float, high: float) -> Figures:
    """Round a figure and the ends of its 95 % interval."""
    return {"value": round(value, 6), "low": round(low, 6), "high": round(high, 6)}


def share(part: int, n: int) -> Figures | None:
    """Return a share with Wilson's interval; None below ten, where a share says nothing."""
    if n < 10:  # noqa: PLR2004 - as everywhere in Smilepost
        return None
    p, zz = part / n, Z * Z
    centre = (p + zz / (2 * n)) / (1 + zz / n)
    half = Z * sqrt(p * (1 - p) / n + zz / (4 * n * n)) / (1 + zz / n)
    return estimate(p, max(0.0, centre - half), min(1.0, centre + half))


def folded(facts: Iterable[Fact]) -> dict[str, tuple[bool, int]]:
    """Return of each rating whether it counts, and its class; the last amendment holds."""
    ratings: dict[str, tuple[bool, int]] = {}
    for fact in facts:
        if fact.kind == "rating.given":
            ratings[fact.id] = fact.data["counts"], fact.data["sentiment"]
        elif fact.kind == "rating.amended" and fact.data["rating"] in ratings:
            _, sentiment = ratings[fact.data["rating"]]
            ratings[fact.data["rating"]] = fact.data["counts"], sentiment
    return ratings


def answer(contact: dict[str, Any], ratings: dict[str, tuple[bool, int]]) -> int | None:
    """Return the class of a contact's answer; None is silence."""
    named: list[str] = contact["ratings"]
    if any(each not in ratings for each in named):  # we lack one: believe what was told
        told: int | None = contact.get("sentiment")
        return told
    counting = [sentiment for counts, sentiment in map(ratings.__getitem__, named) if counts]
    return counting[-1] if counting else None


def contacts(facts: list[Fact], day: Day) -> Figures:
    """Return who was there, who was asked, who answered, and what the silent leave open."""
    ratings = folded(facts)
    ended = [fact.data for fact in day.of(facts, "contact.ended")]
    served = [data for data in ended if not data["opted_out"]]
    said = [(data["asked"], answer(data, ratings)) for data in served]
    silent = sum(final is None for _, final in said)
    unhappy = sum(final == -1 for _, final in said)
    asked = [final for was_asked, final in said if was_asked]
    return {
        "served": len(served),
        "opted_out": len(ended) - len(served),
        "asked": len(asked),
        "silent": silent,
        "dissatisfied": unhappy,
        "silent_share": share(silent, len(served)),
        "response_rate": share(sum(final is not None for final in asked), len(asked)),
        "dissatisfied_least": share(unhappy, len(served)),
        "dissatisfied_most": share(unhappy + silent, len(served)),
    }


def counted(facts: list[Fact], day: Day) -> list[Figures]:
    """Return what each source counted where its count holds; `by` is None where none does."""
    groups: dict[str, Figures] = {}
    for fact in day.of(facts, "served.counted"):
        by, how = fact.data.get("counted_by"), fact.data.get("calibration")
        new = {"by": by, "counted": 0, "seconds": 0.0, "blanked_s": 0.0, "calibration": how}
        group = groups.setdefault(json.dumps([by, how]), new)
        group["counted"] += fact.data["counts"].get(by, 0)
        group["seconds"] = round(group["seconds"] + fact.data["span_s"], 3)
        group["blanked_s"] = round(group["blanked_s"] + fact.data.get("blanked_s", 0.0), 3)
    return [group | {"customers": _customers(group)} for group in groups.values()]


def _customers(group: Figures) -> Figures | None:
    if group["calibration"] is None:
        return None
    return estimate(
        **{end: group["counted"] * f for end, f in group["calibration"]["factor"].items()}
    )


def smiles(facts: list[Fact], day: Day) -> list[Figures]:
    """Return Smile-Index and share of smilers by model: what two have read is never pooled."""
    groups: dict[tuple[str, str], Counter[str]] = {}
    for fact in day.of(facts, "expression.measured"):
        sums = groups.setdefault(
            (fact.data["model"]["id"], fact.data["model"]["sha256"]), Counter()
        )
        sums.update({name: fact.data[name] for name in SUMS})
    return [
        {"model": model, "sha256": sha256, "contacts": sums["n"], **_smile(sums)}
        for (model, sha256), sums in groups.items()
    ]


def _smile(sums: Counter[str]) -> Figures:
    n, s, f, ss, ff, sf, smiled = (sums[name] for name in SUMS)
    smilers = share(smiled, n)
    if smilers is None or f <= 0:
        return {"smile_index": None, "smiled": smilers}
    ratio = s / f
    error = sqrt(max(0.0, ss - 2 * ratio * sf + ratio * ratio * ff) / (n - 1) / n) / (f / n)
    index = estimate(ratio, max(0.0, ratio - Z * error), min(1.0, ratio + Z * error))
    return {"smile_index": index, "smiled": smilers}


def figures(facts: list[Fact], day: Day) -> Figures:
    """Return everything that is known of one device's day."""
    return {
        "contacts": contacts(facts, day),
        "counted": counted(facts, day),
        "disputed": [fact.data for fact in day.of(facts, "served.disputed")],
        "closed_by_customers": [fact.data for fact in day.of(facts, "camera.declined")],
        "refused": [fact.data for fact in day.of(facts, "camera.refused")],
        "smiles": smiles(facts, day),
    }


def arguments() -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(description="Print a day's figures, a JSON object a device.")
    parser.add_argument("path", metavar="fleet.db")
    parser.add_argument("place", help="/<tenant>/<site>, or one device of it")
    parser.add_argument("day", type=date.fromisoformat)
    parser.add_argument("zone", type=ZoneInfo, help="`timezone` of its device.started")
    return parser.parse_args()


def main(told: Namespace) -> None:
    """Read the database beside a running subscriber."""
    day = local_day(told.day, told.zone)
    with closing(sqlite3.connect(f"file:{told.path}?mode=ro", uri=True)) as db:
        rows = db.execute(IN_ORDER, {"place": told.place.rstrip("/")}).fetchall()
    for source, of_one in groupby(rows, key=lambda row: row[0]):
        facts = dated(envelope for _, envelope in of_one)
        print(json.dumps({"source": source, "day": str(told.day), **figures(facts, day)}, indent=1))


if __name__ == "__main__":
    try:
        main(arguments())
    except sqlite3.Error as error:
        sys.exit(f"it ends: {error}")
