"""The sign that an installer sees the camera's picture: on every screen, and believed when painted.

Customers must be able to read it wherever they are on the page; so it covers nothing and nothing
covers it.
"""

from __future__ import annotations

from itertools import cycle, product

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from agent.screen.render import render
from agent.screen.server import ScreenServer
from agent.screen.settings import ScreenSettings
from agent.screen.views import View
from agent.screen.words import words
from agent.visit.stage import Stage, StageName
from tests.screen.boxes import BOXES, PANELS, clipped
from tests.screen.chromium import needs_chromium, shown, until
from tests.screen.plain_scenes import PLAIN, plain_question
from tests.screen.scenes import LANGUAGES, SCREENS, Desk, view, visit

pytestmark = [pytest.mark.asyncio(loop_scope="session"), needs_chromium]

# The sign's box, whether it is what lies on the glass there, and how many keys reach into it.
SIGN = """() => {
    const sign = document.querySelector(".preview"), words = sign.querySelector("span");
    const box = sign.getBoundingClientRect(), text = words.getBoundingClientRect();
    const [x, y] = [(text.left + text.right) / 2, (text.top + text.bottom) / 2];
    const keys = [...document.querySelectorAll("button, h1")].map((e) => e.getBoundingClientRect());
    return {
        top: box.top, left: text.left, right: text.right, text: words.textContent,
        seen: sign.contains(document.elementFromPoint(x, y)),
        covered: keys.filter((key) => key.top < box.bottom - 0.5).length,
    };
}"""


def signed(plain: View) -> View:
    return plain.model_copy(update={"preview": words(plain.language).camera.preview})


async def looked_at(page: Page, size: tuple[int, int], text: str) -> list[str]:
    """What is wrong with the sign on the page shown now."""
    sign = await page.evaluate(SIGN)
    faults = [] if sign["text"] == text else [f"it says {sign['text']}"]
    faults += [] if sign["seen"] else ["something covers it"]
    faults += [f"{sign['covered']} keys or titles lie under it"] if sign["covered"] else []
    outside = sign["top"] < 0 or sign["left"] < 0 or sign["right"] > size[0]
    return faults + (["it leaves the screen"] if outside else [])


@pytest.mark.parametrize(
    ("size", "language"),
    list(zip(PANELS, cycle(LANGUAGES), strict=False)),
    ids=lambda value: value if isinstance(value, str) else f"{value[0]}x{value[1]}",
)
async def test_it_is_read_on_every_screen_and_covers_nothing(
    page: Page, server: ScreenServer, size: tuple[int, int], language: str
) -> None:
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    found = {}
    for revision, name in enumerate(SCREENS, start=1):
        wanted = signed(view(name, revision=revision, language=language))
        await shown(page, server, wanted)
        assert wanted.preview is not None
        faults = await looked_at(page, size, wanted.preview)
        found[name] = faults + clipped(await page.evaluate(BOXES), size)
    assert found == {name: [] for name in SCREENS}


async def test_it_stands_above_a_display_without_touch_too(
    page: Page, server: ScreenServer
) -> None:
    found = {}
    for revision, name in enumerate(PLAIN, start=1):
        wanted = signed(plain_question(name, revision=revision))
        await shown(page, server, wanted)
        found[name] = await looked_at(page, (800, 480), wanted.preview or "")
    assert found == {name: [] for name in PLAIN}


async def test_axe_finds_nothing_to_complain_about(page: Page, server: ScreenServer) -> None:
    await shown(page, server, signed(view("question")))
    found = await Axe().run(page)
    assert [rule["id"] for rule in found.response["violations"]] == []


async def test_it_goes_with_the_preview(page: Page, server: ScreenServer, desk: Desk) -> None:
    await shown(page, server, signed(view("question", revision=3)))
    await until(lambda: desk.painted == [3])
    server.show(view("question", revision=3))
    await until(lambda: desk.painted == [3, 3])
    assert await page.locator(".preview").count() == 0


@pytest.mark.parametrize(("sign", "said"), [(True, False), (False, True)])
async def test_a_page_that_painted_the_view_before_is_not_believed(
    page: Page,
    server: ScreenServer,
    desk: Desk,
    sign: bool,  # noqa: FBT001 - of a table of cases
    said: bool,  # noqa: FBT001 - of a table of cases
) -> None:
    plain = view("question", revision=3)
    server.show(signed(plain) if sign else plain)
    await page.goto(f"http://127.0.0.1:{server.port}/icon.svg")
    await page.evaluate(
        """([preview]) => new Promise((done) => {
            const link = new WebSocket(`ws://${location.host}/ws`);
            link.onopen = () => link.send(JSON.stringify({ type: "hello", page: "one" }));
            link.onmessage = () => {
                for (const painted of [preview, !preview])
                    link.send(JSON.stringify({ type: "painted", revision: 3, preview: painted }));
                done();
            };
        })""",
        [said],
    )
    await until(lambda: bool(desk.painted))
    assert desk.painted == [3]


@pytest.mark.parametrize(
    ("stage", "language"), list(product(("attract", "question", "thanks"), LANGUAGES))
)
async def test_the_view_says_it_in_the_visits_language_only_while_it_runs(
    stage: StageName, language: str
) -> None:
    def said(*, preview: bool) -> str | None:
        return render(
            Stage(stage, 1, language, None),
            visit=visit(),
            screen=ScreenSettings(languages=LANGUAGES),
            camera_on=True,
            notice_mode="presence",
            preview=preview,
            answer_keys=("a", "b", "c"),
        ).preview

    assert said(preview=True) == words(language).camera.preview
    assert said(preview=False) is None
