"""Kiosk-years that never were, for agent/panel/wear.py: how often a healthy one is called worn.

    python -m tests.panel.simulate_wear --years 10000   # false alarms
    python -m tests.panel.simulate_wear --faults 300    # how soon a true fault is told

The healthy kiosks are made worse than most: 2 to 5 keys, 4 to 400 answers a day, days that differ
by a third in number and by a fifth in every key's share, shares that drift for good, weekly rest
days, holidays, bad weeks with twice the unhappy answers, a lasting change in one year of five, and
children who hammer on one key for an afternoon, every fiftieth day.
"""

from __future__ import annotations

import argparse
import statistics
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from agent.panel.wear import HISTORY_DAYS, Day, Wear

KEYS = ("very_bad", "bad", "neutral", "good", "very_good")
YEAR = 365
FAULT_DAY = 60
Fault = Literal["dead", "swapped", "chattering"]
Numbers = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Year:
    """A year of one kiosk: answers, presses and quick repeats, day by key."""

    keys: tuple[str, ...]
    answers: Numbers
    presses: Numbers
    quick: Numbers

    def days(self) -> list[Day]:
        """Return its days as the kiosk counts them."""
        columns = (self.answers.tolist(), self.presses.tolist(), self.quick.tolist())
        return [
            Day(*(dict(zip(self.keys, counts, strict=True)) for counts in day))
            for day in zip(*columns, strict=True)
        ]


def live(rng: np.random.Generator, *, length: int = YEAR) -> Year:
    """Make a healthy kiosk's days."""
    keys = KEYS[: int(rng.integers(2, 6))]
    volume = np.exp(rng.uniform(np.log(4), np.log(400)))
    weekdays = rng.uniform(0.5, 1.5, 7) * (rng.random(7) > rng.choice([0.0, 0.15]))
    busy = volume * weekdays[np.arange(length) % 7] * rng.gamma(9, 1 / 9, length)
    busy *= rng.random(length) > 0.02
    shares = _shares(rng, len(keys), length)
    answers = rng.poisson(busy[:, None] * shares)
    quick = rng.binomial(answers, rng.uniform(0.0, 0.04, length)[:, None])
    presses = answers + quick + rng.poisson(answers * 0.1)
    for day in np.flatnonzero(rng.random(length) < 0.02):
        key, blows = rng.integers(len(keys)), rng.poisson(25)
        answers[day, key] += 1 + rng.poisson(2)
        presses[day, key] += blows + 3
        quick[day, key] += rng.binomial(blows, 0.7)
    return Year(keys, answers, presses, quick)


def _shares(rng: np.random.Generator, keys: int, length: int) -> Floats:
    """Return the share of every key on every day."""
    usual = np.log(rng.dirichlet(np.linspace(0.8, 3.0, keys)) + 0.004)
    drift = np.cumsum(rng.normal(0, 0.02, (length, keys)), axis=0)
    daily = rng.normal(0, 0.2, (length, keys))
    odds = usual + drift + daily
    for week in np.flatnonzero(rng.random(length // 7) < 0.06):
        odds[week * 7 : week * 7 + 7, : keys // 2] += np.log(2)
    if rng.random() < 0.2:
        odds[rng.integers(length) :] += rng.normal(0, 0.4, keys)
    weights: Floats = np.exp(odds)
    shares: Floats = weights / weights.sum(axis=1, keepdims=True)
    return shares


def wear_out(year: Year, fault: Fault, rng: np.random.Generator) -> tuple[Year, str]:
    """Let a fault begin on `FAULT_DAY`; returns the part that has it."""
    answers, presses, quick = year.answers.copy(), year.presses.copy(), year.quick.copy()
    worn = Year(year.keys, answers, presses, quick)
    usual = answers[:FAULT_DAY].sum(axis=0)
    first = int(rng.integers(len(year.keys)))
    if fault == "dead":
        for counts in (answers, presses, quick):
            counts[FAULT_DAY:, first] = 0
        return worn, f"button:{year.keys[first]}:dead"
    if fault == "chattering":
        more = rng.binomial(presses[FAULT_DAY:, first], 0.5)
        presses[FAULT_DAY:, first] += more
        quick[FAULT_DAY:, first] += more
        return worn, f"button:{year.keys[first]}:chattering"
    low, high = sorted((int(usual.argmin()), int(usual.argmax())))
    for counts in (answers, presses, quick):
        counts[FAULT_DAY:, [low, high]] = counts[FAULT_DAY:, [high, low]]
    return worn, f"buttons:{year.keys[low]}+{year.keys[high]}:swapped"


def alarms(year: Year, *, since: int = 0) -> Iterator[tuple[int, str]]:
    """Look every evening; yield (day, part) each time that a part begins to be called worn."""
    wear, days, worn = Wear(year.keys), year.days(), set[str]()
    for today in range(since, len(days)):
        for sign in wear.judge(days[max(0, today + 1 - HISTORY_DAYS) : today + 1]):
            if sign.state == "faulty" and sign.part not in worn:
                worn.add(sign.part)
                yield today, sign.part
            elif sign.state == "sound":
                worn.discard(sign.part)


def kind_of(part: str) -> str:
    """Return which fault a part's name speaks of."""
    return part.rpartition(":")[2]


def count_false_alarms(years: int, *, seed: int) -> Counter[str]:
    """Count the alarms of healthy kiosks, by kind."""
    rng = np.random.default_rng(seed)
    return Counter(kind_of(part) for _ in range(years) for _, part in alarms(live(rng)))


def measure_delays(fault: Fault, kiosks: int, *, seed: int, least: int = 1) -> list[float]:
    """Return after how many days each kiosk was told; infinite where in 90 days it was not.

    Only keys that gave `least` answers a day before; of two exchanged ones, unlike ones.
    """
    rng, delays = np.random.default_rng(seed), list[float]()
    while len(delays) < kiosks:
        year = live(rng, length=FAULT_DAY + 90)
        worn, part = wear_out(year, fault, rng)
        keys = part.split(":")[1].split("+")
        before = [year.answers[FAULT_DAY - 28 : FAULT_DAY, year.keys.index(k)].mean() for k in keys]
        if max(before) < least or (fault == "swapped" and max(before) < 4 * min(before)):
            continue
        found = (day - FAULT_DAY + 1 for day, told in alarms(worn, since=FAULT_DAY) if told == part)
        delays.append(next(found, float("inf")))
    return delays


def main() -> None:
    """Print what was asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--years", type=int, default=0)
    asked.add_argument("--faults", type=int, default=0)
    asked.add_argument("--seed", type=int, default=1)
    wanted = asked.parse_args()
    if wanted.years:
        print(wanted.years, dict(count_false_alarms(wanted.years, seed=wanted.seed)))  # noqa: T201
    kinds: tuple[Fault, ...] = ("dead", "swapped", "chattering")
    for fault in kinds if wanted.faults else ():
        for least in (1, 5, 20):
            delays = measure_delays(fault, wanted.faults, seed=wanted.seed, least=least)
            tenths = statistics.quantiles(delays, n=10)
            never = sum(delay == float("inf") for delay in delays)
            print(fault, least, "median", tenths[4], "p90", tenths[8], "never", never)  # noqa: T201


if __name__ == "__main__":
    main()
