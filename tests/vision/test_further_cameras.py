"""Settings of further cameras, and which unit looks through which."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from agent.config.schema import KioskSettings
from agent.vision.service import run_vision
from agent.vision.settings import NETWORK_TIMEOUT_S, VisionSettings, Zone
from agent.vision.unit import WrongUnitError, check_unit, unit_of

IP = "rtsp://192.168.1.60/stream1"
MASK = {"x": 0, "y": 0, "width": 0.5, "height": 1}


def vision(*cameras: dict[str, Any], **main: Any) -> VisionSettings:
    return VisionSettings.model_validate(
        {"mode": "presence", "notice": {"shown": "screen"}, "cameras": cameras, **main}
    )


def test_without_further_cameras_there_is_main_alone() -> None:
    assert vision().ids == ("main",)
    assert vision().of("main") == vision()


def test_a_further_camera_is_as_the_first_but_for_what_it_says() -> None:
    settings = vision({"id": "door", "source": "2", "fps": 5}, width=800, fps=8, min_dwell_s=3)
    door = settings.of("door")
    assert settings.ids == ("main", "door")
    assert (door.source, door.fps, door.width, door.min_dwell_s) == ("2", 5, 800, 3)
    assert (door.mode, door.notice) == (settings.mode, settings.notice)


def test_zones_are_of_one_picture_and_hold_for_no_other() -> None:
    settings = vision(
        {"id": "door", "source": "2", "staff_mask": [MASK | {"x": 0.5}]},
        {"id": "desk", "source": "4"},
        staff_mask=[MASK],
        contact_zone=MASK,
    )
    assert settings.of("door").staff_mask == (Zone.model_validate(MASK | {"x": 0.5}),)
    assert settings.of("desk").staff_mask == ()
    assert settings.of("desk").contact_zone is None


def test_how_small_a_face_may_be_follows_each_cameras_own_distance() -> None:
    settings = vision({"id": "door", "source": "2", "distance_m": 3}, {"id": "desk", "source": "4"})
    assert settings.of("door").far
    assert settings.of("door").min_face == 0.04
    assert not settings.of("desk").far
    assert settings.of("desk").min_face == 0.08
    given = vision({"id": "door", "source": "2", "distance_m": 3, "min_face": 0.06})
    assert given.of("door").min_face == 0.06


def test_a_camera_on_the_network_is_given_more_time() -> None:
    settings = vision({"id": "door", "source": IP}, capture_timeout_s=2)
    assert settings.of("door").capture_timeout_s == NETWORK_TIMEOUT_S
    assert vision(source=IP).capture_timeout_s == NETWORK_TIMEOUT_S
    assert vision(source=IP, capture_timeout_s=3).capture_timeout_s == 3
    own = vision({"id": "door", "source": IP, "capture_timeout_s": 5})
    assert own.of("door").capture_timeout_s == 5


def test_a_password_is_for_the_camera_that_names_it() -> None:
    words = {"username": "kiosk", "password_file": "/run/credentials/x/camera-password"}
    settings = vision({"id": "door", "source": "2"}, source=IP, **words)
    assert settings.of("main").username == "kiosk"
    assert (settings.of("door").username, settings.of("door").password_file) == (None, None)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: vision({"id": "main", "source": "2"}), "an id of its own"),
        (lambda: vision({"id": "a", "source": "2"}, {"id": "a", "source": "3"}), "an id of its"),
        (lambda: vision({"id": "a", "source": "0"}), "two cameras have the same source"),
        (lambda: vision({"id": "A b", "source": "2"}), "String should match pattern"),
        (lambda: vision({"id": "a"}), "Field required"),
        (lambda: vision({"id": "a", "source": "2", "mode": "smile"}), "Extra inputs"),
        (lambda: vision({"id": "a", "source": "rtsp://u:p@10.0.0.1/"}), "username and password_f"),
        (lambda: vision({"id": "a", "source": IP, "username": "u"}), "go together"),
        (
            lambda: vision({"id": "a", "source": "2", "username": "u", "password_file": "/x"}),
            "is for a camera on the network",
        ),
        (lambda: vision(*({"id": f"a{n}", "source": f"{n + 1}"} for n in range(4))), "at most 3"),
    ],
)
def test_cameras_that_could_not_work_are_refused(make: Callable[[], object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        make()


def test_mode_emotion_wants_a_staff_mask_for_every_camera() -> None:
    lawful = {"mode": "emotion", "emotion_attestation": "somebody", "staff_mask": [MASK]}
    with pytest.raises(ValidationError, match="staff_mask for camera door"):
        vision({"id": "door", "source": "2"}, **lawful)
    assert vision({"id": "door", "source": "2", "staff_mask": [MASK]}, **lawful).ids


# -- units -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("main", "door", "units"),
    [
        ("0", "2", ["smilepost-vision.service", "smilepost-vision@door.service"]),
        ("0", IP, ["smilepost-vision.service", "smilepost-vision-ip@door.service"]),
        (IP, "2", ["smilepost-vision-ip@main.service", "smilepost-vision@door.service"]),
    ],
)
def test_every_camera_has_a_unit(main: str, door: str, units: list[str]) -> None:
    settings = vision({"id": "door", "source": door}, source=main)
    assert [unit_of(settings, camera) for camera in settings.ids] == units


@pytest.mark.parametrize(
    ("camera", "ip", "why"),
    [
        ("roof", False, "no camera `roof`, the cameras are main, door, gate"),
        ("gate", False, "enable smilepost-vision-ip@gate.service instead, or start this with --ip"),
        ("door", True, "enable smilepost-vision@door.service instead, or start this without --ip"),
        ("main", True, "enable smilepost-vision.service instead"),
    ],
)
def test_a_process_takes_no_other_units_work(
    camera: str,
    ip: bool,  # noqa: FBT001 - pytest passes it by name
    why: str,
    tmp_path: Path,
) -> None:
    settings = vision({"id": "door", "source": "2"}, {"id": "gate", "source": IP})
    kiosk = KioskSettings.model_validate(
        {"device": {"tenant": "a", "site": "b", "id": "c"}, "runtime_dir": str(tmp_path)}
        | {"vision": settings.model_dump()}
    )
    with pytest.raises(WrongUnitError, match=why) as told:
        run_vision(kiosk, camera=camera, ip=ip)
    assert told.value.exit_code == 2


def test_the_right_unit_may_go_on() -> None:
    settings = vision({"id": "gate", "source": IP})
    check_unit(settings, "main", ip=False)
    check_unit(settings, "gate", ip=True)
