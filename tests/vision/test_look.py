"""`smilepost look`: the real models on real faces."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.errors import CameraError, ModelError
from agent.vision.look import ContactReport, LookReport, look, look_command
from agent.vision.settings import VisionSettings
from agent.vision.stages import STAGES

SHARED = Path(__file__).parents[3] / "shared" / "data" / "video"
VideoOf = Callable[..., Path]

measured = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the measured videos (../shared/data) are not on this machine"
)


@pytest.fixture(scope="module")
def looked(real_clips: dict[str, Path]) -> dict[str, LookReport]:
    """What the pipeline says of every clip."""
    return {name: look(path, VisionSettings()) for name, path in real_clips.items()}


def overlap_s(contact: ContactReport, start: float, end: float) -> float:
    return max(0.0, min(contact.end, end) - max(contact.start, start))


@pytest.mark.parametrize(
    "name", ["single_face.mp4", "noface_face.mov", "face_noface.mov", "WolfgangLanger_Pexels.mp4"]
)
def test_a_clip_with_a_face_has_one_contact(looked: dict[str, LookReport], name: str) -> None:
    assert len(looked[name].contacts) == 1


def test_a_clip_without_a_face_has_none(looked: dict[str, LookReport]) -> None:
    assert looked["no_face.mp4"].contacts == ()


def test_a_contact_begins_where_the_face_appears(looked: dict[str, LookReport]) -> None:
    (contact,) = looked["noface_face.mov"].contacts
    assert contact.start == pytest.approx(4.0, abs=0.3)


def test_a_hand_over_the_face_does_not_split_a_contact(looked: dict[str, LookReport]) -> None:
    (contact,) = looked["WolfgangLanger_Pexels.mp4"].contacts
    assert contact.dwell_s > 19


def test_a_smile_after_a_neutral_face_is_a_part_of_the_visit(
    looked: dict[str, LookReport],
) -> None:
    (contact,) = looked["noface_face.mov"].contacts
    assert 0.4 < contact.smile_share < 0.95
    assert contact.expression is not None
    assert contact.expression.neutral > 0.1


def test_sad_then_happy_is_both(looked: dict[str, LookReport]) -> None:
    (contact,) = looked["WolfgangLanger_Pexels.mp4"].contacts
    assert contact.expression is not None
    assert contact.expression.positive > 0.3
    assert contact.expression.negative > 0.1


def test_class_shares_add_up(looked: dict[str, LookReport]) -> None:
    for report in looked.values():
        for contact in report.contacts:
            assert contact.expression is not None
            shares = contact.expression
            assert shares.positive + shares.neutral + shares.negative == pytest.approx(1, abs=0.01)


def test_the_report_tells_frames_length_and_cost(looked: dict[str, LookReport]) -> None:
    report = looked["single_face.mp4"]
    assert report.seconds == pytest.approx(2.4, abs=0.1)
    assert report.frames == pytest.approx(24, abs=1)
    assert report.cpu_ms_per_frame > 0


@pytest.fixture(scope="module")
def composition() -> LookReport:
    """What the pipeline says of the composition."""
    return look(SHARED / "counter_composition.mp4", VisionSettings())


@measured
def test_the_counter_composition_has_exactly_its_five_contacts(composition: LookReport) -> None:
    truth = json.loads((SHARED / "ground_truth" / "counter_composition.json").read_text())
    assert len(composition.contacts) == truth["expected_contacts"]
    for start, end, people in ((5.467, 16.733, 3), (26.467, 38.467, 1), (61.867, 67.867, 1)):
        there = [c for c in composition.contacts if overlap_s(c, start, end) >= 0.8 * c.dwell_s]
        assert len(there) == people


@measured
def test_the_happy_man_smiles_and_the_neutral_people_do_not(composition: LookReport) -> None:
    for contact in composition.contacts:
        happy = overlap_s(contact, 26.467, 38.467) > 0
        assert contact.smile_share > 0.9 if happy else contact.smile_share < 0.2


@measured
def test_people_seen_from_behind_are_no_contacts() -> None:
    video = SHARED / "intel_one-by-one-person-detection.mp4"
    assert look(video, VisionSettings()).contacts == ()


@pytest.fixture(scope="module")
def from_afar() -> LookReport:
    """What the pipeline says of the composition when told that people stand far away."""
    return look(SHARED / "counter_composition.mp4", VisionSettings(distance_m=3))


@measured
def test_from_afar_the_five_contacts_are_the_same(
    from_afar: LookReport, composition: LookReport
) -> None:
    for near in composition.contacts:
        same = [c for c in from_afar.contacts if overlap_s(c, near.start, near.end) > 0]
        # Who come together are found in turns: the third of three up to two seconds late.
        assert any(c.dwell_s == pytest.approx(near.dwell_s, abs=2) for c in same)


@measured
def test_from_afar_only_people_who_sit_far_away_come_to_them(from_afar: LookReport) -> None:
    others = [c for c in from_afar.contacts if overlap_s(c, 5.4, 67.9) == 0]
    assert len(from_afar.contacts) - len(others) == 5
    assert all(73.2 < c.start < c.end < 76 for c in others)


def test_json_has_exactly_the_promised_fields(
    real_clips: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert look_command(str(real_clips["single_face.mp4"]), as_json=True) == 0
    report = json.loads(capsys.readouterr().out)
    fields = ["contacts", "frames", "seconds", "cpu_ms_per_frame", "resident_mb", "stages"]
    assert list(report) == fields
    (contact,) = report["contacts"]
    assert list(contact) == ["start", "end", "dwell_s", "smile_share", "expression"]
    assert list(contact["expression"]) == ["positive", "neutral", "negative"]


def test_every_stage_is_told_with_its_part_of_the_cost(looked: dict[str, LookReport]) -> None:
    report = looked["WolfgangLanger_Pexels.mp4"]
    told = {share.stage: share for share in report.stages}

    assert list(told) == [*STAGES, "other"]
    assert all(told[stage].calls > 0 and told[stage].ms_per_frame > 0 for stage in STAGES)
    assert sum(share.share for share in report.stages) == pytest.approx(1, abs=0.001)
    looking = sum(s.ms_per_frame for s in report.stages if s.stage != "decode")
    assert looking == pytest.approx(report.cpu_ms_per_frame, abs=0.01)


def test_an_empty_scene_costs_no_closer_look(looked: dict[str, LookReport]) -> None:
    told = {share.stage: share for share in looked["no_face.mp4"].stages}

    assert told["align"].calls == told["expression"].calls == 0


def test_the_table_is_for_people(
    real_clips: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert look_command(str(real_clips["single_face.mp4"]), as_json=False) == 0
    text = capsys.readouterr().out
    assert "1 contact in" in text
    assert "not felt" in " ".join(text.split())
    assert "closer look" in text
    assert "MB of memory in all" in text


def test_an_empty_video_is_an_empty_report(
    video_of: VideoOf, capsys: pytest.CaptureFixture[str]
) -> None:
    assert look_command(str(video_of([100] * 20)), as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["contacts"] == []


def test_what_is_no_video_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match="choose another file"):
        look_command(str(tmp_path / "none.mp4"), as_json=True)


def test_a_wrong_file_is_told_before_any_model_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(CameraError):
        look(tmp_path / "none.mp4", VisionSettings(models=tmp_path))


@pytest.mark.parametrize("source", ["0", "picamera2", "rtsp://192.168.1.60/stream"])
def test_who_names_a_camera_is_sent_to_emoscope(source: str) -> None:
    with pytest.raises(CameraError, match=f"`{source}` is a camera.*smilepost emoscope"):
        look_command(source, as_json=False)


def test_without_models_nothing_is_looked_at(video_of: VideoOf, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"vision\.models"):
        look(video_of([1]), VisionSettings(models=tmp_path))
