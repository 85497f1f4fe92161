"""Daily counts: what each button gave on each day, folded from the stored ratings. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from agent.outbox.rows import Dated
from agent.panel.wear import HISTORY_DAYS, QUICK_MS, Day

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class _Tally:
    answers: Counter[str] = field(default_factory=Counter)
    presses: Counter[str] = field(default_factory=Counter)
    quick: Counter[str] = field(default_factory=Counter)


def count_days(ratings: Iterable[Dated], *, today: int) -> list[Day]:
    """Count the last `HISTORY_DAYS` days, from the first that has a press up to `today`.

    Days are those of UTC since 1970: which press falls on which side of midnight does not matter
    here. Touches, button tests and presses of an unknown day are left out.
    """
    tallies: dict[int, _Tally] = {}
    before: dict[tuple[str, str], int] = {}
    for rating in ratings:
        key = rating.data.get("key")
        if rating.wall_ms is None or not isinstance(key, str) or not _is_of_a_button(rating):
            continue
        tally = tallies.setdefault(rating.wall_ms // DAY_MS, _Tally())
        tally.presses[key] += 1
        tally.answers[key] += rating.data.get("counts") is True
        last_ms = before.get((rating.boot, key), -QUICK_MS - 1)
        tally.quick[key] += 0 <= rating.monotonic_ms - last_ms <= QUICK_MS
        before[rating.boot, key] = rating.monotonic_ms
    seen = [day for day in tallies if today - HISTORY_DAYS < day <= today]
    days = [tallies.get(day, _Tally()) for day in range(min(seen, default=today), today + 1)]
    return [Day(t.answers, t.presses, t.quick) for t in days]


def _is_of_a_button(rating: Dated) -> bool:
    return rating.data.get("channel") == "button" and "test" not in rating.data.get("flags", ())
