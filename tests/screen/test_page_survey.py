"""Scales, choices, warnings and thanks in the system's Chromium, by touch and by keyboard."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from agent.screen.server import ScreenServer
from agent.screen.settings import ThemeSettings
from tests.screen.chromium import needs_chromium, shown, until
from tests.screen.scenes import LANGUAGES, Desk, question, view

pytestmark = [pytest.mark.asyncio(loop_scope="session"), needs_chromium]


def kinds(desk: Desk) -> list[str]:
    """What was said, signs of life left out."""
    return [said.type for said in desk.said if said.type != "active"]


async def test_eleven_keys_stand_in_one_row_and_each_is_an_answer(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await shown(page, server, question("nps"))
    tops = await page.locator(".number").evaluate_all("(all) => all.map((e) => e.offsetTop)")
    assert (len(tops), len(set(tops))) == (11, 1)
    await page.get_by_role("button", name="10").click()
    await until(lambda: bool(desk.choices))
    assert desk.choices[0].option == "10"


@pytest.mark.parametrize(
    "case",
    [
        ("nps", "Digit0", "0"),
        ("nps", "Numpad7", "7"),
        ("nps", "Minus", "10"),
        ("nps", "NumpadAdd", "10"),
        ("ces", "Digit1", "1"),
        ("choice", "Digit2", "o2"),
    ],
    ids="-".join,
)
async def test_a_keypad_answers_a_scale_by_its_number_and_a_choice_by_position(
    page: Page, server: ScreenServer, desk: Desk, case: tuple[str, str, str]
) -> None:
    kind, key, option = case
    await shown(page, server, question(kind))
    await page.keyboard.press(key)
    await until(lambda: bool(desk.choices))
    assert (desk.choices[0].option, desk.choices[0].channel) == (option, "keyboard")


async def test_a_number_that_is_not_on_the_scale_chooses_nothing(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await shown(page, server, question("ces"))
    for key in ("Digit0", "Digit8", "Minus", "Digit3"):
        await page.keyboard.press(key)
    await until(lambda: bool(desk.choices))
    assert [given.option for given in desk.choices] == ["3"]


async def test_several_options_are_chosen_taken_back_and_confirmed_once(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await shown(page, server, question("multiple"))
    done = page.get_by_role("button", name="Done")
    await expect(done).to_have_count(0)
    for name in ("Staff", "Prices", "Staff", "Waiting time"):
        await page.get_by_role("button", name=name).click()
    await page.keyboard.press("Digit3")
    await expect(page.get_by_role("button", name="Staff")).to_have_attribute(
        "aria-pressed", "false"
    )
    await done.click()
    await until(lambda: kinds(desk) == ["choices"])
    [said] = [each for each in desk.said if each.type == "choices"]
    assert (said.options, said.channel) == (("option_3", "option_1", "option_2"), "touch")
    assert desk.choices == []


async def test_two_taps_before_the_first_is_drawn_are_two(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await shown(page, server, question("multiple"))
    await page.evaluate(
        "() => { const keys = document.querySelectorAll('.key[aria-pressed]');"
        " keys[0].click(); keys[2].click(); }"
    )
    await page.get_by_role("button", name="Done").click()
    await until(lambda: kinds(desk) == ["choices"])
    [said] = [each for each in desk.said if each.type == "choices"]
    assert said.options == ("option_0", "option_2")


async def test_no_more_than_the_most_can_be_chosen(page: Page, server: ScreenServer) -> None:
    await shown(page, server, question("multiple"))
    for digit in "12345":
        await page.keyboard.press(f"Digit{digit}")
    await expect(page.locator('[aria-pressed="true"].key')).to_have_count(3)


async def test_a_selection_outlives_another_language_and_the_warning(
    page: Page, server: ScreenServer
) -> None:
    await shown(page, server, question("multiple", revision=1))
    await page.get_by_role("button", name="Prices").click()
    await shown(page, server, question("multiple", revision=2, language="ru"))
    await shown(page, server, question("still_there", revision=3))
    await shown(page, server, question("multiple", revision=4, language="ar"))
    await expect(page.locator('[data-option="option_3"]')).to_have_attribute("aria-pressed", "true")


async def test_the_way_back_and_the_way_out_are_told(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await shown(page, server, question("ces"))
    await page.get_by_role("button", name="Back").click()
    await page.get_by_role("button", name="Skip").click()
    await until(lambda: kinds(desk) == ["back"] and bool(desk.choices))
    assert desk.choices[0].option == "skip"


@pytest.mark.parametrize("how", ["touch", "Enter", "KeyX"])
async def test_whoever_is_still_there_gets_more_time_by_any_simple_action(
    page: Page, server: ScreenServer, desk: Desk, how: str
) -> None:
    await shown(page, server, question("still_there"))
    if how == "touch":
        await page.get_by_role("button", name="Continue").click()
    else:
        await page.keyboard.press(how)
    await until(lambda: kinds(desk) == ["more_time"])


async def test_signs_of_life_are_told_once_a_second_at_most(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await page.clock.install()
    await shown(page, server, question("nps"))
    await page.clock.pause_at(await page.evaluate("Date.now() + 5000"))
    for _ in range(5):
        await page.mouse.click(400, 400)
    await page.get_by_role("button", name="10").click()
    await until(lambda: bool(desk.choices))
    assert [said.type for said in desk.said] == ["active"]


async def test_arabic_runs_from_the_right_and_its_scale_from_the_left(
    page: Page, server: ScreenServer
) -> None:
    await shown(page, server, question("nps", language="ar"))
    assert await page.evaluate("document.documentElement.dir") == "rtl"
    lefts = await page.locator(".number").evaluate_all(
        "(all) => all.map((e) => e.getBoundingClientRect().left)"
    )
    assert lefts == sorted(lefts)
    back = await page.locator(".back").bounding_box()
    skip = await page.locator(".skip").bounding_box()
    assert back is not None
    assert skip is not None
    assert back["x"] > skip["x"]


async def test_faces_stand_from_worst_to_best_in_arabic_too(
    page: Page, server: ScreenServer
) -> None:
    await shown(page, server, view(language="ar"))
    lefts = await page.locator(".answer").evaluate_all(
        "(all) => all.map((e) => e.getBoundingClientRect().left)"
    )
    assert lefts == sorted(lefts)


async def test_many_languages_open_from_one_key_by_their_own_names(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await shown(page, server, view(languages=LANGUAGES))
    await page.get_by_role("button", name="Language: English").click()
    sheet = page.get_by_role("dialog", name="Language")
    await expect(sheet.get_by_role("button")).to_have_count(5)
    await sheet.get_by_role("button", name="العربية").click()
    await until(lambda: bool(desk.languages))
    assert desk.languages[0].code == "ar"
    await expect(sheet).to_have_count(0)


async def test_escape_closes_the_languages_and_skips_nothing(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await shown(page, server, question("nps"))
    await page.get_by_role("button", name="Language: English").click()
    await page.keyboard.press("Digit5")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert desk.choices == []


async def test_one_customer_can_have_large_text_and_the_next_begins_anew(
    page: Page, server: ScreenServer
) -> None:
    size = "parseFloat(getComputedStyle(document.querySelector('h1')).fontSize)"
    await shown(page, server, question("nps", revision=1))
    usual = await page.evaluate(size)
    key = page.get_by_role("button", name="Large text, strong contrast")
    await key.click()
    await expect(key).to_have_attribute("aria-pressed", "true")
    assert await page.evaluate(size) == pytest.approx(1.25 * usual, rel=0.01)
    assert await page.evaluate("document.documentElement.hasAttribute('data-contrast')")
    await shown(page, server, view(revision=2))
    await shown(page, server, question("nps", revision=3))
    assert await page.evaluate(size) == usual


async def test_the_theme_colours_the_page(page: Page, server: ScreenServer) -> None:
    theme = ThemeSettings(paper="#101418", card="#1c232b", ink="#f4f6f8", accent="#8fd3e0")
    await shown(page, server, question("nps", theme=theme))
    colour = "getComputedStyle(document.body).backgroundColor"
    assert await page.evaluate(colour) == "rgb(16, 20, 24)"


async def test_thanks_show_the_case_the_promise_the_code_and_two_cards(
    page: Page, server: ScreenServer
) -> None:
    await shown(page, server, question("farewell"))
    await expect(page.get_by_text("A7K-4Q2")).to_be_visible()
    await expect(page.get_by_text("We answer by Tuesday")).to_be_visible()
    await expect(page.get_by_role("img", name="Continue on your phone")).to_be_visible()
    await expect(page.get_by_role("heading", level=2)).to_have_count(2)
