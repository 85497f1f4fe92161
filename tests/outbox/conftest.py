"""A store of one's own, and those for the tests of salvage and of the commands."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.outbox import Outbox, Settlement, State
from agent.outbox.rows import DAMAGED
from tests.outbox.command_line import (
    NOT_AUTHORISED,
    rating,
)
from tests.outbox.damaged import (
    Original,
    crash,
    fill,
    truth,
    wal_or_main,
)
from tests.outbox.stores import acknowledge, keep, open_outbox, take_all


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.db"


@pytest.fixture
def outbox(path: Path) -> Iterator[Outbox]:
    opened = open_outbox(path)
    yield opened
    opened.close()


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


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Two epochs: acknowledged, rejected and waiting rows of several classes."""
    path = tmp_path / "outbox.db"
    for _ in range(2):
        outbox = open_outbox(path)
        keep(outbox, *range(6))
        outbox.append(rating()).result(10)
        rows = [row for row in take_all(outbox) if row.epoch.id == outbox.epoch]
        acknowledge(outbox, rows[:3])
        outbox.settle([Settlement(rows[3].position, State.REJECTED, NOT_AUTHORISED)])
        outbox.settle([Settlement(rows[4].position, State.REJECTED, DAMAGED)])
        outbox.close()
    return path
