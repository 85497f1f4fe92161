"""The key that asks for someone, in the system's Chromium: fits, names itself, and sends once."""

from __future__ import annotations

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from agent.screen.asked import Called, Parting
from agent.screen.render import render
from agent.screen.server import ScreenServer
from agent.screen.settings import LanguageCode, ScreenSettings
from agent.screen.views import Help, View
from agent.screen.words import words
from agent.visit.stage import Stage, StageName
from tests.screen.boxes import BOXES, clipped
from tests.screen.chromium import needs_chromium, shown, until
from tests.screen.scenes import LANGUAGES, Desk, visit

pytestmark = [pytest.mark.asyncio(loop_scope="session"), needs_chromium]

SPEAKS = """(e) => {
    const words = e.getBoundingClientRect(), key = e.closest("button").getBoundingClientRect();
    return words.width > 20 && words.height > 10
        && words.left >= key.left && words.right <= key.right
        && words.top >= key.top && words.bottom <= key.bottom && e.scrollWidth <= e.clientWidth + 1;
}"""
PANELS = ((800, 480), (720, 1280), (1920, 1080))


def asking(
    *,
    stage: StageName = "attract",
    revision: int = 1,
    language: str = "en",
    languages: tuple[LanguageCode, ...] = LANGUAGES[:4],
    called: bool = False,
) -> View:
    """Render a screen with the key; `called`: what follows it."""
    asked = Called() if called else None
    return render(
        Stage(stage, revision, language, closes_s=5.0 if called else None, asked=asked),
        visit=visit(),
        screen=ScreenSettings(languages=languages),
        camera_on=True,
        notice_mode="presence",
        answer_keys=tuple(f"key_{n}" for n in range(1, 6)),
        help_offered=True,
    )


async def test_touching_it_asks_for_someone_and_answers_nothing(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await shown(page, server, asking(revision=7))
    await page.get_by_role("button", name=words("en").help.key).click()
    await until(lambda: bool(desk.said))

    (said,) = desk.said
    assert isinstance(said, Help)
    assert (said.revision, said.channel) == (7, "touch")
    assert desk.choices == []


async def test_what_follows_says_it_and_offers_it_no_more(page: Page, server: ScreenServer) -> None:
    await shown(page, server, asking(stage="thanks", called=True))

    await expect(page.get_by_role("heading", name=words("en").help.called)).to_be_visible()
    await expect(page.locator(".help")).to_have_count(0)


async def test_a_mirror_cannot_ask(page: Page, server: ScreenServer) -> None:
    await shown(page, server, asking())
    mirror = await page.context.new_page()
    await shown(mirror, server, asking(revision=2))

    await expect(mirror.locator(".help")).to_be_disabled()


async def test_a_farewell_with_a_case_number_is_not_swept_away_by_it() -> None:
    stage = Stage("thanks", 1, "en", closes_s=20.0, asked=Parting(case="K7Q2M-9XA4T"))
    view = render(
        stage,
        visit=visit(),
        screen=ScreenSettings(languages=("en",)),
        camera_on=False,
        notice_mode="off",
        answer_keys=("bad", "good"),
        help_offered=True,
    )

    assert view.help is None


@pytest.mark.parametrize("count", [3, 4])
@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_it_fits_beside_the_notice_and_the_languages_and_axe_finds_nothing(
    page: Page, server: ScreenServer, panel: tuple[int, int], language: LanguageCode, count: int
) -> None:
    await page.set_viewport_size({"width": panel[0], "height": panel[1]})
    offered = (language, *(code for code in LANGUAGES if code != language))[:count]
    await shown(page, server, asking(language=language, languages=offered))

    assert clipped(await page.evaluate(BOXES), panel) == []
    box = await page.locator(".help").bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44
    await expect(page.locator(".help")).to_have_text(words(language).help.key)
    assert await page.locator(".help span").evaluate(SPEAKS), "the words can be seen, and are whole"
    assert (await Axe().run(page)).violations_count == 0
