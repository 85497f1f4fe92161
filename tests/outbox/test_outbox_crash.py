"""Kill -9 at every dangerous moment and at random ones: what was told as kept, is kept."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.outbox.stores import look, open_outbox, sequences

POINTS = ("append.begin", "append.insert", "append.commit")

# Appends for ever, prints every receipt only once it has it; dies at a point when told to.
CHILD = """
import itertools, os, signal, sys
from pathlib import Path
from tests.outbox.stores import marked, open_outbox

path, fatal_point, countdown = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])

def crash_point(name):
    global countdown
    countdown -= name == fatal_point
    if countdown == 0:
        os.kill(os.getpid(), signal.SIGKILL)

outbox = open_outbox(path, crash_point=crash_point)
for number in itertools.count(int(sys.argv[4])):
    receipt = outbox.append(marked(number)).result()
    os.write(1, f"{receipt.event_id} {receipt.position} {number}\\n".encode())
"""


def spawn(path: Path, *, point: str = "-", countdown: int = -1, first: int = 0) -> list[str]:
    return [sys.executable, "-c", CHILD, str(path), point, str(countdown), str(first)]


def contents(path: Path) -> dict[int, float]:
    """Position and mark of every event in the file that has one."""
    query = "SELECT position, data ->> 'uptime_s' FROM event WHERE kind = 'device.health'"
    return dict(look(path, query))


def told(output: bytes) -> dict[int, float]:
    """Position and mark of every receipt the child printed whole."""
    lines = [line.split() for line in output.decode().split("\n")[:-1]]
    return {int(position): float(number) for _, position, number in lines}


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_a_crash_point_loses_nothing_that_was_told(tmp_path: Path, point: str) -> None:
    path = tmp_path / "outbox.db"
    child = subprocess.run(
        spawn(path, point=point, countdown=5), stdout=subprocess.PIPE, check=False, timeout=60
    )
    assert child.returncode == -signal.SIGKILL
    promised = told(child.stdout)
    assert len(promised) == 4
    outbox = open_outbox(path)
    outbox.close()
    kept = contents(path)
    assert promised.items() <= kept.items()
    assert len(kept) == (5 if point == "append.commit" else 4)


def test_random_kills_lose_nothing_and_never_reuse_a_number(tmp_path: Path) -> None:
    path, rng = tmp_path / "outbox.db", random.Random(20261101)
    promised: dict[int, float] = {}
    for trial in range(5):
        child = subprocess.Popen(spawn(path, first=trial * 1_000_000), stdout=subprocess.PIPE)
        assert child.stdout is not None
        # It lives for some hundred commits at most.
        output = b"".join(os.read(child.stdout.fileno(), 4096) for _ in range(rng.randint(1, 60)))
        child.kill()
        output += child.stdout.read()
        child.wait()
        child.stdout.close()
        receipts = told(output)
        assert receipts
        assert not promised.keys() & receipts.keys()
        promised |= receipts
    open_outbox(path).close()
    assert promised.items() <= contents(path).items()
    assert all(found == list(range(1, len(found) + 1)) for found in sequences(path).values())


def test_epochs_are_chained_over_crashes(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    for _ in range(3):
        command = spawn(path, point="append.insert", countdown=3)
        subprocess.run(command, stdout=subprocess.PIPE, check=False, timeout=60)
    open_outbox(path).close()
    ids = [row[0] for row in look(path, "SELECT id FROM epoch ORDER BY number")]
    query = """SELECT data ->> '$.previous.epoch', data ->> '$.previous.last_sequence'
               FROM event WHERE kind = 'device.started' ORDER BY position"""
    assert look(path, query) == [(None, None), (ids[0], 3), *((i, 4) for i in ids[1:3])]
