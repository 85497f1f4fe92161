"""What another process may ask of the store while an agent has it open.

Only one connection writes. So a command puts its wish into a folder beside the store, as a file
written whole and renamed; the agent takes it within seconds, does it, and answers the same way.
Who may write there may write the store itself, so this opens no new door.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import StoreError
from agent.events.messages import Stretch
from agent.outbox.chores import Chore, Reopen
from agent.outbox.rows import State
from agent.outbox.store import Store

POLL_S = 0.2
PATIENCE_S = 30.0
LONGEST_BYTES = 262_144
_STATES = {
    "acknowledged": State.ACKNOWLEDGED,
    "confirmed": State.CONFIRMED,
    "rejected": State.REJECTED,
}
_EVERYTHING = (1 << 63) - 1


class ReopenRequest(BaseModel):
    """Send rows once more."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    do: Literal["reopen"] = "reopen"
    state: Literal["acknowledged", "confirmed", "rejected"]
    reasons: tuple[int, ...] | None = None
    """Of rejected rows: only these reason codes."""
    ranges: dict[str, tuple[Stretch, ...]] | None = None
    """Only these rows, by epoch; all of that state without it."""

    def chore(self) -> Reopen:
        """Return what the writer is to do."""
        reasons = None if self.reasons is None else frozenset(self.reasons)
        state = _STATES[self.state]
        return Reopen(state, up_to=_EVERYTHING, reasons=reasons, ranges=self.ranges)


class SalvageRequest(BaseModel):
    """Carry over what can be read in a file that was set aside."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    do: Literal["salvage"] = "salvage"
    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$", max_length=200)]
    """Its name; it lies beside the store."""


class Answer(BaseModel):
    """What became of a request."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: int | None = None
    error: str | None = None


Request = Annotated[ReopenRequest | SalvageRequest, Field(discriminator="do")]


class _Wish(BaseModel):
    wish: Request


def folder_of(path: Path) -> Path:
    """Return where the requests to a store lie."""
    return path.with_name(path.name + ".requests")


def ask(path: Path, request: ReopenRequest | SalvageRequest) -> int:
    """Ask the agent that has the store open, and wait; returns how many rows it was about.

    Raises StoreError when the agent refuses, or does not answer.
    """
    folder = folder_of(path)
    folder.mkdir(mode=0o700, exist_ok=True)
    name = secrets.token_hex(8)
    wish, done = folder / f"{name}.json", folder / f"{name}.done"
    _write(wish, request.model_dump_json())
    deadline_s = time.monotonic() + PATIENCE_S
    while not done.exists():
        if time.monotonic() >= deadline_s:
            wish.unlink(missing_ok=True)
            raise StoreError(f"the agent did not answer within {PATIENCE_S:.0f} s: does it run?")
        time.sleep(POLL_S)
    answer = Answer.model_validate_json(done.read_text("utf-8"))
    done.unlink(missing_ok=True)
    if answer.error is not None:
        raise StoreError(answer.error)
    return answer.rows or 0


def answer_all(path: Path, *, perform: Callable[[ReopenRequest | SalvageRequest], int]) -> None:
    """Do whatever was asked for, oldest first, and answer it.

    `perform` returns how many rows it was about, or raises StoreError.
    """
    try:
        found = sorted(folder_of(path).glob("*.json"), key=lambda file: file.stat().st_mtime_ns)
    except OSError:  # one was withdrawn meanwhile: the next look finds the others
        return
    for wish in found:
        answer = _answer(wish, perform)
        _write(wish.with_suffix(".done"), answer.model_dump_json())
        wish.unlink(missing_ok=True)


def _answer(wish: Path, perform: Callable[[ReopenRequest | SalvageRequest], int]) -> Answer:
    try:
        if wish.stat().st_size > LONGEST_BYTES:
            return Answer(error="the request is too long")
        request = _Wish(wish=json.loads(wish.read_text("utf-8"))).wish
        return Answer(rows=perform(request))
    except (ValidationError, ValueError) as error:
        return Answer(error=f"the request cannot be understood: {str(error).splitlines()[0]}")
    except OSError as error:
        return Answer(error=str(error))


def perform_alone(store: Store, chore: Chore) -> int:
    """Do a chore in a store that no agent has open; returns how many rows it changed.

    Raises sqlite3.Error.
    """
    rest: Chore | None = chore
    changed = 0
    while rest is not None:
        store.begin()
        step = rest.step(store)
        store.commit()
        rest, changed = step.rest, changed + step.changed
    return changed


def _write(path: Path, text: str) -> None:
    """Write a file whole: it is there with all its content, or not at all."""
    draft = path.with_suffix(".tmp")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(handle)
    draft.rename(path)
