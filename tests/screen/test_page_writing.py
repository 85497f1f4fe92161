"""Writing on the page: the on-screen keyboard, a physical one, the contact, and who sees it."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from agent.screen.server import ScreenServer
from agent.screen.views import ContactGiven, Written
from tests.screen.chromium import needs_chromium, shown, until
from tests.screen.scenes import Desk, question, view

pytestmark = [pytest.mark.asyncio(loop_scope="session"), needs_chromium]

ALPHABETS = {
    "en": "abcdefghijklmnopqrstuvwxyz",
    "pl": "aąbcćdeęfghijklłmnńoóprsśtuwyzźż",
    "ru": "абвгдежзийклмнопрстуфхцчшщъыьэюяё",
    "de": "abcdefghijklmnopqrstuvwxyzäöüß",
    "ar": "ابتثجحخدذرزسشصضطظعغفقكلمنهويةىءأإؤئ",
}


def key(page: Page, name: str) -> Locator:
    return page.locator(f'[data-skbtn="{name}"]')


async def typed(page: Page, text: str) -> None:
    """Touch the keys of the on-screen keyboard."""
    for letter in text:
        await key(page, "{space}" if letter == " " else letter).click()


def written(desk: Desk) -> list[str]:
    return [said.text for said in desk.said if isinstance(said, Written)]


def contacts(desk: Desk) -> list[ContactGiven]:
    return [said for said in desk.said if isinstance(said, ContactGiven)]


async def test_the_keyboard_is_loaded_with_the_first_field(
    page: Page, server: ScreenServer
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[1]))
    await shown(page, server, question("nps", revision=1))
    assert "keyboard.js" not in asked
    await shown(page, server, question("text", revision=2))
    assert "keyboard.js" in asked


async def test_a_text_is_typed_by_touch_and_sent_with_one_key(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await shown(page, server, question("text", language="pl"))
    await key(page, "{shift}").click()
    await typed(page, "Ż")
    await typed(page, "ółć ż")
    await key(page, "{delete}").click()
    await typed(page, "ą.")
    await page.get_by_role("button", name="Wyślij").click()
    await until(lambda: bool(written(desk)))
    assert written(desk) == ["Żółć ą."]


@pytest.mark.parametrize("language", sorted(ALPHABETS))
async def test_the_keyboard_has_every_letter_of_its_language(
    page: Page, server: ScreenServer, language: str
) -> None:
    await shown(page, server, question("text", language=language))
    keys = await page.locator(".hg-button").evaluate_all("(all) => all.map((e) => e.dataset.skbtn)")
    assert set(ALPHABETS[language]) <= set(keys)


async def test_the_language_key_changes_the_letters_and_keeps_the_text(
    page: Page, server: ScreenServer
) -> None:
    await shown(page, server, question("text"))
    await typed(page, "ok ")
    await key(page, "{language}").click()
    await typed(page, "да")
    await expect(page.get_by_role("textbox")).to_have_value("ok да")


async def test_digits_and_signs_are_one_key_away(page: Page, server: ScreenServer) -> None:
    await shown(page, server, question("text"))
    await key(page, "{digits}").click()
    await typed(page, "50%")
    await key(page, "{letters}").click()
    await typed(page, "a")
    await expect(page.get_by_role("textbox")).to_have_value("50%a")


async def test_a_physical_keyboard_writes_at_once_and_enter_sends(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await shown(page, server, question("text"))
    await page.keyboard.type("Till 3 was closed")
    await page.keyboard.press("Enter")
    await until(lambda: bool(written(desk)))
    assert written(desk) == ["Till 3 was closed"]
    assert desk.choices == []


async def test_what_stands_on_several_lines_is_sent_as_one_paragraph(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await shown(page, server, question("text"))
    await page.get_by_role("textbox").fill("one\ntwo\u202e three")
    await page.get_by_role("button", name="Send").click()
    await until(lambda: bool(written(desk)))
    assert written(desk) == ["one two three"]


async def test_a_text_stops_at_the_most_and_says_what_is_left(
    page: Page, server: ScreenServer
) -> None:
    await shown(page, server, question("text"))
    await page.get_by_role("textbox").fill("x" * 499)
    await expect(page.locator(".left")).to_have_text("1")
    await typed(page, "yz")
    await expect(page.get_by_role("textbox")).to_have_value("x" * 499 + "y")


async def test_a_text_outlives_another_language_the_warning_and_a_lost_link(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await shown(page, server, question("text", revision=1))
    await typed(page, "hello")
    await shown(page, server, question("text", revision=2, language="de"))
    await shown(page, server, question("still_there", revision=3))
    port = server.port
    await server.stop()
    await expect(page.locator(".waiting")).to_be_visible()
    again = desk.server(port=port)
    await again.start()
    await shown(page, again, question("text", revision=4, language="ru"))
    await expect(page.get_by_role("textbox")).to_have_value("hello")
    await again.stop()


@pytest.mark.parametrize("name", ["attract", "thanks"])
async def test_the_next_customer_finds_no_text(page: Page, server: ScreenServer, name: str) -> None:
    await shown(page, server, question("text", revision=1))
    await typed(page, "mine")
    await shown(page, server, view("attract" if name == "attract" else "thanks", revision=2))
    await shown(page, server, question("text", revision=3))
    await expect(page.get_by_role("textbox")).to_have_value("")


async def test_a_mirror_shows_nothing_of_what_is_written(page: Page, server: ScreenServer) -> None:
    await shown(page, server, question("text", revision=1))
    await typed(page, "secret")
    mirror = await page.context.new_page()
    await mirror.goto(f"http://127.0.0.1:{server.port}/")
    await mirror.wait_for_selector(".mirror")
    server.show(question("text", revision=2, language="de"))
    await mirror.wait_for_selector('[data-revision="2"]')
    assert "secret" not in await mirror.content()
    await expect(mirror.get_by_role("textbox")).to_have_value("")
    await expect(mirror.locator(".hg-button")).to_have_count(0)


async def test_a_contact_needs_a_number_and_the_tick(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await shown(page, server, question("contact"))
    await typed(page, "12")
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("alert")).to_have_text("Please check the phone number.")
    await typed(page, "3456789")
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("alert")).to_have_text("Please tick that you agree.")
    await page.get_by_role("checkbox").click()
    await page.get_by_role("button", name="Send").click()
    await until(lambda: bool(contacts(desk)))
    [given] = contacts(desk)
    assert (given.way, given.value, given.consent) == ("phone", "123456789", True)


async def test_an_address_is_typed_on_its_own_keyboard(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await shown(page, server, question("contact"))
    await page.get_by_role("button", name="E-mail").click()
    for name in ("a", "n", "n", "@", "x", ".com"):
        await key(page, name).click()
    await page.get_by_role("checkbox").click()
    await page.keyboard.press("Tab")
    await page.get_by_role("button", name="Send").click()
    await until(lambda: bool(contacts(desk)))
    assert contacts(desk)[0].value == "ann@x.com"


async def test_a_contact_can_be_skipped_while_nothing_is_written(
    page: Page, server: ScreenServer, desk: Desk
) -> None:
    await shown(page, server, question("contact"))
    await page.get_by_role("button", name="Skip").click()
    await until(lambda: bool(desk.choices))
    assert (desk.choices[0].option, contacts(desk)) == ("skip", [])


async def test_escape_throws_no_text_away(page: Page, server: ScreenServer, desk: Desk) -> None:
    await shown(page, server, question("text"))
    await typed(page, "a")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Send").click()
    await until(lambda: bool(written(desk)))
    assert desk.choices == []


async def test_writing_keeps_the_policy_of_the_page(page: Page, server: ScreenServer) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await shown(page, server, question("text", revision=1))
    await typed(page, "ab")
    await shown(page, server, question("contact", revision=2, language="ar"))
    await typed(page, "12")
    assert complaints == []


@pytest.mark.parametrize("kind", ["text", "contact"])
async def test_an_empty_field_begins_where_the_language_does(
    page: Page, server: ScreenServer, kind: str
) -> None:
    direction = "getComputedStyle(document.querySelector('textarea, input')).direction"
    await shown(page, server, question(kind, language="ar", revision=1))
    assert await page.evaluate(direction) == "rtl"
    await typed(page, "12" if kind == "contact" else "شكرا")
    assert await page.evaluate(direction) == ("ltr" if kind == "contact" else "rtl")
    await shown(page, server, question(kind, language="de", revision=2))
    assert await page.evaluate(direction) == ("ltr" if kind == "contact" else "rtl")
