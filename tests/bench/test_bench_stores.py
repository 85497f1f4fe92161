"""Appends are measured beside raw SQLite: their time, their syncs, what the disk wrote."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agent.bench import disk, stores
from agent.bench.disk import bytes_written, count_syncs, flush, strace
from agent.bench.stores import StoreSizes, measure_stores, subjects
from agent.errors import StoreError

FEW = StoreSizes(appends=25, threads=5, rounds=1, sparse=5, sparse_rate=200, before=5)
RAW = ["raw sqlite3, our pragmas", "raw sqlite3, WAL, FULL"]


@pytest.fixture
def _other_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The folders of tests may be in memory: a disk that has written 4 KB more at every look."""
    looks = iter(range(0, 1 << 30, 4096))
    monkeypatch.setattr(stores, "bytes_written", lambda _folder: next(looks))
    monkeypatch.setattr(disk, "_mount", lambda *_: False)


@pytest.mark.usefixtures("_other_disk")
def test_ours_stands_beside_sqlite_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "subjects", lambda python: subjects(python)[:2])
    rows = measure_stores(tmp_path, python=None, sizes=FEW)
    metrics = [
        "one durable append, p50",
        "durable appends, one waiting",
        "durable appends, 5 waiting",
    ]
    if strace(tmp_path) is not None:
        metrics += ["syncs, one waiting", "syncs, 5 waiting"]
    metrics += [f"device writes at 200/s, store {age}" for age in ("just opened", "in use")]
    assert [(row.metric, row.peer) for row in rows] == [(m, RAW[0]) for m in metrics]
    assert all(row.ours > 0 and row.theirs for row in rows)


def test_without_their_environment_the_peers_are_left_out() -> None:
    assert [subject.title for subject in subjects(None)] == ["this outbox", *RAW]


def test_with_peers_each_has_its_version_and_its_weakness(tmp_path: Path) -> None:
    titles = [subject.title for subject in subjects(tmp_path)]
    assert titles[:3] == ["this outbox", *RAW]
    assert [title.split()[0] for title in titles[3:]] == ["persist-queue", "litequeue", "huey"]
    assert titles[4].endswith("synchronous=NORMAL")
    assert all(str(tmp_path) in s.command(tmp_path)[0] for s in subjects(tmp_path)[3:])


def test_without_strace_there_are_no_syncs_and_a_line_that_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: None)
    with caplog.at_level(logging.WARNING):
        assert stores._syncs([], FEW, tmp_path) == []
    assert caplog.messages == ["syncs are left out: strace is not installed (apt install strace)"]


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_strace_counts_every_sync_of_every_thread(tmp_path: Path) -> None:
    code = """if True:
        import os, sys, threading
        handle = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY)
        for sync in (os.fsync, os.fdatasync, os.fsync):
            thread = threading.Thread(target=sync, args=(handle,))
            thread.start()
            thread.join()
    """
    log = tmp_path / "log"
    command = [sys.executable, "-c", code, str(tmp_path / "file")]
    subprocess.run([*(strace(log) or []), *command], check=True)
    assert count_syncs(log) == 3


def test_a_call_that_was_interrupted_in_the_log_counts_once(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(
        "7 fdatasync(4)                      = 0\n"
        "7 fsync(3 <unfinished ...>\n8 fdatasync(5 <unfinished ...>\n"
        "7 <... fsync resumed>)              = 0\n8 <... fdatasync resumed>) = 0\n",
        encoding="ascii",
    )
    assert count_syncs(log) == 3


def test_a_file_system_without_a_device_is_told() -> None:
    with pytest.raises(StoreError, match="is on no block device"):
        bytes_written(Path("/proc"))


def test_without_a_device_there_are_no_writes_and_a_line_that_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def no_device(_folder: Path) -> int:
        raise StoreError("it is in memory")

    monkeypatch.setattr(stores, "bytes_written", no_device)
    monkeypatch.setattr(disk, "_mount", lambda *_: True)
    monkeypatch.setattr("subprocess.run", lambda command, **_: unmounted.append(command))
    unmounted: list[list[str]] = []
    with caplog.at_level(logging.WARNING):
        assert stores._sparse(subjects(None)[1:2], FEW, tmp_path) == []
    assert caplog.messages == ["device writes are left out: it is in memory"]
    assert [command[0] for command in unmounted] == ["umount"]


def test_who_may_not_mount_is_told_that_others_write_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with caplog.at_level(logging.WARNING), disk.own_disk(tmp_path) as place:
        assert place.is_dir()
    assert [message.split(":")[0] for message in caplog.messages] == ["device writes"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a file system")
def test_a_disk_of_our_own_tells_what_was_written_to_it(tmp_path: Path) -> None:
    with disk.own_disk(tmp_path) as place:
        if place.stat().st_dev == tmp_path.stat().st_dev:
            pytest.skip("no file system can be mounted here")
        before = bytes_written(place)
        (place / "file").write_bytes(b"x" * 1_000_000)
        flush(place)
        assert 1_000_000 <= bytes_written(place) - before <= 1_500_000
    assert list(place.iterdir()) == []


def test_flushing_touches_files_and_no_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "inner" / "file")
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    flush(tmp_path)
    assert len(synced) == 1
