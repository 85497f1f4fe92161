"""Changing a store from outside: through the agent that has it open, or alone under its lock."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console

from agent.errors import StoreError
from agent.outbox.asking import ask
from agent.outbox.lock import StoreInUseError, StoreLock
from agent.outbox.requests import ReopenRequest, SalvageRequest
from agent.outbox.store import Store


def change(
    path: Path, request: ReopenRequest | SalvageRequest | None, *, alone: Callable[[Store], int]
) -> int:
    """Have a request done; returns how many rows it was about.

    `alone` does the same where no agent has the store open; without a request it has to.
    Raises StoreError.
    """
    try:
        return _changed(path, request, alone)
    except (sqlite3.Error, OSError) as error:
        if isinstance(error, StoreError):
            raise
        fact = error.strerror if isinstance(error, OSError) else error
        raise StoreError(f"{path} cannot be written: {fact}") from error


def _changed(
    path: Path, request: ReopenRequest | SalvageRequest | None, alone: Callable[[Store], int]
) -> int:
    with _as_owner(path):
        try:
            lock = StoreLock(path, patience_s=0.0)
        except StoreInUseError:
            if request is None:
                raise
            with Console(stderr=True).status("asking the agent") as shown:
                return ask(path, request, tell=shown.update)
        try:
            with contextlib.closing(Store(path)) as store:
                return alone(store)
        finally:
            lock.release()


@contextlib.contextmanager
def _as_owner(path: Path) -> Iterator[None]:
    """Act as the user whose store it is.

    What root leaves beside a store (lock, WAL, requests) its agent could not open.
    """
    if os.geteuid() != 0:
        yield
        return
    group, owner = os.getegid(), path.stat()
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)
