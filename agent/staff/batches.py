"""What staff may see: late, in batches, and nobody ranked by chance. Pure.

Who stands at the till and sees each answer as it comes knows whose it was. So a staff view shows
closed batches only: ten answers or more, the youngest an hour old. Of one seller nothing below 50
answers, and two sellers are told apart only where their intervals do not overlap (the display rules
of agent/indices/display.py).

Batches are cut from the first answer on. Give always all answers since the same beginning, such as
a day's: with a beginning that moves, the difference of two views could be a single answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from agent.events.scale import Sentiment
from agent.indices.display import apart, may_name_employee
from agent.indices.index import Index, Recipe, publish
from agent.indices.interval import wilson

BATCH = 10
AGE_MS = 3_600_000

SATISFIED = Recipe("staff_satisfied", "Satisfied")


@dataclass(frozen=True, slots=True)
class Counted:
    """One counting answer, after its amendments."""

    at_ms: int
    """On one clock for all, in milliseconds."""
    sentiment: Sentiment
    seller: str | None = None
    """The pseudonym of its shift, where there was one."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What may be shown of some answers together."""

    first_ms: int
    last_ms: int
    dissatisfied: int
    neutral: int
    satisfied: int

    @property
    def n(self) -> int:
        """How many answers."""
        return self.dissatisfied + self.neutral + self.satisfied


def closed_batches(
    answers: Iterable[Counted], *, now_ms: int, size: int = BATCH, age_ms: int = AGE_MS
) -> list[Batch]:
    """Return what may be shown now: batches of `size`, the youngest answer `age_ms` old."""
    ordered = sorted(answers, key=lambda a: a.at_ms)
    groups = [ordered[i : i + size] for i in range(0, len(ordered) - size + 1, size)]
    return [_batch(group) for group in groups if now_ms - group[-1].at_ms >= age_ms]


def sellers_shares(answers: Iterable[Counted], *, now_ms: int) -> dict[str, Index]:
    """Return the satisfied share of every seller with 50 answers or more in closed batches."""
    by_seller: dict[str, list[Counted]] = {}
    for answer in answers:
        if answer.seller is not None:
            by_seller.setdefault(answer.seller, []).append(answer)
    shares = {
        seller: satisfied_share(closed_batches(own, now_ms=now_ms))
        for seller, own in by_seller.items()
    }
    return {seller: share for seller, share in shares.items() if may_name_employee(share)}


def satisfied_share(batches: Sequence[Batch]) -> Index:
    """Return the share of satisfied answers with Wilson's interval; suppressed below 10."""
    n = sum(b.n for b in batches)
    satisfied = sum(b.satisfied for b in batches)
    return publish(SATISFIED, wilson(satisfied, n) if n else None, n=n)


def tiers(shares: Mapping[str, Index]) -> list[tuple[str, ...]]:
    """Return groups from the highest share to the lowest; within one nobody is ranked.

    Two stand in different groups only if their intervals, and those of all between them, leave a
    gap. In a group they are in order of name.
    """
    groups: list[list[str]] = []
    for name in sorted(shares, key=lambda s: -(shares[s].high or 0)):
        below_all = groups and all(apart(shares[name], shares[other]) for other in groups[-1])
        if groups and not below_all:
            groups[-1].append(name)
        else:
            groups.append([name])
    return [tuple(sorted(group)) for group in groups]


def _batch(group: Sequence[Counted]) -> Batch:
    classes = [a.sentiment for a in group]
    return Batch(
        first_ms=group[0].at_ms,
        last_ms=group[-1].at_ms,
        dissatisfied=classes.count(-1),
        neutral=classes.count(0),
        satisfied=classes.count(1),
    )
