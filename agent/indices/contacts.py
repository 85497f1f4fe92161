"""What the silent change: response rate, silent customers, and bounds of the dissatisfied."""

from __future__ import annotations

from dataclasses import dataclass

from agent.indices.index import Index, Recipe, publish, require
from agent.indices.satisfaction import share

RESPONSE_RATE = Recipe("response_rate", "Response rate", "of_served")
SILENT = Recipe("silent", "Silent", "of_served")
ANSWERS_OF_SERVED = Recipe("answers_of_served", "Answers of the served", "of_served")
DISSATISFIED_LEAST = Recipe("dissatisfied_least", "Dissatisfied, at least", "of_served")
DISSATISFIED_MOST = Recipe("dissatisfied_most", "Dissatisfied, at most", "of_served")


@dataclass(frozen=True, slots=True)
class Ledger:
    """Contacts served by what became of them: each is exactly one of four.

    Who opted out of being counted is outside all four.
    """

    asked_answered: int = 0
    asked_silent: int = 0
    unasked_answered: int = 0
    unasked_silent: int = 0

    @property
    def served(self) -> int:
        """All contacts."""
        return self.answered + self.silent

    @property
    def answered(self) -> int:
        """Those with a counting answer."""
        return self.asked_answered + self.unasked_answered

    @property
    def silent(self) -> int:
        """Those without one."""
        return self.asked_silent + self.unasked_silent


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between these two lies the share of the dissatisfied: the silent may be anything."""

    least: Index
    """None of the silent is dissatisfied."""
    most: Index
    """All of them are."""

    @property
    def low(self) -> float | None:
        """The lower limit of the first."""
        return self.least.low

    @property
    def high(self) -> float | None:
        """The upper limit of the second."""
        return self.most.high


def response_rate(ledger: Ledger) -> Index:
    """Return the share that answered among the contacts that were asked."""
    asked = ledger.asked_answered + ledger.asked_silent
    return share(RESPONSE_RATE, ledger.asked_answered, asked)


def answers_of_served(answers: int, *, served: int) -> Index:
    """Return the share that answered where heads were counted and no contact is known.

    Suppressed where there are more answers than customers: a head or more was not counted, and
    no share can be made of that. Raises FiguresError.
    """
    require((answers, served), min(answers, served) >= 0, "counts are 0 or more")
    if answers > served:
        return publish(ANSWERS_OF_SERVED, None, n=served)
    return share(ANSWERS_OF_SERVED, answers, served)


def silent_share(ledger: Ledger) -> Index:
    """Return the share of the served that answered nothing."""
    return share(SILENT, ledger.silent, ledger.served)


def dissatisfied_of_served(dissatisfied: int, *, ledger: Ledger) -> Bounds:
    """Return the bounds of the dissatisfied among all served, with Wilson's intervals.

    `dissatisfied` counts contacts whose final counting answer is dissatisfied: silence is not
    satisfaction, so that share is only the lower bound. Raises FiguresError.
    """
    known = 0 <= dissatisfied <= ledger.answered
    require(dissatisfied, known, f"{ledger.answered} contacts answered")
    return Bounds(
        share(DISSATISFIED_LEAST, dissatisfied, ledger.served),
        share(DISSATISFIED_MOST, dissatisfied + ledger.silent, ledger.served),
    )
