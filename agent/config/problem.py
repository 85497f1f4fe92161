"""What is wrong with a configuration file, and where."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pydantic_core import PydanticCustomError

from agent.errors import ConfigError

MAX_TEXT = 300

# Where a value stands in the file: keys and list positions from the top.
KeyPath = tuple[str | int, ...]

# What a rule about a whole file found: where, and one line that says what to mend.
Finding = tuple[KeyPath, str]

CLASHES = "clashes"


class Clash(NamedTuple):
    """Something in which two parts of a file disagree."""

    key: KeyPath
    """Where it is told."""
    text: str
    """One line; `{key}` and `{other}` stand for the keys, `{line}` for the line of the other."""
    other: KeyPath = ()

    def words(self, *, under: KeyPath = (), line: int | None = None) -> str:
        """Return the text of a section that stands at `under`; without `line` none is told."""
        told = self.text if line is not None else self.text.replace(" in line {line}", "")
        told = told.replace("{line}", str(line)).replace("{other}", dotted((*under, *self.other)))
        return told.replace("{key}", dotted((*under, *self.key)))


def clash_error(clashes: Sequence[Clash]) -> PydanticCustomError:
    """Return what a settings class raises: it carries every clash to who knows the lines."""
    said = "\n".join(clash.words() for clash in clashes)
    return PydanticCustomError(CLASHES, "{said}", {"said": said, "clashes": tuple(clashes)})


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. `str()` is what `smilepost check` prints."""

    file: Path
    line: int
    """Counted from 1."""
    text: str
    """One line in plain words."""
    key: KeyPath = ()
    column: int | None = None
    """Counted from 1, where it is known."""

    def __str__(self) -> str:
        printable = (char if char.isprintable() else " " for char in self.text[:MAX_TEXT])
        return f"{self.file}:{self.line}: {''.join(printable)}"


def doubles(written: Iterable[tuple[Hashable, KeyPath]], what: str) -> Iterator[Clash]:
    """Return every value that stands a second time; `what` each is to have: `a pin`."""
    first: dict[Hashable, KeyPath] = {}
    for value, key in written:
        if value in first:
            text = f"{{key}} is {value}, and so is {{other}} in line {{line}}"
            yield Clash(key, f"{text}: give each {what} of its own", first[value])
        first.setdefault(value, key)


class ConfigFileError(ConfigError):
    """The configuration file is bad; `problems` holds everything that was found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        first, others = self.problems[0], len(self.problems) - 1
        more = f" (and {others} more: see `smilepost check {first.file}`)" if others else ""
        super().__init__(f"{first}{more}")


def dotted(key: KeyPath) -> str:
    """Write a key path the way people do: `panel.buttons[0].pin`."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in key]
    return "".join(parts).removeprefix(".")
