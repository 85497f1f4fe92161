"""What was begun for a customer and waits for the store."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine

from agent.errors import StoreError, SurveyError

log = logging.getLogger(__name__)


class UnderWay:
    """Everything that is under way, on the event loop."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[object, object, object]) -> None:
        """Begin something; what becomes of it is logged."""
        task: asyncio.Task[None] = asyncio.ensure_future(finish(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def wait(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks)


async def finish(work: Coroutine[object, object, object]) -> None:
    """Await something, and log why an answer could not be taken."""
    try:
        await work
    except StoreError as error:  # no thanks without a commit: the customer may press again
        log.error("an answer could not be kept: %s", error)  # noqa: TRY400
    except SurveyError as error:  # the page offers nothing of the kind
        log.warning("an answer is refused: %s", error)
