"""Where `-o` writes: never over a store, never in place of a pipe or a link."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from agent.errors import StoreError
from agent.outbox.commands.output import written
from agent.outbox.requests import folder_of
from tests.outbox.command_line import Told, agent_at, content, damaged_copy, run
from tests.outbox.stores import keep, look

COMPANIONS = [
    "outbox.db",
    "outbox.db-wal",
    "outbox.db-shm",
    "outbox.db.lock",
    "outbox.db.corrupt-00c0ffee",
    "outbox.db.corrupt-00c0ffee-wal",
    "outbox.db.corrupt-00c0ffee.salvaging",
    "outbox.db.salvaged-00c0ffee",
    "outbox.db.requests/00000001-a.json",
]


def refused(folder: Path, told: Told, *words: object) -> None:
    """The command ends with 1 and one line, and every file stays as it was."""
    before = content(folder)
    assert run(*words) == 1
    error = line_of(told)
    assert "name another output" in error
    assert content(folder) == before


def line_of(told: Told) -> str:
    found = told.readouterr().err
    assert found.count("\n") == 1
    return found


def configured(store: Path) -> Path:
    config = store.parent.parent / "kiosk.yaml"
    config.write_text(
        f"device: {{tenant: acme, site: north, id: till-1}}\nstore: {{path: {store}}}\n"
    )
    return config


@pytest.fixture
def home(store: Path) -> Path:
    """The store in a folder of its own."""
    folder = store.parent / "home"
    folder.mkdir()
    store.rename(folder / store.name)
    return folder / store.name


@pytest.mark.parametrize("name", COMPANIONS)
def test_an_export_never_writes_over_its_store_or_what_belongs_to_it(
    name: str, home: Path, capsys: Told
) -> None:
    refused(home.parent, capsys, "export", home, "-o", home.with_name("x") / ".." / name)


@pytest.mark.parametrize("name", COMPANIONS)
def test_the_configured_store_is_never_written_over(name: str, home: Path, capsys: Told) -> None:
    other = home.parent.parent / "other.db"
    shutil.copy(home, other)
    home.unlink()
    words = ["-c", configured(home), "-o", home.parent / name]
    refused(home.parent, capsys, "export", other, *words)


def test_the_store_of_a_running_agent_stays_whole(home: Path, capsys: Told) -> None:
    with agent_at(home) as outbox:
        folder_of(home).mkdir()
        words = ["export", "-c", configured(home), "-o"]
        for out in (home, home.with_name("outbox.db-wal"), folder_of(home) / "x"):
            assert run(*words, out) == 1
            assert "belongs to the store" in line_of(capsys)
        assert keep(outbox, 99)[0].durable
    assert look(home, "SELECT count(*) FROM event WHERE data LIKE '%:99.0,%'") == [(1,)]


@pytest.mark.parametrize("name", ["", "-wal"])
def test_salvage_never_writes_over_what_it_reads(name: str, home: Path, capsys: Told) -> None:
    aside = damaged_copy(home, name="evidence")
    aside.write_bytes(b"\xa5" * 1024 + aside.read_bytes()[1024:])
    refused(home.parent, capsys, "salvage", aside, "-o", f"{aside}{name}")


def test_salvage_never_writes_over_the_store_it_brings_rows_into(home: Path, capsys: Told) -> None:
    aside = damaged_copy(home, name="evidence")
    words = ["salvage", aside, "--into", home, "-o", home.with_name("outbox.db.lock")]
    refused(home.parent, capsys, *words)


@pytest.mark.parametrize("name", ["another.db", "another.db-wal"])
def test_a_database_nobody_named_is_not_written_over_either(
    name: str, home: Path, capsys: Told
) -> None:
    shutil.copy(home, home.with_name("another.db"))
    refused(home.parent, capsys, "export", home, "-o", home.with_name(name))


def test_a_link_to_the_store_is_the_store(home: Path, capsys: Told) -> None:
    home.with_name("link").symlink_to(home)
    refused(home.parent, capsys, "export", home, "-o", home.with_name("link"))
    assert home.with_name("link").is_symlink()


def test_links_in_a_circle_are_told(home: Path, capsys: Told) -> None:
    link = home.with_name("link")
    link.symlink_to(link)
    assert run("export", home, "-o", link) == 3
    assert "circle" in line_of(capsys)


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_and_its_place_is_written(home: Path, *, there: bool) -> None:
    place, link = home.with_name("place"), home.parent.parent / "link"
    link.symlink_to(place)
    if there:
        place.write_text("old")
    assert run("export", home, "-o", link) == 0
    assert link.is_symlink()
    assert place.read_text().startswith('{"specversion"')


def test_a_pipe_is_written_to_and_stays_a_pipe(home: Path) -> None:
    pipe = home.with_name("pipe")
    os.mkfifo(pipe)
    heard: list[str] = []
    reader = threading.Thread(target=lambda: heard.append(pipe.read_text()))
    reader.start()
    assert run("export", home, "-o", pipe) == 0
    reader.join()
    assert stat.S_ISFIFO(pipe.lstat().st_mode)
    (found,) = look(home, "SELECT count(*) FROM event")[0]
    assert len(heard[0].splitlines()) == found


def test_a_folder_is_no_output(home: Path, capsys: Told) -> None:
    assert run("export", home, "-o", home.parent) == 3
    assert "neither a file nor a pipe" in line_of(capsys)


def test_an_ordinary_file_is_replaced(home: Path) -> None:
    out = home.with_name("out.jsonl")
    out.write_text("SQLite format 4\0")
    assert run("export", home, "-o", out) == 0
    assert out.read_text().startswith('{"specversion"')


def test_a_failed_export_leaves_the_old_file_and_no_draft(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("old")
    with pytest.raises(ZeroDivisionError), written(out) as stream:
        stream.write(str(1 // len(stream.newlines or "")))
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


def test_a_file_that_somebody_put_beside_the_output_stays(tmp_path: Path) -> None:
    (tmp_path / "out.part").write_text("mine")
    with written(tmp_path / "out") as stream:
        stream.write("new")
    assert {f.name: f.read_text() for f in tmp_path.iterdir()} == {"out": "new", "out.part": "mine"}


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"), written(tmp_path / "none" / "x"):
        pass


# -- the terminal ----------------------------------------------------------------------------------

EVERY_COMMAND = [
    ["status"],
    ["status", "--json"],
    ["export"],
    ["salvage"],
    ["replay", "--rejected"],
]


def ran_into(handle: int, store: Path, words: list[str]) -> tuple[int, str]:
    command = [sys.executable, "-m", "agent", "outbox", *words, str(store)]
    ran = subprocess.run(command, stdout=handle, stderr=subprocess.PIPE, text=True, check=False)
    return ran.returncode, ran.stderr


@pytest.mark.parametrize("words", EVERY_COMMAND, ids=" ".join)
def test_a_reader_that_has_seen_enough_is_no_error(words: list[str], store: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ended = ran_into(writing, store, words)
    os.close(writing)
    assert ended == (0, "")


@pytest.mark.parametrize("words", EVERY_COMMAND, ids=" ".join)
def test_an_output_that_takes_nothing_is_one_line(words: list[str], store: Path) -> None:
    with store.open("rb") as only_for_reading:
        ended = ran_into(only_for_reading.fileno(), store, words)
    assert ended == (3, "the output cannot be written: Bad file descriptor\n")
