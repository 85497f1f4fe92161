"""What several capabilities' tests share."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.testing import LocalBroker
from agent.testing.broker import available_broker

ROOT = Path(__file__).parents[1]

# Tests in two processes: files that share something outside of them stay in one.
TOGETHER = {
    "tests/screen/test_page": "one Chromium",
    "tests/vision/test_look": "clips that are fetched once",
    "tests/vision/test_process": "clips that are fetched once",
    "tests/demo": "clips that are fetched once",
}

SALTED = re.compile(r"\$\d+\$\d+\$\d+\$")


def group_of(path: str) -> str:
    """Name the tests that one process runs together with those of a file: its own, by default."""
    return next((name for start, name in TOGETHER.items() if path.startswith(start)), path)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep together what `--dist loadgroup` must not tear apart."""
    for item in items:
        path = item.path.relative_to(ROOT).as_posix()
        item.add_marker(pytest.mark.xdist_group(group_of(path)))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name no test after the hash of a PIN: every process salts its own."""
    return argname if isinstance(val, str) and SALTED.search(val) else None


@pytest.fixture
def broker() -> Iterator[LocalBroker]:
    """A real Mosquitto on a free port of loopback."""
    if available_broker() is None:
        pytest.skip("no MQTT broker is installed: apt install mosquitto")
    with LocalBroker() as running:
        yield running


@pytest.fixture
def repository() -> Path:
    """The root of the checkout."""
    return ROOT


@pytest.fixture(autouse=True)
def _lgpio_stays_out_of_the_checkout(tmp_path: Path) -> None:
    os.environ["LG_WD"] = str(tmp_path)
