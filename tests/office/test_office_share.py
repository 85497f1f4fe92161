"""Too many connections: everybody gets a share, and nobody who is signed in leaves for another."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.http.pace import Pace
from agent.office import listener
from agent.office.office import Office
from agent.office.share import MOST_ADDRESSES, Guest, PaceByAddress, who_gives_way
from tests.office.staging import Caller, calling

WAIT_S = 5.0
NO_TRANSPORT = cast("asyncio.Transport", None)
ADDRESSES = st.sampled_from(["192.168.1.1", "192.168.1.2", "192.168.1.3"])
GUESTS = st.lists(
    st.builds(
        Guest,
        peer=ADDRESSES,
        transport=st.just(NO_TRANSPORT),
        heard_s=st.floats(0, 100),
        known=st.booleans(),
    ),
    max_size=20,
)


def guest(peer: str, heard_s: float, *, known: bool = False) -> Guest:
    return Guest(peer, NO_TRANSPORT, heard_s, known=known)


def test_the_longest_silent_one_of_who_has_most_gives_way() -> None:
    few = guest("a", 0)
    many = [guest("b", 5), guest("b", 3), guest("b", 9)]

    assert who_gives_way([few, *many], to="c") is many[1]


def test_nobody_leaves_for_one_who_has_as_many() -> None:
    assert who_gives_way([guest("a", 0), guest("b", 1)], to="b") is None


def test_who_is_signed_in_never_leaves() -> None:
    signed_in = [guest("a", 0, known=True), guest("a", 1, known=True)]

    assert who_gives_way(signed_in, to="b") is None
    assert who_gives_way([*signed_in, late := guest("a", 2)], to="b") is late


@given(GUESTS, ADDRESSES)
def test_a_share_is_never_taken_from_who_has_less(guests: list[Guest], to: str) -> None:
    leaving = who_gives_way(guests, to=to)
    counts = Counter(each.peer for each in guests)

    if leaving is None:
        assert all(each.known or counts[each.peer] <= counts[to] for each in guests)
    else:
        assert not leaving.known
        assert counts[leaving.peer] > counts[to]


def test_the_pace_of_one_address_is_not_that_of_another() -> None:
    paces = PaceByAddress(per_s=1, burst=2, clock=lambda: 0.0)

    assert [paces.take("a") for _ in range(3)] == [True, True, False]
    assert paces.take("b")


def test_addresses_without_end_are_forgotten() -> None:
    paces = PaceByAddress(per_s=1, burst=1, clock=lambda: 0.0)
    for number in range(MOST_ADDRESSES + 50):
        assert paces.take(str(number))

    assert len(paces._paces) == MOST_ADDRESSES


# -- at the door --------------------------------------------------------------------------------


@asynccontextmanager
async def silent(office: Office, *, address: str, count: int) -> AsyncIterator[None]:
    """So many connections that say nothing, of an address."""
    opened = [
        await asyncio.open_connection("127.0.0.1", office.port, local_addr=(address, 0))
        for _ in range(count)
    ]
    yield
    for _, writer in opened:
        writer.close()


async def test_the_silent_of_some_addresses_keep_no_other_out(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "MAX_SOCKETS", 8)
    monkeypatch.setattr(listener, "MAX_OF_ONE", 4)
    async with (
        silent(office, address="127.0.0.2", count=4),
        silent(office, address="127.0.0.3", count=4),
        calling(office, tmp_path) as caller,
        asyncio.timeout(WAIT_S),
    ):
        assert (await caller.get("/"))[0] == 200
        assert await caller.sign_in("manager") == 303


async def test_who_is_signed_in_keeps_the_connection_in_a_crowd(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with calling(office, tmp_path) as caller:
        await caller.sign_in("manager")
        assert (await caller.get("/today"))[0] == 200
        assert office.pages is not None
        door = office.pages._listener
        assert door is not None
        [mine] = [each for each in door._guests.values() if each.known]
        monkeypatch.setattr(listener, "MAX_SOCKETS", 3)
        async with (
            silent(office, address="127.0.0.2", count=4),
            silent(office, address="127.0.0.3", count=4),
        ):
            assert (await caller.get("/today"))[0] == 200
            assert mine in door._guests.values()


async def test_who_comes_too_often_is_cut_off_and_told_of_once(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert office.pages is not None
    door = office.pages._listener
    assert door is not None
    monkeypatch.setattr(door, "_by_address", PaceByAddress(per_s=0.001, burst=2))
    caplog.set_level(logging.WARNING)
    async with silent(office, address="127.0.0.2", count=6):
        async with asyncio.timeout(WAIT_S):
            while not caplog.records:  # noqa: ASYNC110 - the listener tells nobody
                await asyncio.sleep(0.01)
        assert len(door._guests) == 2

    [told] = caplog.records
    assert told.getMessage().startswith("too many connections from 127.0.0.2: cut off")


async def test_a_handshake_waits_for_its_turn(
    office: Office, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert office.pages is not None
    door = office.pages._listener
    assert door is not None
    now_s = [0.0]
    pace = Pace(per_s=1000, burst=1, clock=lambda: now_s[0])
    monkeypatch.setattr(door, "_pace", pace)
    pace.take()
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)
        now_s[0] += seconds

    monkeypatch.setattr(asyncio, "sleep", wait)
    assert (await caller.get("/"))[0] == 200
    assert waited == [pytest.approx(0.001)]
