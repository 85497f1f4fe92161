"""Checks of the store's folder and of the time one commit takes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent.doctor.checks import Failed, NotApplicable
from agent.doctor.storage import (
    COMMITS,
    commit_time,
    dead_letters,
    filesystem_of,
    measure_commits,
    room_for_blocks,
    store,
)
from agent.outbox import Settlement, State
from agent.outbox.rescue import finish
from tests.outbox.stores import open_outbox, take_all

MOUNTS = """\
22 1 179:2 / / rw,noatime shared:1 - ext4 /dev/mmcblk0p2 rw
25 22 0:22 / /run rw shared:5 - tmpfs tmpfs rw,size=400k
31 22 0:30 / /mnt/my\\040disk rw - xfs /dev/sda1 rw
"""


def test_a_folder_on_a_disk_will_do(tmp_path: Path) -> None:
    fact = store(tmp_path / "outbox.db", filesystem=lambda _: "ext4")
    assert fact == f"{tmp_path}/outbox.db on ext4"


@pytest.mark.parametrize("kind", ["tmpfs", "ramfs"])
def test_memory_is_refused_because_a_power_cut_empties_it(tmp_path: Path, kind: str) -> None:
    with pytest.raises(Failed, match="a power cut would empty it") as caught:
        store(tmp_path / "outbox.db", filesystem=lambda _: kind)
    assert "store.path" in caught.value.remedy


def test_a_missing_folder_is_told_with_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(Failed) as caught:
        store(tmp_path / "none" / "outbox.db")
    assert caught.value.remedy == (
        f"install -d -m 0700 -o smilepost-agent -g smilepost {tmp_path}/none"
    )


def test_a_store_of_another_user_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "outbox.db").touch()
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(Failed, match=r"outbox\.db is not writable"):
        store(tmp_path / "outbox.db", filesystem=lambda _: "ext4")


def test_the_kernel_is_asked_where_a_folder_lies() -> None:
    assert filesystem_of(Path("/proc")) == "proc"


def test_the_innermost_mount_decides(tmp_path: Path) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(MOUNTS)
    assert filesystem_of(Path("/var/lib"), mounts=table) == "ext4"
    assert filesystem_of(Path("/run/smilepost"), mounts=table) == "tmpfs"
    assert filesystem_of(Path("/runner"), mounts=table) == "ext4"
    assert filesystem_of(Path("/mnt/my disk/x"), mounts=table) == "xfs"


def test_commits_are_really_made_and_leave_nothing_behind(tmp_path: Path) -> None:
    times_ms = measure_commits(tmp_path)
    assert len(times_ms) == COMMITS
    assert all(time_ms > 0 for time_ms in times_ms)
    assert list(tmp_path.iterdir()) == []


def test_the_median_and_the_slowest_commit_are_told(tmp_path: Path) -> None:
    fact = commit_time(tmp_path, measure=lambda _: [9.0, 1.0, 2.0])
    assert fact == "median 2.0 ms, slowest 9.0 ms of 3 commits"


def test_a_slow_card_is_told(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"median 90\.0 ms") as caught:
        commit_time(tmp_path, measure=lambda _: [90.0] * 3)
    assert "faster card" in caught.value.remedy


def test_a_folder_that_takes_no_database_is_told() -> None:
    with pytest.raises(Failed, match="no database can be written"):
        commit_time(Path("/proc"))


def test_without_a_folder_there_is_nothing_to_measure(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable):
        commit_time(tmp_path / "none")


def test_blocks_on_which_a_full_disk_would_end_the_agent_are_told(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="blocks of 1024 bytes") as caught:
        room_for_blocks(tmp_path, block_bytes=lambda _: 1024)
    assert "4096" in caught.value.remedy
    assert room_for_blocks(tmp_path, block_bytes=lambda _: 4096) == "blocks of 4096 bytes"


def test_the_blocks_of_this_machine_are_read(tmp_path: Path) -> None:
    assert room_for_blocks(tmp_path).startswith("blocks of ")
    with pytest.raises(NotApplicable):
        room_for_blocks(tmp_path / "none")


def test_what_the_broker_refused_is_told(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    outbox = open_outbox(path)
    [row] = take_all(outbox)
    assert dead_letters(path) == "none"
    outbox.settle([Settlement(row.position, State.REJECTED, 0x87)])
    outbox.close()
    with pytest.raises(Failed, match="refused 1 events") as caught:
        dead_letters(path)
    assert "outbox replay" in caught.value.remedy


def test_files_that_were_set_aside_are_told_until_they_are_salvaged(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    open_outbox(path).close()
    for name in ("outbox.db.corrupt-1f2e3d4c", "outbox.db.corrupt-1f2e3d4c-wal"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(Failed, match=r"salvaged: outbox\.db\.corrupt-1f2e3d4c$"):
        dead_letters(path)
    finish(tmp_path / "outbox.db.corrupt-1f2e3d4c")
    assert dead_letters(path) == "none"


def test_without_a_store_nothing_was_refused(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable):
        dead_letters(tmp_path / "outbox.db")


def test_a_store_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "outbox.db").write_bytes(b"no database" * 400)
    with pytest.raises(Failed, match="cannot be read"):
        dead_letters(tmp_path / "outbox.db")
