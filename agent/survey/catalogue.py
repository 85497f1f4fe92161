"""The factor catalogue: what a customer can name as good or bad, and whose concern it is."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pydantic import Field

from agent.config.base import Name, Settings
from agent.config.problem import ConfigFileError, Finding
from agent.config.reading import Form, read
from agent.survey.questions import Icon, Label, Language

BUILT_IN = Path(__file__).parent / "factors.yaml"


class Factor(Settings):
    """One thing that makes customers happy or unhappy."""

    id: Name
    """Its name in questionnaires and events."""
    icon: Icon
    """Which of the built-in drawings stands above its label."""
    label: dict[Language, Label] = Field(min_length=1)
    """The words on its key, by language."""
    owner: Name
    """The department that can mend it."""


class Catalogue(Settings):
    """Every factor that questionnaires may name."""

    factors: tuple[Factor, ...] = Field(min_length=1, max_length=100)
    """In any order: each question names its own."""

    def factor(self, name: str) -> Factor | None:
        """Return the factor of that id, if there is one."""
        return next((factor for factor in self.factors if factor.id == name), None)

    def ids(self) -> list[str]:
        """Return the names of all factors."""
        return [factor.id for factor in self.factors]


def load_catalogue(path: Path) -> Catalogue:
    """Read a catalogue; ConfigFileError with every problem where it is bad."""
    catalogue, problems = read(path, form=FORM)
    if catalogue is None:
        raise ConfigFileError(problems)
    return catalogue


@cache
def built_in_catalogue() -> Catalogue:
    """Return the catalogue of a kiosk that has none of its own."""
    return load_catalogue(BUILT_IN)


def _doubled(catalogue: Catalogue) -> Iterator[Finding]:
    ids = catalogue.ids()
    for index, name in enumerate(ids):
        if name in ids[:index]:
            text = f"factors: {name} stands twice: give one of them another id"
            yield ("factors", index, "id"), text


FORM = Form(Catalogue, example="config/factors.yaml", rules=_doubled)
"""What a catalogue's file must be."""
