"""A disk that is full or cannot be written, for real: nothing is lost, nothing out of order."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from agent.outbox import Outbox, Receipt, writer
from tests.outbox.stores import keep, look, marked, open_outbox, take_all

MOST_EVENTS = 40_000
PADDING = {f"key-{n}": n for n in range(40)}

Full = AbstractContextManager[None]
Limit = Callable[[], Full]


@pytest.fixture(autouse=True)
def _retries_are_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "RETRY_S", 0.05)


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        pytest.skip(f"{' '.join(command[:4])} is not allowed here: {done.stderr.strip()}")


@contextlib.contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path]:
    """A small file system at `folder`, unmounted afterwards whatever still uses it."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    folder.mkdir(exist_ok=True)
    run("mount", *options, str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True, timeout=60)


@pytest.fixture
def small_tmpfs(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=2m", "tmpfs") as folder:
        yield folder


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """An ext4 with the blocks of a card: in smaller ones a full disk hits SQLite's mapped index."""
    file = tmp_path / "disk.img"
    with file.open("wb") as made:
        made.truncate(8 << 20)
    run("mkfs.ext4", "-q", "-m", "0", "-b", "4096", str(file))
    return file


@pytest.fixture
def small_ext4(tmp_path: Path, image: Path) -> Iterator[Path]:
    with mounted(tmp_path / "disk", "-o", "loop", str(image)) as folder:
        yield folder


@contextlib.contextmanager
def ballast(folder: Path) -> Iterator[None]:
    """Fill the file system to the last byte."""
    file = folder / "ballast"
    with file.open("wb", buffering=0) as growing, contextlib.suppress(OSError):
        while growing.write(bytes(4096)):
            pass
    try:
        yield
    finally:
        file.unlink()


@contextlib.contextmanager
def short_files(limit_bytes: int) -> Iterator[None]:
    """No file of this process grows beyond a size: what a quota of the system does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def wait_until(condition: Callable[[], object]) -> None:
    deadline_s = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline_s, "it never came true"
        time.sleep(0.005)


def keep_until_full(outbox: Outbox) -> list[Receipt]:
    """Append until one event is kept in memory only, and some more."""
    event = marked(1).model_copy(update={"presses": PADDING})
    receipts: list[Receipt] = []
    while not receipts or receipts[-1].durable:
        assert len(receipts) < MOST_EVENTS, "it never became full"
        receipts += [f.result(20) for f in [outbox.append(event) for _ in range(20)]]
    return receipts + keep(outbox, *range(5))


def kept_in(path: Path) -> dict[int, str]:
    """Key and data of every row in the file."""
    return dict(look(path, "SELECT position, data FROM event"))


def check_file(path: Path, receipts: list[Receipt]) -> None:
    """Every receipt has its row in the closed file, under the key it was told."""
    query = """SELECT event.position, epoch.source || '/' || epoch.id || '/' ||
                      printf('%020d', event.position & ((1 << 40) - 1))
               FROM event JOIN epoch ON epoch.number = event.position >> 40"""
    keys = dict(look(path, query))
    assert {r.position: r.event_id for r in receipts}.items() <= keys.items()
    assert look(path, "PRAGMA integrity_check") == [("ok",)]


def check_offered(outbox: Outbox, receipts: list[Receipt]) -> None:
    """Everything is offered to the uplink, each once, in the order it was kept."""
    offered = [row.position for row in take_all(outbox)]
    assert offered == sorted(set(offered))
    assert {receipt.position for receipt in receipts} <= set(offered)
    assert [r.position for r in receipts] == sorted(r.position for r in receipts)


def fill_and_relieve(path: Path, limit: Limit) -> None:
    """The whole life of a full disk, twice."""
    outbox = open_outbox(path)
    receipts = keep(outbox, 1, 2, 3)
    for _ in range(2):
        with limit():
            receipts += keep_until_full(outbox)
            assert outbox.degraded
            durable = {receipt.position for receipt in receipts if receipt.durable}
            check_offered(outbox, receipts)
        wait_until(lambda: not outbox.degraded)
        assert durable <= kept_in(path).keys()
        receipts += keep(outbox, 7)
        assert receipts[-1].durable
        check_offered(outbox, receipts)
    outbox.close()
    check_file(path, receipts)


def test_a_full_tmpfs(small_tmpfs: Path) -> None:
    fill_and_relieve(small_tmpfs / "outbox.db", lambda: ballast(small_tmpfs))


def test_a_full_ext4(small_ext4: Path) -> None:
    fill_and_relieve(small_ext4 / "outbox.db", lambda: ballast(small_ext4))


def test_a_full_quota_of_the_system(tmp_path: Path) -> None:
    sizes = iter((100_000, 200_000))
    fill_and_relieve(tmp_path / "outbox.db", lambda: short_files(next(sizes)))


def test_a_disk_that_is_full_when_the_store_is_first_opened(small_ext4: Path) -> None:
    path = small_ext4 / "outbox.db"
    with ballast(small_ext4):
        outbox = open_outbox(path)
        receipts = keep(outbox, 1, 2)
        assert not any(receipt.durable for receipt in receipts)
        check_offered(outbox, receipts)
    wait_until(lambda: not outbox.degraded)
    check_offered(outbox, receipts)
    assert outbox.readable
    outbox.close()
    check_file(path, receipts)


def test_a_full_disk_at_a_restart_keeps_offering_what_waits(small_ext4: Path) -> None:
    path = small_ext4 / "outbox.db"
    first = open_outbox(path)
    receipts = keep(first, *range(50))
    first.close()
    with ballast(small_ext4):
        outbox = open_outbox(path)
        receipts += keep(outbox, 51)
        check_offered(outbox, receipts)
    wait_until(lambda: not outbox.degraded)
    check_offered(outbox, receipts)
    assert outbox.readable
    outbox.close()
    check_file(path, receipts)


def remount(folder: Path, how: str) -> None:
    run("mount", "-o", f"remount,{how}", str(folder))


def test_a_file_system_that_is_read_only_at_the_start(small_ext4: Path) -> None:
    path = small_ext4 / "outbox.db"
    first = open_outbox(path)
    receipts = keep(first, *range(50))
    first.close()
    remount(small_ext4, "ro")
    outbox = open_outbox(path)
    receipts += keep(outbox, 51, 52)
    assert outbox.degraded
    check_offered(outbox, receipts)
    remount(small_ext4, "rw")
    wait_until(lambda: not outbox.degraded)
    check_offered(outbox, receipts)
    assert outbox.readable
    outbox.close()
    check_file(path, receipts)


def test_a_file_system_that_fails_under_the_store(
    small_ext4: Path, image: Path, tmp_path: Path
) -> None:
    """ext4 turns read-only at an error; what was durable is there at the next mount."""
    path = small_ext4 / "outbox.db"
    outbox = open_outbox(path)
    receipts = keep(outbox, *range(50))
    remount(small_ext4, "abort")
    receipts += keep(outbox, 51, 52)
    assert outbox.degraded
    check_offered(outbox, receipts)
    outbox.close()
    subprocess.run(["umount", str(small_ext4)], check=True, timeout=60)
    with mounted(tmp_path / "disk", "-o", "loop", str(image)):
        again = open_outbox(path)
        check_offered(again, [receipt for receipt in receipts if receipt.durable])
        again.close()
        check_file(path, [receipt for receipt in receipts if receipt.durable])
    # The fixture unmounts once more.
    run("mount", "-o", "loop", str(image), str(small_ext4))


def test_pressing_on_at_a_full_disk_costs_no_key(small_tmpfs: Path) -> None:
    """Restarts at a full disk: every opening has an epoch of its own, whatever can be written."""
    path = small_tmpfs / "outbox.db"
    open_outbox(path).close()
    ids: list[str] = []
    with ballast(small_tmpfs):
        for number in range(5):
            outbox = open_outbox(path)
            ids += [receipt.event_id for receipt in keep(outbox, number)]
            outbox.close()
    assert len(set(ids)) == 5
