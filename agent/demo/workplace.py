"""Where a demo works: a fresh folder on a disk for its files, a short one for its sockets."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

CACHE = Path(".cache")
_SHORT = Path(tempfile.gettempdir())


class Workplace:
    """Made when entered, gone when left; what killed demos left behind is swept away first.

    The store lies under the current directory, because a temporary folder may be memory, which
    would make every commit look fast; sockets lie in a temporary folder, because their paths may
    have no more than 107 bytes.
    """

    def __enter__(self) -> Self:
        home = CACHE.resolve() / "demo"
        home.mkdir(parents=True, exist_ok=True)
        for leftover in (*_ownerless(home, "run-"), *_ownerless(_SHORT, "smilepost-")):
            shutil.rmtree(leftover, ignore_errors=True)
        pid = os.getpid()
        self.folder = Path(tempfile.mkdtemp(prefix=f"run-{pid}-", dir=home))
        self.sockets = Path(tempfile.mkdtemp(prefix=f"smilepost-{pid}-", dir=_SHORT))
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        for folder in (self.folder, self.sockets):
            shutil.rmtree(folder, ignore_errors=True)

    @property
    def clips(self) -> Path:
        """Where fetched videos are kept from one demo to the next."""
        return CACHE.resolve() / "media"

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.folder / "kiosk.yaml"

    @property
    def store(self) -> Path:
        """The agent's store."""
        return self.folder / "outbox.db"

    @property
    def control(self) -> Path:
        """The socket between the demo and the agent's pins."""
        return self.sockets / "till.sock"

    def write_config(self, settings: dict[str, Any]) -> None:
        """Write the configuration file; surveys are then asked at every hour."""
        whole = {**settings, "runtime_dir": str(self.sockets)}
        survey = whole.get("survey", {})
        if survey.get("questionnaires"):
            files = [str(self._always_open(Path(name))) for name in survey["questionnaires"]]
            whole["survey"] = {**survey, "questionnaires": files}
        text = yaml.safe_dump(whole, allow_unicode=True, sort_keys=False)
        self.config.write_text(text, encoding="utf-8")

    def _always_open(self, questionnaire: Path) -> Path:
        """Copy a questionnaire without its hours: a demo may be looked at on a Sunday."""
        asked = yaml.safe_load(questionnaire.read_text(encoding="utf-8"))
        asked.pop("schedule", None)
        copy = self.folder / questionnaire.name
        text = yaml.safe_dump(asked, allow_unicode=True, sort_keys=False)
        copy.write_text(text, encoding="utf-8")
        return copy

    def log_of(self, name: str) -> Path:
        """Return the file for what a process says."""
        return self.folder / f"{name}.log"


def _ownerless(home: Path, prefix: str) -> Iterator[Path]:
    """Yield the folders that carry the process id of a demo that is no more."""
    for folder in home.glob(f"{prefix}*-*"):
        pid = folder.name.removeprefix(prefix).partition("-")[0]
        if pid.isdecimal() and folder.is_dir() and not _lives(int(pid)):
            yield folder


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's
    return True


@dataclass(frozen=True, slots=True)
class Stored:
    """What lies in the store."""

    events: int = 0
    ratings: int = 0
    pending: int = 0
    """Rows of any kind the broker has not acknowledged."""
    reasons: int = 0
    """Reasons that were answered on the page; they are thanked for like a press."""


_QUERY = """
    SELECT count(*),
           count(*) FILTER (WHERE kind = 'rating.given'),
           count(*) FILTER (WHERE state = 0),
           count(*) FILTER (WHERE kind = 'response.given' AND data LIKE '%"ended":"answered"%')
    FROM event
"""


def look_into(store: Path) -> Stored:
    """Count what lies in the store, read-only; zeros while there is none."""
    try:
        with closing(sqlite3.connect(f"{store.as_uri()}?mode=ro", uri=True)) as db:
            return Stored(*db.execute(_QUERY).fetchone())
    except sqlite3.OperationalError:
        return Stored()
