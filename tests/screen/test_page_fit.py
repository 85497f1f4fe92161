"""Every screen fits every panel in every language, and axe finds nothing to complain about."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import cycle, product
from typing import Literal, NamedTuple

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from agent.screen.server import ScreenServer
from agent.screen.views import View
from agent.visit.settings import ReasonSettings, VisitSettings
from tests.screen.boxes import (
    BOXES,
    MM,
    ODD_PANELS,
    PANELS,
    ROOMY_PANELS,
    Box,
    clipped,
    too_small,
)
from tests.screen.chromium import needs_chromium, shown
from tests.screen.samples import KINDS
from tests.screen.scenes import ICONS, LANGUAGES, SCREENS, Desk, Screen, question, view

# Every screen in every language and look on every panel takes half an hour; by default each panel
# comes once, with the next language and the next look.
EVERYTHING = bool(os.environ.get("SMILEPOST_EVERY_SCREEN"))


class Look(NamedTuple):
    """What a customer or a configuration can ask for."""

    large_text: bool = False
    high_contrast: bool = False


LOOKS = {
    "usual": Look(),
    "large text": Look(large_text=True),
    "strong contrast": Look(high_contrast=True),
    "both": Look(large_text=True, high_contrast=True),
}
SCALES: tuple[Literal[3, 4, 5], ...] = (3, 4, 5)
COMFORTS = list(LOOKS)[1:]

pytestmark = [pytest.mark.asyncio(loop_scope="session"), needs_chromium]


def chosen(panels: list[tuple[int, int]]) -> list[tuple[tuple[int, int], str]]:
    """Pair panels with languages: all with all, or each panel with the next language."""
    if EVERYTHING:
        return list(product(panels, LANGUAGES))
    return list(zip(panels, cycle(reversed(LANGUAGES)), strict=False))


def looked_at(
    panels: list[tuple[int, int]], looks: Iterable[str]
) -> list[tuple[tuple[int, int], str, str]]:
    """The same with looks: all with all, or each panel with the next language and look."""
    if EVERYTHING:
        return list(product(panels, LANGUAGES, looks))
    return [(*pair, look) for pair, look in zip(chosen(panels), cycle(looks), strict=False)]


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


def fullest(language: str, look: Look) -> list[View]:
    """Every screen with all it can have: five languages, the longest notice, each scale."""
    large, strong = look
    hung = partial(
        view,
        language=language,
        mode="emotion",
        traits=True,
        large_text=large,
        high_contrast=strong,
    )
    asked = partial(
        question,
        language=language,
        mode="emotion",
        traits=True,
        large_text=large,
        high_contrast=strong,
    )
    asking = [hung("attract", scale=scale) for scale in SCALES]
    return asking + [hung(name) for name in SCREENS[2:]] + [asked(kind) for kind in KINDS]


async def measured(
    gallery: Gallery, views: list[View], *, size_px: tuple[int, int]
) -> dict[str, Box]:
    """Show each view and return the boxes on it."""
    found = {}
    for each in views:
        page = await gallery.hang(each, size_px=size_px)
        look = " in large text" if each.look and each.look.large_text else ""
        name = f"{each.screen} {each.topic} in {each.language}{look}, {len(each.options)} keys"
        found[name] = await page.evaluate(BOXES)
    return found


@pytest.mark.parametrize(("size_px", "language"), chosen(PANELS), ids=str)
async def test_everything_fits_the_panel_in_its_full_size(
    gallery: Gallery, size_px: tuple[int, int], language: str
) -> None:
    boxes = await measured(gallery, fullest(language, LOOKS["usual"]), size_px=size_px)
    typing_mm = 12.0 if size_px in ROOMY_PANELS else 0.0
    faults = {
        name: clipped(each, size_px) + too_small(each, typing_mm=typing_mm)
        for name, each in boxes.items()
    }
    assert {name: found for name, found in faults.items() if found} == {}


@pytest.mark.parametrize(("size_px", "language"), chosen(ODD_PANELS), ids=str)
async def test_a_panel_too_small_for_full_size_clips_nothing(
    gallery: Gallery, size_px: tuple[int, int], language: str
) -> None:
    boxes = await measured(gallery, fullest(language, LOOKS["usual"]), size_px=size_px)
    faults = {name: clipped(each, size_px) for name, each in boxes.items()}
    assert {name: found for name, found in faults.items() if found} == {}


@pytest.mark.parametrize(("size_px", "language", "look"), looked_at(PANELS[:5], COMFORTS), ids=str)
async def test_large_text_and_strong_contrast_clip_nothing(
    gallery: Gallery, size_px: tuple[int, int], language: str, look: str
) -> None:
    boxes = await measured(gallery, fullest(language, LOOKS[look]), size_px=size_px)
    faults = {name: clipped(each, size_px) for name, each in boxes.items()}
    assert {name: found for name, found in faults.items() if found} == {}


@pytest.mark.parametrize("size_px", [*PANELS, *ODD_PANELS], ids=str)
async def test_the_key_that_calls_staff_fits_in_every_language(
    gallery: Gallery, size_px: tuple[int, int]
) -> None:
    offered = partial(view, "attract", mode="emotion", help_offered=True)
    views = [
        offered(language=language, large_text=large)
        for language, large in product(LANGUAGES, (False, True))
    ]
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
    asking: tuple[Screen, ...] = ("attract", "reasons")
    views = [view(name, visit_settings=visit, mode="emotion") for name in asking]
    boxes = await measured(gallery, views, size_px=size_px)
    assert [clipped(each, size_px) for each in boxes.values()] == [[], []]


async def test_the_clip_test_sees_what_is_cut_off_covered_or_too_small(gallery: Gallery) -> None:
    page = await gallery.hang(view(languages=LANGUAGES[:3]))
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
    assert re.search(r"en has 5\.\d mm of 12\.0 mm", faults)


async def test_faces_are_at_least_twenty_millimetres_on_the_seven_inch_panel(
    gallery: Gallery,
) -> None:
    page = await gallery.hang(view())
    boxes = await page.evaluate(BOXES)
    assert len(boxes["faces"]) == 5
    assert min(box["right"] - box["left"] for box in boxes["faces"]) >= 20 * MM


@pytest.mark.parametrize(("size_px", "language", "look"), looked_at(PANELS[:5], LOOKS), ids=str)
async def test_axe_finds_nothing_to_complain_about(
    gallery: Gallery, size_px: tuple[int, int], language: str, look: str
) -> None:
    views = fullest(language, LOOKS[look])
    for each in views if EVERYTHING else views[PANELS.index(size_px) :: 5]:
        page = await gallery.hang(each, size_px=size_px)
        results = await Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
