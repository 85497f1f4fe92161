"""A store on disk, an uplink that waits fractions of a second, and checks that say what differs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.faults.bench")

from tests.faults.bench import impatient  # noqa: E402 - its checks are rewritten first


@pytest.fixture
def impatience() -> Iterator[None]:
    with impatient():
        yield


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.db"
