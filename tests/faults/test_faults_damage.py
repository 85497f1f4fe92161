"""Damage anywhere in the store's files: it opens, it keeps, and it never says what nobody wrote."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.outbox import Receipt, Row, rows, to_message
from tests.faults.bench import rounds
from tests.faults.workload import settle_down
from tests.outbox.stores import acknowledge, keep, marked, open_outbox, take_all

CHECKED = hasattr(rows, "checksum")
"""Whether rows carry a checksum: before they did, a flipped bit of a text could pass."""
OWN_KINDS = {"device.started", "device.fault", "device.gap", "data.dropped", "data.purged"}
DAMAGES = rounds(60, long=3000)


@dataclass(frozen=True)
class Original:
    """A store before it is damaged: a folder with its files, and every message ever kept."""

    folder: Path
    messages: dict[str, bytes]
    """By key."""
    settled: frozenset[str]

    def copy(self, folder: Path) -> Path:
        shutil.copytree(self.folder, folder)
        return folder / "outbox.db"


def messages_of(taken: list[Row]) -> dict[str, bytes]:
    return {row.event_id: to_message(row, replayed=True) for row in taken}


def make(folder: Path, *, killed: bool) -> Original:
    """Write two epochs, settle a part; left in order, or as a kill leaves it with a WAL."""
    path = folder / "live" / "outbox.db"
    messages: dict[str, bytes] = {}
    settled: set[str] = set()
    for epoch in range(2):
        outbox = open_outbox(path)
        keep(outbox, *range(epoch * 100, epoch * 100 + 60))
        taken = take_all(outbox)
        messages |= messages_of(taken)
        acknowledge(outbox, taken[:30])
        settled |= {row.event_id for row in taken[:30]}
        outbox.append(marked(9)).result(10)
        messages |= messages_of(take_all(outbox))
        settle_down()
        if killed and epoch:
            shutil.copytree(path.parent, folder / "left", ignore=shutil.ignore_patterns("*-shm"))
        outbox.close()
    if not killed:
        shutil.copytree(path.parent, folder / "left")
    return Original(folder / "left", messages, frozenset(settled))


@pytest.fixture(scope="module", params=[False, True], ids=["closed", "killed"])
def original(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Original:
    return make(tmp_path_factory.mktemp("original"), killed=request.param)


def flip(raw: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 1, 3, 50))):
        raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)


def scribble(raw: bytearray, rng: random.Random) -> None:
    start = rng.randrange(len(raw))
    length = rng.choice((1, 16, 512, 4096))
    raw[start : start + length] = rng.randbytes(len(raw[start : start + length]))


def zero_a_block(raw: bytearray, rng: random.Random) -> None:
    size = rng.choice((512, 1024, 4096))
    start = rng.randrange(len(raw)) // size * size
    raw[start : start + size] = bytes(len(raw[start : start + size]))


def swap_blocks(raw: bytearray, rng: random.Random) -> None:
    first, second = (rng.randrange(len(raw)) // 1024 * 1024 for _ in range(2))
    one, other = raw[first : first + 1024], raw[second : second + 1024]
    if len(one) == len(other) == 1024:
        raw[first : first + 1024], raw[second : second + 1024] = other, one


def cut_off(raw: bytearray, rng: random.Random) -> None:
    del raw[rng.randrange(len(raw)) :]


def append_rubbish(raw: bytearray, rng: random.Random) -> None:
    raw += rng.randbytes(rng.choice((1, 1000, 5000)))


def change_a_letter(raw: bytearray, rng: random.Random) -> None:
    """Hit the data of a row: the likeliest place that SQLite itself cannot check."""
    at = raw.find(b"uptime_s", rng.randrange(len(raw)))
    if at >= 0:
        raw[at + rng.randrange(12)] = rng.choice(b'0123456789abc"}')


DAMAGE: tuple[Callable[[bytearray, random.Random], None], ...] = (
    flip,
    scribble,
    zero_a_block,
    swap_blocks,
    cut_off,
    append_rubbish,
    change_a_letter,
)


def damage(folder: Path, rng: random.Random) -> str:
    """Damage one of the store's files; says how."""
    files = sorted(file for file in folder.iterdir() if file.stat().st_size)
    file, how = rng.choice(files), rng.choice(DAMAGE)
    raw = bytearray(file.read_bytes())
    how(raw, rng)
    file.write_bytes(raw)
    return f"{how.__name__} in {file.name}"


def assert_honest(
    taken: list[Row], original: Original, *, what: str, known: AbstractSet[str] = frozenset()
) -> None:
    for row in taken:
        said = to_message(row, replayed=True)
        if row.event_id in original.messages:
            if CHECKED:
                assert said == original.messages[row.event_id], what
        elif row.event_id not in known:
            assert row.kind in OWN_KINDS, f"{what}: {row} was never written"


@pytest.mark.parametrize("seed", range(DAMAGES // 20))
def test_a_damaged_store_opens_keeps_and_invents_nothing(
    seed: int, original: Original, tmp_path: Path
) -> None:
    rng = random.Random(seed)
    for number in range(20):
        path = original.copy(tmp_path / f"copy-{number}")
        what = damage(path.parent, rng)
        new = {receipt.event_id for receipt in use(path, original, what=what)}
        assert not new & original.messages.keys(), what
        use(path, original, what=what, known=new)
        shutil.rmtree(path.parent)


def use(
    path: Path, original: Original, *, what: str, known: AbstractSet[str] = frozenset()
) -> list[Receipt]:
    """Open, keep two events, and see that they and those `known` before are offered."""
    outbox = open_outbox(path)
    assert_honest(take_all(outbox), original, what=what, known=known)
    new = keep(outbox, 1_000_000, 1_000_001)
    wanted = known | {receipt.event_id for receipt in new}
    deadline_s = time.monotonic() + 10
    # The file may be set aside and a new one begun under our eyes; in the end all is offered.
    while not wanted <= (offered := messages_of(take_all(outbox))).keys():
        assert time.monotonic() < deadline_s, f"{what}: {wanted - offered.keys()} are gone"
    assert_honest(take_all(outbox), original, what=what, known=wanted)
    outbox.close()
    return new


def test_an_undamaged_copy_is_whole(original: Original, tmp_path: Path) -> None:
    """The control: without damage nothing is missing, and nothing is told to be."""
    path = original.copy(tmp_path / "copy")
    outbox = open_outbox(path)
    taken = messages_of(take_all(outbox))
    assert original.messages.keys() - original.settled <= taken.keys()
    outbox.close()
    assert not list(path.parent.glob("*corrupt*"))


@pytest.mark.parametrize("size", [0, 1, 99, 100, 1024, 5000])
def test_a_file_of_rubbish_is_no_reason_not_to_open(size: int, tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    path.write_bytes(os.urandom(size))
    outbox = open_outbox(path)
    assert all(receipt.durable for receipt in keep(outbox, 1, 2))
    outbox.close()


@pytest.mark.parametrize("name", ["outbox.db-wal", "outbox.db-shm", "outbox.db-journal"])
def test_rubbish_beside_a_sound_file_is_no_reason_not_to_open(
    name: str, original: Original, tmp_path: Path
) -> None:
    path = original.copy(tmp_path / "copy")
    (path.parent / name).write_bytes(os.urandom(5000))
    outbox = open_outbox(path)
    assert_honest(take_all(outbox), original, what=name)
    assert all(receipt.durable for receipt in keep(outbox, 1, 2))
    outbox.close()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"CREATE TABLE epoch", b"CREATE TAB\xceE epoch"),
        (b"CREATE TABLE event", b"CREATE TABLE e\xceent"),
        (b"tableepochepoch", b"tableepo\xcehepoch"),
        (b"state INTEGER NOT NULL", b"state INTEGER N\xceT NULL"),
    ],
)
def test_a_schema_that_is_no_text(old: bytes, new: bytes, tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    outbox = open_outbox(path)
    keep(outbox, 1, 2)
    settle_down()  # while somebody reads, closing leaves a WAL
    outbox.close()
    raw = path.read_bytes()
    assert old in raw
    path.write_bytes(raw.replace(old, new, 1))
    outbox = open_outbox(path)
    assert all(receipt.durable for receipt in keep(outbox, 3))
    outbox.close()
