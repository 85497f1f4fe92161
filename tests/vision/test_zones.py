"""Zones drawn on the kiosk: what is kept, what holds, and what is refused."""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.events.catalogue import EventData, ZonesChanged
from agent.testing import FakeClock
from agent.vision.coverage import covered
from agent.vision.observations import MAX_LINE, Zones
from agent.vision.settings import MOST_MASKS, FurtherCamera, NoticeSettings, VisionSettings, Zone
from agent.vision.zones import FILE, Drawn, ZoneBook, ZoneError

LEFT = Zone(x=0, y=0, width=0.25, height=1)
RIGHT = Zone(x=0.5, y=0, width=0.5, height=1)
VISION = VisionSettings(
    mode="presence",
    notice=NoticeSettings(),
    staff_mask=(LEFT,),
    cameras=(FurtherCamera(id="door", source="1"),),
)
EMOTION = VISION.model_copy(update={"mode": "emotion"})


@dataclass
class Desk:
    """A book of zones, what it told the cameras, and what was kept."""

    folder: Path
    vision: VisionSettings = VISION
    told: list[tuple[str, Zones]] = field(default_factory=list)
    kept: list[EventData] = field(default_factory=list)

    def book(self) -> ZoneBook:
        made = self._made()
        made.start()
        return made

    def unread(self, why: str) -> ZoneBook:
        """Return a book whose file cannot be read, or not all of it."""
        made = self._made()
        with pytest.raises(ZoneError, match=why):
            made.start()
        return made

    def _made(self) -> ZoneBook:
        return ZoneBook(
            self.vision,
            folder=self.folder,
            tell=lambda camera, zones: self.told.append((camera, zones)),
            keep=self.kept.append,
            clock=FakeClock(),
        )


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_before_anything_is_drawn_the_configuration_holds(desk: Desk) -> None:
    book = desk.book()
    assert book.of("main") == Drawn(staff_mask=(LEFT,))
    assert book.of("door") == Drawn()
    assert book.kept("main") is None


def test_what_is_drawn_holds_at_once_and_after_a_restart(desk: Desk) -> None:
    drawn = Drawn(staff_mask=(RIGHT,), contact_zone=LEFT)
    desk.book().save("main", drawn)
    assert desk.told == [("main", Zones(staff_mask=(RIGHT,), contact_zone=LEFT))]
    again = desk.book()
    assert again.of("main") == drawn
    assert again.of("door") == Drawn()
    assert again.message("main") == desk.told[0][1]


def test_the_file_says_who_drew_and_when_and_is_the_owners_alone(desk: Desk) -> None:
    desk.book().save("main", Drawn(staff_mask=(RIGHT,)))
    path = desk.folder / FILE
    kept = json.loads(path.read_text())["main"]
    assert kept["who"] == "installer"
    assert kept["at"] is None or kept["at"].endswith("Z")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_change_is_an_event_of_counts_and_shares(desk: Desk) -> None:
    desk.book().save("main", Drawn(staff_mask=(LEFT, RIGHT), contact_zone=LEFT))
    assert desk.kept == [
        ZonesChanged(
            camera="main", source="installer", staff_masks=2, staff_share=0.75, contact_share=0.25
        )
    ]


def test_the_configuration_is_taken_back(desk: Desk) -> None:
    book = desk.book()
    book.save("main", Drawn(staff_mask=(RIGHT,)))
    book.reset("main")
    assert book.of("main") == Drawn(staff_mask=(LEFT,))
    assert desk.told[-1] == ("main", Zones(staff_mask=(LEFT,)))
    assert isinstance(desk.kept[-1], ZonesChanged)
    assert desk.kept[-1].source == "config"
    assert desk.book().kept("main") is None


def test_taking_back_what_was_never_drawn_changes_nothing(desk: Desk) -> None:
    desk.book().reset("main")
    assert (desk.told, desk.kept, list(desk.folder.iterdir())) == ([], [], [])


def test_mode_emotion_refuses_to_be_without_a_staff_mask(tmp_path: Path) -> None:
    desk = Desk(tmp_path, vision=EMOTION)
    with pytest.raises(ZoneError, match="staff mask") as refused:
        desk.book().save("main", Drawn(contact_zone=LEFT))
    assert refused.value.why == "needs_mask"
    assert (desk.told, desk.kept, list(tmp_path.iterdir())) == ([], [], [])


def test_a_drawing_without_a_mask_does_not_outlive_the_change_to_mode_emotion(
    tmp_path: Path,
) -> None:
    Desk(tmp_path).book().save("main", Drawn(contact_zone=RIGHT))
    assert Desk(tmp_path, vision=EMOTION).book().of("main").staff_mask == (LEFT,)


def test_a_camera_that_there_is_not_is_refused(desk: Desk) -> None:
    with pytest.raises(ZoneError, match="no camera `roof`"):
        desk.book().save("roof", Drawn())
    with pytest.raises(ZoneError, match="no camera `roof`"):
        desk.book().reset("roof")


@pytest.mark.parametrize("content", ["{", "[]", '{"main": {"zones": {"staff_mask": [{"x": 7}]}}}'])
def test_a_file_that_cannot_be_read_keeps_the_cameras_closed_until_somebody_decides(
    desk: Desk, content: str
) -> None:
    (desk.folder / FILE).write_text(content)
    book = desk.unread("cannot be read")
    assert not book.holds("main")
    assert not book.holds("door")
    book.reset("main")
    assert book.holds("main")
    assert not book.holds("door")


def test_what_was_lost_of_one_camera_stays_lost_after_a_restart(desk: Desk) -> None:
    (desk.folder / FILE).write_text("{")
    before = desk.unread("cannot be read")
    before.save("main", Drawn(staff_mask=(RIGHT,)))

    after = desk.unread("zones of door are lost: draw them anew")
    assert after.of("main").staff_mask == (RIGHT,)
    assert (after.holds("main"), after.holds("door")) == (True, False)
    after.reset("door")
    desk.book()


def test_a_disk_that_fails_changes_nothing(desk: Desk) -> None:
    book = desk.book()
    gone = Desk(desk.folder / "not-there")
    with pytest.raises(ZoneError, match="cannot be written") as refused:
        gone.book().save("main", Drawn(staff_mask=(RIGHT,)))
    assert refused.value.why == "not_kept"
    assert (gone.told, gone.kept) == ([], [])
    assert book.kept("main") is None


@pytest.mark.parametrize(
    "zones",
    [
        {"staff_mask": [{"x": 0.9, "y": 0, "width": 0.2, "height": 1}]},
        {"contact_zone": {"x": 0, "y": 0.5, "width": 1, "height": 0.6}},
        {"staff_mask": [{"x": 0, "y": 0, "width": 0, "height": 1}]},
        {"staff_mask": [LEFT.model_dump()] * (MOST_MASKS + 1)},
        {"faces": []},
    ],
)
def test_what_is_no_zone_of_a_picture_is_refused(zones: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Drawn.model_validate(zones)


shares = st.floats(0, 0.9)
boxes = st.builds(
    lambda x, y, w, h: Zone(x=x, y=y, width=max(0.01, w * (1 - x)), height=max(0.01, h * (1 - y))),
    shares,
    shares,
    st.floats(0.1, 1),
    st.floats(0.1, 1),
)


@given(st.lists(boxes, max_size=MOST_MASKS))
def test_zones_together_cover_no_less_than_the_largest_and_no_more_than_their_sum(
    zones: list[Zone],
) -> None:
    areas = [zone.width * zone.height for zone in zones]
    share = covered(tuple(zones))
    assert max(areas, default=0) - 0.001 <= share <= min(1.0, sum(areas)) + 0.001


@given(st.lists(boxes, min_size=MOST_MASKS, max_size=MOST_MASKS), boxes)
def test_the_most_zones_there_can_be_fit_into_one_line_of_the_socket(
    masks: list[Zone], contact: Zone
) -> None:
    line = Zones(staff_mask=tuple(masks), contact_zone=contact).model_dump_json()
    assert len(line) < MAX_LINE
