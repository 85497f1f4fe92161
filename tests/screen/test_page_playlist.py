"""The playlist in the system's Chromium: it runs, yields to people, and says what was shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from agent.screen.server import ScreenServer
from agent.screen.settings import AttractSettings
from agent.screen.views import View
from tests.screen.boxes import BOXES, PANELS, clipped
from tests.screen.chromium import needs_chromium, shown, until
from tests.screen.media_files import picture, video
from tests.screen.scenes import Desk, view

pytestmark = [pytest.mark.asyncio(loop_scope="session"), needs_chromium]

# An item counts from its first frame on the glass; what is gone before that was never shown.
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    picture(tmp_path / "a.png", grey=60)
    picture(tmp_path / "b.png", grey=200)
    return Desk(attract=AttractSettings(folder=str(tmp_path), seconds=5))


@pytest_asyncio.fixture(loop_scope="session")
async def server(desk: Desk) -> AsyncIterator[ScreenServer]:
    running = desk.server()
    await running.start()
    yield running
    await running.stop()


def attract(server: ScreenServer, *, revision: int = 1) -> View:
    return view(revision=revision, playlist=server.playlist)


async def test_the_playlist_runs_while_nobody_is_there(page: Page, server: ScreenServer) -> None:
    await shown(page, server, attract(server))
    await expect(page.locator(".front")).to_have_attribute("src", "/attract/a.png")
    await expect(page.locator(".behind")).to_have_attribute("src", "/attract/b.png")
    await expect(page.get_by_role("button", name="Touch the screen to answer")).to_be_visible()
    await expect(page.locator(".notice")).to_contain_text("A camera counts visitors")


async def test_one_item_follows_the_other_and_is_reported(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await page.clock.install()
    await shown(page, server, attract(server))
    await page.clock.run_for(5100)
    await expect(page.locator(".front")).to_have_attribute("src", "/attract/b.png")
    await page.clock.run_for(5100)
    await until(lambda: len(desk.ads) == 2)
    assert [(ad.item, ad.ended) for ad in desk.ads] == [
        ("a.png", "finished"),
        ("b.png", "finished"),
    ]
    assert desk.ads[0].shown_s == pytest.approx(5.0, abs=0.5)


async def test_the_playlist_ends_when_somebody_comes_and_each_item_says_so(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    """How soon it is gone from the glass is measured by `smilepost bench visit`."""
    for revision in range(1, 19, 2):
        await shown(page, server, attract(server, revision=revision))
        await page.evaluate(PAINTED)
        server.show(view("question", revision=revision + 1))
        await until(lambda wanted=revision + 1: wanted in desk.painted)  # type: ignore[misc]
        await expect(page.locator(".show")).to_have_count(0)
    await until(lambda: len(desk.ads) == 9)
    assert {ad.ended for ad in desk.ads} == {"presence"}


async def test_a_touch_brings_the_faces_and_the_playlist_comes_again(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await page.clock.install()
    await shown(page, server, attract(server))
    await page.mouse.click(400, 150)
    await expect(page.get_by_role("button", name="Very good")).to_be_visible()
    await until(lambda: [said.type for said in desk.said] == ["active"])
    assert desk.choices == []
    await page.clock.run_for(31_000)
    await expect(page.locator(".show")).to_be_visible()
    assert [ad.ended for ad in desk.ads] == ["presence"]


async def test_a_button_is_an_answer_while_the_playlist_runs(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await shown(page, server, attract(server))
    await page.keyboard.press("Digit4")
    await until(lambda: bool(desk.choices))
    assert desk.choices[0].option == "key_4"


async def test_a_video_plays_without_sound(page: Page, tmp_path: Path) -> None:
    folder = tmp_path / "videos"
    folder.mkdir()
    video(folder / "a.webm")
    desk = Desk(attract=AttractSettings(folder=str(folder), video_max_s=60))
    server = desk.server()
    await server.start()
    await shown(page, server, attract(server))
    await until(lambda: bool(desk.ads))
    assert (desk.ads[0].item, desk.ads[0].ended) == ("a.webm", "finished")
    assert await page.locator("video").first.evaluate("(e) => e.muted")
    await server.stop()


async def test_items_that_cannot_be_shown_leave_the_faces(
    page: Page, server: ScreenServer, desk: Desk, tmp_path: Path
) -> None:
    playlist = server.playlist
    for name in ("a.png", "b.png"):
        (tmp_path / name).unlink()
    await shown(page, server, view(playlist=playlist))
    await expect(page.get_by_role("button", name="Very good")).to_be_visible()
    assert desk.ads == []


async def test_what_a_mirror_shows_is_not_counted(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await shown(page, server, attract(server))
    refused = await page.evaluate(
        """() => new Promise((done) => {
               sessionStorage.setItem("page", "another");
               const socket = new WebSocket(`ws://${location.host}/ws`);
               socket.onopen = () => {
                   socket.send(JSON.stringify({ type: "hello", page: "other" }));
                   const ad = { type: "ad_shown", item: "a.png", shown_s: 1, ended: "finished" };
                   socket.send(JSON.stringify(ad));
               };
               socket.onmessage = ({ data }) => {
                   const said = JSON.parse(data);
                   if (said.type === "refused") { socket.close(); done(said.reason); }
               };
           })"""
    )
    assert "only mirrors" in refused
    assert desk.ads == []


@pytest.mark.parametrize("size_px", PANELS[:4], ids=str)
async def test_the_playlist_fits_and_axe_finds_nothing(
    page: Page, server: ScreenServer, size_px: tuple[int, int]
) -> None:
    await page.set_viewport_size({"width": size_px[0], "height": size_px[1]})
    await shown(page, server, attract(server))
    assert clipped(await page.evaluate(BOXES), size_px) == []
    results = await Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
