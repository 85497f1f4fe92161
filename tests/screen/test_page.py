"""The customer's page in the system's Chromium: touches, keys, reloads, sizes, accessibility."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, Request, async_playwright, expect

from agent.screen.server import ScreenServer
from agent.screen.views import View
from agent.screen.words import words
from agent.visit.settings import ReasonSettings, VisitSettings
from agent.visit.stage import StageName
from tests.screen.scenes import ICONS, LANGUAGES, SCREENS, Desk, view

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT_S = 10.0
MM = 133.0 / 25.4
"""CSS pixels per millimetre of the panel that these tests assume."""

# The panels of the field, at 133 dpi: 7 inch, larger ones, and two that stand upright.
PANELS = [(800, 480), (1280, 720), (1920, 1080), (720, 1280), (480, 800)]
# Too small for 20 mm, and of another shape: everything shrinks, nothing is clipped.
ODD_PANELS = [(480, 320), (320, 480), (640, 480), (1024, 600), (1024, 768)]

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]

# Ends the short animations at once; the closing bar goes on.
SETTLED = """document.getAnimations()
    .filter((a) => a.effect.getTiming().duration < 1000)
    .forEach((a) => a.finish())"""

BOXES = """() => {
    const box = (e) => {
        const r = e.getBoundingClientRect();
        return { what: e.dataset?.option ?? e.dataset?.language ?? e.className ?? e.tagName,
                 kind: e.className || e.tagName,
                 left: r.left, top: r.top, right: r.right, bottom: r.bottom };
    };
    const words = (e) => {
        const range = document.createRange();
        range.selectNodeContents(e);
        return { ...box(e), ...box(range), what: e.textContent, kind: "words" };
    };
    const all = (q, f) => [...document.querySelectorAll(q)].map(f);
    return {
        controls: all("button", box),
        faces: all(".face", box),
        texts: all("h1, .hint, .notice span", words),
        labels: all("button", (e) => ({ inner: words(e), outer: box(e) })),
    };
}"""

Box = dict[str, Any]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        await running.close()


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest_asyncio.fixture(loop_scope="session")
async def server(desk: Desk) -> AsyncIterator[ScreenServer]:
    running = desk.server()
    await running.start()
    yield running
    await running.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 800, "height": 480})
    opened = await context.new_page()
    yield opened
    await context.close()


@dataclass
class Gallery:
    """A server and a page kept for the tests that only look."""

    server: ScreenServer
    page: Page
    revision: int = 0

    async def hang(self, wanted: View, *, size_px: tuple[int, int] = PANELS[0]) -> Page:
        """Show a view on a panel of this size."""
        self.revision += 1
        await self.page.set_viewport_size({"width": size_px[0], "height": size_px[1]})
        numbered = wanted.model_copy(update={"revision": self.revision})
        await shown(self.page, self.server, numbered)
        return self.page


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def gallery(browser: Browser) -> AsyncIterator[Gallery]:
    server = Desk().server()
    await server.start()
    context = await browser.new_context()
    yield Gallery(server, await context.new_page())
    await context.close()
    await server.stop()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not true():  # noqa: ASYNC110  the condition lies with the kiosk
            await asyncio.sleep(0.005)


async def shown(page: Page, server: ScreenServer, wanted: View) -> None:
    """Show a view and wait until it stands still."""
    server.show(wanted)
    if page.url == "about:blank":
        await page.goto(f"http://127.0.0.1:{server.port}/")
    await page.wait_for_selector(f'[data-revision="{wanted.revision}"]')
    await page.evaluate(SETTLED)


async def test_touching_a_face_is_a_complete_answer(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await shown(page, server, view(revision=4))
    await page.get_by_role("button", name="Very good").click()
    await until(lambda: bool(desk.choices))
    given = desk.choices[0]
    assert (given.option, given.revision, given.channel) == ("key_5", 4, "touch")


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
async def test_the_keys_of_a_keypad_choose_by_position(
    page: Page, server: ScreenServer, desk: Desk, number: int
) -> None:
    await shown(page, server, view())
    await page.keyboard.press(f"Numpad{number}" if number % 2 else f"Digit{number}")
    await until(lambda: bool(desk.choices))
    assert (desk.choices[0].option, desk.choices[0].channel) == (f"key_{number}", "keyboard")


async def test_a_key_beyond_the_scale_chooses_nothing(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await shown(page, server, view(scale=3))
    await page.keyboard.press("Digit4")
    await page.keyboard.press("Digit2")
    await until(lambda: bool(desk.choices))
    assert [given.option for given in desk.choices] == ["key_2"]


async def test_enter_on_a_face_is_a_choice_by_keyboard(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await shown(page, server, view())
    await page.get_by_role("button", name="Okay").focus()
    await page.keyboard.press("Enter")
    await until(lambda: bool(desk.choices))
    assert (desk.choices[0].option, desk.choices[0].channel) == ("key_3", "keyboard")


async def test_a_reason_can_be_chosen_or_skipped(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await shown(page, server, view("reasons"))
    await page.get_by_role("button", name="Waiting time").click()
    await page.get_by_role("button", name="Skip").click()
    await page.keyboard.press("Escape")
    await until(lambda: len(desk.choices) == 3)
    chosen = [(given.option, given.channel) for given in desk.choices]
    assert chosen == [("reason_1", "touch"), ("skip", "touch"), ("skip", "keyboard")]


async def test_the_second_tap_of_a_double_tap_falls_on_no_reason(
    page: Page, server: ScreenServer
) -> None:
    await shown(page, server, view(revision=1))
    server.show(view("reasons", revision=2))
    await page.wait_for_selector('[data-revision="2"]')
    guard = await page.evaluate(
        """() => { const guard = document.querySelector(".reason").getAnimations()
                       .find((a) => a.animationName === "guard");
                   guard.pause(); guard.currentTime = 300;
                   const early = getComputedStyle(document.querySelector(".reason")).pointerEvents;
                   guard.finish();
                   const late = getComputedStyle(document.querySelector(".reason")).pointerEvents;
                   return [early, late]; }"""
    )
    assert guard == ["none", "auto"]


async def test_a_language_is_chosen_by_its_own_name(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await shown(page, server, view(revision=9))
    await page.get_by_role("button", name="Русский").click()
    await until(lambda: bool(desk.languages))
    assert (desk.languages[0].code, desk.languages[0].revision) == ("ru", 9)
    await shown(page, server, view(revision=10, language="ru"))
    assert await page.evaluate("document.documentElement.lang") == "ru"
    await expect(page.get_by_role("button", name="Русский")).to_have_attribute(
        "aria-pressed", "true"
    )


@pytest.mark.parametrize("option", ["key_1", "key_3", "key_5"])
async def test_a_touch_is_acknowledged_at_once_the_same_for_every_answer(
    page: Page, server: ScreenServer, option: str
) -> None:
    await shown(page, server, view())
    button = page.locator(f"[data-option={option}]")
    box = await button.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 20, box["y"] + 20)
    await page.mouse.down()
    await page.evaluate(SETTLED)
    look = await button.evaluate(
        "(e) => { const s = getComputedStyle(e); return [s.boxShadow, s.backgroundColor] }"
    )
    assert look == ["rgb(24, 33, 47) 0px 0px 0px 4px", "rgb(223, 230, 239)"]


async def test_a_refused_choice_lets_go_of_its_key(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await page.clock.install()  # the page's own time stands still: only the refusal can free it
    await shown(page, server, view())
    desk.refusal = "not now"
    await page.get_by_role("button", name="Okay").click()
    await until(lambda: bool(desk.choices))
    await expect(page.locator("[data-picked]")).to_have_count(0)


async def test_a_second_page_mirrors_and_cannot_answer(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await shown(page, server, view())
    mirror = await page.context.new_page()
    await shown(mirror, server, view(revision=2))
    await expect(mirror.get_by_role("button", name="Very good")).to_be_disabled()
    await expect(mirror.get_by_text(words("en").mirror)).to_be_visible()
    await mirror.keyboard.press("Digit5")
    await page.keyboard.press("Digit1")
    await until(lambda: bool(desk.choices))
    assert [given.option for given in desk.choices] == ["key_1"]


async def test_the_word_about_mirroring_covers_nothing(page: Page, server: ScreenServer) -> None:
    await shown(page, server, view())
    mirror = await page.context.new_page()
    await mirror.set_viewport_size({"width": 800, "height": 480})
    await shown(mirror, server, view(revision=2))
    boxes = await mirror.evaluate(BOXES)
    words_box = await mirror.locator(".mirror").bounding_box()
    assert words_box is not None
    assert clipped(boxes, PANELS[0]) == []
    assert min(box["top"] for box in boxes["texts"]) >= words_box["y"] + words_box["height"]


async def test_a_mirror_answers_once_the_owner_is_gone(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await shown(page, server, view())
    mirror = await page.context.new_page()
    await shown(mirror, server, view(revision=2))
    await page.close()
    await mirror.get_by_role("button", name="Very good").click()
    await until(lambda: bool(desk.choices))
    assert desk.choices[0].revision == 2


async def test_a_reload_shows_the_same_view_and_keeps_the_visit(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await shown(page, server, view("reasons", revision=6, language="pl"))
    await page.reload()
    await page.wait_for_selector('[data-revision="6"]')
    await page.get_by_role("button", name="Ceny").click()
    await until(lambda: bool(desk.choices))
    assert desk.choices[0].option == "reason_3"


async def test_the_kiosk_hears_when_a_view_is_on_the_glass(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await shown(page, server, view(revision=1))
    await until(lambda: 1 in desk.painted)
    await shown(page, server, view("thanks", revision=2))
    await until(lambda: 2 in desk.painted)


async def test_while_the_kiosk_is_gone_the_page_asks_for_a_moment_and_comes_back(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await shown(page, server, view(language="pl"))
    port = server.port
    await server.stop()
    await expect(page.get_by_role("heading", name=words("pl").waiting)).to_be_visible()
    again = desk.server(port=port)
    await again.start()
    again.show(view("attract", revision=50, language="pl"))
    await page.wait_for_selector('[data-revision="50"]')
    await again.stop()


async def test_nothing_is_loaded_from_elsewhere_and_the_policy_is_kept(
    page: Page, server: ScreenServer
) -> None:
    addresses: list[str] = []
    complaints: list[str] = []

    def note(request: Request) -> None:
        addresses.append(request.url)

    page.on("request", note)
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for revision, name in enumerate(SCREENS):
        await shown(page, server, view(name, revision=revision))
    home = re.compile(rf"http://127\.0\.0\.1:{server.port}/")
    assert addresses
    assert [address for address in addresses if not home.match(address)] == []
    assert complaints == []


def gap(one: Box, other: Box) -> float:
    """Pixels between two boxes; negative when they overlap."""
    across = max(other["left"] - one["right"], one["left"] - other["right"])
    down = max(other["top"] - one["bottom"], one["top"] - other["bottom"])
    return float(max(across, down))


def clipped(boxes: Box, size_px: tuple[int, int]) -> list[str]:
    """Name everything that is cut off or covers something else."""
    width, height = size_px
    faults = [
        f"{box['what']} leaves the viewport"
        for box in [*boxes["controls"], *boxes["texts"]]
        if min(box["left"], box["top"]) < 0 or box["right"] > width or box["bottom"] > height
    ]
    faults += [
        f"{one['what']} stands {gap(one, other):.1f} px from {other['what']}"
        for one, other in combinations(boxes["controls"], 2)
        if gap(one, other) < 8 - 0.1
    ]
    faults += [
        f"{text['what']} covers {control['what']}"
        for text in boxes["texts"]
        for control in boxes["controls"]
        if gap(text, control) < 0
    ]
    return faults + [
        f"{label['inner']['what']} leaves its key"
        for label in boxes["labels"]
        if not inside(label["inner"], label["outer"])
    ]


def inside(inner: Box, outer: Box) -> bool:
    """Tell whether a box lies in another one (half a pixel of rounding allowed)."""
    starts = all(inner[side] >= outer[side] - 0.5 for side in ("left", "top"))
    ends = all(inner[side] <= outer[side] + 0.5 for side in ("right", "bottom"))
    return starts and ends


def too_small(boxes: Box) -> list[str]:
    """Name every control below its size: 20 mm for answers and reasons, 12 mm for the others."""
    faults = []
    for box in boxes["controls"]:
        least_mm = 20 if box["kind"].startswith("key") else 12
        size_mm = min(box["right"] - box["left"], box["bottom"] - box["top"]) / MM
        if size_mm < least_mm - 0.05:
            faults.append(f"{box['what']} has {size_mm:.1f} mm of {least_mm} mm")
    return faults


def fullest(language: str) -> list[View]:
    """Every screen with all it can have: four languages, the longest notice, each scale."""
    asking = [
        view("attract", language=language, scale=scale, mode="emotion") for scale in (3, 4, 5)
    ]
    return asking + [view(name, language=language, mode="emotion") for name in SCREENS[2:]]


async def measured(
    gallery: Gallery, views: list[View], *, size_px: tuple[int, int]
) -> dict[str, Box]:
    """Show each view and return the boxes on it."""
    found = {}
    for each in views:
        page = await gallery.hang(each, size_px=size_px)
        name = f"{each.screen} in {each.language} with {len(each.options)} keys"
        found[name] = await page.evaluate(BOXES)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size_px", PANELS, ids=str)
async def test_everything_fits_the_panel_in_its_full_size(
    gallery: Gallery, size_px: tuple[int, int], language: str
) -> None:
    boxes = await measured(gallery, fullest(language), size_px=size_px)
    faults = {name: clipped(each, size_px) + too_small(each) for name, each in boxes.items()}
    assert {name: found for name, found in faults.items() if found} == {}


@pytest.mark.parametrize("size_px", ODD_PANELS, ids=str)
async def test_a_panel_too_small_for_full_size_clips_nothing(
    gallery: Gallery, size_px: tuple[int, int]
) -> None:
    views = [each for language in LANGUAGES for each in fullest(language)]
    boxes = await measured(gallery, views, size_px=size_px)
    faults = {name: clipped(each, size_px) for name, each in boxes.items()}
    assert {name: found for name, found in faults.items() if found} == {}


@pytest.mark.parametrize("size_px", PANELS, ids=str)
async def test_the_longest_words_of_a_configuration_are_not_clipped(
    gallery: Gallery, size_px: tuple[int, int]
) -> None:
    longest = "Were you content with everything that we did for you today??"
    reason = ReasonSettings(id="r", label={"en": longest})
    visit = VisitSettings(
        question={"en": longest},
        reasons=tuple(
            reason.model_copy(update={"id": f"r{n}", "icon": icon}) for n, icon in enumerate(ICONS)
        ),
    )
    views = [view(name, visit_settings=visit, mode="emotion") for name in ("attract", "reasons")]
    boxes = await measured(gallery, views, size_px=size_px)
    assert [clipped(each, size_px) for each in boxes.values()] == [[], []]


async def test_the_clip_test_sees_what_is_cut_off_covered_or_too_small(gallery: Gallery) -> None:
    page = await gallery.hang(view())
    await page.evaluate(
        """() => { const keys = document.querySelectorAll(".key");
                   keys[0].style.translate = "-40px 0";
                   keys[2].style.translate = "40px 0";
                   keys[4].querySelector(".label").style.translate = "60px 0";
                   document.querySelector(".languages button").style.height = "30px"; }"""
    )
    boxes = await page.evaluate(BOXES)
    await page.reload()
    faults = "\n".join(clipped(boxes, PANELS[0]) + too_small(boxes))
    assert "key_1 leaves the viewport" in faults
    assert re.search(r"key_3 stands -\d+\.\d px from key_4", faults)
    assert "Very good leaves its key" in faults
    assert re.search(r"en has 5\.\d mm of 12 mm", faults)


async def test_faces_are_at_least_twenty_millimetres_on_the_seven_inch_panel(
    gallery: Gallery,
) -> None:
    page = await gallery.hang(view())
    boxes = await page.evaluate(BOXES)
    assert len(boxes["faces"]) == 5
    assert min(box["right"] - box["left"] for box in boxes["faces"]) >= 20 * MM


@pytest.mark.parametrize("name", SCREENS)
@pytest.mark.parametrize("language", ["en", "ru"])
async def test_axe_finds_nothing_to_complain_about(
    gallery: Gallery, name: StageName, language: str
) -> None:
    page = await gallery.hang(view(name, language=language))
    results = await Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


async def test_axe_finds_nothing_on_a_mirror_or_while_the_kiosk_is_gone(
    page: Page, server: ScreenServer
) -> None:
    await shown(page, server, view())
    mirror = await page.context.new_page()
    await shown(mirror, server, view(revision=2))
    mirrored = await Axe().run(mirror)
    assert mirrored.violations_count == 0, mirrored.generate_report()
    await server.stop()
    await expect(page.get_by_role("heading", name="One moment, please")).to_be_visible()
    waiting = await Axe().run(page)
    assert waiting.violations_count == 0, waiting.generate_report()


async def test_nothing_moves_longer_than_a_fifth_of_a_second(
    page: Page, server: ScreenServer
) -> None:
    await shown(page, server, view())
    server.show(view("thanks", revision=2))
    await page.wait_for_selector('[data-revision="2"]')
    moving = await page.evaluate(
        "document.getAnimations().map((a) => a.effect.getTiming().duration)"
    )
    held = await page.evaluate(
        """[...document.querySelectorAll("*")]
               .map((e) => parseFloat(getComputedStyle(e).transitionDuration) * 1000)"""
    )
    assert max([*moving, *held]) <= 200


async def test_reduced_motion_is_honoured(page: Page, server: ScreenServer) -> None:
    await page.emulate_media(reduced_motion="reduce")
    await shown(page, server, view("attract", revision=1))
    server.show(view("thanks", revision=2))
    await page.wait_for_selector('[data-revision="2"]')
    assert await page.evaluate("document.getAnimations().length") == 0
