"""From a frame to what changed: mask, motion gate, faces, tracks, contacts, expression.

A frame is looked at and forgotten. What remains between frames is boxes, times and sums.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

from agent.vision.attention import Attention, Detect
from agent.vision.contacts import (
    Changes,
    Contact,
    ContactSensor,
    longest_step_s,
    near_enough,
)
from agent.vision.detector import Pixels
from agent.vision.exposure import Exposure
from agent.vision.expression import Expression
from agent.vision.faces import Face
from agent.vision.glances import Glances, ReadTraits
from agent.vision.measurement import Gauge, Measured
from agent.vision.motion import MotionGate
from agent.vision.settings import VisionSettings, Zone
from agent.vision.stages import Stages, unmeasured
from agent.vision.tracking import Sighting, Tracker
from agent.vision.traits import Traits

Read = Callable[[Pixels, Face], Expression | None]
"""None: the face is not seen well enough to be read."""


@dataclass(frozen=True, slots=True)
class Departure:
    """A contact that left, and what was measured of it."""

    contact: Contact
    measured: Measured
    traits: Traits | None = None
    """Absent where none were read."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A tracked face of one frame, for a display in the same process. It never leaves it."""

    face: Face
    contact: Contact | None
    """Whose it is; absent where the face is too small or outside the contact zone."""
    smile: float
    """Smoothed smile level, 0 to 1; 0 where no expression is read."""
    level: Expression | None
    """The smoothed reading; absent where none is read."""
    measured: Measured
    """Of the contact so far."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What one frame told."""

    present: int
    """Confirmed contacts in view."""
    smile: float | None
    """Mean smoothed smile level of the faces in view, 0 to 1; absent without any."""
    faces: int = 0
    """Faces near enough in this frame."""
    began: tuple[Contact, ...] = ()
    left: tuple[Departure, ...] = field(default=())
    seen: tuple[Seen, ...] = ()
    """Every tracked face of this frame, those that cannot be contacts as well."""


STEADY_EVERY_S = 0.19
"""While everybody stands still, five looks a second are enough: just under two frames at 10 fps."""
RESTING_EVERY_S = 0.29
"""Three are, once everybody has for `RESTING_AFTER_S`, while no expression changes."""
RESTING_AFTER_S = 2.0


class Pipeline:
    """Looks at frames, one after the other."""

    def __init__(
        self,
        settings: VisionSettings,
        *,
        detect: Detect,
        threshold: float,
        read: Read | None = None,
        search: Detect | None = None,
        read_traits: ReadTraits | None = None,
        stages: Stages = unmeasured,
    ) -> None:
        self._settings = settings
        self._stages = stages
        self._attention = Attention(detect, search=search, stages=stages)
        self._read = read
        self._step_s = longest_step_s(settings.fps)
        self._tracker = Tracker(threshold=threshold)
        self._sensor = ContactSensor(min_dwell_s=settings.min_dwell_s, step_s=self._step_s)
        self._gate = MotionGate()
        self._exposure = Exposure()
        self._gauges: dict[int, Gauge] = {}
        self._glances = None if read_traits is None else Glances(read_traits)
        self._last = Looked(present=0, smile=None)
        self._looked_s = self._moved_s = float("-inf")

    def look(self, picture: Pixels, *, at_s: float) -> Looked:
        """Look at one BGR frame taken at `at_s`, never earlier than before; masks it in place.

        A frame that is passed over is masked as well: whoever has it may show it.
        """
        blank(picture, self._settings.staff_mask)
        if at_s - self._looked_s < self._wait_s(at_s):
            return replace(self._last, began=(), left=())
        self._looked_s = at_s
        self._last = self._look(picture, at_s)
        if not self._tracker.steady:
            self._moved_s = at_s
        return self._last

    def _wait_s(self, at_s: float) -> float:
        """Return for how long after a look the next one may wait."""
        if not self._tracker.steady:
            return 0.0
        rests = at_s - self._moved_s >= RESTING_AFTER_S
        settled = all(gauge.settled for gauge in self._gauges.values())
        return RESTING_EVERY_S if rests and settled else STEADY_EVERY_S

    def _look(self, picture: Pixels, at_s: float) -> Looked:
        lit = self._exposure.brightened(picture)
        tracked = self._tracked(lit, at_s)
        seen = self._near(picture, tracked)
        changes = self._sensor.update({face.track: face.sure for face in seen}, at_s=at_s)
        if self._read is not None:
            self._measure(lit, seen, at_s, self._read)
        if self._glances is not None:
            self._glances.look(lit, self._contacts(seen), at_s=at_s)
        shown = tuple(map(self._seen, tracked))
        departed = self._departed(changes)
        return Looked(
            present=self._sensor.present,
            smile=self._smile(seen),
            faces=len(seen),
            began=changes.began,
            left=departed,
            seen=shown,
        )

    @property
    def staff_mask(self) -> tuple[Zone, ...]:
        """What is made black before anything looks."""
        return self._settings.staff_mask

    @property
    def needs_mask(self) -> bool:
        """Whether nothing may be looked at without a staff mask."""
        return self._settings.needs_mask

    def rezone(self, staff_mask: tuple[Zone, ...], contact_zone: Zone | None) -> None:
        """Take other zones from the next frame on; who is outside them then is soon gone."""
        change = {"staff_mask": staff_mask, "contact_zone": contact_zone}
        self._settings = self._settings.model_copy(update=change)
        self._looked_s = float("-inf")

    def forget_measured(self) -> None:
        """Forget what was measured of whoever is there; that they are there is still known."""
        self._gauges.clear()
        if self._glances is not None:
            self._glances.clear()

    def close(self) -> tuple[Departure, ...]:
        """Forget everybody, because the camera is closed; return the contacts who were there."""
        departed = self._departed(self._sensor.close())
        self._tracker.reset()
        self.forget_measured()
        self._gate = MotionGate()
        return departed

    def _tracked(self, picture: Pixels, at_s: float) -> list[Sighting]:
        """Return the tracked faces of a frame, however far away."""
        known = self._tracker.boxes
        with self._stages("motion gate"):
            opens = bool(known) or self._gate.opens(picture, at_s=at_s)
        if not opens:
            return []
        faces = self._attention.faces(picture, known=known, at_s=at_s)
        with self._stages("track"):
            return self._tracker.update(faces, at_s=at_s)

    def _near(self, picture: Pixels, tracked: Sequence[Sighting]) -> list[Sighting]:
        """Return those that are near enough to be contacts."""
        height, width = picture.shape[:2]
        return [
            sighting
            for sighting in tracked
            if near_enough(sighting.face, height=height, width=width, settings=self._settings)
        ]

    def _measure(self, picture: Pixels, seen: Sequence[Sighting], at_s: float, read: Read) -> None:
        for sighting in seen:
            gauge = self._gauges.get(sighting.track)
            if gauge is not None and not gauge.is_due(at_s):
                gauge.stay(at_s=at_s)
                continue
            reading = read(picture, sighting.face)
            if reading is not None:
                gauge = gauge or self._gauges.setdefault(sighting.track, Gauge(self._step_s))
                gauge.add(reading, at_s=at_s)

    def _contacts(self, seen: Sequence[Sighting]) -> list[Sighting]:
        """Return those who are contacts by now."""
        contacts = ((one, self._sensor.contact(one.track)) for one in seen)
        return [one for one, contact in contacts if contact is not None and contact.confirmed]

    def _smile(self, seen: Sequence[Sighting]) -> float | None:
        levels = [self._gauges[s.track].smile for s in seen if s.track in self._gauges]
        return fmean(levels) if levels else None

    def _seen(self, sighting: Sighting) -> Seen:
        gauge = self._gauges.get(sighting.track)
        return Seen(
            face=sighting.face,
            contact=self._sensor.contact(sighting.track),
            smile=gauge.smile if gauge else 0.0,
            level=gauge.level if gauge else None,
            measured=gauge.measured if gauge else Measured(),
        )

    def _departed(self, changes: Changes) -> tuple[Departure, ...]:
        for contact in changes.passed:
            self._gauges.pop(contact.track, None)
        return tuple(map(self._departure, changes.left))

    def _departure(self, contact: Contact) -> Departure:
        gauge = self._gauges.pop(contact.track, None)
        traits = None if self._glances is None else self._glances.take(contact.track)
        return Departure(contact, gauge.measured if gauge else Measured(), traits)


def blank(picture: Pixels, zones: Sequence[Zone]) -> None:
    """Make parts of a picture black, in place, before anything looks at it."""
    height, width = picture.shape[:2]
    for zone in zones:
        top, left = int(zone.y * height), int(zone.x * width)
        bottom = round((zone.y + zone.height) * height)
        right = round((zone.x + zone.width) * width)
        picture[top:bottom, left:right] = 0
