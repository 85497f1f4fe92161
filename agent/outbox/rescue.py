"""Two threads of their own for a store's health: one looks for damage, one brings rows home.

Neither keeps a press waiting: the writer goes on while they read. What was brought home is marked
with a file, so that a salvage that was interrupted is done again at the next start. No order hangs
on the times of files: a clock without a battery may begin in 1970 at each start.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import StoreError
from agent.events.catalogue import DeviceFault
from agent.outbox.chores import Adopt, Chore, Record
from agent.outbox.losses import TellLosses, holes_of
from agent.outbox.progress import Progress
from agent.outbox.store import ASIDE
from agent.outbox.views import Reader
from agent.outbox.work import Errand

if TYPE_CHECKING:
    from agent.outbox.pages import Salvage

log = logging.getLogger(__name__)

BATCH_ROWS = 500
KEPT_ASIDES = 3
_SALVAGED = ".salvaged-"


class DamageCheck(threading.Thread):
    """Checks the whole file in the background; `tell` hears what is wrong, if anything is."""

    def __init__(self, path: Path, *, tell: Callable[[str], None]) -> None:
        super().__init__(name="outbox-check", daemon=True)
        self._path = path
        self._tell = tell
        self._reader: Reader | None = None

    def run(self) -> None:
        """Look, and tell."""
        try:
            with closing(Reader(self._path)) as self._reader:
                found = self._reader.find_damage()
        except sqlite3.OperationalError as error:  # the disk is gone, or it is to stop
            log.info("store %s could not be checked: %s", self._path, error)
            return
        except sqlite3.DatabaseError as error:
            found = str(error)
        if found is not None:
            self._tell(found)

    def stop(self) -> None:
        """End it, however large the file is: SQLite can keep its log only while somebody reads."""
        while self.is_alive():
            if self._reader is not None:
                with suppress(sqlite3.ProgrammingError):  # it has closed it just now
                    self._reader.interrupt()
            self.join(0.01)


def unfinished(path: Path) -> list[Path]:
    """Return the files set aside for a store that were not salvaged to the end, by name."""
    return [aside for aside in _asides(path) if not is_salvaged(aside)]


def is_salvaged(aside: Path) -> bool:
    """Tell whether everything readable in a file that was set aside was brought home."""
    return _mark(aside).exists()


def newest_first(files: Sequence[Path]) -> list[Path]:
    """Return files in the order in which to salvage them: what comes later adds only what is new.

    Of two that share rows the newer one knows better what became of them. It took over the epochs
    of the older and added its own, so it has more of them; a clock may say anything.
    """
    if len(files) == 1:
        return list(files)
    return sorted(files, key=_count_epochs, reverse=True)


def _count_epochs(file: Path) -> int:
    from agent.outbox.pages import Salvage  # noqa: PLC0415 - not loaded on an ordinary day

    try:
        with Salvage(file) as salvage:
            return len(salvage.epochs)
    except OSError:  # told when its turn comes
        return 0


def _asides(path: Path) -> list[Path]:
    """Return the files set aside for a store, by name."""
    return sorted(path.parent.glob(f"{path.name}{ASIDE}????????"))


def _mark(aside: Path) -> Path:
    """Return the file whose presence says that everything readable was brought home."""
    return aside.with_name(aside.name.replace(ASIDE, _SALVAGED))


def _ended(aside: Path) -> int:
    """Return the number that its mark was given: what ended later has a higher one."""
    found = _mark(aside).read_bytes()[:9]
    return int(found) if found.isdigit() else 0


def finish(aside: Path) -> None:
    """Mark a file as salvaged, and delete those that were salvaged first, beyond a few."""
    name, found, _ = aside.name.partition(ASIDE)
    if not found:  # somebody else's file: it was only read
        return
    others = [one for one in _asides(aside.with_name(name)) if one != aside and is_salvaged(one)]
    others.sort(key=_ended)
    _mark(aside).touch(mode=0o600)
    _mark(aside).write_text(str(1 + max(map(_ended, others), default=0)), encoding="ascii")
    for old in others[: 1 - KEPT_ASIDES]:
        log.info("%s was salvaged long ago: deleted", old.name)
        old.unlink()
        old.with_name(f"{old.name}-wal").unlink(missing_ok=True)
        _mark(old).unlink()


class Rescue(threading.Thread):
    """Carries what can be read in files that were set aside into the store in use.

    `hand_over` gives a chore to the writer; their epochs stay `below` the one in force.
    """

    def __init__(
        self, asides: Sequence[Path], *, hand_over: Callable[[Chore], Errand], below: int
    ) -> None:
        super().__init__(name="outbox-rescue", daemon=True)
        self._asides = asides
        self._hand_over = hand_over
        self._below = below
        self.adopted = 0
        """Rows that the store in use did not have."""
        self.finished = False
        """Whether every file was gone through before the store closed."""
        self.unreadable: list[str] = []
        """What was told of files that could not be read."""

    def run(self) -> None:
        """Read, hand over, tell; one file after the other, until the store closes."""
        self.finished = all(self._carry_all(aside) for aside in newest_first(self._asides))

    def carry(self) -> int:
        """Do it in this thread; returns the rows that are new. Raises StoreError if it failed."""
        self.run()
        if self.unreadable:
            raise StoreError(self.unreadable[0])
        if not self.finished:
            raise StoreError("the agent is stopping: ask again")
        return self.adopted

    def _carry_all(self, aside: Path) -> bool:
        from agent.outbox.pages import Salvage  # noqa: PLC0415 - not loaded on an ordinary day

        try:
            with (
                closing(Progress(aside)) as progress,
                Salvage(aside, tell=progress.tell) as salvage,
            ):
                if not self._carry(salvage, aside.name, progress):
                    return False
            finish(aside)
        except OSError as error:
            log.error("%s cannot be salvaged: %s", aside, error)  # noqa: TRY400 - the text says all
            fact = f"{aside.name} cannot be salvaged: {error.strerror or error}"
            self.unreadable.append(fact)
            return self._hand_over(Record([_over(fact)])).wait()
        return True

    def _carry(self, salvage: Salvage, name: str, progress: Progress) -> bool:
        """Return whether all of it is in the store in use."""
        adopted, rows = 0, salvage.rows()
        epochs = list(salvage.epochs.values())
        while batch := list(islice(rows, BATCH_ROWS)):
            errand = self._hand_over(Adopt(epochs, batch, below=self._below))
            if not errand.wait():
                return False
            adopted += errand.changed
            progress.rows += len(batch)
            progress.tell()
        self.adopted += adopted
        log.warning("%d rows saved from %s", adopted, name)
        fact = f"{adopted} rows were saved from {name}, {salvage.found.damaged} were beyond reading"
        holes = holes_of(salvage.holes())
        told = not holes or self._hand_over(TellLosses(holes)).wait()
        return told and self._hand_over(Record([_over(fact)])).wait()


def _over(fact: str) -> DeviceFault:
    return DeviceFault(part="store", state="cleared", fact=fact[:300])
