"""What the command line and a configuration make of each other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agent.cli import main
from agent.emoscope.film import Film
from agent.emoscope.live import open_eyes
from agent.emoscope.options import Options, described, is_camera, recording, vision_settings
from agent.errors import CameraError, ConfigError, EmoscopeError
from agent.vision.eye import Eye
from agent.vision.settings import Mode, NoticeSettings, VisionSettings
from tests.emoscope.scene import film

PROFILE = Path(__file__).parents[2] / "config" / "profiles" / "emoscope.yaml"
KIOSK = """
device: {tenant: acme, site: shop, id: till}
vision:
  mode: smile
  notice: {shown: screen}
  source: "3"
  min_face: 0.2
  contact_zone: {x: 0.1, y: 0, width: 0.5, height: 1}
"""


@pytest.fixture
def kiosk(tmp_path: Path) -> Path:
    path = tmp_path / "kiosk.yaml"
    path.write_text(KIOSK, encoding="utf-8")
    return path


@pytest.fixture
def lawful(tmp_path: Path) -> Path:
    """The profile with everything that mode emotion needs switched on."""
    text = re.sub(r"^  # (?=\w+: )", "  ", PROFILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    path = tmp_path / "lawful.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_by_default_camera_0_is_looked_at_for_smiles() -> None:
    settings = vision_settings(Options())
    assert (settings.mode, settings.source, settings.staff_mask) == ("smile", "0", ())


def test_zones_and_sizes_are_those_of_the_kiosk(kiosk: Path) -> None:
    settings = vision_settings(Options(config=kiosk))
    assert (settings.source, settings.min_face) == ("3", 0.2)
    assert settings.contact_zone is not None


def test_what_the_command_line_says_holds(kiosk: Path) -> None:
    settings = vision_settings(Options(source="1", config=kiosk, mode="presence"))
    assert (settings.source, settings.mode) == ("1", "presence")


def test_emotion_is_refused_without_attestation_and_staff_mask(kiosk: Path) -> None:
    for options in (Options("a.mp4", mode="emotion"), Options(config=kiosk, mode="emotion")):
        with pytest.raises(ConfigError, match=r"vision\.emotion_attestation and vision\.staff_m"):
            vision_settings(options)


def test_emotion_is_refused_as_one_line_and_ends_with_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["emoscope", "clip.mp4", "--mode", "emotion"]) == 1
    told = capsys.readouterr().err.strip()
    assert "mode smile needs none" in told
    assert "\n" not in told


def test_emotion_is_shown_where_the_configuration_attests_it(lawful: Path) -> None:
    assert vision_settings(Options(config=lawful, mode="emotion")).mode == "emotion"


def test_for_a_camera_emotion_needs_a_printed_notice_and_for_a_recording_none(
    lawful: Path,
) -> None:
    text = re.sub(r"^  notice:.*\n", "", lawful.read_text("utf-8"), flags=re.MULTILINE)
    lawful.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=r"vision\.notice \(printed\)"):
        vision_settings(Options(config=lawful, mode="emotion"))
    assert vision_settings(Options("a.mp4", config=lawful, mode="emotion")).mode == "emotion"


@pytest.mark.parametrize("mode", ["presence", "smile"])
def test_the_profile_is_enough_for_everything_else(mode: Mode) -> None:
    assert vision_settings(Options(config=PROFILE, mode=mode)).mode == mode
    assert vision_settings(Options(config=PROFILE)).mode == "smile"


@pytest.mark.parametrize("source", ["0", "12", " 1 ", "picamera2"])
def test_numbers_and_picamera2_are_cameras(source: str) -> None:
    assert is_camera(source)
    assert described(source).lower().endswith(("camera", source.strip()))


@pytest.mark.parametrize("source", ["/dev/video0", "/dev/v4l/by-id/usb-cam", "picamera2:1"])
def test_whatever_a_kiosk_takes_for_a_camera_is_one(source: str) -> None:
    assert is_camera(source)
    assert "camera" in described(source).lower()
    settings = VisionSettings(mode="smile", notice=NoticeSettings(shown="screen"), source=source)
    assert isinstance(open_eyes(settings), Eye)


def test_a_recording_is_played_and_no_eye_waits_for_it_to_thaw(tmp_path: Path) -> None:
    video = film(tmp_path, seconds=1)
    settings = VisionSettings(
        mode="smile", notice=NoticeSettings(shown="screen"), source=str(video)
    )
    assert isinstance(open_eyes(settings), Film)


def test_a_recording_is_named_without_its_folder() -> None:
    assert described("/somewhere/private/clip.mp4") == "clip.mp4"
    assert described("a.mp4,pause:3,b/c.mp4") == "a.mp4, c.mp4"


def test_an_address_is_no_source() -> None:
    with pytest.raises(CameraError, match="no network connection is opened"):
        described("rtsp://192.0.2.7/stream")


@pytest.mark.parametrize("source", ["0", "picamera2"])
def test_no_figures_are_made_of_a_camera(
    source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["emoscope", source, "--report", str(tmp_path / "out.html")]) == 2
    assert "name a video FILE" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_figures_are_made_of_one_recording(tmp_path: Path) -> None:
    path = film(tmp_path, seconds=1)
    assert recording(str(path)) == path
    with pytest.raises(EmoscopeError, match="one recording"):
        recording(f"{path},{path}")


def test_a_report_that_could_not_be_written_is_refused_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = film(tmp_path, seconds=1)
    for out in (tmp_path, tmp_path / "none" / "out.html"):
        assert main(["emoscope", str(path), "--report", str(out)]) == 3
        told = capsys.readouterr().err
        assert "no report can be written" in told
        assert "looked at" not in told


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_what_can_never_be_shown_is_told_before_any_model_is_loaded(
    kiosk: Path, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    kiosk.write_text(f"{KIOSK}  models: {kiosk.parent}\n", encoding="utf-8")
    notes = kiosk.parent / "notes.mp4"
    notes.write_text("not a video", encoding="utf-8")
    assert main(["emoscope", str(notes), "-c", str(kiosk), "--no-browser", *more]) == 3
    assert "not a video" in capsys.readouterr().err


def test_a_missing_recording_is_one_line_and_ends_with_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for more in ([], ["--json"]):
        assert main(["emoscope", str(tmp_path / "none.mp4"), "--no-browser", *more]) == 3
        assert "none.mp4" in capsys.readouterr().err.strip().splitlines()[-1]
