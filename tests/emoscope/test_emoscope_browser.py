"""The live page in the system's Chromium: a drawn recording, under the page's own policy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from agent.emoscope.glance import STEPS
from agent.emoscope.live import facts, open_eyes
from agent.emoscope.scope import Scope
from agent.emoscope.server import ScopeServer
from agent.emoscope.watch import State, Watch
from agent.vision.settings import VisionSettings, Zone
from tests.emoscope.scene import film, tools
from tests.screen.chromium import needs_chromium

pytestmark = [pytest.mark.asyncio(loop_scope="session"), needs_chromium]

SIZES = ((1280, 800), (390, 844))
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# The drawn face is white and the wall grey: whether the picture is there, the canvas itself says.
BRIGHT = """() => {
    const canvas = document.getElementById("picture");
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    let white = 0;
    for (let at = 0; at < pixels.length; at += 4) white += pixels[at] > 240;
    return white;
}"""


@dataclass
class Glass:
    """A page, the server behind it, and what its browser complained of."""

    page: Page
    server: ScopeServer
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda message: self._note(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def _note(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(text)


Run = Callable[..., Any]


@pytest_asyncio.fixture(loop_scope="session")
async def run(tmp_path: Path, browser: Browser) -> AsyncIterator[Run]:
    """Start the page of a drawn film, with settings of the test's own."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    ending: list[Callable[[], Any]] = [context.close]

    async def begin(mode: str = "smile", *, seconds: float = 30, **settings: Any) -> Glass:
        source = str(film(tmp_path, seconds=seconds))
        chosen = VisionSettings(source=source, **settings).model_copy(update={"mode": mode})
        used = tools(reads=mode != "presence")
        server = ScopeServer(facts(chosen, used))
        soon = asyncio.get_running_loop().call_soon_threadsafe
        watch = Watch(
            Scope(chosen, used, keep_steps=STEPS + 2),
            open_eyes(chosen),
            on_frame=lambda frame: soon(server.show, frame),
            on_state=lambda state: soon(server.tell, state),
        )
        await server.start(watch)
        watch.start()
        ending.extend([server.stop, partial(asyncio.to_thread, watch.stop)])
        return Glass(await context.new_page(), server)

    yield begin
    for end in ending:
        await end()


async def counted(glass: Glass) -> None:
    """Open the page and wait until the drawn face is a contact."""
    await glass.page.goto(glass.server.url)
    await expect(glass.page.locator("#contacts")).to_have_text("1", timeout=15_000)


async def test_the_picture_the_count_and_the_cost_are_live(run: Run) -> None:
    glass = await run()
    await counted(glass)
    page = glass.page
    await expect(page.locator("#state")).to_have_text("Playing")
    await expect(page.locator("#source")).to_contain_text("drawn.avi")
    await expect(page.locator("#present")).to_have_text("1")
    await expect(page.locator("#stays li.there .number")).to_have_text("1")
    await expect(page.locator("#picture")).to_have_attribute(
        "aria-label", "Live picture: 1 face near enough"
    )
    assert await page.locator("#models li").all_text_contents() == ["drawn-1", "read-1"]
    assert float(await page.inner_text("#fps")) > 1
    assert await page.evaluate(BRIGHT) > 1000
    assert glass.complaints == []


async def test_everything_comes_from_this_machine_alone(run: Run) -> None:
    glass = await run()
    await counted(glass)
    assert len(glass.asked) >= 5
    assert {url for url in glass.asked if not url.startswith(glass.server.url)} == set()


async def test_space_pauses_and_goes_on(run: Run) -> None:
    glass = await run()
    await counted(glass)
    page = glass.page
    await page.keyboard.press("Space")
    await expect(page.locator("#state")).to_have_text("Paused")
    await expect(page.locator("#present")).to_have_text("-")
    assert await page.evaluate(BRIGHT) > 1000
    await expect(page.get_by_role("button", name="Go on")).to_have_attribute("aria-pressed", "true")
    passed = await page.inner_text("#passed")
    await page.wait_for_timeout(1200)
    assert await page.inner_text("#passed") == passed
    await page.keyboard.press("Space")
    await expect(page.locator("#state")).to_have_text("Playing")
    await expect(page.locator("#passed")).not_to_have_text(passed)


async def test_the_button_pauses_by_keyboard_once_not_twice(run: Run) -> None:
    glass = await run()
    await counted(glass)
    page = glass.page
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Pause")).to_be_focused()
    await page.keyboard.press("Space")
    await expect(page.locator("#state")).to_have_text("Paused")
    await page.keyboard.press("Enter")
    await expect(page.locator("#state")).to_have_text("Playing")


async def test_a_smile_moves_the_chart_and_the_bar(run: Run) -> None:
    glass = await run(seconds=12)
    await counted(glass)
    page = glass.page
    await expect(page.locator("#smiling")).to_have_text("0 %")
    await expect(page.locator("#smiling")).not_to_have_text("0 %", timeout=25_000)
    await expect(page.locator("#stays .words b")).to_contain_text("smiling")
    assert await page.locator("#plot .line").count() == 1
    assert await page.locator("#plot .here").count() == 1
    for item in await page.locator('[data-only="emotion"]').all():
        await expect(item).to_be_hidden()


async def test_emotion_shows_three_classes_by_name(run: Run) -> None:
    glass = await run("emotion")
    await counted(glass)
    page = glass.page
    await expect(page.locator("#chart-title")).to_contain_text("Perceived expression")
    await expect(page.locator("#share-neutral")).to_have_text("70 %")
    for name in ("positive", "neutral", "negative"):
        assert await page.locator(f"#plot .{name}").count() >= 1
    assert "not what anybody feels" in await page.inner_text("#chart")
    assert glass.complaints == []


async def test_presence_shows_no_smile_anywhere(run: Run) -> None:
    glass = await run("presence")
    await counted(glass)
    await expect(glass.page.locator("#chart")).to_be_hidden()
    await expect(glass.page.locator("#smiling")).to_be_hidden()
    assert "smil" not in (await glass.page.inner_text("main")).lower()


async def test_a_mask_is_drawn_and_nothing_behind_it_is_seen(run: Run) -> None:
    glass = await run(staff_mask=(Zone(x=0, y=0, width=1, height=1),))
    await glass.page.goto(glass.server.url)
    await expect(glass.page.locator("#passed")).to_have_text("in 3 s", timeout=15_000)
    await expect(glass.page.locator("#contacts")).to_have_text("0")
    await expect(glass.page.locator("#nobody")).to_be_visible()


async def test_a_lost_camera_is_told_with_what_to_mend(run: Run) -> None:
    glass = await run()
    await counted(glass)
    glass.server.tell(State("lost", "no camera /dev/video7: plug it in"))
    await expect(glass.page.locator("#veil")).to_contain_text("plug it in")
    assert await glass.page.evaluate(BRIGHT) == 0


async def test_the_end_is_told(run: Run) -> None:
    glass = await run()
    await counted(glass)
    await glass.server.stop()
    await expect(glass.page.locator("#veil")).to_contain_text("EmoScope has ended")
    await expect(glass.page.get_by_role("button", name="Pause")).to_be_disabled()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_page_fits_and_axe_finds_nothing(
    run: Run, size: tuple[int, int], scheme: str
) -> None:
    glass = await run("emotion")
    page = glass.page
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await counted(glass)
    await page.keyboard.press("Space")
    await expect(page.locator("#state")).to_have_text("Paused")
    found = await Axe().run(page)
    rules = [f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in found.response["violations"]]
    assert rules == []
    assert await page.evaluate(WIDE) <= 0


async def test_on_a_desk_everything_is_seen_without_scrolling(run: Run) -> None:
    glass = await run("emotion")
    await counted(glass)
    tall = "document.documentElement.scrollHeight - innerHeight"
    assert await glass.page.evaluate(tall) <= 0
