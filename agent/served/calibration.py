"""How well a source counts at this touchpoint, as somebody found who counted beside it. Pure.

Shares with Wilson's intervals (Wilson 1927); customers for each one counted with the interval of
Bonett and Price (2006) for the ratio of what two have found among the same.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agent.events.catalogue import (
    CountedHow,
    ModelRef,
    RatioWithin,
    ServedCalibrated,
    ShareWithin,
)
from agent.indices.interval import Estimate, paired_ratio, wilson
from agent.served.matching import Outcome

Calibrated = Literal["camera", "sensor"]
"""A key of the staff's is a count by hand itself."""
LEAST_TAPS, MOST_TAPS = 20, 50
"""Fewer leave an interval that says nothing; with more nobody looks carefully any more."""
_DIGITS = 4

Count = Annotated[int, Field(ge=0, le=10_000)]
Models = dict[Literal["detector", "search"], ModelRef]


class Calibration(BaseModel):
    """One check of one source; at least one contact and one customer could be compared."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    source: Calibrated
    found: Count
    missed: Count
    invented: Count
    left_out: Count
    span_s: Annotated[float, Field(ge=0)]
    """How long both counted."""
    on: date | None = None
    """The day by the site's clocks; None where the clock could not be trusted."""
    software: Annotated[str, Field(max_length=80)]
    """The version that counted."""
    setup: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """Hash of the settings that decide how it counts."""
    models: Models = Field(default_factory=dict)
    """Of a camera: the models that searched for faces."""

    @model_validator(mode="after")
    def _compares_somebody(self) -> Calibration:
        if not (self.outcome.customers and self.outcome.counted):
            raise ValueError("nobody was compared: there are no shares of nothing")
        return self

    @property
    def outcome(self) -> Outcome:
        """What was counted."""
        return Outcome(self.found, self.missed, self.invented, self.left_out)

    @property
    def recall(self) -> Estimate:
        """Of the customers the share that was counted."""
        return wilson(self.found, self.outcome.customers)

    @property
    def precision(self) -> Estimate:
        """Of those counted the share that were customers."""
        return wilson(self.found, self.outcome.counted)

    @property
    def factor(self) -> Estimate:
        """Customers for each one counted."""
        return paired_ratio(self.found, self.missed, self.invented)

    def holds(self, *, setup: str, models: Models) -> bool:
        """Tell whether it still describes this source; `models` as far as they are known now."""
        same = all(self.models.get(role) == now for role, now in models.items())
        return same and setup == self.setup

    def how(self) -> CountedHow:
        """Return what travels with the counts of this source."""
        return CountedHow(
            source=self.source,
            taps=self.outcome.customers,
            precision=_share(self.precision),
            recall=_share(self.recall),
            factor=RatioWithin.model_validate(_ends(self.factor)),
            on=None if self.on is None else self.on.isoformat(),
        )

    def event(self) -> ServedCalibrated:
        """Return the event that tells of it."""
        return ServedCalibrated(
            calibration=self.how(),
            span_s=self.span_s,
            found=self.found,
            missed=self.missed,
            invented=self.invented,
            left_out=self.left_out,
            setup=self.setup,
            models=self.models,
        )


def _share(estimate: Estimate) -> ShareWithin:
    return ShareWithin.model_validate(_ends(estimate))


def _ends(estimate: Estimate) -> dict[str, float]:
    return {name: round(value, _DIGITS) for name, value in estimate._asdict().items()}
