"""Wear: dead, exchanged and chattering buttons, noticed in what each day counted. Pure.

A button that nobody can press and an answer that nobody gives look alike, so each sign is judged
against what the other keys were given meanwhile and against the key's own past, never on little
data. What cannot be told is `unknown`, and changes nothing about what was told before.

Days differ by more than chance, so every count weighs only half (`SCATTER`), and a sign is told
when what was seen has a probability below one in a million (`RARE`): a kiosk looks thousands of
times a year.

Measured with tests/panel/simulate_wear.py, on made-up kiosks that are worse than most: in 4,000
healthy kiosk-years 8 false alarms, 7 of them of chattering: 2 in a thousand kiosk-years (95 %
interval: 0.9 to 3.9). A true fault of a key with five
answers a day is told after 3 days in the median if it is dead (nine of ten: 7), 3 if exchanged (5),
5 if it chatters; with twenty answers a day nine of ten are told after 3, 4 and 5 days. With one
answer a day it takes longer, and one fault in five is not told within 90 days.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

HISTORY_DAYS = 28
"""How many days a judgement looks back, the last ones included."""
QUICK_MS = 300
"""A repeat of the same key within this time is the contact's, or a hammering hand's."""

SCATTER = 2.0
RARE = 1e-6
SURPRISE = -math.log(RARE)

PAST_DAYS = 7
"""Days with presses that the past must have."""
DEAD_DAYS = 2
DEAD_PAST_ANSWERS = 30
SWAP_WINDOWS = (3, 5, 10)
SWAP_DAY_ANSWERS = 5
SWAP_PAST_ANSWERS = 100
SWAP_ODDS = math.log(3)
SWAP_FIT = 0.5
NAMED = 30
"""Of two long names as many letters fit into the name of a part."""
CHATTER_DAYS = 5
SOUND_DAYS = 3
CHATTER_SHARE = 0.15
HEALTHY_SHARE = 0.05

State = Literal["faulty", "sound", "unknown"]


@dataclass(frozen=True, slots=True)
class Day:
    """What the buttons counted on one day, by key."""

    answers: Mapping[str, int]
    """Presses that counted when they were made: a key that is hammered on gives one."""
    presses: Mapping[str, int] = field(default_factory=dict)
    """All of them."""
    quick: Mapping[str, int] = field(default_factory=dict)
    """Those within `QUICK_MS` of one before on the same key."""


@dataclass(frozen=True, slots=True)
class Sign:
    """What the days say about a part, and what a person can do about it."""

    part: str
    state: State
    fact: str = ""
    remedy: str = ""


class Wear:
    """Judges the buttons of one kiosk; `keys` from the worst answer to the best.

    Remembers the usual odds of two keys that were exchanged: what they count meanwhile becomes
    the past, and must not pass for what is usual.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = tuple(keys)
        self._usual: dict[tuple[str, str], float] = {}

    def judge(self, days: Sequence[Day]) -> list[Sign]:
        """Return a sign for every key and every pair. `days` in order, the last may be today.

        Of more than `HISTORY_DAYS` the last are looked at.
        """
        seen = days[-HISTORY_DAYS:]
        answers = {key: [day.answers.get(key, 0) for day in seen] for key in self._keys}
        totals = [sum(counts) for counts in zip(*answers.values(), strict=True)]
        signs = [find_dead(key, answers[key], totals=totals) for key in self._keys]
        for key in self._keys:
            counts = [(day.quick.get(key, 0), day.presses.get(key, 0)) for day in seen]
            signs.append(find_chatter(key, counts))
        for one, other in itertools.combinations(self._keys, 2):
            both = list(zip(answers[one], answers[other], strict=True))
            signs.append(self._judge_pair((one, other), both))
        return signs

    def _judge_pair(self, pair: tuple[str, str], counts: Sequence[tuple[int, int]]) -> Sign:
        swap = weigh_swap(counts, usual_odds=self._usual.get(pair))
        state = _state_of(swap)
        part = f"buttons:{pair[0][:NAMED]}+{pair[1][:NAMED]}:swapped"
        if swap is None or state == "unknown":
            return Sign(part, "unknown")
        if state == "sound":
            self._usual.pop(pair, None)
            return Sign(part, "sound", "pressed as usual again")
        self._usual[pair] = swap.usual_odds
        fact = f"{pair[0]} and {pair[1]} are pressed as if they were exchanged:"
        fact += f" {math.exp(abs(swap.usual_odds)):.1f} to 1 has become the reverse"
        return Sign(part, "faulty", fact, "see whether each key tells its own answer")


# -- dead ----------------------------------------------------------------------------------------


def find_dead(key: str, own: Sequence[int], *, totals: Sequence[int]) -> Sign:
    """Tell whether a key is silent although the others are pressed as before.

    `own` and `totals` are answers by day, of the key and of all. With a past of a answers of this
    key and b of the others, and m of the others since, the probability of its silence is
    B(a, b + m) / B(a, b): the beta-binomial one of nought, since a share is known only roughly.
    """
    part = f"button:{key}:dead"
    if own and own[-1]:
        return Sign(part, "sound", "pressed again")
    begin = next((n + 1 for n in reversed(range(len(own))) if own[n]), 0)
    before, after = sum(own[:begin]), [count for count in totals[begin:] if count]
    others = sum(totals[:begin]) - before
    known = before >= DEAD_PAST_ANSWERS and sum(map(bool, totals[:begin])) >= PAST_DAYS
    if not known or len(after) < DEAD_DAYS or _silence(before, others, sum(after)) < SURPRISE:
        return Sign(part, "unknown")
    fact = f"no answer for {len(after)} days while the others gave {sum(after)};"
    fact += f" before, {before} of {before + others} were its own"
    return Sign(part, "faulty", fact, "press it: if nothing lights, check its plug and its switch")


def _silence(own: int, others: int, since: int) -> float:
    """Return how surprising it is (-ln of the probability) that none of `since` is a key's."""
    a, b, m = own / SCATTER + 0.5, others / SCATTER + 0.5, since / SCATTER
    log_p = math.lgamma(b + m) + math.lgamma(a + b) - math.lgamma(b) - math.lgamma(a + b + m)
    return -log_p


# -- swapped -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Swap:
    """How the last days fit an exchange of two keys."""

    usual_odds: float
    """ln of (first / second) in the past."""
    surprise: float
    """ln of the likelihood with the keys exchanged over that without, scattered."""
    fit: float
    """1 where the odds are those of an exchange, -1 where they are the usual ones."""
    daily: bool
    """Every one of the last days fits the exchange better."""

    @property
    def told(self) -> bool:
        """Whether it is sure enough to be told."""
        return self.daily and self.surprise >= SURPRISE and self.fit >= SWAP_FIT


def weigh_swap(
    counts: Sequence[tuple[int, int]], *, usual_odds: float | None = None
) -> Swap | None:
    """Weigh whether two keys were exchanged; `counts` are the answers of both by day.

    n answers of the first key and m of the second have with the usual odds h (a logarithm) the
    likelihood ratio exp(h (m - n)) for an exchange. It is told only where one was pressed at least
    three times as often, every one of the last days is on that side, and the odds have come more
    than half of the way. Looks at the last 3, 5 and 10 days that say something; returns the first
    that is sure, else the shortest, None without a past. `usual_odds`: known from before.
    """
    active = [count for count in counts if sum(count) >= SWAP_DAY_ANSWERS]
    total = _sum(active)
    shortest = _weigh(active, SWAP_WINDOWS[0], total, usual_odds)
    if shortest is None or shortest.told or not shortest.daily:
        return shortest
    longer = (_weigh(active, width, total, usual_odds) for width in SWAP_WINDOWS[1:])
    return next((swap for swap in longer if swap is not None and swap.told), shortest)


def _weigh(
    active: Sequence[tuple[int, int]],
    width: int,
    total: tuple[int, int],
    usual_odds: float | None,
) -> Swap | None:
    recent = active[-width:]
    if len(recent) < width:
        return None
    lately = _sum(recent)
    if usual_odds is None:
        before = total[0] - lately[0], total[1] - lately[1]
        if len(active) - width < PAST_DAYS or sum(before) < SWAP_PAST_ANSWERS:
            return None
        usual_odds = _odds(before)
    if abs(usual_odds) < SWAP_ODDS:
        return None
    leads = [usual_odds * (m - n) for n, m in recent]
    return Swap(
        usual_odds=usual_odds,
        surprise=sum(leads) / SCATTER,
        fit=-_odds(lately) / usual_odds,
        daily=min(leads) > 0,
    )


def _sum(counts: Sequence[tuple[int, int]]) -> tuple[int, int]:
    first, second = zip(*counts, strict=True) if counts else ((), ())
    return sum(first), sum(second)


def _odds(counts: tuple[int, int]) -> float:
    return math.log((counts[0] + 0.5) / (counts[1] + 0.5))


def _state_of(swap: Swap | None) -> State:
    if swap is None:
        return "unknown"
    if swap.told:
        return "faulty"
    return "sound" if swap.fit <= -SWAP_FIT else "unknown"


# -- chattering ----------------------------------------------------------------------------------


def find_chatter(key: str, counts: Sequence[tuple[int, int]]) -> Sign:
    """Tell whether a key repeats itself within 300 ms far more often than hands do.

    `counts` are (quick repeats, presses) by day. q quick repeats where mu are expected have at
    most the probability exp(-(q ln(q / mu) - q + mu)), Chernoff's bound of the Poisson tail; mu is
    twice the key's own past share, at least 5 and at most 10 % of the presses. A child hammers for
    an afternoon: of the last five days with presses all but one must have a share of 15 %.
    """
    part = f"button:{key}:chattering"
    active = [(q, n) for q, n in counts if n]
    past, recent = active[:-CHATTER_DAYS], active[-CHATTER_DAYS:]
    if len(recent) < CHATTER_DAYS:
        return Sign(part, "unknown")
    many = [q >= CHATTER_SHARE * n for q, n in recent]
    if not any(many[-SOUND_DAYS:]):
        return Sign(part, "sound", "it repeats itself no more")
    repeats, presses = (sum(column) for column in zip(*recent, strict=True))
    usual = sum(q for q, _ in past) / max(1, sum(n for _, n in past))
    expected = presses * min(max(2 * usual, HEALTHY_SHARE), 2 * HEALTHY_SHARE)
    if sum(many) < CHATTER_DAYS - 1 or _excess(repeats, expected) < SURPRISE:
        return Sign(part, "unknown")
    fact = f"{repeats} of {presses} presses came within {QUICK_MS} ms of the one before"
    return Sign(
        part, "faulty", fact, "its contact is worn or dirty: clean it, or change the switch"
    )


def _excess(repeats: int, expected: float) -> float:
    """Return how surprising (-ln of the probability, at most) that many quick repeats are."""
    if repeats <= expected:
        return 0.0
    return (repeats * math.log(repeats / expected) - repeats + expected) / SCATTER
