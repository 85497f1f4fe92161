"""Presses and what they mean in the end: the last word on a rating holds. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from agent.clock.redating import Dated
from agent.events.scale import Sentiment
from agent.indices.classes import tally
from agent.report.dating import Fact, LocalDay
from agent.report.day import Hour, Key, Presses


class Rating(NamedTuple):
    """One accepted press."""

    dated: Dated
    key: str
    value: int
    scale: int
    sentiment: Sentiment
    counts: bool
    flags: tuple[str, ...]

    @property
    def at_ms(self) -> int | None:
        """The likeliest time."""
        return self.dated.best_ms


def read_ratings(facts: Iterable[Fact]) -> dict[str, Rating]:
    """Return every rating by its event's id, amendments applied in their order."""
    found: dict[str, Rating] = {}
    last: dict[str, Fact] = {}
    for fact in facts:
        if fact.kind == "rating.given":
            found[fact.id] = _rating(fact)
        elif fact.kind == "rating.amended":
            last[fact.data["rating"]] = fact
    for rating, fact in last.items():
        if rating in found:
            told = fact.data
            found[rating] = found[rating]._replace(
                counts=told["counts"], flags=tuple(told.get("flags", ()))
            )
    return found


def _rating(fact: Fact) -> Rating:
    told = fact.data
    return Rating(
        dated=fact.dated,
        key=told["key"],
        value=told["value"],
        scale=told["scale"],
        sentiment=told["sentiment"],
        counts=told["counts"],
        flags=tuple(told.get("flags", ())),
    )


def count_presses(ratings: Mapping[str, Rating], day: LocalDay) -> Presses:
    """Return the presses of a day."""
    of_day = [rating for rating in ratings.values() if day.holds(rating.at_ms)]
    counting = [rating for rating in of_day if rating.counts]
    flags = Counter(flag for rating in of_day if not rating.counts for flag in rating.flags)
    return Presses(
        keys=_keys(of_day),
        hours=_hours(counting, day),
        flags=tuple(flags.most_common()),
        undated=sum(rating.at_ms is None for rating in ratings.values()),
        uncertain=sum(not day.is_certain(rating.dated) for rating in of_day),
    )


def _keys(ratings: Sequence[Rating]) -> tuple[Key, ...]:
    pressed: Counter[tuple[int, int, str, Sentiment]] = Counter()
    counting: Counter[tuple[int, int, str, Sentiment]] = Counter()
    for rating in ratings:
        key = (rating.scale, rating.value, rating.key, rating.sentiment)
        pressed[key] += 1
        counting[key] += rating.counts
    return tuple(
        Key(name, value, scale, sentiment, count, counting[scale, value, name, sentiment])
        for (scale, value, name, sentiment), count in sorted(pressed.items())
    )


def _hours(ratings: Sequence[Rating], day: LocalDay) -> tuple[Hour, ...]:
    by_hour: defaultdict[int, list[Sentiment]] = defaultdict(list)
    for rating in ratings:
        if rating.at_ms is not None:
            by_hour[day.local(rating.at_ms).hour].append(rating.sentiment)
    return tuple(Hour(hour, tally(found)) for hour, found in sorted(by_hour.items()))
