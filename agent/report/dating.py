"""When events happened, and which of them are of one local day. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, NamedTuple

from agent.clock.redating import Dated, last_corrections, redate

Message = Mapping[str, Any]
"""An event in its envelope, as it is published."""

_PREFIX, _VERSION = "smilepost.", ".v1"


class Fact(NamedTuple):
    """An event with the time that is known of it now."""

    id: str
    kind: str
    """Without version; other versions than the first are no facts of ours."""
    epoch: str
    data: Mapping[str, Any]
    dated: Dated

    @property
    def at_ms(self) -> int | None:
        """The likeliest time, UTC; None where no time is known."""
        return self.dated.best_ms


def date_facts(messages: Sequence[Message]) -> list[Fact]:
    """Return what the messages tell, in their order, dated by the last `clock.corrected`."""
    corrections = last_corrections(messages)
    return [
        Fact(
            id=message["id"],
            kind=message["type"].removeprefix(_PREFIX).removesuffix(_VERSION),
            epoch=message["epoch"],
            data=message["data"],
            dated=redate(message, corrections),
        )
        for message in messages
    ]


@dataclass(frozen=True, slots=True)
class LocalDay:
    """One day by the site's clocks: 23 or 25 hours long where they are put forward or back."""

    date: date
    zone: tzinfo

    @property
    def start_ms(self) -> int:
        """Its first millisecond, UTC."""
        return _local_ms(self.date, self.zone)

    @property
    def end_ms(self) -> int:
        """The first millisecond that is no longer of it."""
        return _local_ms(self.date + timedelta(days=1), self.zone)

    def holds(self, at_ms: int | None) -> bool:
        """Tell whether a time is of this day; an unknown one is of none."""
        return at_ms is not None and self.start_ms <= at_ms < self.end_ms

    def is_certain(self, dated: Dated) -> bool:
        """Tell whether a time that is of this day could be of no other."""
        if dated.earliest_ms is None or dated.latest_ms is None:
            return False
        return self.start_ms <= dated.earliest_ms and dated.latest_ms < self.end_ms

    def local(self, at_ms: int) -> datetime:
        """Return a time as the site's clocks show it."""
        return datetime.fromtimestamp(at_ms / 1000, tz=self.zone)

    def place(self, at_ms: int) -> float:
        """Return how far through the day a time is: 0 at its start, 1 at its end."""
        return (at_ms - self.start_ms) / (self.end_ms - self.start_ms)


def _local_ms(day: date, zone: tzinfo) -> int:
    return round(datetime.combine(day, time(), tzinfo=zone).timestamp() * 1000)
