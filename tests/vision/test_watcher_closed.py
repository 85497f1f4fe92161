"""What the watcher makes of cameras that may not be open, and of processes that are lost."""

from __future__ import annotations

import pytest

from agent.events.catalogue import CameraRefused, DeviceFault, ExpressionMeasured
from agent.vision.line import BROKEN, UNBELIEVED
from agent.vision.observations import CameraState, ContactBegan, Hello
from agent.vision.watcher import remedy_for
from tests.vision.test_watcher import BATCH, MODEL, PRINTED, Kiosk

CONTACT = "0123456789ab"
SEES = CameraState(at_ms=1, working=True)


def watching() -> Kiosk:
    """Return a kiosk with one contact before its camera."""
    kiosk = Kiosk(PRINTED)
    kiosk.watcher.start()
    kiosk.watcher.observe("main", Hello(mode="smile", models={}))
    kiosk.watcher.observe("main", SEES)
    kiosk.watcher.observe("main", ContactBegan(at_ms=2000, contact=CONTACT, arrived_ms=500))
    kiosk.told.clear()
    return kiosk


def test_whoever_wants_no_camera_closes_it_before_the_process_has_answered() -> None:
    kiosk = watching()
    kiosk.watcher.decline(on=True)

    assert ("watch", False) in kiosk.told
    assert kiosk.told[-1] == ("permit", False)
    assert kiosk.told.index(("blank", True)) < kiosk.told.index(("watch", False))


def test_a_process_that_goes_on_seeing_without_a_permit_is_not_heard() -> None:
    kiosk = watching()
    kiosk.watcher.decline(on=True)
    kiosk.told.clear()
    kiosk.watcher.observe("main", SEES)
    kiosk.watcher.observe("main", ContactBegan(at_ms=3000, contact="f" * 12, arrived_ms=900))

    assert kiosk.told == [("watch", False)]


@pytest.mark.parametrize(("late_s", "kept"), [(0.5, 1), (3.0, 0)])
def test_sums_of_whoever_was_there_are_kept_when_a_camera_closes(late_s: float, kept: int) -> None:
    kiosk = Kiosk(PRINTED)
    kiosk.watcher.start()
    kiosk.watcher.observe("main", Hello(mode="smile", models={"expression": MODEL}))
    kiosk.watcher.decline(on=True)
    kiosk.now_s += late_s
    kiosk.watcher.observe("main", BATCH)
    assert len([e for e in kiosk.events if isinstance(e, ExpressionMeasured)]) == kept


def test_a_camera_closed_for_a_customer_is_no_fault() -> None:
    kiosk = watching()
    kiosk.watcher.decline(on=True)
    kiosk.watcher.observe("main", CameraState(at_ms=9, working=False, reason="closed"))

    assert [event for event in kiosk.events if isinstance(event, DeviceFault)] == []


def test_a_hello_in_another_mode_is_refused_and_nothing_of_it_is_heard() -> None:
    kiosk = Kiosk(PRINTED)
    kiosk.watcher.start()
    kiosk.watcher.observe("main", Hello(mode="emotion", models={}))
    kiosk.watcher.observe("main", ContactBegan(at_ms=3000, contact=CONTACT, arrived_ms=900))

    assert ("permit", False) in kiosk.told
    assert not any(told[0] == "arrive" for told in kiosk.told)
    (refused,) = [event for event in kiosk.events if isinstance(event, CameraRefused)]
    assert (refused.mode, refused.reasons) == ("smile", ("other_mode",))


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        ("the camera process ended", "systemd"),
        ("the camera process is silent", "systemd"),
        (f"{BROKEN}: it did not say hello", "systemd"),
        (f"{UNBELIEVED}: it tells of a contact twice", "closed for a while"),
        ("the camera process has not come; see its journal", "start its unit"),
    ],
)
def test_the_remedy_is_one_for_what_happened(reason: str, word: str) -> None:
    kiosk = watching()
    kiosk.watcher.lose("main", reason)

    (fault,) = [event for event in kiosk.events if isinstance(event, DeviceFault)]
    assert word in fault.remedy
    assert fault.remedy == remedy_for(reason)
