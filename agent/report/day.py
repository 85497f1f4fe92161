"""What is known of one day at one touchpoint. Counts only; shares are made of them at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from agent.events.scale import Sentiment
from agent.indices.classes import Classes
from agent.indices.contacts import Ledger
from agent.indices.index import Index
from agent.indices.smile import ClassTime, SmileSums
from agent.report.dating import LocalDay


class Key(NamedTuple):
    """What one button or face was pressed."""

    key: str
    value: int
    """1 is the worst answer."""
    scale: int
    sentiment: Sentiment
    pressed: int
    counting: int


class Hour(NamedTuple):
    """Counting answers of one hour by the site's clocks."""

    hour: int
    """0 ... 23; the hour that comes twice when clocks are put back is one here."""
    classes: Classes


@dataclass(frozen=True, slots=True)
class Presses:
    """How many answers there were, and what did not count."""

    keys: tuple[Key, ...] = ()
    """From the worst answer to the best."""
    hours: tuple[Hour, ...] = ()
    """Those with counting answers, in order."""
    flags: tuple[tuple[str, int], ...] = ()
    """Why presses do not count, the most frequent first; one press may have several."""
    undated: int = 0
    """Presses of the whole store whose time is not known: of no day."""
    uncertain: int = 0
    """Presses of this day that may be of the one before or behind."""

    @property
    def pressed(self) -> int:
        """All accepted presses."""
        return sum(key.pressed for key in self.keys)

    @property
    def classes(self) -> Classes:
        """Counting answers by class."""
        columns = zip(*(hour.classes for hour in self.hours), strict=True)
        return Classes(*(sum(column) for column in columns))


class Option(NamedTuple):
    """How often an option was chosen, by the class of the rating it explains."""

    option: str
    classes: Classes
    unrated: int
    """Where no rating is known."""

    @property
    def chosen(self) -> int:
        """How often in all."""
        return self.classes.n + self.unrated


@dataclass(frozen=True, slots=True)
class Question:
    """What was answered to one version of a question, or to one item of it."""

    question: str
    item: str | None
    ended: tuple[tuple[str, int], ...]
    """How it ended (answered, skipped, timeout ...), the most frequent first."""
    options: tuple[Option, ...] = ()
    """The most chosen first."""
    values: tuple[tuple[int, int], ...] = ()
    """Of a scale: how often each number was chosen."""
    questionnaire: str | None = None
    """Whose question it is; None of the kiosk's own reasons, perhaps."""
    version: str | None = None
    """Hash of the questionnaire with its wording: answers of another one are another question's."""
    pairs: tuple[tuple[int, int], ...] = ()
    """Of a pair's first part (WoMI): what those answered to both who did."""

    @property
    def asked(self) -> int:
        """How often it was shown."""
        return sum(count for _, count in self.ended)


class Left(NamedTuple):
    """Customers' own words of one kind."""

    about: str
    """`praise`, `complaint` ..."""
    total: int
    counting: int
    """Those behind a press that counts, or behind none."""


@dataclass(frozen=True, slots=True)
class Contacts:
    """Who was there, where a counter ran."""

    ledger: Ledger
    dissatisfied: int
    """Contacts whose final counting answer is dissatisfied."""
    opted_out: int = 0
    """They wanted no camera, and are not among the served."""
    sources: tuple[tuple[str, Ledger], ...] = ()
    """The same by the source that saw them; the most contacts first."""


class Measured(NamedTuple):
    """What one model read of customers' faces; figures of two models are two figures."""

    model: str
    sha256: str
    sums: SmileSums
    classes: tuple[ClassTime, ...] = ()
    """Of each batch of mode `emotion`."""

    @property
    def name(self) -> str:
        """The model's id and the beginning of its hash."""
        return f"{self.model} ({self.sha256[:8]})"


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert, and what became of it."""

    what: str
    audience: str
    raised_ms: int
    acknowledged_s: float | None = None
    """After how long somebody took it on."""
    resolved_s: float | None = None
    how: str | None = None
    """What was done, or why it was over."""
    escalated: bool = False


class Span(NamedTuple):
    """A stretch of time, UTC milliseconds."""

    start_ms: int
    end_ms: int


class Calibration(NamedTuple):
    """How well a source counts here, as somebody found who counted beside it."""

    recall: Index
    """Of the customers, the share that it counted."""
    precision: Index
    """Of those it counted, the share that were customers."""
    on: str | None
    """The day of it (ISO date); None where the clock could not be trusted."""


class Counted(NamedTuple):
    """One stretch of time: what each source counted, and whose count holds."""

    span: Span
    counted_by: str | None
    """None: nobody's."""
    counts: Mapping[str, int]
    worked: Mapping[str, float]
    """The share of it in which each source worked."""
    answers: int = 0
    """Counting answers given in it."""
    calibration: Calibration | None = None
    """Of the source whose count holds, as it was set up then."""
    blanked_s: float = 0.0
    """How long the camera was closed because a customer wished it."""


class Dispute(NamedTuple):
    """Two sources counted the same time too differently for chance."""

    span: Span
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Served:
    """Who counted the customers served, stretch by stretch."""

    counted: tuple[Counted, ...] = ()
    disputes: tuple[Dispute, ...] = ()


class Gap(NamedTuple):
    """Nobody listened."""

    start_ms: int | None
    """None where its length is not known."""
    end_ms: int
    reason: str


class Fault(NamedTuple):
    """Something did not work."""

    part: str
    fact: str
    remedy: str
    start_ms: int
    end_ms: int | None
    """None while it lasts."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Whether answers could come in at all."""

    spans: tuple[Span, ...] = ()
    """When it was listening, cut to the day."""
    gaps: tuple[Gap, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def listened_s(self) -> float:
        """How long in all."""
        return sum(span.end_ms - span.start_ms for span in self.spans) / 1000


@dataclass(frozen=True, slots=True)
class Day:
    """All of it."""

    local: LocalDay
    source: str
    """`/<tenant>/<site>/<device>`; empty while nothing is stored."""
    presses: Presses
    questions: tuple[Question, ...] = ()
    contacts: Contacts | None = None
    """None where no counter saw anybody."""
    served: Served | None = None
    """None where no source told what it counted."""
    smiles: tuple[Measured, ...] = ()
    """What was measured by each model, that of the most contacts first."""
    feedback: tuple[Left, ...] = ()
    """How often praise, complaints ... were left, the most frequent first; never what they say."""
    alerts: tuple[Alert, ...] = ()
    listening: Listening = Listening()
    missing: int = 0
    """Events that may be of this day and are not in the store any more."""
