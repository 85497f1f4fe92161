"""Salvage: whatever happened to a store's bytes, what is read is what was written, and no less."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.events.catalogue import Answer, DataDropped, DataPurged, ResponseGiven
from agent.outbox import Row, Settlement, State
from agent.outbox.evidence import Witness
from agent.outbox.frames import FRAME_HEADER_BYTES
from agent.outbox.pages import Salvage
from agent.outbox.records import read_record, read_varint
from agent.outbox.rows import SEQUENCE_BITS, Epoch
from agent.outbox.store import PAGE_BYTES
from tests.outbox.stores import acknowledge, keep, look, open_outbox, take_all
from tests.outbox.test_outbox_migrations import HISTORY, restore

FIXED = slice(0, 9)  # what of a row never changes
FRAME = FRAME_HEADER_BYTES + PAGE_BYTES
Damage = tuple[str, float, float]


@dataclass(frozen=True, repr=False)
class Original:
    """A sound store, closed or as a crash leaves it, and what is in it."""

    path: Path
    rows: dict[int, Row]

    def copy(self, folder: Path) -> Path:
        for suffix in ("", "-wal"):
            if wal_or_main(self.path, suffix).exists():
                shutil.copy(wal_or_main(self.path, suffix), folder / f"copy.db{suffix}")
        return folder / "copy.db"


def wal_or_main(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def long_response(number: int) -> ResponseGiven:
    """An event that needs more than one overflow page."""
    answers = tuple(
        Answer(
            question=f"q{number}-{index}",
            options=("x" * 80,),
            ended="answered",
            duration_s=1.0,
            language="en",
        )
        for index in range(15)
    )
    return ResponseGiven(answers=answers)


def fill(path: Path) -> None:
    """Three epochs of rows in all states, two of them long."""
    for first in (1, 101, 201):
        outbox = open_outbox(path)
        keep(outbox, *range(first, first + 40))
        outbox.append(long_response(first)).result(10)
        rows = take_all(outbox)
        acknowledge(outbox, rows[:20])
        outbox.settle([Settlement(rows[25].position, State.REJECTED, 135)])
        outbox.close()


def truth(path: Path) -> dict[int, Row]:
    """What SQLite itself reads."""
    epochs = {e[0]: Epoch(*e) for e in look(path, "SELECT number, id, source, boot FROM epoch")}
    query = """SELECT position, kind, version, monotonic_ms, wall_ms, trust, earliest_ms, data,
                      state, reason FROM event"""
    return {
        position: Row._make(
            (position, epochs[position >> SEQUENCE_BITS], *fixed, State(state), reason)
        )
        for position, *fixed, state, reason in look(path, query)
    }


def crash(path: Path, into: Path) -> None:
    """Write on in a store, and take its files as a power cut would leave them."""
    outbox = open_outbox(path)
    keep(outbox, *range(301, 321))
    outbox.append(long_response(3)).result(10)
    for suffix in ("", "-wal"):
        shutil.copy(wal_or_main(path, suffix), wal_or_main(into, suffix))
    outbox.close()


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Original:
    path = tmp_path_factory.mktemp("closed") / "outbox.db"
    fill(path)
    return Original(path, truth(path))


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Original:
    folder = tmp_path_factory.mktemp("crashed")
    path, used, seen = folder / "outbox.db", folder / "used.db", folder / "seen.db"
    fill(used)
    crash(used, path)
    for suffix in ("", "-wal"):  # SQLite itself reads a copy: looking would checkpoint
        shutil.copy(wal_or_main(path, suffix), wal_or_main(seen, suffix))
    return Original(path, truth(seen))


@pytest.fixture(params=["closed", "crashed"])
def original(request: pytest.FixtureRequest) -> Original:
    found: Original = request.getfixturevalue(request.param)
    return found


def read(path: Path) -> tuple[dict[int, Row], Salvage]:
    with Salvage(path) as salvage:
        rows = list(salvage.rows())
    found = {row.position: row for row in rows}
    assert len(found) == len(rows), "a position came twice"
    return found, salvage


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
    assert salvage.highest_number == 3


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


def overwrite(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


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
fast = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def check_honest(found: dict[int, Row], original: Original) -> None:
    """Every row is one that was written, and none that waits is called delivered."""
    for position, row in found.items():
        written = original.rows[position]
        assert row[FIXED] == written[FIXED]
        if written.state is State.PENDING:
            assert row.state is State.PENDING


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


def pages_of(row: Row, content: bytes) -> set[int]:
    """The pages on which a short row lies, by the text that no other row has."""
    return pages_with(row.data.encode(), content)


def pages_with(text: bytes, content: bytes) -> set[int]:
    at, pages = content.find(text), set()
    while at >= 0:
        pages.add(at // PAGE_BYTES + 1)
        at = content.find(text, at + 1)
    return pages


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
    newest = max(row for row in closed.rows.values() if row.epoch.number == 2)
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
    assert {row.epoch.number for row in rows.values()} == {1, 2, 3}
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
    (one,) = look(closed.path, "SELECT id FROM epoch WHERE number = 2")[0]
    content = path.read_bytes().replace(one.encode(), b"zzzzzzzzzzzzzzzz")
    path.write_bytes(content)
    rows, salvage = read(path)
    of_it = [row for row in closed.rows.values() if row.epoch.number == 2]
    assert rows.keys() == closed.rows.keys() - {r.position for r in of_it} - started_after(closed)
    assert salvage.found.orphans == len(of_it)
    assert salvage.highest_number == 3


def started_after(original: Original) -> set[int]:
    """The first row of epoch 3 names epoch 2: with the name it is damaged too."""
    return {
        (3 << SEQUENCE_BITS) + 1,
        *(
            row.position
            for row in original.rows.values()
            if row.epoch.number == 3 and row.kind == "device.gap"
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
