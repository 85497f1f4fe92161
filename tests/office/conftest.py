"""An office at work, and somebody who calls there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.office.office import Office
from tests.office.staging import Caller, House, calling


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
async def office(house: House) -> AsyncIterator[Office]:
    running = house.make()
    await running.start()
    assert house.faults.told == []
    yield running
    await running.stop()


@pytest.fixture
async def caller(office: Office, tmp_path: Path) -> AsyncIterator[Caller]:
    async with calling(office, tmp_path) as somebody:
        yield somebody
