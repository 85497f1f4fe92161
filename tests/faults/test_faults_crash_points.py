"""Kill -9 at every dangerous moment by name; at the next start all that was told is there."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from agent.events.envelope import event_id
from agent.outbox.writer import CRASH_POINTS
from tests.faults.bench import rounds
from tests.faults.workload import ROOM, Workload, settle_down
from tests.outbox.stores import finish, look, open_outbox

STEP = 10_000
"""Numbers a life may use."""


@dataclass
class Told:
    """What lives of a workload have said."""

    tried: set[int] = field(default_factory=set)
    kept: dict[str, int] = field(default_factory=dict)

    def hear(self, output: bytes) -> None:
        for line in output.decode().split("\n")[:-1]:
            words = line.split()
            if words[0] == "try":
                self.tried.add(int(words[1]))
            else:
                assert words[1] not in self.kept, "a key was used twice"
                self.kept[words[1]] = int(words[2])


def live(
    path: Path, told: Told, *, point: str, hit: int, life: int = 0, damage: bool = False
) -> bool:
    """Let a workload live until it dies at a point; False when it never came there."""
    words = [sys.executable, "-m", "tests.faults.workload", str(path), point, str(hit)]
    words += [str(life * STEP), *(["damage"] if damage else [])]
    done = subprocess.run(words, stdout=subprocess.PIPE, check=False, timeout=120)
    told.hear(done.stdout)
    assert done.returncode in {0, -signal.SIGKILL}
    return done.returncode != 0


@dataclass
class Found:
    """What a closed store holds: every row by key, and every key it says is gone."""

    rows: dict[str, tuple[str, dict[str, Any]]]
    gone: set[str]


def read(path: Path) -> Found:
    query = """SELECT epoch.source, epoch.id, event.position & ((1 << 40) - 1),
                      event.kind, event.data
               FROM event JOIN epoch ON epoch.number = event.position >> 40"""
    found = Found({}, set())
    for source, epoch, sequence, kind, data in look(path, query):
        fields = json.loads(data)
        found.rows[event_id(source, epoch, sequence)] = (kind, fields)
        if kind in {"data.purged", "data.dropped"}:
            found.gone |= {
                event_id(source, of, number)
                for of, ranges in fields["ranges"].items()
                for first, last in ranges
                for number in range(first, last + 1)
            }
    return found


def restart(path: Path) -> None:
    """Open as a kiosk would, let it put everything in order, and close."""
    outbox = open_outbox(path, limits=ROOM)
    outbox.check().join()
    settle_down()
    finish(outbox)
    outbox.close()


def assert_sound(path: Path, told: Told) -> None:
    found = read(path)
    missing = told.kept.keys() - found.rows.keys() - found.gone
    assert not missing, "told as kept, not there, and not told as gone"
    for key, (kind, data) in found.rows.items():
        if kind == "device.health":
            number = int(data["uptime_s"])
            assert number in told.tried, "nobody wrote this"
            assert told.kept.get(key, number) == number, "another event under this key"
    assert_gapless(found)
    assert look(path, "PRAGMA integrity_check") == [("ok",)]


def assert_gapless(found: Found) -> None:
    known = found.rows.keys() | found.gone
    by_epoch: dict[str, set[int]] = {}
    for key in known:
        epoch, _, sequence = key.rpartition("/")
        by_epoch.setdefault(epoch, set()).add(int(sequence))
    for sequences in by_epoch.values():
        assert sequences == set(range(1, max(sequences) + 1))


SALVAGING = ("open.commit", "salvage.commit", "record.commit")
ORDINARY = [point for point in CRASH_POINTS if point not in SALVAGING[1:]]


@pytest.mark.parametrize("hit", range(1, rounds(1, long=8) + 1))
@pytest.mark.parametrize("point", ORDINARY)
def test_a_kill_at_a_crash_point(point: str, hit: int, tmp_path: Path) -> None:
    path, told = tmp_path / "outbox.db", Told()
    reached = live(path, told, point=point, hit=hit)
    assert reached or hit > 1, f"the workload never comes to {point}"
    restart(path)
    assert_sound(path, told)


@pytest.mark.parametrize("point", SALVAGING)
def test_a_kill_while_a_damaged_file_is_salvaged(point: str, tmp_path: Path) -> None:
    path, told = tmp_path / "outbox.db", Told()
    assert live(path, told, point=point, hit=1, damage=True)
    restart(path)
    assert_sound(path, told)


@pytest.mark.parametrize("seed", range(rounds(1, long=10)))
def test_kills_at_one_point_after_the_other_on_the_same_store(seed: int, tmp_path: Path) -> None:
    path, told, rng = tmp_path / "outbox.db", Told(), random.Random(seed)
    points = rng.sample(ORDINARY, rounds(3, long=len(ORDINARY)))
    for life, point in enumerate(points):
        live(path, told, point=point, hit=rng.randint(1, 3), life=life)
    restart(path)
    assert_sound(path, told)
    assert len(told.kept) > len(points)


def test_every_point_the_writer_passes_is_listed(tmp_path: Path) -> None:
    passed: set[str] = set()
    Workload(tmp_path / "one.db", crash_point=passed.add).run()
    Workload(tmp_path / "other.db", crash_point=passed.add).salvage(passed.add)
    assert passed == set(CRASH_POINTS)
