"""What the page's server makes of the wish for no camera, and of a view that comes again."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from agent.screen.offers import NOT_OFFERED
from agent.screen.server import MIRRORS, ScreenServer
from tests.screen.scenes import Desk, question, view
from tests.screen.test_screen_server import Client, heard, until

WISH = {"type": "no_camera"}


@pytest.fixture
def hall() -> Desk:
    return Desk()


@pytest.fixture
async def kiosk(hall: Desk) -> AsyncIterator[ScreenServer]:
    running = hall.server()
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def visitor(kiosk: ScreenServer) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(session, kiosk.port)


async def test_the_wish_holds_whatever_revision_is_shown(
    visitor: Client, kiosk: ScreenServer, hall: Desk
) -> None:
    kiosk.show(view(revision=7))
    page = await visitor.page("one")
    await heard(page)
    kiosk.show(view("thanks", revision=8))
    await page.send_json(WISH)
    await until(lambda: hall.wishes == 1)


async def test_where_there_is_no_camera_the_wish_is_refused(
    visitor: Client, kiosk: ScreenServer, hall: Desk
) -> None:
    kiosk.show(view(camera_on=False))
    page = await visitor.page("one")
    await heard(page)
    await page.send_json(WISH)

    assert (await heard(page))["reason"] == NOT_OFFERED
    assert hall.wishes == 0


async def test_a_page_that_mirrors_cannot_close_the_camera(
    visitor: Client, kiosk: ScreenServer, hall: Desk
) -> None:
    kiosk.show(view())
    owner = await visitor.page("owner")
    await heard(owner)
    mirror = await visitor.page("mirror")
    await heard(mirror)
    await mirror.send_json(WISH)

    assert (await heard(mirror))["reason"] == MIRRORS
    assert hall.wishes == 0


async def test_a_view_that_comes_again_goes_on_closing_when_it_would_have(
    visitor: Client, kiosk: ScreenServer, hall: Desk
) -> None:
    kiosk.show(question("choice", revision=3, closes_s=20.0))
    hall.now_s = 5.0
    kiosk.show(question("choice", revision=3, closes_s=20.0, declined_s=60.0))
    hall.now_s = 8.0
    told = await heard(await visitor.page("one"))

    assert told["closes_ms"] == 12_000
    assert told["camera_off"]["left_ms"] == 57_000
    assert told["camera"] is None


async def test_a_page_that_comes_late_counts_what_is_left(
    visitor: Client, kiosk: ScreenServer, hall: Desk
) -> None:
    kiosk.show(view(declined_s=60.0))
    hall.now_s = 100.0

    assert (await heard(await visitor.page("one")))["camera_off"]["left_ms"] == 0
