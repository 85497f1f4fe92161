"""What the agent makes of observations."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import pytest

from agent.events.catalogue import (
    CameraRefused,
    DeviceFault,
    EventData,
    ExpressionMeasured,
    ModelRef,
    NoticeShown,
)
from agent.faults import Faults
from agent.vision.observations import (
    CameraState,
    ContactBegan,
    ContactLeft,
    ExpressionBatch,
    Hello,
    Presence,
)
from agent.vision.settings import FurtherCamera, NoticeSettings, VisionSettings
from agent.vision.watcher import Watcher

MODEL = ModelRef(id="expression-1", sha256="0" * 64)
ON_SCREEN = VisionSettings(mode="smile", notice=NoticeSettings(shown="screen"))
PRINTED = VisionSettings(
    mode="smile",
    notice=NoticeSettings(
        shown="printed", attested_by="store manager", attested_on=date(2026, 11, 2)
    ),
)
BATCH = ExpressionBatch(
    at_ms=9, mode="smile", n=3, s=1, f=9, ss=1, ff=30, sf=3, smiled=1, span_s=60
)


class Kiosk:
    """Everything a watcher tells, in order."""

    def __init__(self, settings: VisionSettings) -> None:
        self.is_open = True
        self.now_s = 100.0
        self.told: list[tuple[object, ...]] = []
        self.events: list[EventData] = []
        self.watcher = Watcher(
            settings,
            contacts=self,
            keep=self.events.append,
            faults=Faults(self.events.append),
            permit=lambda granted: self.told.append(("permit", granted)),
            is_open=lambda: self.is_open,
            clock=lambda: self.now_s,
        )

    def watch(self, *, on: bool, gone: Collection[str] = ()) -> None:
        self.told.append(("watch", on))
        self.told += [("gone", contact) for contact in gone]

    def arrive(self, contact: str, *, arrived_ms: int) -> None:
        self.told.append(("arrive", contact, arrived_ms))

    def leave(self, contact: str, *, left_ms: int) -> None:
        self.told.append(("leave", contact, left_ms))

    def blank(self, *, on: bool) -> None:
        self.told.append(("blank", on))


def test_that_customers_want_the_camera_closed_is_said_before_it_closes() -> None:
    kiosk = Kiosk(PRINTED)
    kiosk.watcher.start()
    kiosk.told.clear()
    kiosk.watcher.decline(on=True)

    assert kiosk.told.index(("blank", True)) < kiosk.told.index(("watch", False))


def test_a_printed_notice_permits_the_camera_at_once_and_is_an_event() -> None:
    kiosk = Kiosk(PRINTED)
    kiosk.watcher.start()

    assert kiosk.told == [("permit", True)]
    assert kiosk.events == [
        NoticeShown(
            shown="printed", mode="smile", attested_by="store manager", attested_on="2026-11-02"
        )
    ]


def test_a_notice_on_the_screen_permits_only_when_it_is_painted() -> None:
    kiosk = Kiosk(ON_SCREEN)
    kiosk.watcher.start()
    assert kiosk.told == []

    kiosk.watcher.notice_painted()
    kiosk.watcher.notice_painted()

    assert kiosk.told == [("permit", True)]
    assert [e.kind for e in kiosk.events] == ["notice.shown"]


def test_when_the_page_is_gone_the_permit_is_too() -> None:
    kiosk = Kiosk(ON_SCREEN)
    kiosk.watcher.notice_painted()
    kiosk.watcher.notice_gone()

    assert kiosk.told == [("permit", True), ("watch", False), ("permit", False)]


def test_a_printed_notice_does_not_depend_on_the_page() -> None:
    kiosk = Kiosk(PRINTED)
    kiosk.watcher.start()
    kiosk.watcher.notice_gone()

    assert kiosk.told == [("permit", True)]


def test_with_the_camera_off_nothing_is_permitted() -> None:
    kiosk = Kiosk(VisionSettings())
    kiosk.watcher.start()
    kiosk.watcher.notice_painted()
    kiosk.watcher.notice_gone()

    assert (kiosk.told, kiosk.events) == ([], [])


def permitted() -> Kiosk:
    """Return a kiosk whose camera has its permit, with nothing told since."""
    kiosk = Kiosk(PRINTED)
    kiosk.watcher.start()
    kiosk.told.clear()
    kiosk.events.clear()
    return kiosk


def test_without_a_permit_nobody_can_have_been_seen() -> None:
    kiosk = Kiosk(ON_SCREEN)
    kiosk.watcher.observe("main", Hello(mode="smile", models={"expression": MODEL}))
    contact = "0123456789ab"
    kiosk.watcher.observe("main", ContactBegan(at_ms=2000, contact=contact, arrived_ms=500))
    kiosk.watcher.observe("main", BATCH)

    assert (kiosk.told, kiosk.events) == ([], [])


def test_contacts_are_passed_on() -> None:
    kiosk = permitted()
    contact = "0123456789ab"
    kiosk.watcher.observe("main", ContactBegan(at_ms=2000, contact=contact, arrived_ms=500))
    kiosk.watcher.observe(
        "main", ContactLeft(at_ms=9000, contact=contact, arrived_ms=500, left_ms=8000)
    )

    assert kiosk.told == [("arrive", contact, 500), ("leave", contact, 8000)]


def test_how_many_the_process_says_are_present_is_not_believed_over_its_contacts() -> None:
    kiosk = permitted()
    kiosk.watcher.observe("main", Presence(at_ms=1, present=2))

    assert kiosk.told == []


def test_a_batch_becomes_an_event_with_the_model_that_measured() -> None:
    kiosk = permitted()
    kiosk.watcher.observe("main", Hello(mode="smile", models={"expression": MODEL}))
    kiosk.watcher.observe("main", BATCH)

    (event,) = kiosk.events
    assert isinstance(event, ExpressionMeasured)
    assert (event.n, event.s, event.f, event.model) == (3, 1, 9, MODEL)


@pytest.mark.parametrize("mode", ["emotion"])
def test_a_batch_of_another_mode_is_not_published(mode: str) -> None:
    kiosk = permitted()
    kiosk.watcher.observe("main", Hello(mode="smile", models={"expression": MODEL}))
    kiosk.watcher.observe(
        "main", ExpressionBatch.model_validate(BATCH.model_dump() | {"mode": mode})
    )

    assert [type(e) for e in kiosk.events] == [DeviceFault, CameraRefused]


def test_a_lost_camera_is_a_fault_once_and_cleared_once() -> None:
    kiosk = Kiosk(PRINTED)
    kiosk.watcher.start()
    for working in (True, False, False, True):
        kiosk.watcher.observe("main", CameraState(at_ms=1, working=working, reason="unplugged"))

    faults = [e for e in kiosk.events if isinstance(e, DeviceFault)]
    assert [(f.part, f.state) for f in faults] == [("camera", "raised"), ("camera", "cleared")]
    assert ("watch", False) in kiosk.told


def test_a_camera_that_waits_for_its_permit_is_no_fault() -> None:
    kiosk = Kiosk(ON_SCREEN)
    kiosk.watcher.observe("main", CameraState(at_ms=1, working=False, reason="no permit"))

    assert kiosk.events == []


def test_when_the_process_is_lost_its_contacts_are_gone_and_it_is_said() -> None:
    kiosk = permitted()
    kiosk.watcher.observe("main", came(HERE))
    kiosk.watcher.lose("main", "the camera process ended")
    kiosk.watcher.observe("main", Hello(mode="smile", models={}))

    assert kiosk.told[-2:] == [("watch", False), ("gone", HERE)]
    assert [e.state for e in kiosk.events if isinstance(e, DeviceFault)] == ["raised", "cleared"]


def faults(kiosk: Kiosk) -> list[tuple[str, str]]:
    return [(e.part, e.state) for e in kiosk.events if isinstance(e, DeviceFault)]


def covered() -> CameraState:
    return CameraState(at_ms=9, working=False, reason="something covers it", blind="covered")


def test_a_covered_lens_counts_nobody_and_is_tampering_while_the_shop_is_open() -> None:
    kiosk = Kiosk(PRINTED)
    kiosk.watcher.start()
    kiosk.watcher.observe("main", covered())
    assert kiosk.told[-1] == ("watch", False)
    assert faults(kiosk) == [("tamper", "raised")]
    kiosk.watcher.observe("main", CameraState(at_ms=10, working=True))
    assert faults(kiosk)[-1] == ("tamper", "cleared")
    assert kiosk.told[-1] == ("watch", True)


def test_a_lens_covered_at_night_is_nobodys_business_until_the_shop_opens() -> None:
    kiosk = Kiosk(PRINTED)
    kiosk.is_open = False
    kiosk.watcher.start()
    kiosk.watcher.observe("main", covered())
    kiosk.watcher.look()
    assert faults(kiosk) == []
    kiosk.is_open = True
    kiosk.watcher.look()
    assert faults(kiosk) == [("tamper", "raised")]


def test_a_camera_that_went_away_covered_is_not_tampered_with_any_more() -> None:
    kiosk = Kiosk(PRINTED)
    kiosk.is_open = False
    kiosk.watcher.start()
    kiosk.watcher.observe("main", covered())
    kiosk.watcher.lose("main", "gone")
    kiosk.is_open = True
    kiosk.watcher.look()
    assert faults(kiosk) == [("vision", "raised")]


# -- several cameras -------------------------------------------------------------------------------

WORKING = CameraState(at_ms=1, working=True)
BROKEN = CameraState(at_ms=2, working=False, reason="unplugged")
HERE, THERE = "00000000000a", "00000000000b"


def two() -> Kiosk:
    """Return a kiosk with two cameras that both work."""
    kiosk = Kiosk(
        PRINTED.model_copy(update={"cameras": (FurtherCamera(id="door", source="picamera2"),)})
    )
    kiosk.watcher.start()
    for camera in ("main", "door"):
        kiosk.watcher.observe(camera, Hello(camera=camera, mode="smile", models={}))
        kiosk.watcher.observe(camera, WORKING)
    return kiosk


def came(contact: str) -> ContactBegan:
    return ContactBegan(at_ms=2000, contact=contact, arrived_ms=500)


def test_the_cameras_count_once_both_work() -> None:
    assert two().told == [("permit", True), ("watch", False), ("watch", True)]


def test_one_camera_that_fails_ends_the_count_of_both_and_names_itself() -> None:
    kiosk = two()
    kiosk.watcher.observe("door", BROKEN)
    assert kiosk.told[-1] == ("watch", False)
    kiosk.watcher.observe("main", WORKING)
    assert kiosk.told[-1] == ("watch", False), "the other one's word does not make it whole"
    kiosk.watcher.observe("door", WORKING)

    assert kiosk.told[-1] == ("watch", True)
    assert faults(kiosk) == [("camera:door", "raised"), ("camera:door", "cleared")]


def test_of_a_lost_camera_only_its_own_contacts_are_gone() -> None:
    kiosk = two()
    kiosk.watcher.observe("main", came(HERE))
    kiosk.watcher.observe("door", came(THERE))
    kiosk.told.clear()
    kiosk.watcher.lose("door", "the camera process ended")

    assert kiosk.told == [("watch", False), ("gone", THERE)]
    assert faults(kiosk) == [("vision:door", "raised")]


def test_every_lens_is_watched_by_itself() -> None:
    kiosk = two()
    kiosk.watcher.observe("door", covered())
    kiosk.watcher.observe("main", covered())
    kiosk.watcher.observe("main", WORKING)

    assert faults(kiosk) == [
        ("tamper:door", "raised"),
        ("tamper", "raised"),
        ("tamper", "cleared"),
    ]


def test_a_batch_names_the_model_of_its_own_camera() -> None:
    kiosk = two()
    other = ModelRef(id="expression-2", sha256="1" * 64)
    kiosk.watcher.observe("main", Hello(mode="smile", models={"expression": MODEL}))
    kiosk.watcher.observe("door", Hello(camera="door", mode="smile", models={"expression": other}))
    for camera in ("door", "main"):
        kiosk.watcher.observe(camera, BATCH)

    measured = [e.model.id for e in kiosk.events if isinstance(e, ExpressionMeasured)]
    assert measured == ["expression-2", "expression-1"]
