"""Kills lose nothing of ours, and the bench finds the losses of those who do lose."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from agent.bench import bridge, kills
from agent.bench.bridge import BRIDGES, bridge_outcome
from agent.bench.kills import SAVED_SELDOM, Trial, broker_outcome, outcome_of, trials
from agent.bench.victims import Victim
from agent.errors import StoreError
from agent.testing.broker import available_broker, free_port

SEED = 20261101
needs_mosquitto = pytest.mark.skipif(
    available_broker() != "mosquitto", reason="Mosquitto is not installed: apt install mosquitto"
)


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kills, "LIVED_S", (0.05, 0.15))
    monkeypatch.setattr(kills, "BROKER_LIVED_S", (0.5, 0.6))
    monkeypatch.setattr(bridge, "LIVED_S", (0.1, 0.2))
    monkeypatch.setattr(bridge, "BRIDGED_S", 0.2)
    monkeypatch.setattr(kills, "QUIET_S", 1.5)
    monkeypatch.setattr(bridge, "QUIET_S", 1.5)


@needs_mosquitto
@pytest.mark.parametrize("when", ["online", "in an outage"])
def test_two_kills_lose_nothing_of_ours(when: str, tmp_path: Path) -> None:
    trial = Trial("outbox", "ours", kills=2, outage=when != "online")
    found = outcome_of(trial, tmp_path, rng=random.Random(SEED))
    assert found.accepted > 0
    assert found.lost == 0
    assert found.twice == 0
    assert found.duplicates <= 2 * 120, "the window and one batch a kill"


@needs_mosquitto
def test_what_bare_paho_accepts_in_an_outage_is_lost_with_it(tmp_path: Path) -> None:
    found = outcome_of(Trial("bare", "paho", kills=1, outage=True), tmp_path)
    assert found.accepted > 0
    assert found.lost == found.accepted


@needs_mosquitto
def test_what_a_bridge_accepts_in_an_outage_is_lost_with_it() -> None:
    lines = BRIDGES["Mosquitto bridge, Debian's defaults"]
    found = bridge_outcome(lines, kills=1, outage=True)
    assert found.accepted > 0
    assert found.lost == found.accepted


@needs_mosquitto
def test_a_bridge_that_lives_on_delivers() -> None:
    lines = BRIDGES["Mosquitto bridge, every persistence knob on"]
    found = bridge_outcome(lines, kills=1, outage=False)
    assert found.accepted > 0
    assert found.lost < found.accepted


@needs_mosquitto
def test_a_central_broker_that_saves_seldom_loses_what_it_had_acknowledged(tmp_path: Path) -> None:
    found = broker_outcome(Victim("outbox", tmp_path, free_port()), SAVED_SELDOM, kills=1)
    assert found.accepted > 0
    assert found.lost > 0


@needs_mosquitto
def test_receipts_bring_back_what_such_a_broker_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kills, "QUIET_S", 6.0)  # an event waits up to four seconds for its receipt
    victim = Victim("outbox-receipts", tmp_path, free_port())
    found = broker_outcome(victim, SAVED_SELDOM, kills=1)
    assert found.accepted > 0
    assert found.lost == 0


def test_without_their_environment_the_stores_are_no_trial(tmp_path: Path) -> None:
    assert [t.component for t in trials(None, kills=1, outage=True)] == ["outbox", "bare"]
    every = [t.component for t in trials(tmp_path, kills=1, outage=True)]
    assert every == ["outbox", "bare", "persist-queue", "litequeue", "huey"]


def test_a_torn_last_line_was_never_told(tmp_path: Path) -> None:
    (tmp_path / "outbox.accepted").write_bytes(b"one\ntwo\nthr")
    assert Victim("outbox", tmp_path, 1).accepted == {"one", "two"}


def test_a_component_that_cannot_start_is_told_in_one_line(tmp_path: Path) -> None:
    victim = Victim("huey", tmp_path, 1)  # it is not installed in our own environment
    told = r"^huey accepts nothing: ModuleNotFoundError: No module named 'huey'$"
    with pytest.raises(StoreError, match=told), victim.alive(0):
        pass
