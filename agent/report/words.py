"""What the report says in each language, and how it tells figures, durations and dates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

from pydantic import Field

from agent.indices.classes import Classes
from agent.indices.index import Index
from agent.language import Texts, languages_of, load_texts
from agent.language.numbers import percent
from agent.report.phrases import (
    AlertWords,
    ChartWords,
    ClassCounts,
    CountedWords,
    ListeningWords,
    ManyWords,
    NoteWords,
    PageWords,
    SmileWords,
    UnitWords,
    WhoWords,
    WhyWords,
)
from agent.screen.words import words as screen_words

FOLDER = Path(__file__).parent / "texts"
DASH = "\u2013"

_MINUTE_S, _HOUR_S = 60, 3600


class Words(Texts):
    """Every text of the report in one language."""

    page: PageWords
    units: UnitWords
    classes: tuple[str, str, str]
    class_counts: ClassCounts
    keys: dict[str, str]
    many: ManyWords
    flags: dict[str, str]
    why: WhyWords
    about: dict[str, str]
    ended: dict[str, str]
    who: WhoWords
    counted: CountedWords
    smiles: SmileWords
    alerts: AlertWords
    listening: ListeningWords
    notes: NoteWords
    footer: str
    chart: ChartWords
    dimensions: dict[str, str] = Field(min_length=5)
    indices: dict[str, str]

    def name(self, index: Index) -> str:
        """Return what an index is called."""
        family, _, dimension = index.recipe.id.partition("_")
        if family == "servperf":
            return self.dimensions.get(dimension) or self.indices[family]
        return self.indices.get(index.recipe.id, index.name)

    def figure(self, index: Index) -> str:
        """Return the value in its unit; a dash while it is suppressed."""
        return DASH if index.value is None else self._in_unit(index, index.value)

    def interval(self, index: Index) -> str:
        """Return the interval, or why there is none."""
        if index.low is None or index.high is None:
            return self.page.too_few.format(n=self.number(index.n))
        low, high = self._in_unit(index, index.low), self._in_unit(index, index.high)
        return self.page.interval.format(low=low.removesuffix(" %"), high=high)

    def spread(self, index: Index) -> str:
        """Return the value with its interval behind it, or why there is none."""
        if index.suppressed:
            return self.interval(index)
        return self.page.spread.format(value=self.figure(index), interval=self.interval(index))

    def of_classes(self, classes: Classes) -> tuple[str, str, str]:
        """Return how many there are of each class."""
        told = self.class_counts
        return (
            self.count(told.dissatisfied, classes.dissatisfied),
            self.count(told.neutral, classes.neutral),
            self.count(told.satisfied, classes.satisfied),
        )

    def of_hundred(self, index: Index) -> str:
        """Return the Happy Index in a sentence."""
        value, spread = self.figure(index), self.interval(index)
        return self.many.happy.format(name=self.name(index), value=value, interval=spread)

    def _in_unit(self, index: Index, value: float) -> str:
        unit = index.recipe.unit
        if unit == "share":
            return percent(value, self.code)
        if unit == "seconds":
            return self.duration(value)
        if unit == "score":
            return self.number(value, digits=1)
        return self.number(value, signed=True)

    def duration(self, seconds: float) -> str:
        """Return a duration in the two units that matter."""
        whole = round(seconds)
        if whole < _MINUTE_S:
            return self.units.second.format(n=whole)
        if whole < _HOUR_S:
            minutes, rest = divmod(whole, _MINUTE_S)
            return self._both(self.units.minute, minutes, self.units.second, rest)
        hours, rest = divmod(round(whole / _MINUTE_S), _MINUTE_S)
        return self._both(self.units.hour, hours, self.units.minute, rest)

    def _both(self, large: str, n: int, small: str, rest: int) -> str:
        first = large.format(n=n)
        if not rest:
            return first
        return self.page.joined.format(first=first, second=small.format(n=rest))

    def date(self, day: date) -> str:
        """Return a date with its weekday."""
        dates = screen_words(self.code).dates
        weekday, month = dates.weekdays[day.weekday()], dates.months[day.month - 1]
        told = self.page.date.format(weekday=weekday, day=day.day, month=month, year=day.year)
        return told[:1].upper() + told[1:]

    def listed(self, parts: Iterable[str]) -> str:
        """Return the members of a list in one line."""
        return self.page.comma.join(parts)

    def flag(self, flag: str) -> str:
        """Return why a press does not count."""
        return self.flags.get(flag, flag)

    def alert(self, what: str) -> str:
        """Return what an alert is about, by its name in events."""
        return str(getattr(self.alerts, what, None) or plain(what))

    def gap(self, reason: str) -> str:
        """Return why nobody listened."""
        return str(getattr(self.listening, reason, None) or plain(reason))

    def done(self, how: str) -> str:
        """Return what was done about an alert."""
        return self.alerts.how.get(how) or plain(how)


def languages() -> tuple[str, ...]:
    """Return the languages of the report, in the order of their codes."""
    return languages_of(FOLDER)


def words(language: str = "en") -> Words:
    """Return the report's texts in a language. Raises LanguageError naming those there are."""
    return load_texts(FOLDER, Words, language)


def plain(identifier: str) -> str:
    """Return an id in plain letters."""
    text = identifier.replace("_", " ").replace("-", " ")
    return text[:1].upper() + text[1:]


def clock_time(moment: datetime) -> str:
    """Return hour and minute."""
    return f"{moment:%H:%M}"
