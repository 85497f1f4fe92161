"""The roster: the YAML file of who can sign on. Pseudonyms only; names stay out of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import Field, field_validator

from agent.config.base import Name, Settings
from agent.config.problem import ConfigFileError, Finding, Problem
from agent.config.reading import Form, read
from agent.screen.settings import LanguageCode
from agent.staff.pin import HashText, read_hash

RESERVED = ("manager", "counter")
MOST_SELLERS = 50  # a PIN by buttons names nobody: every hash is tried


class Seller(Settings):
    """One person who can sign on."""

    seller: Name
    """A pseudonym: it stands in events, a name never does."""
    pin: HashText
    """What `smilepost staff hash` printed."""
    language: LanguageCode | None = None
    """What the staff's pages speak while this person is at the till; without one that of the role
    `staff` in the file of PINs."""

    @field_validator("seller")
    @classmethod
    def _is_free(cls, seller: str) -> str:
        if seller in RESERVED:
            raise ValueError(f"{seller} is a word of events: take another pseudonym")
        return seller

    def knows(self, pin: str) -> bool:
        """Tell whether this is their PIN. It takes its time, on purpose: not on the loop."""
        return read_hash(self.pin).matches(pin)


class Roster(Settings):
    """Everybody who can sign on."""

    sellers: tuple[Seller, ...] = Field(min_length=1, max_length=MOST_SELLERS)
    """In any order."""

    def language_of(self, name: str) -> str | None:
        """Return what a seller's pages speak; None for one that does not say, or is not there."""
        return next((s.language for s in self.sellers if s.seller == name), None)

    def seller_of(self, pin: str, *, name: str | None = None) -> Seller | None:
        """Return whose PIN this is; None if it is nobody's.

        By buttons nobody is named, so all are tried, whoever is found first. A PIN that two have
        names neither: then it is None, too.
        """
        asked = [s for s in self.sellers if name in {None, s.seller}]
        found = [s for s in asked if s.knows(pin)]
        return found[0] if len(found) == 1 else None


def load_roster(path: Path) -> Roster:
    """Read a staff file; ConfigFileError with every problem where it is bad."""
    roster, problems = read(path, form=FORM)
    if roster is None:
        raise ConfigFileError(problems)
    return roster


def roster_problems(path: Path) -> list[Problem]:
    """Return everything that is wrong with a staff file."""
    return read(path, form=FORM)[1]


def _doubled(roster: Roster) -> Iterator[Finding]:
    names = [s.seller for s in roster.sellers]
    for index, name in enumerate(names):
        if name in names[:index]:
            text = f"sellers: {name} stands twice: give one of them another pseudonym"
            yield ("sellers", index, "seller"), text


FORM = Form(Roster, example="config/staff.example.yaml", rules=_doubled, secret=True)
"""What a staff file must be."""
