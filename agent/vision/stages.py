"""What each stage of looking costs, measured only where somebody asks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

Stage = Literal["decode", "motion gate", "search", "closer look", "track", "align", "expression"]
STAGES: tuple[Stage, ...] = (
    "decode",
    "motion gate",
    "search",
    "closer look",
    "track",
    "align",
    "expression",
)
"""In the order in which a frame goes through them."""


class Stages(Protocol):
    """Who is told when a stage begins and ends; stages do not contain one another."""

    def __call__(self, stage: Stage, /) -> AbstractContextManager[None]:
        """Return what holds a stage."""
        ...


_NOTHING = nullcontext()


def unmeasured(_stage: Stage, /) -> AbstractContextManager[None]:
    """Measure nothing: this is what runs on a kiosk."""
    return _NOTHING


@dataclass(slots=True)
class Spent:
    """What one stage took so far."""

    calls: int = 0
    cpu_s: float = 0.0


@dataclass(slots=True)
class Stopwatch:
    """Adds up the CPU time that this thread spends in each stage."""

    spent: dict[Stage, Spent] = field(default_factory=lambda: {name: Spent() for name in STAGES})

    @contextmanager
    def __call__(self, stage: Stage, /) -> Iterator[None]:
        """Measure one stage, whatever becomes of it."""
        began_s = time.thread_time()
        try:
            yield
        finally:
            spent = self.spent[stage]
            spent.calls += 1
            spent.cpu_s += time.thread_time() - began_s


class Share(NamedTuple):
    """What a stage took, of all the CPU time of looking."""

    stage: str
    calls: int
    ms_per_call: float
    ms_per_frame: float
    share: float
    """0 to 1; all of them add up to 1."""


def shares(stopwatch: Stopwatch, *, frames: int, looking_s: float) -> tuple[Share, ...]:
    """Return what each stage took; what belongs to none is `other`.

    `looking_s` is the CPU time of all stages but decoding, and of what lies between them.
    """
    spent = stopwatch.spent
    within_s = sum(each.cpu_s for name, each in spent.items() if name != "decode")
    named = [(str(name), each) for name, each in spent.items()]
    named.append(("other", Spent(frames, max(0.0, looking_s - within_s))))
    total_s = sum(each.cpu_s for _, each in named)
    return tuple(_share(name, each, frames=frames, total_s=total_s) for name, each in named)


def _share(name: str, spent: Spent, *, frames: int, total_s: float) -> Share:
    return Share(
        stage=name,
        calls=spent.calls,
        ms_per_call=round(1000 * spent.cpu_s / max(1, spent.calls), 3),
        ms_per_frame=round(1000 * spent.cpu_s / max(1, frames), 3),
        share=round(spent.cpu_s / total_s, 4) if total_s else 0.0,
    )
