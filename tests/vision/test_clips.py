"""Video files and playlists."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.errors import CameraError
from agent.vision.clips import Clip, Pause, blank_picture, parse_playlist, sampled

VideoOf = Callable[..., Path]


def test_a_playlist_is_files_and_pauses_in_order(video_of: VideoOf) -> None:
    one, two = video_of([1], name="one.avi"), video_of([2], name="two.avi")
    assert parse_playlist(f"{one},pause:3, {two} ,pause:0.5") == [one, Pause(3), two, Pause(0.5)]


@pytest.mark.parametrize("source", ["", ",", "pause:3", "nowhere.mp4", "pause:x", "a.mp4,pause:-1"])
def test_what_is_no_playlist_is_refused_in_one_line(source: str) -> None:
    with pytest.raises(CameraError, match=r"vision\.source") as caught:
        parse_playlist(source)
    assert "\n" not in str(caught.value)


def test_a_clip_tells_its_length_and_rate(video_of: VideoOf) -> None:
    clip = Clip(video_of([0] * 30, fps=15))
    frames = list(sampled(clip, fps=30))
    assert clip.fps == pytest.approx(15)
    assert clip.seconds == pytest.approx(2, abs=0.05)
    assert len(frames) == 30


@pytest.mark.parametrize(("rate", "fps", "expected"), [(15, 10, 20), (30, 10, 20), (10, 30, 20)])
def test_sampling_keeps_to_the_rate_on_average(
    video_of: VideoOf, rate: float, fps: float, expected: int
) -> None:
    clip = Clip(video_of([0] * round(rate * 2), fps=rate))
    assert len(list(sampled(clip, fps=fps))) == pytest.approx(expected, abs=1)


def test_times_are_those_of_the_video_and_grow(video_of: VideoOf) -> None:
    times = [at_s for at_s, _ in sampled(Clip(video_of([0] * 20, fps=10)), fps=10)]
    assert times == pytest.approx([index / 10 for index in range(20)], abs=0.02)
    assert times == sorted(times)


def test_pictures_are_those_of_the_video(video_of: VideoOf) -> None:
    pictures = [picture for _, picture in sampled(Clip(video_of([10, 200], fps=10)), fps=10)]
    assert [round(float(picture.mean()), -1) for picture in pictures] == [10, 200]


def test_a_text_is_no_video(tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_text("not a video")
    with pytest.raises(CameraError, match="not a video"):
        Clip(tmp_path / "notes.mp4")


def test_a_missing_file_is_called_missing(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match=r"no file .*gone\.mp4: choose another file"):
        Clip(tmp_path / "gone.mp4")


def test_nobody_else_talks_about_a_wrong_file(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.txt").write_text("not a video")
    with pytest.raises(CameraError):
        Clip(tmp_path / "notes.txt")
    assert capfd.readouterr() == ("", "")


def test_a_video_without_one_whole_picture_is_none(video_of: VideoOf) -> None:
    path = video_of([0] * 5)
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"movi") + 12])
    with pytest.raises(CameraError, match="holds no picture"):
        list(sampled(Clip(path), fps=10))


def test_a_pause_is_an_empty_wall() -> None:
    picture = blank_picture(width=64, height=48)
    assert picture.shape == (48, 64, 3)
    assert picture.std() == 0
