"""Which of several comes next so that all get as many answers, unpredictably. Pure.

As long as everything drawn is answered, the draws are permuted blocks: of n names, every n draws in
a row hold every name once, in an order drawn by lot. (Permuted blocks as used in the randomisation
of trials: Zelen 1974, Journal of Chronic Diseases 27; here what is not answered goes back.)
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

Name = TypeVar("Name", bound=str)

MOST_TIMES = 2
HEAD_START = 10


@dataclass(frozen=True, slots=True)
class Count:
    """How often a thing was shown, and how often it was answered."""

    shown: int = 0
    answered: int = 0

    def plus(self, *, answered: bool) -> Count:
        """Return the count with one more showing."""
        return Count(self.shown + 1, self.answered + answered)


@dataclass(slots=True)
class _Tally:
    count: Count = Count()
    out: int = 0
    """Drawn, and nothing heard of it yet."""

    @property
    def expected(self) -> int:
        return self.count.answered + self.out

    @property
    def asked(self) -> int:
        return self.count.shown + self.out


class Balance(Generic[Name]):
    """Draws names so that their answers stay level.

    What is not answered is drawn again soon, within bounds, or a thing that nobody answers would
    be all that is asked: no name is drawn more than 11 times beyond twice the one drawn least.
    """

    def __init__(self, names: Iterable[Name], *, rng: random.Random) -> None:
        self._tallies = {name: _Tally() for name in names}
        self._rng = rng

    def draw(self, names: Iterable[Name]) -> Name:
        """Return one of `names`; it counts as answered until `settle` says otherwise."""
        tallies = {name: self._tallies[name] for name in names}
        bound = MOST_TIMES * min(tally.asked for tally in tallies.values()) + HEAD_START
        fair = {name: tally for name, tally in tallies.items() if tally.asked <= bound}
        fewest = min(tally.expected for tally in fair.values())
        drawn = self._rng.choice([n for n, tally in fair.items() if tally.expected == fewest])
        self._tallies[drawn].out += 1
        return drawn

    def settle(self, name: Name, *, shown: bool, answered: bool) -> None:
        """Learn what became of a draw: what was not shown was not drawn."""
        tally = self._tallies[name]
        tally.out -= 1
        if shown:
            tally.count = tally.count.plus(answered=answered)

    def restore(self, name: Name, count: Count) -> None:
        """Add what is known from before."""
        tally = self._tallies[name]
        was = tally.count
        tally.count = Count(was.shown + count.shown, was.answered + count.answered)

    def count(self, name: Name) -> Count:
        """Return how often a name was shown and answered."""
        return self._tallies[name].count
