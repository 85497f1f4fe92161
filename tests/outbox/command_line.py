"""What the tests of `smilepost outbox` share: a run of it, an agent beside it, a damaged copy."""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.cli import main
from agent.events.catalogue import RatingGiven
from agent.outbox import Outbox, State
from agent.outbox.store import PAGE_BYTES
from tests.outbox.stores import look, open_outbox

Told = pytest.CaptureFixture[str]
NOT_AUTHORISED = 0x87


def rating(value: int = 4) -> RatingGiven:
    return RatingGiven(
        key="good",
        value=value,
        scale=5,
        sentiment=-1 if value < 3 else 1,
        channel="button",
        counts=True,
        rule_version=1,
    )


@contextlib.contextmanager
def agent_at(path: Path) -> Iterator[Outbox]:
    """An agent that has the store open and answers requests."""
    outbox, stop = open_outbox(path), threading.Event()

    def serve() -> None:
        while not stop.wait(0.02):
            outbox.answer_requests()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield outbox
    finally:
        stop.set()
        thread.join()
        outbox.close()


def run(*words_: object) -> int:
    return main(["outbox", *map(str, words_)])


def count(path: Path, state: State) -> int:
    found: int = look(path, f"SELECT count(*) FROM event WHERE state = {int(state)}")[0][0]  # noqa: S608
    return found


def content(folder: Path) -> dict[str, bytes]:
    """What a command must not change; SQLite's own shared memory aside."""
    return {
        f.name: f.read_bytes() for f in folder.iterdir() if not f.name.endswith(("-shm", "-wal"))
    }


def damaged_copy(path: Path, *, name: str = "outbox.db.corrupt-00c0ffee") -> Path:
    """The store as it is, set aside, with its first row's page destroyed."""
    aside = path.with_name(name)
    shutil.copy(path, aside)
    with aside.open("r+b") as file:
        file.seek(aside.read_bytes().index(b'"uptime_s":1.0') // PAGE_BYTES * PAGE_BYTES)
        file.write(b"\0" * PAGE_BYTES)
    return aside
