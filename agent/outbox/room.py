"""Looks now and then whether the store takes more than it may."""

from __future__ import annotations

import logging
import os
import sqlite3
from pathlib import Path

from agent.outbox.chores import Evict
from agent.outbox.eviction import Limits, Room
from agent.outbox.store import Store

log = logging.getLogger(__name__)

ROOM_CHECK_ROWS = 64


class RoomWatch:
    """Counts the rows that were written, and looks after every few."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._folder = path.parent
        self._limits = limits
        self._unchecked = ROOM_CHECK_ROWS

    def look(self, store: Store, new_rows: int) -> Evict | None:
        """Return what is to be done after `new_rows` more; None while there is room."""
        self._unchecked += new_rows
        if self._unchecked < ROOM_CHECK_ROWS:
            return None
        self._unchecked = 0
        try:
            surplus = self._measure(store).surplus(self._limits)
        except (sqlite3.Error, OSError):  # the next commit will meet it and fall back
            return None
        if surplus is None:
            return None
        surplus_bytes, reason = surplus
        log.warning("the store has no more room (%s): what matters least goes first", reason)
        return Evict(surplus_bytes=surplus_bytes, reason=reason, limits=self._limits)

    def _measure(self, store: Store) -> Room:
        disk = os.statvfs(self._folder)
        free_bytes = disk.f_bavail * disk.f_frsize
        return Room(used=store.used_bytes(), file=store.file_bytes(), free=free_bytes)
