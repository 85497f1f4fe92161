"""What a camera estimates of age and sex, of groups alone."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.events.kinds.data import EventData, Seconds
from agent.events.kinds.presence import ModelRef

AgeBand = Literal["0-29", "30-44", "45-59", "60+"]


class SexSums(BaseModel):
    """Sums, over the contacts of a batch, of how likely an observer would say either."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    female: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    """With `male` it makes n; to one decimal."""
    male: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    """The same."""


class TraitsMeasured(EventData):
    """Age bands and sex of one batch of contacts, as their looks suggest; never of one contact.

    Batches are disjoint, hold at least 3, and never line up with those of an expression.
    """

    kind: ClassVar[str] = "traits.measured"

    n: int = Field(ge=3)
    """Contacts in the batch that were seen well enough."""
    bands: dict[AgeBand, Annotated[int, Field(ge=0)]]
    """How many of them look that old; together n. Children are in the first band, not apart."""
    sex: SexSums
    """What their looks suggest, summed."""
    span_s: Seconds
    """From the first contact's arrival to the last one's leaving."""
    model: ModelRef
    """The model that estimated."""
