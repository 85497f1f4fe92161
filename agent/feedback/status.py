"""What the centre says about a case: read strictly, because anybody might have sent it."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from agent.feedback.cases import PATTERN, CaseNumberError, read_case
from agent.language.hidden import hides_characters
from agent.uplink.errors import one_line

log = logging.getLogger(__name__)

STATUS_MAXIMUM_BYTES = 8_192
MOST_TEXT = 200

CaseState = Literal["received", "in_progress", "answered", "closed"]


def _with_right_check(case: str) -> str:
    try:
        return read_case(case)
    except CaseNumberError as error:
        raise ValueError(str(error)) from error


def _printable(text: str) -> str:
    if hides_characters(text):
        raise ValueError("a text for a customer is one line that hides no characters")
    return text


Case = Annotated[str, Field(pattern=PATTERN), AfterValidator(_with_right_check)]
LanguageCode = Annotated[str, Field(pattern=r"^[a-z]{2}$")]
CaseText = Annotated[str, Field(min_length=1, max_length=MOST_TEXT), AfterValidator(_printable)]


class CaseStatus(BaseModel):
    """How far one case is."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    case: Case
    """The case number, as `feedback.left` wrote it."""
    state: CaseState
    """How far it is."""
    revision: int = Field(ge=1, lt=1 << 31, strict=True)
    """Counts up with every change of the case; of two messages the higher one holds."""
    text: dict[LanguageCode, CaseText] = Field(default_factory=dict, max_length=8)
    """What the customer is told, by language; nothing personal, for anybody who has the case
    number can read it."""

    def text_in(self, language: str, *, otherwise: str) -> str | None:
        """Return the text in a language, else in the other one, else none."""
        return self.text.get(language) or self.text.get(otherwise)


class CaseStatusReader:
    """Reads statuses; `refused` counts the bad ones by their kind of trouble.

    Each kind is logged once: a centre that is wrong is wrong every time. What a message says is
    never logged.
    """

    def __init__(self) -> None:
        self.refused: Counter[str] = Counter()

    def read(self, payload: bytes) -> CaseStatus | None:
        """Return the status; None for what is none."""
        if len(payload) > STATUS_MAXIMUM_BYTES:
            most = f"{len(payload)} bytes where {STATUS_MAXIMUM_BYTES} are allowed"
            self._complain("too large", most)
            return None
        try:
            return CaseStatus.model_validate_json(payload)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = _field_of(first["loc"])
            self._complain(first["type"], f"{where}: {first['msg']}" if where else first["msg"])
            return None

    def _complain(self, kind: str, what: str) -> None:
        self.refused[kind] += 1
        if self.refused[kind] == 1:
            log.warning("a case's status is ignored (%s): see docs/feedback.md", one_line(what))


def newer(told: CaseStatus, known: Mapping[str, CaseStatus]) -> bool:
    """Tell whether a status says more of its case than what is known of it."""
    before = known.get(told.case)
    return before is None or told.revision > before.revision


def _field_of(loc: tuple[int | str, ...]) -> str:
    """Name the field that is wrong, unless the message made the name up itself."""
    field = str(loc[0]) if loc else ""
    return field if field in CaseStatus.model_fields else ""
