"""`bench vision`: the same frames for all, and rows that say what was measured."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from agent.bench import runs, scenes, vision
from agent.bench.peers.seeing import measure, resident_mb
from agent.bench.scenes import framed, write_still
from agent.bench.vision import Seen, middle, rows
from agent.errors import ModelError, VisionError

OURS = {
    "face": Seen(1.2, 100, 120.0),
    "empty": Seen(0.1, 0, 121.0),
    "restless": Seen(0.9, 0, 121.0),
}
FER = {
    "fer as shipped": {
        "face": Seen(48.0, 106, 1000.0),
        "empty": Seen(30.0, 2, 1000.0),
        "restless": Seen(31.0, 3, 1000.0),
    }
}


def test_every_peer_stands_beside_ours_with_what_it_found() -> None:
    told = {(row.metric, row.peer): row for row in rows(OURS, FER)}
    beside = told["a face in view, CPU a frame", "fer as shipped"]
    assert (beside.ours, beside.theirs) == (1.2, 48.0)
    assert told["faces found, empty scene", "fer as shipped"].theirs == 2
    assert told["a face in view, by fer", "limit"].ours == pytest.approx(0.025)


def test_without_peers_ours_is_still_measured_against_its_limits() -> None:
    told = {row.metric: row for row in rows(OURS, {})}
    assert told["a face in view, CPU a frame"].theirs == 1.5
    assert told["empty by face in view"].ours == pytest.approx(1 / 12)
    assert told["resident, all of it"].theirs == 150


def test_a_folder_without_models_is_told_before_anything_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "clips", lambda _folder: pytest.fail("fetched"))
    with pytest.raises(ModelError, match=f"{tmp_path}/none"):
        runs.run_vision(tmp_path, models=[tmp_path / "none"])


def test_a_frame_is_measured_alone_and_may_be_painted_over(tmp_path: Path) -> None:
    frames = tmp_path / "frames.npy"
    np.save(frames, np.arange(5, dtype=np.uint8).repeat(192).reshape(5, 8, 8, 3))
    seen: list[int] = []

    def look(picture: Any) -> int:
        assert picture.shape == (8, 8, 3)
        assert np.ptp(picture) == 0
        seen.append(int(picture[0, 0, 0]))
        picture[:] = 9
        return 2

    told = measure(look, frames)
    assert seen[-5:] == [0, 1, 2, 3, 4], "what was done to a frame before must not be seen"
    assert told["faces"] == [2] * 5
    assert len(told["cpu_ms"]) == 5
    assert told["resident_mb"] == pytest.approx(resident_mb(), rel=0.5)


@pytest.mark.parametrize("shape", [(720, 1280, 3), (480, 640, 3), (1280, 720, 3), (90, 90, 3)])
def test_a_frame_has_a_cameras_size_and_is_not_squeezed(shape: tuple[int, int, int]) -> None:
    height, width = shape[:2]
    picture = np.zeros(shape, np.uint8)
    line, column = np.mgrid[0:height, 0:width]
    radius = min(height, width) // 5
    picture[(line - height / 2) ** 2 + (column - width / 2) ** 2 < radius**2] = 255
    lines, columns = np.nonzero(framed(picture)[..., 0] > 127)
    assert framed(picture).shape == (480, 640, 3)
    assert np.ptp(columns) == pytest.approx(np.ptp(lines), rel=0.1)


def test_a_still_scene_hisses_grows_lighter_and_shows_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = np.tile(np.arange(640, dtype=np.uint8) // 4, (480, 1))[..., None].repeat(3, axis=2)
    monkeypatch.setattr(scenes, "_stretch", lambda *_: iter([picture]))
    monkeypatch.setattr(scenes, "STILL_S", 1.0)
    assert write_still({scenes.STILL: tmp_path}, to=tmp_path / "still.npy") == 10
    frames = np.load(tmp_path / "still.npy").astype(float)
    assert (frames[0] != frames[1]).any()
    assert frames[-1].mean() - frames[0].mean() == pytest.approx(10, abs=1)
    assert np.abs(frames[0] - framed(picture)).mean() < 4


def test_a_peer_that_fails_is_told_with_its_last_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(command: list[str], **_: Any) -> Any:
        return subprocess.CompletedProcess(command, 1, "", "a trace\nImportError: no cv2\n")

    stand_in = SimpleNamespace(run=run)
    monkeypatch.setattr(vision, "subprocess", stand_in)
    with pytest.raises(VisionError, match=r"agent\.bench\.peers\.seeing haar failed: .*no cv2"):
        vision._run(["python", "-m", "agent.bench.peers.seeing", "haar"], tmp_path)


def test_of_three_runs_the_middle_one_counts() -> None:
    runs = [Seen(cpu_ms, 1, 90.0) for cpu_ms in (9.0, 1.0, 2.0)]
    assert middle(runs).cpu_ms == 2.0
