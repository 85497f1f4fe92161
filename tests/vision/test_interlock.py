"""What stands before every camera, and how it is told that something does."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.events.catalogue import CameraRefused, DeviceFault, EventData, NoticeShown
from agent.faults import Faults
from agent.vision.interlock import DECLINED, NO_NOTICE, NOT_SHOWN_S, OTHER_MODE, Interlock
from agent.vision.settings import NoticeSettings, VisionSettings

ON_SCREEN = VisionSettings(mode="smile", notice=NoticeSettings(shown="screen"))
PRINTED = VisionSettings(
    mode="smile",
    notice=NoticeSettings(
        shown="printed", attested_by="store manager", attested_on=date(2026, 11, 2)
    ),
)


class Door:
    """An interlock, what it lets through, and what it tells."""

    def __init__(self, settings: VisionSettings) -> None:
        self.now_s = 0.0
        self.permits: list[bool] = []
        self.events: list[EventData] = []
        self.lock = Interlock(
            settings,
            keep=self.events.append,
            faults=Faults(self.events.append, monotonic=lambda: self.now_s),
            permit=self.permits.append,
            clock=lambda: self.now_s,
        )
        self.lock.start()

    def refusals(self) -> list[CameraRefused]:
        return [event for event in self.events if isinstance(event, CameraRefused)]

    def faults(self) -> list[tuple[str, str]]:
        return [(e.part, e.state) for e in self.events if isinstance(e, DeviceFault)]

    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        self.lock.look()


def test_whoever_wants_no_camera_closes_it_until_the_time_is_over() -> None:
    door = Door(PRINTED)
    door.lock.decline(on=True)
    assert (door.permits, door.lock.reason) == ([True, False], DECLINED)

    door.lock.decline(on=False)
    assert (door.permits[-1], door.lock.reason) == (True, "")


def test_on_the_screen_the_notice_must_be_painted_anew_after_it() -> None:
    door = Door(ON_SCREEN)
    door.lock.notice_painted()
    door.lock.decline(on=True)
    door.lock.notice_painted()
    door.lock.decline(on=False)
    assert (door.permits, door.lock.reason) == ([True, False], NO_NOTICE)

    door.lock.notice_painted()
    assert door.permits == [True, False, True]


def test_a_wish_without_a_notice_opens_nothing_when_it_is_over() -> None:
    door = Door(ON_SCREEN)
    door.lock.decline(on=True)
    door.lock.decline(on=False)

    assert door.permits == []


def test_a_notice_that_nobody_paints_is_told_once_as_a_fault_and_an_event() -> None:
    door = Door(ON_SCREEN)
    door.wait(NOT_SHOWN_S - 1)
    assert door.events == []

    for _ in range(5):
        door.wait(15)
    assert door.refusals() == [CameraRefused(mode="smile", reasons=("notice_not_shown",))]
    assert door.faults() == [("notice", "raised")]

    door.lock.notice_painted()
    assert door.faults()[-1] == ("notice", "cleared")
    assert door.permits == [True]


def test_a_page_that_went_away_is_given_the_same_time() -> None:
    door = Door(ON_SCREEN)
    door.lock.notice_painted()
    door.wait(10 * NOT_SHOWN_S)
    door.lock.notice_gone()
    door.lock.notice_gone()
    door.wait(NOT_SHOWN_S - 1)
    assert door.refusals() == []

    door.wait(2)
    assert len(door.refusals()) == 1


def test_the_minute_without_camera_is_no_missing_notice() -> None:
    door = Door(ON_SCREEN)
    door.lock.notice_painted()
    door.lock.decline(on=True)
    door.wait(10 * NOT_SHOWN_S)
    door.lock.decline(on=False)
    door.wait(1)

    assert door.refusals() == []


@pytest.mark.parametrize("settings", [PRINTED, VisionSettings()])
def test_without_a_notice_on_the_screen_none_is_missed(settings: VisionSettings) -> None:
    door = Door(settings)
    door.wait(10 * NOT_SHOWN_S)

    assert door.refusals() == []


def test_a_process_in_another_mode_gets_no_permit_until_it_is_mended() -> None:
    door = Door(PRINTED)
    door.lock.greet("main", mode="emotion")
    assert (door.permits, door.lock.reason) == ([True, False], OTHER_MODE)
    assert door.refusals() == [CameraRefused(mode="smile", reasons=("other_mode",), camera="main")]

    door.lock.greet("main", mode="smile")
    assert door.permits == [True, False, True]
    assert door.faults() == [("mode", "raised"), ("mode", "cleared")]


def test_one_camera_of_two_in_another_mode_closes_both() -> None:
    door = Door(PRINTED)
    door.lock.greet("main", mode="smile")
    door.lock.greet("door", mode="presence")

    assert not door.lock.permitted
    assert door.faults() == [("mode:door", "raised")]


def test_a_process_that_comes_again_and_again_in_another_mode_floods_nothing() -> None:
    door = Door(PRINTED)
    for _ in range(100):
        door.now_s += 1
        door.lock.greet("main", mode="emotion")
        door.lock.greet("main", mode="smile")
        door.lock.refuse_other("main", "a batch of mode emotion came")

    assert len(door.refusals()) <= 3
    assert len(door.faults()) <= 6


def test_every_permit_is_told_with_the_notice_that_it_rests_on() -> None:
    door = Door(PRINTED)

    (event,) = door.events
    assert isinstance(event, NoticeShown)
    assert (event.shown, event.attested_by, event.attested_on) == (
        "printed",
        "store manager",
        "2026-11-02",
    )


STEPS = ("painted", "gone", "declined", "over", "other", "same", "look")


@given(st.lists(st.sampled_from(STEPS), max_size=30))
def test_the_camera_is_open_only_while_notice_wish_and_mode_allow_it(steps: list[str]) -> None:
    door, stands, declined, other = Door(ON_SCREEN), False, False, False
    for step in steps:
        match step:
            case "painted":
                door.lock.notice_painted()
                stands = stands or not declined
            case "gone":
                door.lock.notice_gone()
                stands = False
            case "declined" | "over":
                declined = step == "declined"
                door.lock.decline(on=declined)
                stands = False
            case "other" | "same":
                other = step == "other"
                door.lock.greet("main", mode="emotion" if other else "smile")
            case "look":
                door.wait(NOT_SHOWN_S)
        assert door.lock.permitted == (stands and not declined and not other)
        assert (door.lock.reason == "") == door.lock.permitted
    assert door.permits == [n % 2 == 0 for n in range(len(door.permits))], "never told twice"
