"""A recording's figures: of a drawn one, and of real faces where there are some."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.cli import main
from agent.emoscope.command import ProgressLine
from agent.emoscope.recording import Figures, look_through
from agent.emoscope.scope import open_tools
from agent.errors import CameraError
from agent.vision.pipeline import RESTING_EVERY_S
from agent.vision.settings import VisionSettings
from tests.emoscope.scene import film, tools

SMILE = VisionSettings().model_copy(update={"mode": "smile"})


def looked(path: Path, *, told: list[float] | None = None) -> Figures:
    heard = told if told is not None else []
    return look_through(path, SMILE, tools(), progress=heard.append)


def test_a_drawn_visit_is_counted_and_timed(tmp_path: Path) -> None:
    figures = looked(film(tmp_path))
    (stay,) = figures.stays
    assert (figures.frames, figures.most_at_once) == (60, 1)
    assert figures.seconds == pytest.approx(6)
    assert stay.start_s == pytest.approx(1.0, abs=0.3)
    assert stay.end_s == pytest.approx(5.9, abs=RESTING_EVERY_S)
    assert figures.smile_share == pytest.approx(0.6, abs=0.1)


def test_progress_is_told_in_seconds_of_the_recording(tmp_path: Path) -> None:
    told: list[float] = []
    looked(film(tmp_path, seconds=2), told=told)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.9)


def test_what_looking_costs_is_known_for_every_frame(tmp_path: Path) -> None:
    figures = looked(film(tmp_path, seconds=2))
    assert len(figures.costs_ms) == figures.frames
    assert 0 < figures.cost.median <= figures.cost.most
    assert figures.resident_mb > 10


def test_a_file_that_is_no_video_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match="choose another file"):
        looked(tmp_path / "none.avi")


def test_progress_goes_to_people_and_not_into_the_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    progress = ProgressLine()
    progress._told_s -= 10
    progress.at(40.0)
    progress.end(looked(film(tmp_path, seconds=2)))
    out, err = capsys.readouterr()
    assert out == ""
    assert "40 s of the recording looked at" in err
    assert err.endswith("0 contacts\n")


def test_a_report_and_figures_for_machines_are_made_of_real_faces(
    real_clips: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    video, out = real_clips["WolfgangLanger_Pexels.mp4"], tmp_path / "out.html"
    assert main(["emoscope", str(video), "--report", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    (contact,) = told["contacts"]
    assert contact["dwell_s"] > 19
    assert contact["expression"] is None
    thirds = [step["smile"] for step in told["steps"] if step["smile"] is not None]
    first, last = thirds[: len(thirds) // 3], thirds[-len(thirds) // 3 :]
    assert sum(first) / len(first) < 0.3
    assert sum(last) / len(last) > 0.7
    assert told["cost"]["times_faster"] > 1
    page = out.read_text(encoding="utf-8")
    assert "WolfgangLanger_Pexels.mp4" in page
    assert all(model["sha256"][:12] in page for model in told["models"])
    assert list(tmp_path.iterdir()) == [out]


def test_in_presence_the_expression_net_is_not_even_loaded() -> None:
    used = open_tools(SMILE.model_copy(update={"mode": "presence"}))
    assert used.read is None
    assert len(used.models) == 1
    assert open_tools(SMILE).read is not None
