"""Two threads of their own for a store's health: one looks for damage, one brings rows home.

Neither keeps a press waiting: the writer goes on while they read.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from agent.events.catalogue import DataDropped, DeviceFault, EventData
from agent.outbox.chores import Adopt, Record
from agent.outbox.views import Reader

if TYPE_CHECKING:
    from agent.outbox.pages import Salvage

log = logging.getLogger(__name__)

BATCH_ROWS = 500
RANGES_AN_EVENT = 500


def look_for_damage(path: Path, *, tell: Callable[[str], None]) -> threading.Thread:
    """Check the whole file in the background; `tell` hears what is wrong, if anything is."""
    thread = threading.Thread(target=_look, args=(path, tell), name="outbox-check", daemon=True)
    thread.start()
    return thread


def _look(path: Path, tell: Callable[[str], None]) -> None:
    try:
        with contextlib.closing(Reader(path)) as reader:
            found = reader.find_damage()
    except sqlite3.OperationalError as error:  # the disk is gone: that says nothing of the file
        log.info("store %s could not be checked: %s", path, error)
        return
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found is not None:
        tell(found)


class Rescue(threading.Thread):
    """Carries what can be read in a file that was set aside into the store in use.

    `hand_over` gives a chore to the writer and returns once it is done; False when the store is
    closing.
    """

    def __init__(self, aside: Path, *, hand_over: Callable[[Adopt | Record], bool]) -> None:
        super().__init__(name="outbox-rescue", daemon=True)
        self._aside = aside
        self._hand_over = hand_over
        self.adopted = 0

    def run(self) -> None:
        """Read, hand over, tell."""
        from agent.outbox.pages import Salvage  # noqa: PLC0415 - not loaded on an ordinary day

        try:
            with Salvage(self._aside) as salvage:
                self._carry(salvage)
        except OSError as error:
            log.error("%s cannot be read: %s", self._aside, error)  # noqa: TRY400
            fact = f"{self._aside.name} cannot be read: {error.strerror or error}"
            self._hand_over(Record([_over(fact)]))

    def _carry(self, salvage: Salvage) -> None:
        rows = salvage.rows()
        epochs = list(salvage.epochs.values())
        while batch := list(islice(rows, BATCH_ROWS)):
            chore = Adopt(epochs, batch)
            if not self._hand_over(chore):
                return
            self.adopted += chore.adopted
        log.warning("%d rows saved from %s", self.adopted, self._aside.name)
        self._hand_over(Record(summary(salvage, adopted=self.adopted, name=self._aside.name)))


def summary(salvage: Salvage, *, adopted: int, name: str) -> list[EventData]:
    """Return what is to be told of a salvage: what is gone, and that it is over."""
    fact = f"{adopted} rows were saved from {name}, {salvage.found.damaged} were beyond reading"
    return [*_dropped(salvage), _over(fact)]


def _over(fact: str) -> DeviceFault:
    return DeviceFault(part="store", state="cleared", fact=fact[:300])


def _dropped(salvage: Salvage) -> list[DataDropped]:
    holes = [(epoch, stretch) for epoch, found in salvage.holes().items() for stretch in found]
    return [_drop(holes[n : n + RANGES_AN_EVENT]) for n in range(0, len(holes), RANGES_AN_EVENT)]


def _drop(holes: list[tuple[str, tuple[int, int]]]) -> DataDropped:
    ranges: dict[str, tuple[tuple[int, int], ...]] = {}
    for epoch, stretch in holes:
        ranges[epoch] = (*ranges.get(epoch, ()), stretch)
    count = sum(last - first + 1 for _, (first, last) in holes)
    return DataDropped.model_validate(
        {"reason": "damage", "retained_class": "any", "count": count, "ranges": ranges}
    )
