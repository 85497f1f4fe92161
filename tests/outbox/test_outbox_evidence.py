"""Salvage: which row and which epoch is believed, what stays deleted, and files of others."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.events.catalogue import DataDropped, DataPurged
from agent.outbox import State
from agent.outbox.evidence import Witness
from agent.outbox.pages import Salvage
from agent.outbox.records import read_record, read_varint
from agent.outbox.rows import SEQUENCE_BITS
from agent.outbox.store import PAGE_BYTES
from agent.outbox.views import FIRST_NUMBER
from tests.outbox.damaged import (
    Original,
    check_honest,
    fast,
    overwrite,
    pages_of,
    read,
    wal_or_main,
)
from tests.outbox.stores import acknowledge, keep, look, open_outbox, take_all
from tests.outbox.test_outbox_migrations import HISTORY, restore

SECOND = FIRST_NUMBER + 1

# -- states, deletions and epochs -----------------------------------------------------------------


def test_the_newest_image_says_how_far_a_row_has_come(tmp_path: Path) -> None:
    used, path = tmp_path / "used.db", tmp_path / "outbox.db"
    outbox = open_outbox(used)
    keep(outbox, 1, 2, 3)
    rows = take_all(outbox)
    acknowledge(outbox, rows)
    keep(outbox, 4)
    for suffix in ("", "-wal"):
        shutil.copy(wal_or_main(used, suffix), wal_or_main(path, suffix))
    outbox.close()
    found, _ = read(path)
    assert {found[row.position].state for row in rows} == {State.ACKNOWLEDGED}


@pytest.mark.parametrize("event", [DataPurged, DataDropped])
def test_what_was_deleted_on_purpose_stays_deleted(
    event: type[DataPurged | DataDropped], tmp_path: Path
) -> None:
    path = tmp_path / "outbox.db"
    outbox = open_outbox(path)
    keep(outbox, 1, 2, 3, 4)
    ranges = {outbox.epoch: [[2, 3]]}
    more = {"reason": "quota", "retained_class": "health", "count": 2}
    told = {"ranges": ranges, **(more if event is DataDropped else {})}
    outbox.append(event.model_validate(told)).result(10)
    first = take_all(outbox)[0].position
    outbox.close()
    found, salvage = read(path)  # the rows are still on their page, as on a page out of use
    assert not {first + 1, first + 2} & found.keys()
    assert {first, first + 3} <= found.keys()
    assert salvage.holes() == {}


def test_a_lost_beginning_is_a_hole_unless_it_may_have_been_purged(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    outbox = open_outbox(path)
    keep(outbox, *range(1, 30))
    outbox.close()
    begin = path.read_bytes().index(b"device.started") // PAGE_BYTES * PAGE_BYTES
    with_purge = tmp_path / "purged.db"
    shutil.copy(path, with_purge)
    outbox = open_outbox(with_purge)
    outbox.append(DataPurged.model_validate({"ranges": {outbox.epoch: [[1, 1]]}})).result(10)
    outbox.close()
    for file in (path, with_purge):
        overwrite(file, begin, b"\0" * PAGE_BYTES)
    found, salvage = read(path)
    first = min(row.sequence for row in found.values())
    assert list(salvage.holes().values()) == [((1, first - 1),)]
    assert read(with_purge)[1].holes() == {}


def test_what_damage_took_may_be_found_after_all(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    outbox = open_outbox(path)
    keep(outbox, 1, 2)
    told = {"reason": "damage", "retained_class": "any", "count": 1}
    ranges = {outbox.epoch: [[2, 2]]}
    outbox.append(DataDropped.model_validate({**told, "ranges": ranges})).result(10)
    rows = take_all(outbox)
    outbox.close()
    assert read(path)[0].keys() == {row.position for row in rows}


def test_the_loss_of_the_page_of_epochs_loses_no_row(closed: Original, tmp_path: Path) -> None:
    path = closed.copy(tmp_path)
    (root,) = look(closed.path, "SELECT rootpage FROM sqlite_master WHERE name = 'epoch'")[0]
    overwrite(path, (root - 1) * PAGE_BYTES, b"\0" * PAGE_BYTES)
    rows, salvage = read(path)
    assert rows == closed.rows
    assert salvage.found.orphans == 0


def test_rows_whose_epoch_is_lost_are_counted_and_kept_back(
    closed: Original, tmp_path: Path
) -> None:
    path = closed.copy(tmp_path)
    (one,) = look(closed.path, "SELECT id FROM epoch ORDER BY number LIMIT 1 OFFSET 1")[0]
    content = path.read_bytes().replace(one.encode(), b"zzzzzzzzzzzzzzzz")
    path.write_bytes(content)
    rows, salvage = read(path)
    of_it = [row for row in closed.rows.values() if row.epoch.number == SECOND]
    assert rows.keys() == closed.rows.keys() - {r.position for r in of_it} - started_after(closed)
    assert salvage.found.orphans == len(of_it)
    assert salvage.highest_number == SECOND + 1


def started_after(original: Original) -> set[int]:
    """The first row of the third epoch names the second: with the name it is damaged too."""
    return {
        ((SECOND + 1) << SEQUENCE_BITS) + 1,
        *(
            row.position
            for row in original.rows.values()
            if row.epoch.number == SECOND + 1 and row.kind == "device.gap"
        ),
    }


BOOT = "00000000-0000-4000-8000-000000000001"
ONE, OTHER = "385700e1cd9cfb70", "385700e1cd9cfb71"


@pytest.mark.parametrize(
    ("indexed", "believed"), [([], [7]), ([[ONE, 7]], [7]), ([[OTHER, 7]], [])]
)
def test_an_epoch_without_checksum_needs_the_index_not_to_contradict(
    indexed: list[list[str | int]], believed: list[int]
) -> None:
    witness = Witness()
    witness.hear_table(7, [None, ONE, "/acme/north/till-1", BOOT])
    for record in indexed:
        witness.hear_index(record)
    assert list(witness.epochs()) == believed


@pytest.mark.parametrize(
    "names",
    [("short", "/a/b/c", BOOT), (ONE, "a/b/c", BOOT), (ONE, "/a/b/c", "boot"), (1, "/a/b/c", BOOT)],
)
def test_an_epoch_must_look_like_one(names: tuple[str, str, str]) -> None:
    witness = Witness()
    witness.hear_table(7, [None, *names])
    assert witness.epochs() == {}


def test_an_old_row_without_checksum_must_fit_the_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    restore(HISTORY[0], path)
    content = path.read_bytes()
    assert b'"uptime_s":2.0' in content
    path.write_bytes(content.replace(b'"uptime_s":2.0', b'"uptime_z":2.0'))
    found, salvage = read(path)
    assert (1 << SEQUENCE_BITS) + 3 not in found
    assert salvage.found.damaged == 1


# -- files that are nothing of ours ---------------------------------------------------------------


def loop_of_overflow(size: int) -> bytes:
    """Pages whose cells all go on over one page that follows itself."""
    page = bytearray(PAGE_BYTES)
    page[0], page[3:5] = 0x0D, (100).to_bytes(2, "big")
    for index in range(100):
        page[8 + 2 * index : 10 + 2 * index] = (400 + index).to_bytes(2, "big")
    page[400:] = bytes([0xBF, 0xFF, 0x7F, 1]) * ((PAGE_BYTES - 400) // 4)
    return bytes(page) * (size // PAGE_BYTES)


FOREIGN: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "one byte": lambda: b"\x0d",
    "a text": lambda: b"Dear reader, this is no store. " * 500,
    "noise": lambda: random.Random(3).randbytes(300_000),
    "leaves everywhere": lambda: b"\x0d" * 200_000,
    "overflow without end": lambda: loop_of_overflow(200_000),
    "a bare header": lambda: b"SQLite format 3\0" + b"\xff" * 200,
}


@pytest.mark.parametrize("name", sorted(FOREIGN))
@pytest.mark.parametrize("suffixes", [[""], ["", "-wal"]])
def test_any_file_is_read_to_its_end_without_a_row(
    name: str, suffixes: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "outbox.db"
    for suffix in suffixes:
        wal_or_main(path, suffix).write_bytes(FOREIGN[name]())
    rows, salvage = read(path)
    assert rows == {}
    assert salvage.holes() == {}


@fast
@given(content=st.binary(max_size=5000), wal=st.binary(max_size=3000))
def test_any_bytes_are_read_without_an_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, wal: bytes
) -> None:
    path = tmp_path_factory.mktemp("bytes") / "outbox.db"
    path.write_bytes(content)
    wal_or_main(path, "-wal").write_bytes(wal)
    assert read(path)[0] == {}


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Salvage(tmp_path / "none.db")


def test_a_disk_that_will_not_give_a_page_costs_that_page(
    closed: Original, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, content = os.pread, closed.path.read_bytes()
    bad = content.index(b'"uptime_s":117.0') // PAGE_BYTES * PAGE_BYTES

    def pread(handle: int, count: int, at: int) -> bytes:
        if at <= bad < at + count:
            raise OSError(5, "Input/output error")
        return real(handle, count, at)

    monkeypatch.setattr("agent.outbox.images.os.pread", pread)
    found, salvage = read(closed.path)
    lost = [row for position, row in closed.rows.items() if position not in found]
    assert 0 < len(lost) < 10
    assert all(bad // PAGE_BYTES + 1 in pages_of(row, content) for row in lost)
    assert salvage.found.unreadable > 0
    check_honest(found, closed)


@given(data=st.binary(max_size=60))
def test_a_record_is_read_whole_or_not_at_all(data: bytes) -> None:
    try:
        values = read_record(data)
    except (ValueError, IndexError):
        return
    assert len(values) < read_varint(data, 0)[0]
