"""`smilepost outbox status`, and what every command says of files and words it cannot use."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path

import pytest

from agent.clock import Moment
from agent.events.catalogue import DataDropped, DataPurged
from agent.outbox.commands import words
from agent.outbox.commands.facts import _oldest
from agent.outbox.commands.target import is_in_use, set_aside_files
from agent.outbox.progress import Progress
from agent.outbox.requests import folder_of
from agent.outbox.rescue import finish
from agent.outbox.rows import DAMAGED, State
from agent.outbox.store import PAGE_BYTES, SCHEMA_VERSION
from tests.outbox.command_line import (
    NOT_AUTHORISED,
    Told,
    agent_at,
    content,
    damaged_copy,
    run,
)
from tests.outbox.stores import acknowledge, look, open_outbox, take_all
from tests.outbox.test_outbox_migrations import HISTORY, restore

# -- status ---------------------------------------------------------------------------------------


def status_of(path: Path, told: Told, *more: str) -> dict[str, object]:
    assert run("status", path, "--json", *more) == 0
    found: dict[str, object] = json.loads(told.readouterr().out)
    return found


def test_status_counts_rows_by_state_class_and_reason(store: Path, capsys: Told) -> None:
    found = status_of(store, capsys)
    by_file = dict(look(store, "SELECT state, count(*) FROM event GROUP BY state"))
    assert found["states"] == {
        "pending": by_file[0],
        "acknowledged": 6,
        "confirmed": 0,
        "rejected": 4,
    }
    assert found["rejected"] == {str(NOT_AUTHORISED): 2, str(DAMAGED): 2}
    classes = found["classes"]
    assert isinstance(classes, dict)
    assert classes["answers"]["pending"] == 2
    for state, number in found["states"].items():
        assert sum(of_class[state] for of_class in classes.values()) == number


def test_status_changes_nothing(store: Path) -> None:
    before = content(store.parent)
    assert run("status", store, "--check") == 0
    assert content(store.parent) == before


@pytest.mark.parametrize(
    ("now", "age_s", "by"),
    [
        (Moment("this", 5_000, None, "unknown", None), 3.0, "monotonic"),
        (Moment("other", 5_000, 1_795_000_060_000, "synced", None), 60.0, "wall"),
        (Moment("other", 5_000, None, "unknown", None), None, "nothing"),
    ],
)
def test_the_age_of_the_oldest_row_is_known_by_what_can_be_known(
    now: Moment, age_s: float | None, by: str
) -> None:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE epoch (number, id, source, boot)")
    db.execute("CREATE TABLE event (position, state, kind, monotonic_ms, wall_ms)")
    db.execute("INSERT INTO epoch VALUES (1, 'e', '/a/b/c', 'this')")
    rows = [((1 << 40) + 1, 2, "k", 1000, 1), ((1 << 40) + 2, 0, "k", 2000, 1_795_000_000_000)]
    db.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?)", rows)
    oldest = _oldest(db, now, State.PENDING)
    db.close()
    assert oldest is not None
    assert (oldest.age_s, oldest.by) == (age_s, by)
    assert oldest.event_id == "/a/b/c/e/00000000000000000002"


def test_status_tells_what_was_dropped_and_purged(tmp_path: Path, capsys: Told) -> None:
    path = tmp_path / "outbox.db"
    outbox = open_outbox(path)
    ranges = {outbox.epoch: [[101, 110], [120, 120]]}
    facts = {"reason": "quota", "retained_class": "health", "count": 11, "ranges": ranges}
    outbox.append(DataDropped.model_validate(facts)).result(10)
    outbox.append(DataPurged.model_validate({"ranges": ranges})).result(10)
    outbox.close()
    found = status_of(path, capsys)
    assert found["dropped"] == [{"reason": "quota", "class": "health", "rows": 11}]
    assert found["purged"] == 11


def test_status_tells_whether_an_agent_has_the_store(store: Path, capsys: Told) -> None:
    assert status_of(store, capsys)["agent_running"] is False
    with agent_at(store):
        assert status_of(store, capsys)["agent_running"] is True
        assert is_in_use(store)


def test_status_lists_what_was_set_aside(store: Path, capsys: Told) -> None:
    aside = damaged_copy(store)
    aside.with_name(f"{aside.name}-wal").touch()
    found = status_of(store, capsys)
    assert found["set_aside"] == [
        {"file": str(aside), "bytes": aside.stat().st_size, "salvage": "left"}
    ]
    assert set_aside_files(store) == [aside]


def test_status_tells_how_far_a_salvage_is(store: Path, capsys: Told) -> None:
    aside = damaged_copy(store)
    progress = Progress(aside)
    progress.rows = 1500
    progress.tell()
    assert run("status", store) == 0
    assert "being salvaged, 1,500 rows so far" in capsys.readouterr().out
    progress.close()
    finish(aside)
    assert run("status", store) == 0
    told = capsys.readouterr().out
    assert f"{aside}, {words.size(aside.stat().st_size)}: salvaged" in told
    assert "outbox salvage" not in told


def test_status_tells_what_the_agent_was_asked_for(store: Path, capsys: Told) -> None:
    assert status_of(store, capsys)["requests"] == {"taken": 0, "waiting": 0}
    folder_of(store).mkdir()
    for name in ("00000001-a.taken", "00000002-b.json", "00000003-c.json", "00000004-d.done"):
        (folder_of(store) / name).touch()
    assert run("status", store) == 0
    assert "asked     1 under way, 2 waiting for the agent" in capsys.readouterr().out


def test_status_of_the_configured_store_knows_its_quota(store: Path, capsys: Told) -> None:
    config = store.with_name("kiosk.yaml")
    config.write_text(
        "device: {tenant: acme, site: north, id: till-1}\n"
        f"store: {{path: {store}, quota_mb: 7, free_disk_mb: 3}}\n"
    )
    assert run("status", "-c", config, "--json") == 0
    size = json.loads(capsys.readouterr().out)["size"]
    assert (size["quota"], size["disk_kept_free"]) == (7 << 20, 3 << 20)
    assert run("status", "-c", config) == 0
    assert "of 7.0 MiB used" in capsys.readouterr().out


@pytest.mark.parametrize("receipts", [True, False])
def test_with_receipts_status_tells_what_the_centre_has_not_confirmed(
    tmp_path: Path, capsys: Told, *, receipts: bool
) -> None:
    path, config = tmp_path / "outbox.db", tmp_path / "kiosk.yaml"
    outbox = open_outbox(path)
    acknowledge(outbox, take_all(outbox))
    outbox.close()
    config.write_text(
        f"device: {{tenant: acme, site: north, id: till-1}}\nstore: {{path: {path}}}\n"
        f"uplink: {{receipts: {str(receipts).lower()}}}\n"
    )
    assert run("status", "-c", config) == 0
    told = capsys.readouterr().out
    assert "waiting   nothing" in told
    assert ("receipts  1 row not confirmed by the centre, the oldest for" in told) is receipts
    assert run("status", "-c", config, "--json") == 0
    oldest = json.loads(capsys.readouterr().out)["oldest_unconfirmed"]
    assert (oldest is not None) is receipts


def test_status_for_people_names_what_needs_a_look(store: Path, capsys: Told) -> None:
    damaged_copy(store)
    assert run("status", store) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f"store     {store}" in lines
    assert "rejected  2 rows: not authorized (135)" in lines
    assert any(line.startswith("set aside") and "outbox salvage" in line for line in lines)
    assert [line.split()[0] for line in lines[-3:]] == ["answers", "record", "all"]


def test_an_empty_store_has_nothing_waiting(tmp_path: Path, capsys: Told) -> None:
    path = tmp_path / "outbox.db"
    outbox = open_outbox(path)
    acknowledge(outbox, take_all(outbox))
    outbox.close()
    assert run("status", path) == 0
    assert "waiting   nothing" in capsys.readouterr().out


def test_damage_is_found_when_asked_for_and_ends_with_1(store: Path, capsys: Told) -> None:
    content_ = store.read_bytes()
    at = content_.index(b'"uptime_s":1.0') // PAGE_BYTES * PAGE_BYTES
    with store.open("r+b") as file:
        file.seek(at + 1)
        file.write(b"\xff\xff")  # the leaf's list of free blocks leads astray
    assert run("status", store) == 0
    assert run("status", store, "--check") == 1
    assert "DAMAGED" in capsys.readouterr().out


@pytest.mark.parametrize("script", HISTORY, ids=lambda script: script.stem)
def test_stores_of_earlier_releases_can_be_looked_into_unchanged(
    script: Path, tmp_path: Path, capsys: Told
) -> None:
    path = tmp_path / "outbox.db"
    restore(script, path)
    before = look(path, "SELECT name, sql FROM sqlite_master")
    assert run("status", path, "--check") == 0
    capsys.readouterr()
    assert run("export", path) == 0
    assert (
        len(capsys.readouterr().out.splitlines()) == look(path, "SELECT count(*) FROM event")[0][0]
    )
    assert look(path, "SELECT name, sql FROM sqlite_master") == before


# -- files that cannot be used --------------------------------------------------------------------


def missing(_folder: Path) -> tuple[str, str]:
    return "none.db", "does not exist"


def a_folder(folder: Path) -> tuple[str, str]:
    (folder / "dir").mkdir()
    return "dir", "Is a directory"


def a_text(folder: Path) -> tuple[str, str]:
    (folder / "text").write_text("Dear reader, this is not a store. " * 99)
    return "text", "is no Smilepost store"


def another_database(folder: Path) -> tuple[str, str]:
    with contextlib.closing(sqlite3.connect(folder / "other.db")) as db:
        db.execute("CREATE TABLE t (x)")
    return "other.db", "is no Smilepost store"


def a_newer_release(folder: Path) -> tuple[str, str]:
    open_outbox(folder / "new.db").close()
    with contextlib.closing(sqlite3.connect(folder / "new.db")) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    return "new.db", "newer release"


@pytest.mark.parametrize("make", [missing, a_folder, a_text, another_database, a_newer_release])
@pytest.mark.parametrize("command", [["status"], ["export"], ["replay", "--rejected", "--yes"]])
def test_a_file_that_is_no_usable_store_is_one_clear_line_and_ends_with_1(
    make: object, command: list[str], tmp_path: Path, capsys: Told
) -> None:
    assert callable(make)
    name, expected = make(tmp_path)
    assert run(*command, tmp_path / name) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert name in told.err
    assert expected in told.err


@pytest.mark.parametrize(
    "words_",
    [
        [],
        ["dance"],
        ["replay"],
        ["replay", "--rejected", "--acknowledged"],
        ["replay", "--rejected", "--from", "0"],
        ["export", "--since", "yesterday"],
        ["export", "--format", "xml"],
        ["export", "--state", "lost"],
    ],
)
def test_wrong_usage_ends_with_2(words_: list[str], capsys: Told) -> None:
    with pytest.raises(SystemExit) as ended:
        run(*words_)
    assert ended.value.code == 2
    assert "usage: smilepost outbox" in capsys.readouterr().err


def test_a_number_that_is_none_is_named_so(capsys: Told) -> None:
    with pytest.raises(SystemExit):
        run("replay", "--rejected", "--from", "abc")
    assert "argument --from: abc is no whole number" in capsys.readouterr().err


# -- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count_", "expected"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1536, "1.5 KiB"),
        (500 << 20, "500.0 MiB"),
        (3 << 40, "3072.0 GiB"),
    ],
)
def test_sizes_are_in_the_units_of_the_configuration(count_: int, expected: str) -> None:
    assert words.size(count_) == expected


@pytest.mark.parametrize(
    ("age_s", "expected"),
    [(0.4, "0 s"), (61, "1 min 1 s"), (7_260, "2 h 1 min"), (180_000, "2 d 2 h")],
)
def test_ages_have_their_two_largest_units(age_s: float, expected: str) -> None:
    assert words.age(age_s) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [(None, "no reason told"), (0x87, "not authorized"), (DAMAGED, "damaged"), (999, "not know")],
)
def test_reasons_have_names(code: int | None, expected: str) -> None:
    assert expected in words.reason(code)
