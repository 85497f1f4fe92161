"""The example subscriber's functions, and messages for them."""

from __future__ import annotations

import json
import runpy
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.demo.messages import NEW, OLD, ROOT, SOURCE, amended, event, rating, started

SUBSCRIBER = Path(__file__).parents[2] / "examples" / "subscriber.py"
EPOCH = f"{SOURCE} {OLD}"
LAST = {"epoch": OLD, "last_sequence": 4}
HISTORY = (started(), rating(2, 1), rating(3, 5), amended(4, 2, counts=False))


CONTRACT = (SUBSCRIBER.parents[1] / "docs" / "contract.md").read_text(encoding="utf-8")
DOCUMENTED = [line for line in CONTRACT.splitlines() if line.startswith('{"specversion"')]
TOPIC = f"{ROOT}/event/any"
BOOT = "dfd58f39-4d05-4119-b848-95288d772b22"
ENVELOPE = {"source": SOURCE, "boot": BOOT, "clock": "unknown"}


def whole(payload: bytes, **changes: Any) -> bytes:
    """The envelope around what the hand-made messages leave out; None takes a field away."""
    fields = ENVELOPE | json.loads(payload) | changes
    return json.dumps({name: one for name, one in fields.items() if one is not None}).encode()


def gone(sequence: int, *stretches: list[int], kind: str = "data.dropped") -> bytes:
    return event(kind, sequence, epoch=NEW, ranges={OLD: list(stretches)})


class Folding:
    """The example's functions on a database in memory."""

    def __init__(self) -> None:
        self.example: dict[str, Any] = runpy.run_path(str(SUBSCRIBER))
        self.db = sqlite3.connect(":memory:")
        self.db.executescript(self.example["SCHEMA"])

    def take(self, *payloads: bytes) -> list[bool]:
        fold = self.example["fold"]
        return [fold(self.db, TOPIC, whole(payload))[1] for payload in payloads]

    def refusal(self, payload: bytes, topic: str = TOPIC) -> str:
        """Why a message is set aside; it then leaves nothing behind."""
        with pytest.raises(self.example["RefusedError"]) as caught:
            self.example["fold"](self.db, topic, payload)
        assert self.count("event") == self.count("gone") == 0
        return str(caught.value)

    def count(self, table: str) -> int:
        found: int = self.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
        return found

    @property
    def gaps(self) -> dict[str, str]:
        found: dict[str, str] = self.example["gaps"](self.db)
        return found

    @property
    def ratings(self) -> list[tuple[str, int, int]]:
        return self.db.execute("SELECT key, value, counts FROM rating ORDER BY id").fetchall()


def corrected(sequence: int, offset_ms: int) -> bytes:
    told: dict[str, Any] = {
        "boot": BOOT,
        "offset_ms": offset_ms,
        "uncertainty_ms": 50,
        "method": "synced",
    }
    return event("clock.corrected", sequence, **told)
