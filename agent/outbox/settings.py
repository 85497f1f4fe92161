"""The `store` section."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from agent.config.base import Settings


class StoreSettings(Settings):
    """Where answers are kept until the centre has them, and after."""

    path: Path = Path("/var/lib/smilepost/outbox.db")
    """The SQLite file. Never put it on tmpfs: a power cut would empty it."""
    keep_delivered_days: int = Field(default=30, ge=0, le=3650)
    """How long rows stay after the broker has acknowledged them, for local reports."""
    quota_mb: int = Field(default=500, ge=4, le=1_000_000)
    """The most the store may take, in MiB. Beyond it delivered rows go first, then expression,
    contacts, health and faults; answers last."""
    free_disk_mb: int = Field(default=200, ge=0, le=1_000_000)
    """The disk space, in MiB, that the store leaves to others: below it the file stops growing."""
