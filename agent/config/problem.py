"""What is wrong with a configuration file, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.errors import ConfigError

MAX_TEXT = 300

# Where a value stands in the file: keys and list positions from the top.
KeyPath = tuple[str | int, ...]

# What a rule about a whole file found: where, and one line that says what to mend.
Finding = tuple[KeyPath, str]


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
