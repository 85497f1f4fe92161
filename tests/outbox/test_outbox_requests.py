"""What a command may ask of a store that an agent has open."""

from __future__ import annotations

import errno
import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.errors import StoreError
from agent.outbox import Outbox, Settlement, State, asking, requests
from agent.outbox.asking import ask, next_number
from agent.outbox.requests import (
    KEPT_ANSWERS,
    ReopenRequest,
    SalvageRequest,
    answer_all,
    folder_of,
    waiting,
)
from tests.outbox.stores import finish, keep, take_all


@pytest.fixture
def answering(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An agent that looks for requests all the time."""
    monkeypatch.setattr(asking, "POLL_S", 0.01)
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
    # Who asked has the answer before the agent has tidied up.
    deadline_s = time.monotonic() + 10
    while list(folder_of(path).iterdir()):
        assert time.monotonic() < deadline_s, "the request is left behind"


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
    monkeypatch.setattr(asking, "PATIENCE_S", 0.05)
    monkeypatch.setattr(asking, "POLL_S", 0.01)
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


# -- what is done when ----------------------------------------------------------------------------


def wish(path: Path, name: str, *, code: int = 1) -> Path:
    folder_of(path).mkdir(exist_ok=True)
    file = folder_of(path) / name
    file.write_text(ReopenRequest(state="rejected", reasons=(code,)).model_dump_json())
    return file


def performed(path: Path) -> list[int]:
    """Answer everything; returns the first reason of each request."""
    done: list[int] = []

    def perform(request: ReopenRequest | SalvageRequest) -> int:
        assert isinstance(request, ReopenRequest)
        assert request.reasons is not None
        done.append(request.reasons[0])
        return 1

    answer_all(path, perform=perform)
    return done


def test_requests_are_done_in_the_order_of_asking_whatever_the_clock_says(path: Path) -> None:
    folder_of(path).mkdir()
    for code in range(12):
        file = wish(path, f"{next_number(folder_of(path)):08}-{12 - code:08x}.json", code=code)
        os.utime(file, (1000 - code, 1000 - code))
    assert performed(path) == list(range(12))


def test_what_an_agent_was_at_when_it_died_is_done_again_first(path: Path) -> None:
    wish(path, "00000002-00000000.json", code=2)
    wish(path, "00000001-00000000.taken", code=1)
    assert performed(path) == [1, 2]
    assert waiting(path) == (0, 0)


def test_a_request_that_is_withdrawn_meanwhile_is_not_done(path: Path) -> None:
    wish(path, "00000001-00000000.json")
    second = wish(path, "00000002-00000000.json")

    def perform(_request: object) -> int:
        assert waiting(path) == (1, 1)
        second.unlink()
        return 1

    answer_all(path, perform=perform)
    assert [file.name for file in folder_of(path).iterdir()] == ["00000001-00000000.done"]


def test_answers_that_nobody_fetches_do_not_pile_up(path: Path) -> None:
    for number in range(KEPT_ANSWERS + 5):
        wish(path, f"{number:08}-00000000.json")
    performed(path)
    left = sorted(int(file.name[:8]) for file in folder_of(path).iterdir())
    assert left == list(range(4, KEPT_ANSWERS + 5))


def test_an_answer_that_cannot_be_written_stops_nobody(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(_path: Path, _text: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    wish(path, "00000001-00000000.json", code=1)
    wish(path, "00000002-00000000.json", code=2)
    monkeypatch.setattr(requests, "write_whole", full)
    assert performed(path) == [1, 2]
    assert caplog.text.count("No space left") == 2
