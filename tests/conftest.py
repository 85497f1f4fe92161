"""What several capabilities' tests share."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from agent.testing import LocalBroker
from agent.testing.broker import available_broker

ROOT = Path(__file__).parents[1]

# Of tests in several processes: files that share something outside of them stay in one.
TOGETHER = {
    "tests/vision/test_look": "clips that are fetched once",
    "tests/vision/test_process": "clips that are fetched once",
    "tests/emoscope/test_emoscope_recording": "clips that are fetched once",
    "tests/demo": "clips that are fetched once",
}
# What takes long is begun first: begun last it would run alone at the end.
LONG = (
    "tests/demo",
    "tests/screen/test_page",
    "tests/faults/test_faults_broker",
    "tests/faults/test_faults_kills",
    "tests/bench",
    "tests/kiosk/test_kiosk_profiles_camera",
    "tests/uplink/test_uplink_delivery",
    "tests/vision/test_process",
)

# FFmpeg reads it once a process: before the first film is opened, as a camera's own process does.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
# How many examples a property is tried with that says nothing else itself.
EXAMPLES = int(os.environ.get("SMILEPOST_EXAMPLES", "30"))
# A machine that is busy with other tests is no reason to fail: nothing here is timed.
settings.register_profile(
    "untimed",
    deadline=None,
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("untimed")

SALTED = re.compile(r"\$\d+\$\d+\$\d+\$")


class ByGroups(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist has no types
    """Hands out whole files to the processes, and those of one group to the same."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((name for start, name in TOGETHER.items() if file.startswith(start)), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByGroups | None:
    """Take over from `--dist loadfile`, which knows files alone."""
    return ByGroups(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of several processes, let each begin with what takes long."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not item.nodeid.startswith(LONG))


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
