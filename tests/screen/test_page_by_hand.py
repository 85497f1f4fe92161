"""The page of a display without touch, in the system's Chromium: nothing is cut off or unclear."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from agent.screen.server import ScreenServer
from agent.screen.settings import LanguageCode
from tests.screen.boxes import BOXES, Box, clipped, gap
from tests.screen.chromium import needs_chromium, shown
from tests.screen.plain_scenes import CURSORS, PLAIN, plain_question
from tests.screen.scenes import LANGUAGES
from tests.screen.test_page_fit import EVERYTHING

pytestmark = [pytest.mark.asyncio(loop_scope="session"), needs_chromium]

SIZES = [(800, 480), (1920, 1080)]
LOOKS: list[tuple[LanguageCode, bool]] = (
    list(product(LANGUAGES, (False, True))) if EVERYTHING else [("ru", False), ("de", True)]
)
STOPS = """() => {
    const box = (e) => { const { left, right, top, bottom } = e.getBoundingClientRect();
                         return { left, right, top, bottom }; };
    const all = (q) => [...document.querySelectorAll(q)].map(box);
    return { stops: all(".stop"), others: all(".key, .number, .low, .high, .use, h1, .hint") };
}"""
COLUMNS = """() => [...document.querySelectorAll(".use, .print")].map((e) => {
    const r = e.getBoundingClientRect();
    return { kind: e.className, left: r.left, right: r.right, top: r.top, bottom: r.bottom,
             cut: [...e.querySelectorAll(".over")].some(
                 (o) => o.scrollWidth > o.clientWidth + 1 || o.scrollHeight > o.clientHeight + 1) };
})"""


async def sized(page: Page, size_px: tuple[int, int]) -> None:
    await page.set_viewport_size({"width": size_px[0], "height": size_px[1]})


def misplaced(columns: list[dict[str, Any]], size_px: tuple[int, int]) -> list[str]:
    """Name what is cut off, or does not stand over its button."""
    uses = [c for c in columns if c["kind"] == "use"]
    prints = [c for c in columns if c["kind"] == "print"]
    faults = [f"{c['kind']} leaves the display" for c in columns if c["bottom"] > size_px[1]]
    faults += ["words are cut" for c in columns if c["cut"]]
    for use, printed in zip(uses, prints, strict=False):
        if abs(use["left"] - printed["left"]) > 1 or abs(use["right"] - printed["right"]) > 1:
            faults.append("a column is not over its button")
    return faults


def covering(found: dict[str, list[Box]], size_px: tuple[int, int]) -> list[str]:
    """Name what is wrong with the cursor's stops behind the options."""
    stops, others = found["stops"], found["others"]
    faults = [
        "a stop leaves the display" for s in stops if not 0 <= s["left"] < s["right"] <= size_px[0]
    ]
    faults += ["a stop covers something" for s in stops for o in others if gap(s, o) < 0]
    return faults


@pytest.mark.parametrize(("language", "comfort"), LOOKS)
@pytest.mark.parametrize("size_px", SIZES, ids=str)
async def test_every_screen_fits_and_stands_over_its_buttons(
    page: Page,
    server: ScreenServer,
    size_px: tuple[int, int],
    language: LanguageCode,
    comfort: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    await sized(page, size_px)
    faults: dict[str, list[str]] = {}
    for revision, name in enumerate(PLAIN, start=1):
        view = plain_question(
            name,
            revision=revision,
            language=language,
            cursor=CURSORS.get(name),
            comfort=comfort,
        )
        await shown(page, server, view)
        found = clipped(await page.evaluate(BOXES), size_px)
        found += misplaced(await page.evaluate(COLUMNS), size_px)
        found += covering(await page.evaluate(STOPS), size_px)
        if found:
            faults[name] = found
    assert faults == {}


async def test_axe_finds_nothing_to_complain_about(page: Page, server: ScreenServer) -> None:
    for revision, (name, comfort) in enumerate(product(PLAIN, (False, True)), start=1):
        view = plain_question(name, revision=revision, cursor=CURSORS.get(name), comfort=comfort)
        await shown(page, server, view)
        results = await Axe().run(page)
        assert results.violations_count == 0, results.generate_report()


async def test_the_cursor_is_seen_and_nothing_can_be_touched(
    page: Page, server: ScreenServer
) -> None:
    await shown(page, server, plain_question("nps-3", cursor="7"))
    marked = page.locator("[data-cursor]")
    await expect(marked).to_have_text("7")
    await expect(page.locator("button:not(:disabled)")).to_have_count(0)
    await shown(page, server, plain_question("nps-3", revision=2, cursor="skip"))
    await expect(marked).to_have_text("Skip")


async def test_ways_out_without_a_button_are_stops_of_the_cursor_and_look_like_no_keys(
    page: Page, server: ScreenServer
) -> None:
    await shown(page, server, plain_question("nps-3", cursor="back"))
    await expect(page.locator(".stop")).to_have_text(["Skip", "Back"])
    await expect(page.locator("[data-cursor]")).to_have_text("Back")
    await expect(page.locator("button:is(.back, .skip)")).to_have_count(0)
    await shown(page, server, plain_question("nps-5", revision=2))
    await expect(page.locator(".stop")).to_have_count(0)


async def test_what_lies_over_the_buttons_waits_while_they_still_change_the_rating(
    page: Page, server: ScreenServer
) -> None:
    await shown(page, server, plain_question("reasons-5", after_s=30.0))
    hands = page.locator(".hands")
    assert await hands.evaluate("(e) => getComputedStyle(e).visibility") == "hidden"
    await shown(page, server, plain_question("reasons-5", revision=2))
    await expect(page.get_by_text("Staff")).to_be_visible()
