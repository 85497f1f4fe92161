"""Waiting for the agent: as long as it gets on, and no longer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.errors import StoreError
from agent.outbox import asking
from agent.outbox.asking import PATIENCE_S, ask
from agent.outbox.progress import Progress
from agent.outbox.requests import ReopenRequest, SalvageRequest, answer_all, folder_of, waiting

FILE = "outbox.db.corrupt-00c0ffee"
TURNS = 20
REOPEN = ReopenRequest(state="rejected")


class SlowAgent:
    """An agent at long requests: it does one turn in each pause of the one who waits.

    Every pause is 10 s long on a clock of its own.
    """

    def __init__(self, path: Path, turn: Callable[[int], None], *, requests: int) -> None:
        self._turn = turn
        self._step = threading.Barrier(2, timeout=20)
        self._left = TURNS * requests
        self._thread = threading.Thread(target=answer_all, args=(path,), kwargs={"perform": self})
        self._now_s = 0.0

    def __call__(self, _request: object) -> int:
        for number in range(TURNS):
            self._step.wait()
            self._turn(number)
            self._step.wait()
        return TURNS

    def monotonic(self) -> float:
        return self._now_s

    def sleep(self, _seconds: float) -> None:
        """Let a pause pass."""
        self._now_s += 10
        if self._thread.ident is None:
            self._thread.start()
        if self._left:
            self._left -= 1
            self._step.wait()
            self._step.wait()
        else:
            self._thread.join()

    def finish(self) -> None:
        while self._thread.is_alive():
            self.sleep(0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "outbox.db"
    path.touch()
    return path


def grows(file: Path) -> Callable[[int], None]:
    def write(number: int) -> None:
        file.write_bytes(b"x" * number)

    return write


def works(
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    turn: Callable[[int], None],
    *,
    requests: int = 1,
) -> SlowAgent:
    agent = SlowAgent(path, turn, requests=requests)
    monkeypatch.setattr(asking, "time", agent)
    return agent


def test_an_agent_that_writes_is_waited_for(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    works(path, monkeypatch, grows(path.with_name("outbox.db-wal")))
    assert TURNS * 10 > 2 * PATIENCE_S
    assert ask(path, REOPEN) == TURNS
    assert list(folder_of(path).iterdir()) == []


def test_a_long_salvage_is_waited_for_and_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    progress = Progress(path.with_name(FILE))
    monkeypatch.setattr("agent.outbox.progress.TELL_S", 0.0)

    def turn(number: int) -> None:
        progress.rows = 500 * number
        progress.tell()

    told: list[str] = []
    works(path, monkeypatch, turn)
    assert ask(path, SalvageRequest(file=FILE), tell=told.append) == TURNS
    progress.close()
    assert told[0] == "waiting for the agent"
    assert told[1:3] == [f"the agent is at it: {rows} rows so far" for rows in (0, 500)]
    # The answer to the last step may come before anybody asks how far it is.
    assert told[-1] in [f"the agent is at it: {rows} rows so far" for rows in ("9,000", "9,500")]


def test_where_nothing_moves_the_agent_is_left_to_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = works(path, monkeypatch, lambda _number: None)
    with pytest.raises(StoreError, match="has taken the request, but nothing has moved for 30 s"):
        ask(path, REOPEN)
    assert waiting(path) == (1, 0)
    agent.finish()
    assert waiting(path) == (0, 0)


def test_one_that_waits_behind_another_request_is_patient_too(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder_of(path).mkdir()
    (folder_of(path) / "00000001-00000000.json").write_text(REOPEN.model_dump_json())
    told: list[str] = []
    works(path, monkeypatch, grows(path), requests=2)
    assert ask(path, REOPEN, tell=told.append) == TURNS
    assert told.count("the agent is at another request") >= TURNS - 1
    assert told[-1] == "the agent is at it"


def test_who_gives_up_before_the_agent_begins_withdraws_the_request(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("agent.outbox.asking.time.sleep", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ask(path, REOPEN)
    assert list(folder_of(path).iterdir()) == []
