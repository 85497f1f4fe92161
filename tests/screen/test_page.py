"""The customer's page in the system's Chromium: touches, keys, reloads, mirrors, lost links."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, Request, expect

from agent.screen.server import ScreenServer
from agent.screen.words import words
from tests.screen.boxes import BOXES, PANELS, clipped
from tests.screen.chromium import SETTLED, needs_chromium, shown, until
from tests.screen.scenes import LANGUAGES, SCREENS, Desk, view

pytestmark = [pytest.mark.asyncio(loop_scope="session"), needs_chromium]


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
    three = LANGUAGES[:3]
    await shown(page, server, view(revision=9, languages=three))
    await page.get_by_role("button", name="Русский").click()
    await until(lambda: bool(desk.languages))
    assert (desk.languages[0].code, desk.languages[0].revision) == ("ru", 9)
    await shown(page, server, view(revision=10, language="ru", languages=three))
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
    assert look == ["rgb(24, 33, 47) 0px 0px 0px 4px", "color(srgb 0.859451 0.899608 0.907137)"]


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
