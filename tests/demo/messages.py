"""Messages as a device sends them, made by hand."""

from __future__ import annotations

import json
from typing import Any

from agent.demo.tally import Tally

ROOT = "smilepost/v1/demo/high-street/till-1"
SOURCE = "/demo/high-street/till-1"
OLD, NEW = "a" * 16, "b" * 16


def event(kind: str, sequence: int, *, epoch: str = OLD, at_ms: int = 0, **data: Any) -> bytes:
    number = f"{sequence:020d}"
    return json.dumps(
        {
            "id": f"{SOURCE}/{epoch}/{number}",
            "type": f"smilepost.{kind}.v1",
            "epoch": epoch,
            "sequence": number,
            "monotonic": str(at_ms or sequence),
            "data": data,
        }
    ).encode()


def started(epoch: str = OLD, *, previous: dict[str, Any] | None = None) -> bytes:
    data: dict[str, Any] = {"previous": previous} if previous else {}
    return event("device.started", 1, epoch=epoch, software="1", **data)


def rating(sequence: int, value: int, *, counts: bool = True, **data: Any) -> bytes:
    keys = ("very_bad", "bad", "okay", "good", "very_good")
    told: dict[str, Any] = {
        "key": keys[value - 1],
        "value": value,
        "channel": "button",
        "counts": counts,
    }
    return event("rating.given", sequence, **(told | data))


def amended(sequence: int, of: int, *, counts: bool, **data: Any) -> bytes:
    return event(
        "rating.amended", sequence, rating=f"{SOURCE}/{OLD}/{of:020d}", counts=counts, **data
    )


def tally_of(*payloads: bytes) -> Tally:
    tally = Tally()
    for payload in payloads:
        tally.take(f"{ROOT}/event/any", payload)
    return tally


def state(state: str, session: str) -> bytes:
    return json.dumps({"state": state, "session": session}).encode()
