"""What a subscriber knows: every event once, ratings folded with their amendments, gaps. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rating:
    """A rating with the last word on it."""

    id: str
    key: str
    value: int
    channel: str
    counts: bool
    flags: tuple[str, ...]
    contact: str | None
    at_ms: int


@dataclass(slots=True)
class Tally:
    """Feed it every message with `take`; ask at any time."""

    events: dict[str, Event] = field(default_factory=dict)
    """By id, which joins source, epoch and sequence."""
    duplicates: int = 0
    online: str | None = None
    """The device's session that is on the broker now."""
    present: int | None = 0

    def take(self, topic: str, payload: bytes) -> Event | None:
        """Take a message; returns the event if it is one and new."""
        message: Event = json.loads(payload)
        if topic.endswith("/status"):
            self._note_status(message)
        elif topic.endswith("/presence"):
            self.present = message["present"]
        elif message["id"] in self.events:
            self.duplicates += 1
        else:
            self.events[message["id"]] = message
            return message
        return None

    def _note_status(self, status: Event) -> None:
        """Take `offline` only from the session that was last seen online."""
        if status["state"] == "online":
            self.online = status["session"]
        elif status["session"] == self.online:
            self.online = None

    def of_kind(self, kind: str) -> list[Event]:
        """Return the events of one kind, in order of time."""
        wanted = f"smilepost.{kind}.v1"
        return sorted((e for e in self.events.values() if e["type"] == wanted), key=_order)

    def ratings(self) -> list[Rating]:
        """Return every rating, amended, in order of time."""
        amended = {e["data"]["rating"]: e["data"] for e in self.of_kind("rating.amended")}
        return [_rating(e, amended.get(e["id"], {})) for e in self.of_kind("rating.given")]

    def faces(self) -> Counter[str]:
        """Count the ratings that count, by key."""
        return Counter(rating.key for rating in self.ratings() if rating.counts)

    def score(self) -> float | None:
        """Return the mean of the ratings that count; None without any."""
        values = [rating.value for rating in self.ratings() if rating.counts]
        return sum(values) / len(values) if values else None

    def contacts(self) -> tuple[int, int]:
        """Return how many contacts have ended, and how many of them were silent."""
        ended = self.of_kind("contact.ended")
        return len(ended), sum(not event["data"]["answered"] for event in ended)

    def answers(self) -> int:
        """Count the questions that were answered on the page."""
        told = [event["data"]["answers"] for event in self.of_kind("response.given")]
        return sum(answer["ended"] == "answered" for answers in told for answer in answers)

    def smile_index(self) -> float | None:
        """Return smile seconds by face seconds over all batches; None before the first."""
        batches = [event["data"] for event in self.of_kind("expression.measured")]
        face_s = sum(batch["f"] for batch in batches)
        return sum(batch["s"] for batch in batches) / face_s if face_s else None

    def gaps(self) -> list[str]:
        """Say what is missing: sequences within an epoch, and links between epochs."""
        return [*self._holes(), *self._broken_links()]

    def _sequences(self) -> dict[str, set[int]]:
        found: dict[str, set[int]] = {}
        for event in self.events.values():
            found.setdefault(event["epoch"], set()).add(int(event["sequence"]))
        return found

    def _holes(self) -> Iterator[str]:
        for epoch, found in self._sequences().items():
            missing = set(range(1, max(found) + 1)) - found
            if missing:
                yield f"epoch {epoch} lacks {len(missing)} of {max(found)} events"

    def _broken_links(self) -> Iterator[str]:
        """Every epoch but one names the epoch before it and its last sequence."""
        found = self._sequences()
        first = []
        for event in self.of_kind("device.started"):
            previous = event["data"].get("previous")
            if previous is None:
                first.append(event["epoch"])
            elif previous["last_sequence"] != max(found.get(previous["epoch"], {0})):
                yield f"epoch {event['epoch']} does not continue {previous['epoch']}"
        if len(first) > 1:
            yield f"{len(first)} epochs have no predecessor"
        if len(self.of_kind("device.started")) != len(found):
            yield "an epoch does not begin with device.started"


def _order(event: Event) -> tuple[int, str]:
    return int(event["monotonic"]), event["sequence"]


def _rating(event: Event, amendment: Event) -> Rating:
    data = {**event["data"], **amendment}
    return Rating(
        id=event["id"],
        key=data["key"],
        value=data["value"],
        channel=data["channel"],
        counts=data["counts"],
        flags=tuple(data.get("flags", ())),
        contact=data.get("contact"),
        at_ms=int(event["monotonic"]),
    )
