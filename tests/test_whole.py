"""A file is there with all its content, or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from agent.whole import DRAFT, write_whole


def test_it_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "answer"
    write_whole(path, b"a longer one")
    write_whole(path, b"short")

    assert path.read_bytes() == b"short"
    assert list(tmp_path.iterdir()) == [path]


def test_it_is_its_owners_alone_unless_said(tmp_path: Path) -> None:
    write_whole(tmp_path / "own", b"")
    write_whole(tmp_path / "open", b"", mode=0o644)

    assert stat.S_IMODE((tmp_path / "own").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "open").stat().st_mode) & 0o600 == 0o600


def test_what_stood_there_stays_when_the_disk_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "answer"
    write_whole(path, b"before")

    def refuse(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"behind")

    assert path.read_bytes() == b"before"


def test_a_draft_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"precious")
    (tmp_path / f"answer{DRAFT}").symlink_to(other)

    with pytest.raises(OSError, match="symbolic links"):
        write_whole(tmp_path / "answer", b"x")

    assert other.read_bytes() == b"precious"
