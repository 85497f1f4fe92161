"""What a command may ask of a store that an agent has open."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.errors import StoreError
from agent.outbox import Outbox, Settlement, State, requests
from agent.outbox.requests import ReopenRequest, SalvageRequest, answer_all, ask, folder_of
from tests.outbox.stores import finish, keep, open_outbox, take_all


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.db"


@pytest.fixture
def outbox(path: Path) -> Iterator[Outbox]:
    opened = open_outbox(path)
    yield opened
    opened.close()


@pytest.fixture
def answering(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An agent that looks for requests all the time."""
    monkeypatch.setattr(requests, "POLL_S", 0.01)
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.01):
            outbox.answer_requests()

    thread = threading.Thread(target=look)
    thread.start()
    yield
    over.set()
    thread.join()


def reject(outbox: Outbox, *reasons: int) -> list[int]:
    keep(outbox, *range(len(reasons)))
    rows = take_all(outbox)[-len(reasons) :]
    positions = [row.position for row in rows]
    moves = zip(positions, reasons, strict=True)
    outbox.settle([Settlement(position, State.REJECTED, reason) for position, reason in moves])
    finish(outbox)
    return positions


@pytest.mark.usefixtures("answering")
def test_rejected_rows_are_sent_again_when_asked(outbox: Outbox, path: Path) -> None:
    first, second, third = reject(outbox, 0x87, 0x97, 0x87)
    assert ask(path, ReopenRequest(state="rejected", reasons=(0x87,))) == 2
    waiting = {row.position for row in take_all(outbox)}
    assert {first, third} <= waiting
    assert second not in waiting
    assert outbox.rewinds == 1
    assert list(folder_of(path).iterdir()) == []


@pytest.mark.usefixtures("answering")
def test_rows_are_named_by_epoch_and_range(outbox: Outbox, path: Path) -> None:
    positions = reject(outbox, 0x87, 0x87, 0x87)
    sequence = positions[1] & 0xFFFF
    ranges = {outbox.epoch: ((sequence, sequence),), "0" * 16: ((1, 9),)}
    assert ask(path, ReopenRequest(state="rejected", ranges=ranges)) == 1
    assert positions[1] in {row.position for row in take_all(outbox)}


@pytest.mark.usefixtures("answering")
def test_a_file_that_is_not_there_is_told(path: Path) -> None:
    with pytest.raises(StoreError, match="there is no file"):
        ask(path, SalvageRequest(file="outbox.db.corrupt-1"))


def test_without_an_answer_the_request_is_withdrawn(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "PATIENCE_S", 0.05)
    monkeypatch.setattr(requests, "POLL_S", 0.01)
    with pytest.raises(StoreError, match="did not answer"):
        ask(path, ReopenRequest(state="rejected"))
    assert list(folder_of(path).iterdir()) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"do": "delete"}',
        '{"do": "salvage", "file": "../../etc/shadow"}',
        '{"do": "reopen", "state": "pending"}',
        '{"do": "reopen", "state": "rejected", "ranges": {"a": [[9, 1]]}}',
        " " * 300_000,
    ],
)
def test_what_cannot_be_understood_is_answered_so(path: Path, text: str) -> None:
    folder_of(path).mkdir()
    (folder_of(path) / "a.json").write_text(text, encoding="utf-8")

    def perform(request: object) -> int:
        raise AssertionError(request)

    answer_all(path, perform=perform)
    [answer] = folder_of(path).iterdir()
    assert answer.name == "a.done"
    assert json.loads(answer.read_text("utf-8"))["error"].startswith("the request ")


def test_nothing_asked_is_nothing_to_do(path: Path) -> None:
    answer_all(path, perform=lambda _request: 1)
    assert not folder_of(path).exists()
