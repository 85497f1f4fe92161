"""The texts of the report by the parts of its page, one class a part."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from agent.language import Plural


class Part(BaseModel):
    """The texts of one part of the page."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_min_length=1)


class PageWords(Part):
    """Around the parts, and how figures are joined to sentences."""

    date: str
    """With `{weekday}`, `{day}`, `{month}` and `{year}`."""
    until: str
    zone: str
    empty: str
    comma: str
    """Between the members of a list."""
    joined: str
    """Of a duration in two units: `{first}` and `{second}`."""
    interval: str
    """With `{low}` and `{high}`."""
    spread: str
    """A figure with its `{interval}`."""
    too_few: str
    made: str


class UnitWords(Part):
    """Durations."""

    second: str
    minute: str
    hour: str


class ClassCounts(Part):
    """How many of each class."""

    dissatisfied: Plural
    neutral: Plural
    satisfied: Plural


class ManyWords(Part):
    """How many answers there were."""

    title: str
    nobody: str
    answers: Plural
    presses: Plural
    counting: Plural
    """Presses, with `{answers}` that count."""
    happy: str
    by_hour: str
    by_key: str
    columns: tuple[str, str, str, str]
    value_of: str
    left_out: str
    flag: str


class WhyWords(Part):
    """Questions, and what customers said themselves."""

    title: str
    nothing: str
    asked: Plural
    """How often, with `{ended}`."""
    ended: str
    options: str
    columns: tuple[str, str]
    unrated: str
    numbers: str
    answer: str
    times: str
    by_item: str
    statement: str
    old_version: str
    pairs: Plural
    given: Plural
    own_words: str
    own_columns: tuple[str, str, str]
    own_note: str


class WhoWords(Part):
    """Who was there."""

    title: str
    no_counter: str
    served: str
    of_asked: str
    of_served: str
    bounds: str
    bounds_text: str
    bounds_label: str
    opted_out: Plural


class CountedWords(Part):
    """Who counted those served."""

    title: str
    customers: Plural
    sources: dict[str, str]
    """By their names in events."""
    held: str
    """With `{customers}` and `{lasted}`, as in `beside`."""
    beside: str
    rate: str
    """With the `{name}` of a share and its `{spread}`."""
    found: str
    """With `{recall}` and `{precision}`."""
    checked: str
    unchecked: str
    nobody: str
    """With `{lasted}` and the `{share}` of the time."""
    always: str
    blanked: str
    note: str
    dispute: str
    """With `{counts}`, a list of `dispute_part`, and `{lasted}`."""
    dispute_part: str


class SmileWords(Part):
    """What a camera measured."""

    title: str
    contacts: Plural
    model: str
    text: str


class AlertWords(Part):
    """Alerts; those below `nine_tenths` by their names in events."""

    title: str
    count: Plural
    columns: tuple[str, str, str, str, str, str]
    not_yet: str
    escalated: str
    half: str
    nine_tenths: str
    help_wanted: str
    threshold: str
    case: str
    complaint: str
    counter: str
    manager: str
    how: dict[str, str]
    """What was done; the names of the configuration that are not here stand as they are."""


class ListeningWords(Part):
    """Whether answers could come in; gaps by their names in events."""

    title: str
    never: str
    told: str
    key: str
    gap: str
    gap_unknown: str
    fault: str
    fault_lasting: str
    remedy: str
    label: str
    stopped: str
    crash: str
    power: str


class NoteWords(Part):
    """What a reader must know before believing the figures."""

    missing: Plural
    undated: Plural
    uncertain: Plural


class ChartWords(Part):
    """What drawings say to who cannot see them."""

    answers: str
    by_hour: str
    hour: str
