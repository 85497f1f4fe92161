"""`smilepost outbox salvage --into`: an old store comes into a newer one of the same device."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.outbox import Outbox
from agent.outbox.rows import Epoch
from agent.outbox.views import FIRST_NUMBER
from agent.testing import FakeClock
from tests.outbox.command_line import Told, agent_at, content, damaged_copy, run
from tests.outbox.samples import EPOCH, filled, row
from tests.outbox.stores import SOURCE, keep, look, open_outbox, take_all

KEYS = """SELECT epoch.id, position & 1099511627775, state, data FROM event
          JOIN epoch ON number = position >> 40 ORDER BY position"""


@pytest.fixture
def newer(store: Path) -> Path:
    """A store of the same device that began anew, beside the old one."""
    path = store.with_name("newer.db")
    for _ in range(3):
        outbox = open_outbox(path)
        keep(outbox, 1, 2)
        outbox.close()
    return path


def bring_alone(old: Path, newer: Path) -> None:
    assert run("salvage", old, "--into", newer) == 0


def bring_by_the_agent(old: Path, newer: Path) -> None:
    with agent_at(newer):
        assert run("salvage", old, "--into", newer) == 0


@pytest.mark.parametrize("bring", [bring_alone, bring_by_the_agent])
def test_every_row_of_an_old_store_comes_before_those_of_the_newer_one(
    bring: Callable[[Path, Path], None], store: Path, newer: Path
) -> None:
    old, own = look(store, KEYS), look(newer, KEYS)
    bring(store, newer)
    found = look(newer, KEYS)
    assert found[: len(old)] == old
    assert found[len(old) : len(old) + len(own)] == own


def test_what_waits_in_the_old_store_is_sent_and_the_next_epoch_is_above_all(
    store: Path, newer: Path
) -> None:
    waiting = look(store, "SELECT count(*) FROM event WHERE state = 0")[0][0]
    with agent_at(newer) as outbox:
        before, own = outbox.pending, outbox.epoch
        bring_alone(store, newer)
        assert len(take_all(outbox, after=outbox.watermark)) == outbox.pending
        assert outbox.pending >= before + waiting
    outbox = open_outbox(newer)
    (data,) = look(newer, "SELECT data FROM event WHERE kind = 'device.started'")[-1]
    assert json.loads(data)["previous"]["epoch"] == own
    numbers = look(newer, "SELECT id FROM epoch ORDER BY number")
    assert numbers[-1] == (outbox.epoch,)
    assert outbox.pending == len(take_all(outbox))
    outbox.close()


def test_an_old_store_that_lived_longer_comes_before_the_newer_one_too(store: Path) -> None:
    newer = store.with_name("newer.db")
    open_outbox(newer).close()
    (own,) = look(newer, "SELECT id FROM epoch")
    bring_alone(store, newer)
    assert look(newer, "SELECT id, number FROM epoch ORDER BY number")[-1] == (*own, FIRST_NUMBER)


def test_a_store_without_any_epoch_takes_an_old_one(store: Path) -> None:
    empty = store.with_name("empty.db")
    filled(empty, [])._db.execute("DELETE FROM epoch")
    bring_alone(store, empty)
    assert look(empty, KEYS) == look(store, KEYS)


def test_without_room_below_the_rows_stay_out_are_told_and_it_ends_with_1(
    tmp_path: Path, capsys: Told
) -> None:
    old, newer = tmp_path / "old.db", tmp_path / "newer.db"
    filled(newer, [row(1)]).close()
    other = Epoch(1, "00000000000000bb", SOURCE, "00000000-0000-4000-8000-000000000001")
    filled(old, [row(n, epoch=other) for n in (1, 2)], epoch=other).close()
    assert run("salvage", old, "--into", newer) == 1
    told = capsys.readouterr().out
    assert f"nothing new from old.db into {newer}" in told
    assert f"2 rows of epoch {other.id} stay out" in told
    assert look(newer, "SELECT id FROM epoch") == [(EPOCH.id,)]


@pytest.mark.parametrize("runs", [False, True])
def test_another_device_s_store_is_refused_whole(store: Path, capsys: Told, *, runs: bool) -> None:
    other = store.with_name("other.db")
    Outbox(other, source="/acme/north/till-2", clock=FakeClock(), software="1.2.3").close()
    before = content(store.parent)
    if runs:
        with agent_at(store):
            assert run("salvage", other, "--into", store) == 1
    else:
        assert run("salvage", other, "--into", store) == 1
        assert content(store.parent) == before
    (told,) = capsys.readouterr().err.splitlines()
    assert "/acme/north/till-2" in told
    assert SOURCE in told
    assert look(store, "SELECT DISTINCT source FROM epoch") == [(SOURCE,)]


def test_what_the_store_has_is_not_called_lost(store: Path, capsys: Told) -> None:
    assert run("salvage", damaged_copy(store), "--into", store) == 0
    assert "are lost" not in capsys.readouterr().out


def test_what_neither_has_is_called_lost_and_ends_with_1(store: Path, capsys: Told) -> None:
    aside, new = damaged_copy(store), store.with_name("new.db")
    with agent_at(new):
        assert run("salvage", aside, "--into", new, "--json") == 1
    told = capsys.readouterr()
    (report,) = json.loads(told.out)
    assert f"{report['missing_rows']} rows are lost: in neither of the two" in told.err
