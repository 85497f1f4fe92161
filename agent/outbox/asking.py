"""Asking the agent that has the store open, and waiting for as long as it gets on."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from agent.errors import StoreError
from agent.outbox.progress import SUFFIX, read_progress
from agent.outbox.requests import (
    DONE,
    TAKEN,
    Answer,
    ReopenRequest,
    SalvageRequest,
    folder_of,
)
from agent.whole import write_whole

POLL_S = 0.2
PATIENCE_S = 30.0
_DIGITS = 8


def ask(
    path: Path,
    request: ReopenRequest | SalvageRequest,
    *,
    tell: Callable[[str], None] = lambda _fact: None,
) -> int:
    """Ask the agent that has the store open; returns how many rows it was about.

    Waits for as long as the agent gets on; `tell` hears now and then what is being waited for.
    Raises StoreError when the agent refuses, or when nothing has moved for PATIENCE_S: the
    request is then withdrawn, unless the agent is at it already.
    """
    folder = folder_of(path)
    folder.mkdir(mode=0o700, exist_ok=True)
    wish = folder / f"{next_number(folder):0{_DIGITS}}-{secrets.token_hex(4)}.json"
    write_whole(wish, request.model_dump_json().encode())
    try:
        answer = _wait_for(wish, _Sight(path, request, wish), tell)
    finally:
        wish.unlink(missing_ok=True)  # nobody waits for it any more
    if answer.error is not None:
        raise StoreError(answer.error)
    return answer.rows or 0


class _Sight(NamedTuple):
    """What the one who asked can see of the agent's work."""

    path: Path
    request: ReopenRequest | SalvageRequest
    wish: Path

    def traces(self) -> frozenset[tuple[str, int, int]]:
        """Return something that differs when the agent has got on with the requests.

        While it is at one, that is every write of its own; times are compared, never ordered.
        """
        taken = list(self.wish.parent.glob(f"*{TAKEN}"))
        if not taken:
            return frozenset()
        wal = self.path.with_name(f"{self.path.name}-wal")
        told = self.path.parent.glob(f"*{SUFFIX}")
        return frozenset(_trace(file) for file in (*taken, *told, self.path, wal))

    def fact(self) -> str:
        """Say what is being waited for."""
        if self.wish.exists():
            busy = any(self.wish.parent.glob(f"*{TAKEN}"))
            return "the agent is at another request" if busy else "waiting for the agent"
        rows = None
        if isinstance(self.request, SalvageRequest):
            rows = read_progress(self.path.with_name(self.request.file))
        return "the agent is at it" if rows is None else f"the agent is at it: {rows:,} rows so far"


def _trace(file: Path) -> tuple[str, int, int]:
    try:
        found = file.stat()
    except FileNotFoundError:
        return file.name, 0, 0
    return file.name, found.st_size, found.st_mtime_ns


def _wait_for(wish: Path, sight: _Sight, tell: Callable[[str], None]) -> Answer:
    done = wish.with_suffix(DONE)
    seen, since_s = sight.traces(), time.monotonic()
    while not done.exists():
        tell(sight.fact())
        time.sleep(POLL_S)
        traces = sight.traces()
        if traces != seen:
            seen, since_s = traces, time.monotonic()
        elif time.monotonic() - since_s >= PATIENCE_S:
            raise _given_up(wish)
    answer = Answer.model_validate_json(done.read_text("utf-8"))
    done.unlink(missing_ok=True)
    return answer


def _given_up(wish: Path) -> StoreError:
    try:
        wish.unlink()
    except FileNotFoundError:
        return StoreError(
            f"the agent has taken the request, but nothing has moved for {PATIENCE_S:.0f} s:"
            " see `smilepost outbox status`"
        )
    return StoreError(f"the agent did not answer within {PATIENCE_S:.0f} s: does it run?")


def next_number(folder: Path) -> int:
    """Return a number above all that are there: a clock may jump back, and requests must not."""
    heads = (file.name.partition("-")[0] for file in folder.iterdir())
    numbers = (int(head) for head in heads if len(head) == _DIGITS and head.isdecimal())
    return 1 + max(numbers, default=0)
