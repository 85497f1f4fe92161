"""What is said to the agent about what was seen: changes at once, presence as a heartbeat."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict

from agent.vision.batches import Batches, Visit
from agent.vision.contacts import Contact
from agent.vision.glances import Guest, TraitBatches
from agent.vision.lens import Blind
from agent.vision.observations import (
    MOST_REASON,
    CameraState,
    ContactBegan,
    ContactLeft,
    ExpressionBatch,
    Observation,
    Presence,
    TraitsBatch,
)
from agent.vision.pipeline import Departure, Looked

HEARTBEAT_S = 1.0
GAUGE_S = 0.2


def millis(seconds: float) -> int:
    """Seconds of the monotonic clock to its milliseconds."""
    return int(seconds * 1000)


class Reporter:
    """Turns what was seen into observations. `say` sends one."""

    def __init__(
        self,
        say: Callable[[Observation], None],
        *,
        batches: Batches | None,
        gauge: bool,
        traits: TraitBatches | None = None,
    ) -> None:
        self._say = say
        self._batches = batches
        self._traits = traits
        self._gauge = gauge
        self._present = 0
        self._smile: float | None = None
        self._beat_s = float("-inf")
        self._camera: tuple[bool, str] | None = None

    def camera(
        self, *, working: bool, reason: str = "", blind: Blind | None = None, at_s: float
    ) -> None:
        """Say how the camera is, when that is news."""
        if (working, reason) != self._camera:
            self._camera = working, reason
            told = "".join(one if one.isprintable() else " " for one in reason[:MOST_REASON])
            self._say(CameraState(at_ms=millis(at_s), working=working, reason=told, blind=blind))

    def looked(self, looked: Looked, *, at_s: float) -> None:
        """Say what one frame changed."""
        for contact in looked.began:
            self._began(contact, at_s)
        self._smile = looked.smile
        self.left(looked.left, present=looked.present, at_s=at_s)

    def left(self, departures: Iterable[Departure], *, present: int, at_s: float) -> None:
        """Say who left, and what that makes of the count and the batch."""
        for departure in departures:
            self._left(departure.contact, at_s)
            self._measured(departure, at_s)
            self._guessed(departure, at_s)
        if present != self._present:
            self._present = present
            self._presence(at_s)

    def beat(self, *, at_s: float) -> None:
        """Say presence again when it is time."""
        every_s = GAUGE_S if self._gauge else HEARTBEAT_S
        if at_s - self._beat_s >= every_s:
            self._presence(at_s)

    def _presence(self, at_s: float) -> None:
        self._beat_s = at_s
        smile = self._smile if self._gauge else None
        self._say(Presence(at_ms=millis(at_s), present=min(self._present, 100), smile=smile))

    def _began(self, contact: Contact, at_s: float) -> None:
        arrived_ms = millis(contact.arrived_s)
        self._say(ContactBegan(at_ms=millis(at_s), contact=contact.id, arrived_ms=arrived_ms))

    def _left(self, contact: Contact, at_s: float) -> None:
        self._say(
            ContactLeft(
                at_ms=millis(at_s),
                contact=contact.id,
                arrived_ms=millis(contact.arrived_s),
                left_ms=millis(contact.seen_s),
            )
        )

    def _measured(self, departure: Departure, at_s: float) -> None:
        if self._batches is None:
            return
        contact = departure.contact
        full = self._batches.add(Visit(contact.arrived_s, contact.seen_s, departure.measured))
        if full is not None:
            sums = asdict(full) | {"classes": full.classes, "mode": self._batches.mode}
            self._say(ExpressionBatch(at_ms=millis(at_s), **sums))

    def _guessed(self, departure: Departure, at_s: float) -> None:
        if self._traits is None or departure.traits is None:
            return
        contact = departure.contact
        full = self._traits.add(Guest(contact.arrived_s, contact.seen_s, departure.traits))
        if full is not None:
            self._say(TraitsBatch(at_ms=millis(at_s), **asdict(full) | {"sex": full.sex}))
