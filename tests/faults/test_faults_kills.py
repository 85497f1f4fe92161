"""Kill -9 of agent and broker at random moments: nothing told as kept is lost.

A killed broker loses messages that it has acknowledged: where it is a victim, the centre's
receipts are on.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.testing import LocalBroker
from agent.testing.broker import available_broker
from agent.testing.campaign import BROKER_LINES, Outcome, Victim, run_campaign
from agent.uplink.publisher import UNWRITTEN_MOST
from tests.faults.bench import rounds

log = logging.getLogger(__name__)

WINDOW = 20


@pytest.fixture
def broker() -> Iterator[LocalBroker]:
    if available_broker() != "mosquitto":
        pytest.skip("Mosquitto is not installed: apt install mosquitto")
    with LocalBroker(kind="mosquitto", lines=BROKER_LINES) as started:
        yield started


def assert_kept(outcome: Outcome, *, kills: int) -> None:
    log.warning("%s", outcome)
    assert outcome.kills == kills
    assert outcome.accepted > kills, "it must have worked for there to be something to lose"
    assert outcome.lost == frozenset()


@pytest.mark.parametrize(
    ("victims", "outages", "ordinary"),
    [
        (("agent",), False, 2),
        (("agent",), True, 2),
        (("broker",), False, 1),
        (("agent", "broker"), True, 2),
    ],
    ids=["agent", "agent in outages", "broker", "both"],
)
def test_a_kill_loses_nothing_and_doubles_little(
    victims: tuple[Victim, ...],
    outages: bool,  # noqa: FBT001 - pytest passes parameters by name
    ordinary: int,
    broker: LocalBroker,
    tmp_path: Path,
) -> None:
    kills = rounds(ordinary, long=100)
    outcome = run_campaign(
        tmp_path,
        broker=broker,
        kills=kills,
        victims=victims,
        outages=outages,
        receipts="broker" in victims,
        window=WINDOW,
    )
    assert_kept(outcome, kills=kills)
    if victims == ("agent",):
        assert outcome.most_duplicates <= WINDOW + UNWRITTEN_MOST
