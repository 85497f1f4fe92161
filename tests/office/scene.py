"""A camera at a counter for the pages: a drawn scene of people without faces, and its preview."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from agent.clock import SystemClock
from agent.vision.observations import Zones
from agent.vision.preview import Frame, PreviewError
from agent.vision.preview_sender import CONTACT, EDGE, FACE
from agent.vision.zones import ZoneBook

if TYPE_CHECKING:
    from tests.office.staging import House

Pixels = npt.NDArray[np.uint8]
Colour = tuple[int, int, int]

WIDTH, HEIGHT = 640, 480
WALL, FLOOR, DESK, EDGE_OF_DESK = (212, 219, 224), (158, 167, 172), (96, 126, 156), (70, 96, 124)
SHELF, SKIN, HAIR = (172, 186, 196), (168, 190, 214), (58, 66, 78)
GOODS = ((128, 150, 104), (104, 132, 176), (158, 122, 112), (112, 158, 168))
STAFF_AREA = {"x": 0.0, "y": 0.0, "width": 0.24, "height": 1.0}
CONTACT_ZONE = {"x": 0.28, "y": 0.16, "width": 0.68, "height": 0.66}


@dataclass(frozen=True, slots=True)
class Person:
    """A head in pixels of the picture, and the colour of what is below it."""

    x: int
    y: int
    head: int
    colour: Colour
    counts: bool


PEOPLE = (
    Person(236, 150, 14, (126, 120, 116), counts=False),
    Person(494, 166, 36, (92, 112, 88), counts=True),
    Person(328, 148, 44, (120, 92, 74), counts=True),
)


def wall_jpeg(colour: Colour) -> bytes:
    """Return a picture of nothing but one colour."""
    return _jpeg(np.full((240, 320, 3), colour, np.uint8))


def counter_jpeg() -> bytes:
    """Return what an installer sees: two customers who count, one far away, staff blanked."""
    scene: Pixels = np.full((HEIGHT, WIDTH, 3), WALL, np.uint8)
    _draw_shelves(scene)
    scene[300:] = FLOOR
    for person in PEOPLE:
        _draw(scene, person)
    cv2.rectangle(scene, (0, 404), (WIDTH, HEIGHT), DESK, -1)
    cv2.rectangle(scene, (0, 394), (WIDTH, 406), EDGE_OF_DESK, -1)
    scene[:, : round(STAFF_AREA["width"] * WIDTH)] = 0
    for person in PEOPLE:
        _frame(scene, person)
    return _jpeg(scene)


def _draw_shelves(scene: Pixels) -> None:
    for row, top in enumerate((84, 166, 248)):
        cv2.rectangle(scene, (160, top), (WIDTH, top + 7), SHELF, -1)
        for place in range(170, WIDTH, 34):
            high = 22 + (place * (row + 3)) % 26
            colour = GOODS[(place // 34 + row) % len(GOODS)]
            cv2.rectangle(scene, (place, top - high), (place + 22, top - 1), colour, -1)


def _draw(scene: Pixels, person: Person) -> None:
    x, y, head = person.x, person.y, person.head
    wide, low = round(head * 2), y + round(head * 5.4)
    _ellipse(scene, (x, low), (wide, round(head * 4.2)), person.colour, start=180)
    cv2.rectangle(scene, (x - wide, low), (x + wide, HEIGHT), person.colour, -1)
    _ellipse(scene, (x, y), (round(head * 0.8), head), SKIN)
    _ellipse(scene, (x, y - head // 6), (round(head * 0.84), head), HAIR, start=180)


def _ellipse(
    scene: Pixels, at: tuple[int, int], axes: tuple[int, int], colour: Colour, *, start: int = 0
) -> None:
    cv2.ellipse(scene, at, axes, 0, start, 360, colour, -1, cv2.LINE_AA)


def _frame(scene: Pixels, person: Person) -> None:
    """Frame a head as the camera's process does."""
    reach = round(person.head * 1.05)
    corners = ((person.x - reach, person.y - reach), (person.x + reach, person.y + reach))
    cv2.rectangle(scene, *corners, EDGE, 4)
    cv2.rectangle(scene, *corners, CONTACT if person.counts else FACE, 2)


def _jpeg(picture: Pixels) -> bytes:
    done, jpeg = cv2.imencode(".jpg", picture)
    assert done
    return bytes(jpeg.tobytes())


@dataclass
class FakePreview:
    """A preview of one picture."""

    jpeg: bytes
    camera: str | None = None
    refuses: bool = False
    begun: list[str] = field(default_factory=list)
    asked: int = 0

    def camera_of(self, _holder: object) -> str | None:
        return self.camera

    async def begin(self, camera: str, *, holder: object) -> None:  # noqa: ARG002
        if self.refuses:
            raise PreviewError("no_sign", "the screen does not show the sign")
        self.camera = camera
        self.begun.append(camera)

    def end(self, _holder: object) -> None:
        self.camera = None

    def frame(self, _holder: object, *, after: int) -> Frame:
        self.asked += 1
        return Frame(after + 1, self.jpeg)


def open_eyes(house: House, jpeg: bytes) -> None:
    """Give a house the cameras of its configuration; all show this picture."""
    told: list[tuple[str, Zones]] = []
    zones = ZoneBook(
        house.settings().vision,
        folder=house.folder,
        tell=lambda camera, drawn: told.append((camera, drawn)),
        keep=lambda _event: None,
        clock=SystemClock(),
    )
    house.eyes = SimpleNamespace(preview=FakePreview(jpeg), zones=zones, told=told)
