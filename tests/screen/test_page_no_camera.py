"""The key that closes the camera, in the system's Chromium: it fits, sends once, counts down."""

from __future__ import annotations

from functools import partial
from itertools import product

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from agent.screen.frame import Frame, framed
from agent.screen.parts import PlaylistItem
from agent.screen.server import ScreenServer
from agent.screen.settings import AttractSettings, ScreenSettings
from agent.screen.words import words
from agent.vision.blanking import BLANK_S
from tests.screen.boxes import BOXES, PANELS, clipped
from tests.screen.chromium import needs_chromium, shown, until
from tests.screen.scenes import LANGUAGES, SCREENS, Desk, question, view

pytestmark = [pytest.mark.asyncio(loop_scope="session"), needs_chromium]

EN = words("en").camera
KEY = ".no-camera"


async def test_a_touch_closes_the_camera_and_answers_nothing(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await shown(page, server, view())
    await page.get_by_role("button", name=EN.decline).click()
    await until(lambda: desk.wishes == 1)

    assert (desk.choices, desk.said) == ([], [])


@pytest.mark.parametrize("name", SCREENS)
async def test_it_is_there_wherever_the_notice_is(
    page: Page, server: ScreenServer, name: str
) -> None:
    await shown(page, server, view(name))  # type: ignore[arg-type]

    await expect(page.locator(".notice")).to_have_text(EN.presence)
    await expect(page.locator(KEY)).to_be_enabled()


async def test_without_a_camera_there_is_nothing_to_close(page: Page, server: ScreenServer) -> None:
    await shown(page, server, view(camera_on=False))

    await expect(page.locator(KEY)).to_have_count(0)


async def test_while_it_is_closed_the_page_thanks_and_counts_the_seconds_down(
    page: Page, server: ScreenServer
) -> None:
    await shown(page, server, view(declined_s=3.4))
    await expect(page.get_by_role("status")).to_have_text(EN.declined.format(seconds=60))
    await expect(page.get_by_text(EN.presence)).to_have_count(0)
    await expect(page.locator(".countdown")).to_have_text("3")

    await expect(page.locator(".countdown")).to_have_text("2")
    await expect(page.locator(KEY)).to_be_enabled()


async def test_when_it_is_over_the_notice_stands_again(page: Page, server: ScreenServer) -> None:
    await shown(page, server, view(declined_s=1.0))
    server.show(view())

    await expect(page.get_by_text(EN.presence)).to_be_visible()
    await expect(page.locator(".countdown")).to_have_count(0)


async def test_what_somebody_writes_just_then_is_not_lost(page: Page, server: ScreenServer) -> None:
    await shown(page, server, question("text", revision=5))
    await page.locator("textarea").fill("The queue was long")
    server.show(question("text", revision=5, declined_s=BLANK_S))
    await expect(page.locator(".countdown")).to_be_visible()

    await expect(page.locator("textarea")).to_have_value("The queue was long")


async def test_over_a_playlist_it_closes_the_camera_and_wakes_nothing(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    item = PlaylistItem(name="poster.png", kind="picture", seconds=60.0)
    playing = view("attract", playlist=(item,))
    await page.route("**/attract/*", lambda route: route.fulfill(body="<svg/>"))
    await shown(page, server, playing)
    await page.locator(KEY).click()
    await until(lambda: desk.wishes == 1)

    assert desk.said == [], "the playlist was not touched"


async def test_a_mirror_cannot_close_it(page: Page, server: ScreenServer) -> None:
    await shown(page, server, view())
    mirror = await page.context.new_page()
    await shown(mirror, server, view(revision=2))

    await expect(mirror.locator(KEY)).to_be_disabled()


@pytest.mark.parametrize("panel", [*PANELS, (1280, 800), (390, 844)], ids=str)
async def test_it_fits_every_panel_beside_everything_else(
    page: Page, server: ScreenServer, panel: tuple[int, int]
) -> None:
    await page.set_viewport_size({"width": panel[0], "height": panel[1]})
    hung = partial(view, "attract", mode="emotion", help_offered=True)
    faults = {}
    cases = product(LANGUAGES, (2, 3, 5), (None, 60.0))
    for revision, (language, count, declined_s) in enumerate(cases, start=1):
        offered = (language, *(code for code in LANGUAGES if code != language))[:count]
        wanted = hung(
            revision=revision, language=language, languages=offered, declined_s=declined_s
        )
        await shown(page, server, wanted)
        box = await page.locator(KEY).bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44
        if found := clipped(await page.evaluate(BOXES), panel):
            faults[f"{language} of {count}, {declined_s}"] = found
    assert faults == {}


@pytest.mark.parametrize("declined_s", [None, 42.0])
@pytest.mark.parametrize("contrast", [False, True])
async def test_axe_finds_nothing(
    page: Page, server: ScreenServer, declined_s: float | None, *, contrast: bool
) -> None:
    await shown(page, server, view(declined_s=declined_s, high_contrast=contrast))

    assert (await Axe().run(page)).violations_count == 0


@pytest.mark.parametrize("touch", [True, False])
async def test_only_a_display_that_can_be_touched_offers_it(*, touch: bool) -> None:
    screen = ScreenSettings(touch=touch, attract=AttractSettings(folder="."))
    frame = Frame(revision=1, language="en", screen=screen, camera_mode="smile")
    shown_now = framed(frame, "thanks", {"title": "Thanks"})

    assert shown_now.camera is not None
    assert (shown_now.no_camera is not None) == touch
