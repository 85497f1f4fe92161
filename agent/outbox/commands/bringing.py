"""`smilepost outbox salvage --into`: what was read of a damaged file goes into a store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

from agent.errors import StoreError
from agent.outbox.chores import Adopt
from agent.outbox.commands import words
from agent.outbox.commands.reading import Reading, open_salvage
from agent.outbox.commands.target import NotAStoreError, opened
from agent.outbox.commands.writing import change
from agent.outbox.lock import StoreInUseError
from agent.outbox.losses import holes_of, lacking
from agent.outbox.pages import Salvage
from agent.outbox.requests import SalvageRequest, perform_alone
from agent.outbox.rescue import newest_first
from agent.outbox.store import Store
from agent.outbox.views import View

_BATCH_ROWS = 500


def bring(readings: Sequence[Reading], into: Path, *, tell: Callable[[str], None]) -> bool:
    """Put the rows that a store lacks into it; returns whether it has all of them now.

    Raises StoreError, before anything is changed where a file is another device's.
    """
    for reading in readings:
        _refuse_strangers(reading, into)
    by_file = {reading.file: reading for reading in readings}
    whole = True
    for file in newest_first(list(by_file)):
        count = _carry(file, into)
        brought = f"{words.rows(count)} brought" if count else "nothing new"
        tell(f"{brought} from {file.name} into {into}")
        left = _left(by_file[file], into)
        for line in left:
            tell(f"  {line}")
        whole = whole and not left
    return whole


def _refuse_strangers(reading: Reading, into: Path) -> None:
    """Refuse what another device wrote: the store would send it as its own device's."""
    with opened(into) as db:
        known = db.execute("SELECT id, source FROM epoch ORDER BY number").fetchall()
    ids, sources = {epoch for epoch, _ in known}, [source for _, source in known]
    for epoch in reading.epochs:
        if sources and epoch.id not in ids and epoch.source not in sources:
            raise NotAStoreError(
                f"{reading.file} is of {epoch.source}, {into} of {sources[-1]}: nothing was"
                " brought; -o writes the rows to a file"
            )


def _carry(file: Path, into: Path) -> int:
    """Have the rows of a file brought; returns how many the store lacked."""
    beside = file.resolve().parent == into.resolve().parent
    request = SalvageRequest(file=file.name) if beside else None
    with open_salvage(file) as salvage:
        try:
            return change(into, request, alone=lambda store: _adopt(salvage, store))
        except StoreInUseError as error:
            text = f"an agent has {into} open and sees only its folder: copy {file} there first"
            raise StoreError(text) from error


def _adopt(salvage: Salvage, store: Store) -> int:
    epochs, rows, adopted = list(salvage.epochs.values()), salvage.rows(), 0
    below = store.new_epoch_number()
    while batch := list(islice(rows, _BATCH_ROWS)):
        adopted += perform_alone(store, Adopt(epochs, batch, below=below))
    return adopted


def _left(reading: Reading, into: Path) -> list[str]:
    """Say what the store lacks after all."""
    with opened(into) as db:
        view = View(db)
        outside = [epoch for epoch in reading.epochs if view.epoch_number(epoch.id) is None]
        lost, holes = 0, holes_of(reading.report.missing)
        while holes:
            found, holes = lacking(view, holes)
            lost += sum(last - first + 1 for _, (first, last) in found)
    told = [
        f"{words.rows(rows)} of epoch {epoch.id} stay out: the store has no number left below its"
        " own; -o writes them to a file"
        for epoch in outside
        if (rows := reading.by_epoch[epoch.id])
    ]
    return [*told, f"{words.rows(lost)} are lost: in neither of the two"] if lost else told
