"""What the pages for people say in each language."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from agent.language import Texts, languages_of, load_texts
from agent.office.phrases import (
    AimWords,
    AlertWords,
    CaseWords,
    CheckWords,
    CounterWords,
    DoorWords,
    FrameWords,
    RefusalWords,
    RestartWords,
    SignalWords,
    StateWords,
    TillWords,
    TodayWords,
    TrialWords,
)
from agent.report.words import Words as ReportWords
from agent.report.words import words as report_words

FOLDER = Path(__file__).parent / "texts"
MOST_WISHES = 20


class Words(Texts):
    """Every text of the pages in one language."""

    frame: FrameWords
    door: DoorWords
    today: TodayWords
    alerts: AlertWords
    cases: CaseWords
    till: TillWords
    installer: str
    state: StateWords
    trial: TrialWords
    signals: SignalWords
    counter: CounterWords
    aim: AimWords
    checks: CheckWords
    restart: RestartWords
    refusals: RefusalWords

    @property
    def report(self) -> ReportWords:
        """The words of figures, in the same language."""
        return report_words(self.code)

    def duration(self, seconds: float) -> str:
        """Return a duration in the two units that matter."""
        return self.report.duration(seconds)


def languages() -> tuple[str, ...]:
    """Return the languages of the pages, in the order of their codes."""
    return languages_of(FOLDER)


def words(language: str) -> Words:
    """Return the texts in a language. Raises LanguageError naming those there are."""
    return load_texts(FOLDER, Words, language)


def wished(header: str, *, known: Collection[str], otherwise: str) -> str:
    """Return the language of an `Accept-Language` header (RFC 9110, 12.5.4) that is known."""
    found: list[tuple[float, int, str]] = []
    for place, wish in enumerate(header.split(",")[:MOST_WISHES]):
        tag, _, weight = wish.partition(";")
        code = tag.strip().lower().partition("-")[0]
        if code in known and (liked := _weight(weight)):
            found.append((-liked, place, code))
    return min(found)[2] if found else otherwise


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    if not name:
        return 1.0
    plain = value.strip().replace(".", "", 1)
    usable = name.strip() == "q" and plain.isascii() and plain.isdigit()
    return min(1.0, float(value)) if usable else 0.0
