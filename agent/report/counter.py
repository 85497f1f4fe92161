"""Who was there: contacts by what became of them, and what was measured of them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from agent.events.scale import Sentiment
from agent.indices.contacts import Ledger
from agent.indices.smile import ClassTime, SmileSums, add_up
from agent.report.dating import Fact, LocalDay
from agent.report.day import Contacts, Left, Measured
from agent.report.ratings import Rating

_SUMS = ("n", "s", "f", "ss", "ff", "sf", "smiled")


def count_contacts(
    facts: Sequence[Fact], ratings: Mapping[str, Rating], day: LocalDay
) -> Contacts | None:
    """Return the contacts that left on a day; None where no counter saw any."""
    ended = [f for f in facts if f.kind == "contact.ended" and day.holds(f.at_ms)]
    if not ended:
        return None
    served = [fact for fact in ended if not fact.data.get("opted_out", False)]
    final = [_final(fact, ratings) for fact in served]
    seen = Counter(_seen_by(fact) for fact in served)
    by_source = tuple(
        (source, _ledger(served, final, of=frozenset({source}))) for source, _ in seen.most_common()
    )
    whole = _ledger(served, final, of=frozenset(seen))
    return Contacts(whole, final.count(-1), len(ended) - len(served), by_source)


def _seen_by(fact: Fact) -> str:
    source: str = fact.data.get("served_by", "camera")
    return source


def _ledger(
    served: Sequence[Fact], final: Sequence[Sentiment | None], *, of: frozenset[str]
) -> Ledger:
    places = Counter(
        (bool(fact.data["asked"]), said is not None)
        for fact, said in zip(served, final, strict=True)
        if _seen_by(fact) in of
    )
    return Ledger(
        asked_answered=places[True, True],
        asked_silent=places[True, False],
        unasked_answered=places[False, True],
        unasked_silent=places[False, False],
    )


def _final(fact: Fact, ratings: Mapping[str, Rating]) -> Sentiment | None:
    """Return the class of a contact's final counting answer; None if it is silent.

    What was amended behind its end is known only where its ratings are all still stored.
    """
    named = fact.data.get("ratings", ())
    if not all(name in ratings for name in named):
        said: Sentiment | None = fact.data.get("sentiment")
        return said
    counting = [ratings[name].sentiment for name in named if ratings[name].counts]
    return counting[-1] if counting else None


def add_smiles(facts: Sequence[Fact], day: LocalDay) -> tuple[Measured, ...]:
    """Return the sums over the batches that were full on a day, by the model that measured."""
    batches: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for fact in facts:
        if fact.kind == "expression.measured" and day.holds(fact.at_ms):
            model = fact.data["model"]["id"], fact.data["model"]["sha256"]
            batches.setdefault(model, []).append(fact.data)
    found = [_measured(*model, told) for model, told in batches.items()]
    return tuple(sorted(found, key=lambda each: -each.sums.n))


def _measured(model: str, sha256: str, batches: Sequence[Mapping[str, Any]]) -> Measured:
    sums = add_up(SmileSums(**{name: told[name] for name in _SUMS}) for told in batches)
    classes = tuple(
        ClassTime(n=told["n"], **told["classes"]) for told in batches if told.get("classes")
    )
    return Measured(model, sha256, sums, classes)


def count_feedback(
    facts: Sequence[Fact], ratings: Mapping[str, Rating], day: LocalDay
) -> tuple[Left, ...]:
    """Return how often praise, complaints ... were left on a day.

    All of them: a complaint is heard whatever the press in front of it was.
    """
    left = [fact.data for fact in facts if fact.kind == "feedback.left" and day.holds(fact.at_ms)]
    kinds = Counter(told["about"] for told in left)
    counting = Counter(told["about"] for told in left if _counts(told.get("rating"), ratings))
    return tuple(Left(about, n, counting[about]) for about, n in kinds.most_common())


def _counts(rating: str | None, ratings: Mapping[str, Rating]) -> bool:
    known = ratings.get(rating or "")
    return known is None or known.counts
