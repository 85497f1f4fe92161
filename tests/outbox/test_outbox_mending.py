"""`smilepost outbox salvage` and `replay`: with an agent that runs, and without one."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from agent.outbox import State
from agent.outbox.lock import StoreLock
from agent.outbox.requests import folder_of
from agent.outbox.rows import DAMAGED
from agent.outbox.store import PAGE_BYTES
from tests.outbox.command_line import (
    NOT_AUTHORISED,
    Told,
    agent_at,
    content,
    count,
    damaged_copy,
    run,
)
from tests.outbox.stores import look, open_outbox, take_all

# -- salvage --------------------------------------------------------------------------------------


def test_salvage_tells_what_can_be_read_and_changes_nothing(store: Path, capsys: Told) -> None:
    aside = store.with_name("outbox.db.corrupt-00c0ffee")
    shutil.copy(store, aside)
    before = content(store.parent)
    assert run("salvage", aside) == 0
    told = capsys.readouterr().out
    assert str(aside) in told
    assert "missing    none known\n  damaged    none\n" in told
    assert "nothing was changed" in told
    assert content(store.parent) == before


def test_rows_that_are_gone_are_told_and_end_with_1(store: Path, capsys: Told) -> None:
    aside = store.with_name("evidence")
    shutil.copy(store, aside)
    overwrite_leaf(aside)
    assert run("salvage", aside) == 1
    told = capsys.readouterr().out
    assert "rows: nothing is left of them in this file" in told
    assert "damaged    no other entry" in told


def overwrite_leaf(path: Path) -> None:
    """Leave other bytes where rows of the middle were."""
    content_ = bytearray(path.read_bytes())
    at = content_.index(b'"uptime_s":1.0') // PAGE_BYTES * PAGE_BYTES
    content_[at : at + PAGE_BYTES] = b"\xa5" * PAGE_BYTES
    path.write_bytes(content_)


def test_salvage_finds_what_was_set_aside_for_the_configured_store(
    store: Path, capsys: Told
) -> None:
    config = store.with_name("kiosk.yaml")
    config.write_text(
        f"device: {{tenant: acme, site: north, id: till-1}}\nstore: {{path: {store}}}\n"
    )
    assert run("salvage", "-c", config) == 0
    assert "there is nothing to salvage" in capsys.readouterr().out
    aside = damaged_copy(store)
    assert run("salvage", "-c", config, "--json") == 1
    (report,) = json.loads(capsys.readouterr().out)
    assert report["file"] == str(aside)
    total = look(store, "SELECT count(*) FROM event")[0][0]
    assert 0 < report["missing_rows"] == total - report["rows"]
    assert sum(report["states"].values()) == report["rows"]


def test_salvaged_rows_are_written_as_the_messages_they_are(store: Path, capsys: Told) -> None:
    out, aside = store.with_name("out.jsonl"), damaged_copy(store)
    assert run("salvage", aside, "-o", out) == 1
    capsys.readouterr()
    assert run("export", aside) == 0
    assert out.read_text() == capsys.readouterr().out


def lose_rows(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute("DELETE FROM event WHERE kind = 'device.health'")


@pytest.mark.parametrize("beside", ["", "elsewhere"])
def test_missing_rows_are_brought_back_in_the_state_they_had(
    beside: str, store: Path, capsys: Told
) -> None:
    whole = look(store, "SELECT * FROM event ORDER BY position")
    (store.parent / beside).mkdir(exist_ok=True)
    aside = store.parent / beside / "outbox.db.corrupt-1"
    shutil.copy(store, aside)
    lose_rows(store)
    assert run("salvage", aside, "--into", store) == 0
    assert look(store, "SELECT * FROM event ORDER BY position") == whole
    capsys.readouterr()
    assert run("salvage", aside, "--into", store) == 0
    assert "nothing new from outbox.db.corrupt-1" in capsys.readouterr().out


def test_a_running_agent_brings_them_back_itself_and_sends_them(store: Path) -> None:
    aside = store.with_name("outbox.db.corrupt-1")
    shutil.copy(store, aside)
    before = look(store, "SELECT position FROM event WHERE state = 0 ORDER BY position")
    lose_rows(store)
    with agent_at(store) as outbox:
        assert run("salvage", aside, "--into", store) == 0
        waiting = {row.position for row in take_all(outbox)}
    assert {position for (position,) in before} <= waiting


def test_a_running_agent_cannot_reach_a_file_elsewhere(store: Path, capsys: Told) -> None:
    (store.parent / "elsewhere").mkdir()
    aside = store.parent / "elsewhere" / "outbox.db.corrupt-1"
    shutil.copy(store, aside)
    with agent_at(store):
        assert run("salvage", aside, "--into", store) == 3
    assert "copy" in capsys.readouterr().err


def test_a_store_is_not_salvaged_into_itself(store: Path, capsys: Told) -> None:
    assert (
        run("salvage", store, "--into", store.parent / ".." / store.parent.name / store.name) == 1
    )
    assert "into itself" in capsys.readouterr().err


def test_a_file_without_any_row_ends_with_1(tmp_path: Path, capsys: Told) -> None:
    file = tmp_path / "noise"
    file.write_bytes(bytes(range(256)) * 100)
    assert run("salvage", file) == 1
    told = capsys.readouterr().out
    assert "is it a store?" in told
    assert "--into" not in told


def test_a_missing_file_is_one_line_and_writes_nothing(tmp_path: Path, capsys: Told) -> None:
    assert run("salvage", tmp_path / "none", "-o", tmp_path / "out") == 1
    assert "none cannot be read" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


# -- replay ---------------------------------------------------------------------------------------


def test_replay_only_counts_until_told_yes(store: Path, capsys: Told) -> None:
    before = content(store.parent)
    assert run("replay", store, "--rejected") == 0
    assert capsys.readouterr().out == (
        "2 rows would be sent once more; nothing was changed: add --yes\n"
    )
    assert content(store.parent) == before


def test_rejected_rows_wait_again_and_are_taken(store: Path, capsys: Told) -> None:
    assert run("replay", store, "--rejected", "--yes") == 0
    assert capsys.readouterr().out == "2 rows will be sent once more\n"
    assert look(store, "SELECT DISTINCT reason FROM event WHERE state = 4") == [(DAMAGED,)]
    waiting = look(store, "SELECT position FROM event WHERE state = 0")
    outbox = open_outbox(store)
    after = outbox.watermark
    taken = {row.position for row in outbox.take(after, up_to=outbox.high, limit=1000)}
    outbox.close()
    assert {position for (position,) in waiting} <= taken


@pytest.mark.parametrize(("reason", "left"), [(NOT_AUTHORISED, 2), (0x97, 4), (DAMAGED, 4)])
def test_replay_chooses_by_reason_and_never_damaged_rows(
    reason: int, left: int, store: Path
) -> None:
    assert run("replay", store, "--rejected", "--reason", reason, "--yes") == 0
    assert count(store, State.REJECTED) == left


def test_replay_chooses_by_epoch_and_sequence(store: Path, capsys: Told) -> None:
    (epoch,) = look(store, "SELECT id FROM epoch ORDER BY number DESC LIMIT 1")[0]
    query = """SELECT position & 65535 FROM event
               WHERE state = 2 AND position >> 40 > (SELECT min(number) FROM epoch)"""
    delivered = [sequence for (sequence,) in look(store, query)]
    choice = ["--acknowledged", "--epoch", epoch, "--from", delivered[0], "--to", delivered[1]]
    assert run("replay", store, *choice) == 0
    assert capsys.readouterr().out.startswith("2 rows would")
    assert run("replay", store, *choice, "--yes") == 0
    assert count(store, State.ACKNOWLEDGED) == 4
    assert run("replay", store, "--acknowledged", "--epoch", epoch, "--yes") == 0
    assert count(store, State.ACKNOWLEDGED) == 3


def test_a_running_agent_replays_and_sends_at_once(store: Path) -> None:
    with agent_at(store) as outbox:
        before = len(take_all(outbox))
        assert run("replay", store, "--rejected", "--yes") == 0
        assert len(take_all(outbox)) == before + 2
        assert outbox.pending == before + 2
        assert list(folder_of(store).iterdir()) == []


def test_an_agent_that_does_not_answer_is_told_and_nothing_is_left_behind(
    store: Path, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.outbox.asking.PATIENCE_S", 0.0)
    lock = StoreLock(store)
    assert run("replay", store, "--rejected", "--yes") == 3
    lock.release()
    assert "did not answer" in capsys.readouterr().err
    assert list(folder_of(store).iterdir()) == []
    assert count(store, State.REJECTED) == 4


def test_nothing_to_replay_is_told(tmp_path: Path, capsys: Told) -> None:
    path = tmp_path / "outbox.db"
    open_outbox(path).close()
    assert run("replay", path, "--rejected", "--yes") == 0
    assert "nothing to send once more" in capsys.readouterr().out


@pytest.mark.parametrize(
    "choice",
    [
        ["--acknowledged", "--reason", "135"],
        ["--rejected", "--from", "3"],
        ["--rejected", "--epoch", "ffffffffffffffff"],
        ["--rejected", "--epoch", "ffffffffffffffff", "--from", "9", "--to", "3"],
    ],
)
def test_a_choice_that_makes_no_sense_is_wrong_usage(
    choice: list[str], store: Path, capsys: Told
) -> None:
    assert run("replay", store, *choice) == 2
    assert capsys.readouterr().err.count("\n") == 1


def lock_up(store: Path) -> None:
    """Leave a store that its owner, who is not root, may only read."""
    store.chmod(0o444)
    if os.geteuid() == 0:
        for file in (store.parent, *store.parent.iterdir()):
            os.chown(file, 65534, 65534)
        open_the_way_to(store)


def open_the_way_to(store: Path) -> None:
    """Let everybody pass pytest's folders, which are its user's alone."""
    for folder in store.parents:
        if not folder.stat().st_mode & 0o001:
            folder.chmod(0o755)


@pytest.mark.parametrize("command", ["replay", "salvage"])
def test_a_store_that_may_only_be_read_is_one_line(
    command: str, store: Path, tmp_path_factory: pytest.TempPathFactory, capsys: Told
) -> None:
    aside = tmp_path_factory.mktemp("elsewhere") / "evidence.db"
    shutil.copy(store, aside)
    lock_up(store)
    words = {"replay": [store, "--rejected", "--yes"], "salvage": [aside, "--into", store]}
    assert run(command, *words[command]) == 3
    assert capsys.readouterr().err == f"{store} cannot be written: Permission denied\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
@pytest.mark.parametrize("agent_runs", [[], ["--rejected"]])
def test_what_root_leaves_behind_belongs_to_the_store_s_owner(
    agent_runs: list[str], store: Path
) -> None:
    nobody = 65534
    for file in (store.parent, *store.parent.iterdir()):
        os.chown(file, nobody, nobody)
    store.with_name(f"{store.name}.lock").unlink()
    open_the_way_to(store)
    assert run("status", store) == 0
    assert run("replay", store, *(agent_runs or ["--acknowledged"]), "--yes") == 0
    assert os.geteuid() == 0
    assert {file.stat().st_uid for file in store.parent.iterdir()} == {nobody}
