"""Salvage: whatever happened to a store's bytes, what is read is what was written, and no less."""

from __future__ import annotations

import random
import shutil
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.outbox.frames import FRAME_HEADER_BYTES
from agent.outbox.pages import Salvage
from agent.outbox.store import PAGE_BYTES
from agent.outbox.views import FIRST_NUMBER
from tests.outbox.damaged import (
    FRAME,
    Damage,
    Original,
    check_honest,
    fast,
    overwrite,
    pages_of,
    pages_with,
    read,
    truth,
    wal_or_main,
)
from tests.outbox.stores import look
from tests.outbox.test_outbox_migrations import HISTORY, restore

# -- without damage -----------------------------------------------------------------------------


def test_a_sound_store_is_read_whole(original: Original) -> None:
    rows, salvage = read(original.path)
    assert rows == original.rows
    assert (salvage.found.rows, salvage.found.damaged, salvage.found.orphans) == (len(rows), 0, 0)
    assert salvage.holes() == {}


def test_reading_changes_no_file(original: Original) -> None:
    files = sorted(original.path.parent.iterdir())
    before = [file.read_bytes() for file in files]
    read(original.path)
    assert sorted(original.path.parent.iterdir()) == files
    assert [file.read_bytes() for file in files] == before


def test_a_crashed_store_has_rows_in_the_wal_alone(crashed: Original, tmp_path: Path) -> None:
    path = crashed.copy(tmp_path)
    wal_or_main(path, "-wal").unlink()
    rows, _ = read(path)
    assert rows.items() < crashed.rows.items()


def test_epochs_come_with_their_names(closed: Original) -> None:
    with Salvage(closed.path) as salvage:
        found = [(e.number, e.id, e.source, e.boot) for e in salvage.epochs.values()]
    assert found == look(closed.path, "SELECT number, id, source, boot FROM epoch ORDER BY 1")
    assert salvage.highest_number == FIRST_NUMBER + 2


@pytest.mark.parametrize("script", HISTORY, ids=lambda script: script.stem)
def test_stores_of_every_earlier_schema_are_read(script: Path, tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    restore(script, path)
    rows, salvage = read(path)
    assert sorted(rows) == [p for (p,) in look(path, "SELECT position FROM event ORDER BY 1")]
    assert salvage.found.damaged == 0


@pytest.mark.parametrize(
    ("page_bytes", "header_bytes_lost"), [(512, 0), (4096, 0), (65536, 0), (1024, 100), (4096, 100)]
)
def test_other_page_sizes_are_found_out(
    page_bytes: int, header_bytes_lost: int, closed: Original, tmp_path: Path
) -> None:
    path = tmp_path / "other.db"
    database = sqlite3.connect(closed.copy(tmp_path))
    database.execute("PRAGMA journal_mode = DELETE")
    database.execute(f"PRAGMA page_size = {page_bytes}")
    database.execute("VACUUM")
    database.close()
    (tmp_path / "copy.db").rename(path)
    overwrite(path, 0, b"\0" * header_bytes_lost)
    assert read(path)[0] == closed.rows


# -- with damage --------------------------------------------------------------------------------


def inflict(path: Path, damage: Damage, rng: random.Random) -> None:
    """Flip, zero, fill or cut a part of a file; place and length are shares of it."""
    what, place, share = damage
    size = path.stat().st_size
    at, length = int(place * size), 1 + int(share * share * size)
    old = path.read_bytes()[at : at + length]
    if what == "cut":
        path.write_bytes(path.read_bytes()[:at])
    elif what == "zero":
        overwrite(path, at, b"\0" * len(old))
    elif what == "fill":
        overwrite(path, at, rng.randbytes(len(old)))
    else:
        for index in range(0, len(old), max(1, len(old) // 8)):
            overwrite(path, at + index, bytes([old[index] ^ 1 << rng.randrange(8)]))


damages = st.lists(
    st.tuples(
        st.sampled_from(["flip", "zero", "fill", "cut"]),
        st.floats(0, 0.999),
        st.floats(0, 0.6),
    ),
    min_size=1,
    max_size=6,
)


@fast
@given(in_main=damages, in_wal=damages, seed=st.integers(0, 1 << 32))
def test_no_damage_invents_or_alters_a_row(
    crashed: Original,
    tmp_path_factory: pytest.TempPathFactory,
    in_main: list[Damage],
    in_wal: list[Damage],
    seed: int,
) -> None:
    path = crashed.copy(tmp_path_factory.mktemp("damaged"))
    rng = random.Random(seed)
    for damage in in_main:
        inflict(path, damage, rng)
    for damage in in_wal:
        inflict(wal_or_main(path, "-wal"), damage, rng)
    found, salvage = read(path)
    check_honest(found, crashed)
    assert salvage.found.rows == len(found)


@fast
@given(chosen=st.sets(st.integers(0, 1 << 20), min_size=1, max_size=8), seed=st.integers())
def test_damaged_pages_cost_their_own_rows_and_no_others(
    closed: Original, tmp_path_factory: pytest.TempPathFactory, chosen: set[int], seed: int
) -> None:
    path = closed.copy(tmp_path_factory.mktemp("pages"))
    content = path.read_bytes()
    count = len(content) // PAGE_BYTES
    bad = {number % count + 1 for number in chosen}
    for number in bad:
        filling = random.Random(seed).randbytes(PAGE_BYTES)
        overwrite(path, (number - 1) * PAGE_BYTES, filling)
    found, _ = read(path)
    check_honest(found, closed)
    short = [row for row in closed.rows.values() if row.kind == "device.health"]
    nameless = {
        row.epoch.number
        for row in short
        if pages_with(f"{row.epoch.id}{row.epoch.source}".encode(), content) <= bad
    }
    spared = {
        row.position
        for row in short
        if row.epoch.number not in nameless and not pages_of(row, content) & bad
    }
    assert spared <= found.keys()


def test_a_long_row_goes_with_any_of_its_pages_and_takes_no_other_along(
    closed: Original, tmp_path: Path
) -> None:
    content = closed.path.read_bytes()
    page = content.index(b"q101-9") // PAGE_BYTES
    path = closed.copy(tmp_path)
    overwrite(path, page * PAGE_BYTES + 300, b"\0\1\2\3")
    found, salvage = read(path)
    (lost,) = closed.rows.keys() - found.keys()
    assert closed.rows[lost].kind == "response.given"
    assert salvage.found.damaged == 1


def test_a_flipped_bit_in_an_answer_is_seen(closed: Original, tmp_path: Path) -> None:
    path = closed.copy(tmp_path)
    at = path.read_bytes().index(b'"uptime_s":117.0')
    overwrite(path, at + 11, b"3")
    found, salvage = read(path)
    (lost,) = closed.rows.keys() - found.keys()
    assert '"uptime_s":117.0' in closed.rows[lost].data
    assert salvage.found.damaged == 1
    sequence = closed.rows[lost].sequence
    assert salvage.holes() == {closed.rows[lost].epoch.id: ((sequence, sequence),)}


def test_a_missing_end_of_an_epoch_is_known_from_the_next_one(
    closed: Original, tmp_path: Path
) -> None:
    path = closed.copy(tmp_path)
    newest = max(row for row in closed.rows.values() if row.epoch.number == FIRST_NUMBER + 1)
    overwrite(path, path.read_bytes().index(b"q101-9"), b"Q")
    found, salvage = read(path)
    assert closed.rows.keys() - found.keys() == {newest.position}
    assert salvage.holes() == {newest.epoch.id: ((newest.sequence, newest.sequence),)}


def test_where_the_wal_is_damaged_the_main_file_stands_in(
    crashed: Original, tmp_path: Path
) -> None:
    path = crashed.copy(tmp_path)
    wal = wal_or_main(path, "-wal")
    wal.write_bytes(random.Random(1).randbytes(wal.stat().st_size))
    rows, _ = read(path)
    numbers = {row.epoch.number for row in rows.values()}
    assert numbers == {FIRST_NUMBER, FIRST_NUMBER + 1, FIRST_NUMBER + 2}
    check_honest(rows, crashed)


def test_frames_behind_a_damaged_one_are_not_lost(crashed: Original, tmp_path: Path) -> None:
    path = crashed.copy(tmp_path)
    wal = wal_or_main(path, "-wal")
    overwrite(wal, 32 + FRAME_HEADER_BYTES + 500, b"\xff\xff")
    rows, _ = read(path)
    newest = max(crashed.rows)
    assert newest in rows
    check_honest(rows, crashed)


def test_a_wal_whose_header_is_gone_is_read_all_the_same(crashed: Original, tmp_path: Path) -> None:
    path = crashed.copy(tmp_path)
    overwrite(wal_or_main(path, "-wal"), 0, b"\0" * 32)
    assert read(path)[0].keys() == crashed.rows.keys()


def test_what_was_never_committed_is_not_read(crashed: Original, tmp_path: Path) -> None:
    path = crashed.copy(tmp_path)
    wal = wal_or_main(path, "-wal")
    content = wal.read_bytes()
    commits = [
        at for at in range(32, len(content), FRAME) if content[at + 4 : at + 8] != b"\0\0\0\0"
    ]
    wal.write_bytes(content[: commits[-1]])  # cut before the last commit is whole
    rows, _ = read(path)
    shutil.copy(path, tmp_path / "sqlite.db")
    shutil.copy(wal, tmp_path / "sqlite.db-wal")
    assert rows == truth(tmp_path / "sqlite.db")
