"""The demo's command line, and the configuration that follows from it."""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import yaml

from agent.config.loading import load
from agent.config.schema import KioskSettings
from agent.demo.first_frame import main as first_frame
from agent.demo.options import (
    SCRIPTED,
    Options,
    Settings,
    UsageError,
    absolute,
    compose,
    needs_owner,
    playlist,
    read_profile,
    wants_camera,
)
from agent.demo.workplace import Workplace
from agent.errors import DemoError
from agent.testing.broker import free_port


def options(**changes: Any) -> Options:
    asked = {"seconds": None, "record": None, "camera": None, "profile": None, "port": 0}
    return Options.of(argparse.Namespace(**{**asked, "no_browser": True, **changes}))


def settings(
    asked: Options, profile: Settings, *, source: str | None, folder: Path
) -> KioskSettings:
    composed = compose(asked, profile, source=source, folder=folder, uplink_port=1884)
    file = folder / "kiosk.yaml"
    file.write_text(yaml.safe_dump(composed | {"runtime_dir": str(folder)}), encoding="utf-8")
    return load(file).settings


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"seconds": 0.5}, "--seconds 0.5: give a number from 1 to 86400"),
        ({"record": Path("/no/such.d/out")}, "--record /no/such.d/out cannot be written: No such"),
        ({"camera": "63"}, "--camera 63: there is no /dev/video63; plug it in, or give a video"),
        ({"camera": "/no/such.mp4"}, "--camera /no/such.mp4: no such video; give a camera number"),
    ],
)
def test_what_cannot_work_is_refused_in_one_line(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(DemoError) as caught:
        options(**changes)
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"port": 80_000}, "--port 80000: give a number from 1 to 65534"),
        ({"port": -1}, "--port -1: give a number from 1 to 65534"),
        ({"port": 65_535}, "--port 65535: give a number from 1 to 65534"),
        ({"seconds": -1.0}, "--seconds -1: give a number from 1 to 86400"),
        ({"camera": "/no/such.mp4"}, "--camera /no/such.mp4: no such video"),
        ({"camera": "pause:3"}, "--camera: vision.source `pause:3` names no video"),
    ],
)
def test_wrong_usage_is_told_from_what_the_machine_lacks(
    changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        options(**changes)
    assert str(caught.value).startswith(said)
    assert caught.value.exit_code == 2


def test_a_camera_that_is_no_video_is_refused_at_once(tmp_path: Path) -> None:
    text = tmp_path / "README.md"
    text.write_text("# Not a film\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"README\.md is not a video that can be read"):
        options(camera=str(text))


def test_a_video_with_a_picture_is_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(film), cv2.VideoWriter.fourcc(*"MJPG"), 5, (64, 48))
    for _ in range(3):
        writer.write(np.zeros((48, 64, 3), np.uint8))
    writer.release()
    assert first_frame(f"{film},pause:1") == 0
    assert options(camera=str(film)).camera == str(film)
    film.write_bytes(film.read_bytes()[:100])
    assert first_frame(str(film)) == 1
    assert capsys.readouterr().out.count("\n") == 1


def test_the_demo_itself_loads_no_decoder() -> None:
    asked = "import sys, agent.demo.command; print('cv2' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"


def test_a_taken_port_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        taken = holder.getsockname()[1]
        with pytest.raises(DemoError, match=f"port {taken} is taken"):
            options(port=taken)


def test_an_unknown_profile_is_refused_with_those_there_are() -> None:
    known = "counter, emoscope, emotion-monitor, feedback, loyalty, start, surveyor"
    with pytest.raises(UsageError, match=f"there are {known}$"):
        read_profile("surveyor-of-everything")
    with pytest.raises(DemoError, match="none of that name"):
        read_profile("../kiosk")


def test_the_default_is_five_buttons_reasons_and_a_smile_camera(tmp_path: Path) -> None:
    made = settings(options(port=free_port()), {}, source="a.mp4", folder=tmp_path)
    assert [b.id for b in made.panel.buttons] == ["very_bad", "bad", "okay", "good", "very_good"]
    assert all(b.light is not None for b in made.panel.buttons)
    assert made.panel.backend == "mock"
    assert made.panel.buzzer is not None
    assert made.visit.reasons
    assert made.screen.languages == ("en", "ru", "pl", "de")
    assert (made.vision.mode, made.vision.batch_contacts, made.vision.gauge) == ("smile", 3, True)
    assert made.uplink.port == 1884
    assert made.store.path == tmp_path / "outbox.db"


def test_a_recorded_camera_is_attested_and_a_real_one_waits_for_the_page(tmp_path: Path) -> None:
    recorded = settings(options(), {}, source="a.mp4", folder=tmp_path).vision.notice
    asked = replace(options(), camera="0")  # unchecked: there is none here
    real = settings(asked, {}, source="0", folder=tmp_path).vision.notice
    assert recorded is not None
    assert (recorded.shown, recorded.attested_by) == ("printed", "demo")
    assert real is not None
    assert real.shown == "screen"


def test_without_a_camera_vision_is_off(tmp_path: Path) -> None:
    assert settings(options(camera="none"), {}, source=None, folder=tmp_path).vision.mode == "off"
    assert not wants_camera(options(camera="none"), {})


@pytest.mark.parametrize(
    "name", ["start", "loyalty", "feedback", "surveyor", "counter", "emotion-monitor"]
)
def test_a_profile_runs_on_the_demos_pins_store_and_broker(name: str, tmp_path: Path) -> None:
    asked, profile = options(profile=name), read_profile(name)
    source = "a.mp4" if wants_camera(asked, profile) else None
    made = settings(asked, profile, source=source, folder=tmp_path)
    assert made.panel.backend == "mock"
    assert made.uplink.port == 1884
    assert made.store.path.parent == tmp_path
    assert made.device.tenant == profile["device"]["tenant"]


def test_recorded_faces_are_measured_without_an_owners_word(tmp_path: Path) -> None:
    asked, profile = options(profile="emotion-monitor"), read_profile("emotion-monitor")
    vision = settings(asked, profile, source="a.mp4", folder=tmp_path).vision
    assert (vision.mode, vision.batch_contacts) == ("emotion", 3)
    needs_owner(asked, profile)


def test_emotions_of_people_in_front_of_a_camera_need_their_owner() -> None:
    asked = replace(options(profile="emotion-monitor"), camera="0")  # unchecked: there is none here
    with pytest.raises(UsageError, match="emotion-monitor the demo shows recorded faces only"):
        needs_owner(asked, read_profile("emotion-monitor"))
    needs_owner(replace(asked, profile="counter"), read_profile("counter"))


def test_the_counters_demo_reads_no_expression(tmp_path: Path) -> None:
    asked, profile = options(profile="counter"), read_profile("counter")
    assert settings(asked, profile, source="a.mp4", folder=tmp_path).vision.mode == "presence"


def test_the_demo_needs_no_key_to_take_words(tmp_path: Path) -> None:
    asked, profile = options(profile="feedback"), read_profile("feedback")
    made = settings(asked, profile, source=None, folder=tmp_path)
    assert made.feedback.takes == {"text", "contact"}
    assert (made.feedback.public_key, made.feedback.plain) == (None, True)


def test_the_questionnaires_of_a_profile_are_found_from_the_demos_folder(tmp_path: Path) -> None:
    asked, profile = options(profile="surveyor"), read_profile("surveyor")
    made = settings(asked, profile, source=None, folder=tmp_path)
    (questionnaire,) = made.survey.questionnaires
    assert questionnaire.is_file()
    assert (made.visit.reasons, len(made.panel.buttons)) == ((), 5)


def test_a_profile_without_a_camera_gets_one_only_when_asked() -> None:
    profile = read_profile("start")
    assert not wants_camera(options(), profile)
    assert wants_camera(replace(options(), camera="0"), profile)


def test_the_recorded_customers_leave_between_their_visits() -> None:
    names = {n for part in SCRIPTED for n in part.split(",") if not n.startswith("pause:")}
    clips = {n: Path("/clips") / n for n in (*names, "WolfgangLanger_Pexels.mp4")}
    source = playlist(clips, scripted=True)
    assert "/clips/noface_face.mov" in source
    assert "pause:" in source
    assert "Wolfgang" not in source
    assert "Wolfgang" in playlist(clips, scripted=False)


def test_files_of_a_playlist_become_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert absolute("a.mp4,pause:3") == f"{tmp_path}/a.mp4,pause:3"


def test_a_workplace_is_fresh_short_and_gone_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Workplace() as first, Workplace() as second:
        assert first.folder != second.folder
        assert first.store.is_relative_to(tmp_path / ".cache" / "demo")
        assert len(str(first.control)) < 107
        folders = [first.folder, first.sockets, second.folder, second.sockets]
        assert all(folder.is_dir() for folder in folders)
    assert not any(folder.exists() for folder in folders)


def test_what_a_killed_demo_left_is_swept_and_a_living_ones_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("agent.demo.workplace._SHORT", tmp_path)
    killed = """if True:
        import os
        from agent.demo.workplace import Workplace
        place = Workplace().__enter__()
        print(place.folder, place.sockets, flush=True)
        os.kill(os.getpid(), 9)"""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "TMPDIR": "."}
    died = subprocess.run(
        [sys.executable, "-c", killed], capture_output=True, text=True, check=False, env=environment
    )
    left = [Path(name) for name in died.stdout.split()]
    assert len(left) == 2
    assert all(folder.is_dir() for folder in left)
    with Workplace() as living, Workplace():
        assert not any(folder.exists() for folder in left)
        assert living.folder.is_dir()
        assert living.sockets.is_dir()
