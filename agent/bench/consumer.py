"""The centre of a benchmark: the testing kit's, which also knows what came under which key."""

from __future__ import annotations

import json
import time
from collections.abc import Set as AbstractSet
from typing import Any

from paho.mqtt.client import Client, MQTTMessage

from agent.testing.centre import Centre

STRAGGLER_S = 0.5  # duplicates may follow what was missing


class Consumer(Centre):
    """Keeps the keys of all events, ours and a peer's, and with `receipts` confirms ours."""

    def __init__(self, port: int, *, receipts: bool = False) -> None:
        super().__init__(port, receipts=receipts)
        self.marks: dict[str, float] = {}
        """The number that was accepted under each key."""

    def _note(self, client: Client, data: object, message: MQTTMessage) -> None:
        super()._note(client, data, message)
        if "/event/" in message.topic:
            fields = json.loads(message.payload)
            mark = mark_of(fields)
            if mark is not None:
                self.marks[fields["id"]] = mark

    def wait_for(self, accepted: AbstractSet[str], *, quiet_s: float, for_s: float) -> None:
        """Wait until all keys are there, nothing has come for `quiet_s`, or time is up."""
        deadline_s = time.monotonic() + for_s
        seen, news_s = -1, time.monotonic()
        while time.monotonic() < min(deadline_s, news_s + quiet_s):
            if accepted <= self.keys and news_s + STRAGGLER_S < time.monotonic():
                return
            if self.copies.total() != seen:
                seen, news_s = self.copies.total(), time.monotonic()
            time.sleep(0.05)


def mark_of(fields: dict[str, Any]) -> float | None:
    """Return the number in an event of ours or of a peer; None in one nobody was told of."""
    data = fields.get("data")
    found: float | None = data.get("uptime_s") if isinstance(data, dict) else fields.get("mark")
    return found
