"""When a face becomes a contact, and when the contact has left.

Pure: fed with the tracks that were near enough in each frame. A contact arrives with its first
sighting, is confirmed after `min_dwell_s`, and leaves with its last one, which is known once it
has been unseen for `FORGET_S`. Known limit: somebody who takes the same place within that time
is taken for the one before.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from agent.vision.faces import Face
from agent.vision.settings import VisionSettings, Zone
from agent.vision.tracking import FORGET_S

SEEN_SHARE = 0.5
"""Of `min_dwell_s`, this much must have been seen surely: chance detections are not a visit."""
SURE_SHARE = 0.25
"""Of a whole presence, as much must have been seen surely. Measured at 5 to 15 frames a second:
customers' faces were sure for 44 % of it or more, backs of heads taken for one for 13 % or less."""
LONGEST_STEP_S = 0.5
"""Between sightings farther apart nobody knows what the face did: such time is not counted."""


@dataclass(frozen=True, slots=True)
class Contact:
    """One customer's presence so far. Times in seconds of the camera's clock."""

    id: str
    track: int
    arrived_s: float
    seen_s: float
    """When last seen."""
    in_view_s: float = 0.0
    """For how long a face was surely seen."""
    confirmed: bool = False

    @property
    def dwell_s(self) -> float:
        """From arrival to the last sighting."""
        return self.seen_s - self.arrived_s


@dataclass(frozen=True, slots=True)
class Changes:
    """What one frame changed."""

    began: tuple[Contact, ...] = ()
    left: tuple[Contact, ...] = ()
    passed: tuple[Contact, ...] = ()
    """Who went by without becoming a contact."""


def near_enough(face: Face, *, height: int, width: int, settings: VisionSettings) -> bool:
    """Whether a face is large enough and inside the contact zone of a picture."""
    if face.box.height < settings.min_face * height:
        return False
    zone = settings.contact_zone
    x, y = face.box.centre
    return zone is None or _inside(zone, x / width, y / height)


def longest_step_s(fps: float) -> float:
    """Return how far apart two sightings may be to count the time between them."""
    return max(LONGEST_STEP_S, 1.5 / fps)


class ContactSensor:
    """Turns sightings into contacts."""

    def __init__(
        self,
        *,
        min_dwell_s: float,
        step_s: float = LONGEST_STEP_S,
        new_id: Callable[[], str] = lambda: secrets.token_hex(6),
    ) -> None:
        self._min_dwell_s = min_dwell_s
        self._step_s = step_s
        self._new_id = new_id
        self._contacts: dict[int, Contact] = {}

    @property
    def present(self) -> int:
        """How many confirmed contacts are there."""
        return sum(contact.confirmed for contact in self._contacts.values())

    def contact(self, track: int) -> Contact | None:
        """Return the presence of a track so far, confirmed or not."""
        return self._contacts.get(track)

    def update(self, seen: Mapping[int, bool], *, at_s: float) -> Changes:
        """Take the tracks seen in one frame and whether surely; `at_s` never goes back."""
        gone = self._remove([c for c in self._contacts.values() if at_s - c.seen_s > FORGET_S])
        began = [
            contact
            for track, sure in seen.items()
            if (contact := self._seen(track, at_s, sure=sure)) is not None
        ]
        return replace(gone, began=tuple(began))

    def close(self) -> Changes:
        """Everybody who was there has left, as far as anybody can know: the camera is closed."""
        return self._remove(list(self._contacts.values()))

    def _seen(self, track: int, at_s: float, *, sure: bool) -> Contact | None:
        """Note a sighting; return the contact when this one confirms it."""
        before = self._contacts.get(track) or Contact(self._new_id(), track, at_s, at_s)
        step_s = at_s - before.seen_s
        now = replace(
            before,
            seen_s=at_s,
            in_view_s=before.in_view_s + (step_s if sure and step_s <= self._step_s else 0.0),
        )
        confirmed = before.confirmed or self._stayed(now)
        self._contacts[track] = replace(now, confirmed=confirmed)
        return self._contacts[track] if confirmed and not before.confirmed else None

    def _stayed(self, contact: Contact) -> bool:
        least_s = max(SEEN_SHARE * self._min_dwell_s, SURE_SHARE * contact.dwell_s)
        return contact.dwell_s >= self._min_dwell_s and contact.in_view_s >= least_s

    def _remove(self, gone: list[Contact]) -> Changes:
        for contact in gone:
            del self._contacts[contact.track]
        return Changes(
            left=tuple(contact for contact in gone if contact.confirmed),
            passed=tuple(contact for contact in gone if not contact.confirmed),
        )


def _inside(zone: Zone, x: float, y: float) -> bool:
    return zone.x <= x <= zone.x + zone.width and zone.y <= y <= zone.y + zone.height
