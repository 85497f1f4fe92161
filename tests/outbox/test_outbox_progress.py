"""How far a salvage has come, seen from another process."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent.outbox import progress as told
from agent.outbox import rescue
from agent.outbox.chores import Adopt, Chore
from agent.outbox.progress import Progress, progress_path, read_progress
from agent.outbox.rescue import Rescue
from agent.outbox.store import set_aside
from agent.outbox.work import Errand
from tests.outbox.stores import keep, open_outbox


@pytest.fixture(autouse=True)
def _at_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told, "TELL_S", 0.0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "outbox.db.corrupt-00c0ffee"


def test_nothing_is_told_of_a_file_that_nobody_salvages(file: Path) -> None:
    assert read_progress(file) is None


def test_the_rows_so_far_are_told_until_it_is_over(file: Path) -> None:
    progress = Progress(file)
    for progress.rows in (0, 500, 123_456):
        progress.tell()
        assert read_progress(file) == progress.rows
    progress.close()
    assert read_progress(file) is None
    assert list(file.parent.iterdir()) == []


def test_what_a_dead_process_left_is_no_news(file: Path) -> None:
    child = os.fork()
    if child == 0:
        Progress(file).tell()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert progress_path(file).exists()
    assert read_progress(file) is None
    again = Progress(file)
    again.tell()
    assert read_progress(file) == 0
    again.close()


def test_two_at_the_same_file_do_not_disturb_each_other(file: Path) -> None:
    first, second = Progress(file), Progress(file)
    first.rows, second.rows = 7, 9
    first.tell()
    second.tell()
    second.close()
    assert read_progress(file) == 7
    first.close()


def test_a_folder_that_takes_nothing_stops_no_salvage(file: Path) -> None:
    progress = Progress(file / "below")
    progress.tell()
    progress.close()
    assert list(file.parent.iterdir()) == []


def test_it_is_written_once_a_second_at_most(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told, "TELL_S", 1000.0)
    progress = Progress(file)
    for progress.rows in (1, 2, 3):
        progress.tell()
    assert read_progress(file) == 1
    progress.close()


def test_a_rescue_tells_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "outbox.db"
    outbox = open_outbox(path)
    keep(outbox, *range(250))
    outbox.close()
    aside, seen = set_aside(path), []
    monkeypatch.setattr(rescue, "BATCH_ROWS", 100)

    def hand_over(chore: Chore) -> Errand:
        seen.append((isinstance(chore, Adopt), read_progress(aside)))
        errand = Errand(chore)
        errand.rest = None
        errand.over.set()
        return errand

    Rescue([aside], hand_over=hand_over, below=9).run()
    assert seen == [(True, 0), (True, 100), (True, 200), (False, 251)]
    assert not progress_path(aside).exists()
