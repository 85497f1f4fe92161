"""`smilepost outbox replay`: rows that were settled are sent once more."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from agent.errors import StoreError
from agent.outbox.commands import words
from agent.outbox.commands.output import tell
from agent.outbox.commands.target import find, opened
from agent.outbox.commands.writing import change
from agent.outbox.requests import ReopenRequest, perform_alone
from agent.outbox.rows import DAMAGED, SEQUENCE_BITS, SEQUENCE_MASK, State
from agent.outbox.store import Store


class ReplayUsageError(StoreError, ValueError):
    """The choice of rows makes no sense."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rows are to be sent once more."""

    state: State
    """REJECTED or ACKNOWLEDGED."""
    reasons: tuple[int, ...] = ()
    """Of rejected rows: only these reason codes; all of them without any."""
    epoch: str | None = None
    first: int | None = None
    """Sequence within the epoch."""
    last: int | None = None

    def check(self) -> None:
        """Raise ReplayUsageError where options do not go together."""
        if self.reasons and self.state is not State.REJECTED:
            raise ReplayUsageError("--reason goes with --rejected: only those rows have one")
        if self.epoch is None and (self.first, self.last) != (None, None):
            raise ReplayUsageError("--from and --to count within an epoch: name it with --epoch")
        if self.first is not None and self.last is not None and self.first > self.last:
            raise ReplayUsageError(f"--from {self.first} lies behind --to {self.last}")

    @property
    def stretch(self) -> tuple[int, int]:
        """First and last sequence."""
        return self.first or 1, SEQUENCE_MASK if self.last is None else self.last

    def request(self) -> ReopenRequest:
        """Return it as the agent understands it."""
        ranges = None if self.epoch is None else {self.epoch: (self.stretch,)}
        return ReopenRequest.model_validate(
            {"state": self.state.name.lower(), "reasons": self.reasons or None, "ranges": ranges}
        )


def replay_command(file: Path | None, *, config: Path, choice: Choice, confirmed: bool) -> int:
    """Make settled rows pending again; without `confirmed` only say how many. Returns 0.

    Damaged rows stay: what they say is not what was written.
    """
    choice.check()
    path = find(file, config=config).path
    count = _count(path, choice)
    if not count:
        tell("no row is like that: there is nothing to send once more")
        return 0
    if not confirmed:
        tell(f"{words.rows(count)} would be sent once more; nothing was changed: add --yes")
        return 0
    request = choice.request()
    changed = change(path, request, alone=lambda store: _reopen(store, request))
    tell(f"{words.rows(changed)} will be sent once more")
    return 0


def _count(path: Path, choice: Choice) -> int:
    wanted = f" AND reason IN ({', '.join('?' * len(choice.reasons))})" if choice.reasons else ""
    query = f"""SELECT count(*) FROM event WHERE state = ? AND reason IS NOT ?
                AND position BETWEEN ? AND ?{wanted}"""  # noqa: S608 - only marks
    with opened(path) as db:
        first, last = 0, (1 << 63) - 1
        if choice.epoch is not None:
            found = db.execute("SELECT number FROM epoch WHERE id = ?", (choice.epoch,)).fetchone()
            if found is None:
                raise ReplayUsageError(f"epoch {choice.epoch} is not in {path}")
            base = found[0] << SEQUENCE_BITS
            first, last = base + choice.stretch[0], base + choice.stretch[1]
        values = (choice.state, DAMAGED, first, last, *choice.reasons)
        count: int = db.execute(query, values).fetchone()[0]
    return count


def _reopen(store: Store, request: ReopenRequest) -> int:
    return perform_alone(store, request.chore())
