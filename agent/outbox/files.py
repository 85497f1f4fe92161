"""The store's file: opened sound, or set aside for a new one."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path

from agent.outbox.rescue import Rescue, unfinished
from agent.outbox.store import Store, set_aside, unusable

log = logging.getLogger(__name__)

SALVAGE_END_S = 2.0


class StoreFile:
    """Belongs to the writer."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._taken: set[Path] = set()
        self._rescues: list[Rescue] = []
        self.replaced = 0
        """How many files were set aside."""
        self.set_aside_last: str | None = None
        """Name of the file set aside since one was last opened sound."""

    def open_sound(self, begin: Callable[[Store, str | None], None]) -> Store:
        """Open the file and `begin` in it; an unusable one is set aside for a new one.

        `begin` is told the name of the file that was set aside. Raises sqlite3.Error or OSError
        when there is no writing here.
        """
        try:
            return self._opened(begin, aside=None)
        except sqlite3.Error as error:
            if not unusable(error):
                raise
            aside = self.set_aside(str(error))
        return self._opened(begin, aside=aside)

    def set_aside(self, fact: str) -> str:
        """Put a damaged file out of the way; returns its new name. Raises OSError."""
        aside = set_aside(self._path)
        self.replaced += 1
        self.set_aside_last = aside.name
        log.error("store %s is damaged (%s): set aside as %s", self._path, fact, aside.name)
        return aside.name

    def take_unfinished(self) -> list[Path]:
        """Return the files to be salvaged into the one that is open now, each once."""
        self.set_aside_last = None
        found = [aside for aside in unfinished(self._path) if aside not in self._taken]
        self._taken.update(found)
        return found

    def salvage(self, rescue: Rescue) -> None:
        """Let a thread carry over what is in files that were set aside."""
        self._rescues = [other for other in self._rescues if other.is_alive()]
        self._rescues.append(rescue)
        rescue.start()

    def end_salvage(self) -> None:
        """Wait until nothing writes beside the store any more; what it asked for must be over.

        Not for ever: reading a large file may take long, and is begun anew at the next start.
        """
        for rescue in self._rescues:
            rescue.join(SALVAGE_END_S)

    def _opened(self, begin: Callable[[Store, str | None], None], *, aside: str | None) -> Store:
        with contextlib.ExitStack() as undone:
            try:
                store = Store(self._path)
                undone.callback(store.close)
                begin(store, aside)
            except (ValueError, TypeError, OverflowError) as error:
                raise sqlite3.DatabaseError(f"it holds nonsense: {error}") from error
            undone.pop_all()
        return store
