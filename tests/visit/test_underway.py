"""What is begun for a customer ends, or says why not."""

from __future__ import annotations

import asyncio

import pytest

from agent.errors import StoreError, SurveyError
from agent.visit.underway import UnderWay


async def fail(error: Exception) -> None:
    await asyncio.sleep(1.0)
    raise error


async def test_what_is_begun_by_something_under_way_is_waited_for_too() -> None:
    under_way, ended = UnderWay(), list[str]()

    async def second() -> None:
        await asyncio.sleep(5.0)
        ended.append("second")

    async def first() -> None:
        await asyncio.sleep(5.0)
        under_way.start(second())
        ended.append("first")

    under_way.start(first())
    await under_way.wait()
    assert ended == ["first", "second"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (StoreError("no room"), "an answer could not be kept: no room"),
        (SurveyError("not offered"), "an answer is refused: not offered"),
    ],
)
async def test_what_fails_is_one_line_and_keeps_nothing_from_ending(
    error: Exception, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    under_way = UnderWay()
    under_way.start(fail(error))
    await under_way.wait()
    assert caplog.messages == [said]


async def test_with_nothing_under_way_there_is_nothing_to_wait_for() -> None:
    await UnderWay().wait()
