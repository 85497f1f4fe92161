"""The camera's section in the system's Chromium: the picture, and zones drawn with a finger."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from agent.office.office import Office
from agent.vision.settings import Zone
from agent.vision.zones import Drawn
from tests.office.scene import open_eyes, wall_jpeg
from tests.office.staging import PINS, House
from tests.screen.chromium import ARGUMENTS, CHROMIUM, needs_chromium

pytestmark = [pytest.mark.asyncio(loop_scope="session"), needs_chromium]

PHONE = {"width": 390, "height": 844}
CONFIGURED = {"x": 0.7, "y": 0.1, "width": 0.25, "height": 0.5}
VISION = {
    "mode": "presence",
    "notice": {"shown": "screen"},
    "staff_mask": [CONFIGURED],
    "cameras": [{"id": "door", "source": "1"}],
}
SMALL = """() => [...document.querySelectorAll("button, select, input:not([type=hidden]), summary")]
    .filter((e) => e.closest("#camera") && e.checkVisibility())
    .filter((e) => e.getBoundingClientRect().height < 43.5).map((e) => e.outerHTML)"""
BROKEN = """() => [...document.querySelectorAll("#camera button")].flatMap((button) => {
    const text = button.firstChild;
    return [...text.data.matchAll(/\\S+/g)].filter(({ 0: word, index }) => {
        const range = document.createRange();
        range.setStart(text, index);
        range.setEnd(text, index + word.length);
        return new Set([...range.getClientRects()].map((line) => line.top)).size > 1;
    }).map(([word]) => word);
})"""
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
CORNER = """() => {
    const picture = document.getElementById("aim-picture").getContext("2d");
    return [...picture.getImageData(10, 10, 1, 1).data];
}"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = House(tmp_path, vision=VISION)
    open_eyes(made, wall_jpeg((0, 0, 255)))
    return made


@pytest_asyncio.fixture(loop_scope="session")
async def office(house: House) -> AsyncIterator[Office]:
    running = house.make()
    await running.start()
    yield running
    await running.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        await running.close()


class Hand:
    """An installer with a phone."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.base = base
        self.complaints: list[str] = []
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(text)

    async def come(self) -> None:
        await self.page.goto(f"{self.base}/")
        await self.page.check("#role-installer")
        await self.page.fill("#pin", PINS["installer"])
        await self.page.locator(".door button").click()
        await self.page.locator("#camera").wait_for()

    def button(self, name: str) -> Locator:
        return self.page.locator("#camera").get_by_role("button", name=name)

    async def pull(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Draw with a finger from one point of the picture to another, in its shares."""
        await self.page.locator(".sight").scroll_into_view_if_needed()
        box = await self.page.locator(".sight").bounding_box()
        assert box is not None
        mouse, spots = self.page.mouse, [start, end]
        (x, y), (to_x, to_y) = [
            (box["x"] + at[0] * box["width"], box["y"] + at[1] * box["height"]) for at in spots
        ]
        await mouse.move(x, y)
        await mouse.down()
        await mouse.move(to_x, to_y, steps=4)
        await mouse.up()

    async def flick(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Draw with a finger that leaves the glass while it moves."""
        box = await self.page.locator(".sight").bounding_box()
        assert box is not None
        glass = await self.page.context.new_cdp_session(self.page)
        for kind, part in [("Start", 0.0), ("Move", 0.3), ("Move", 0.7), ("Move", 1.0)]:
            x, y = (start[side] + part * (end[side] - start[side]) for side in (0, 1))
            spot = {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}
            await glass.send(
                "Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": [spot]}
            )
        await glass.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    async def save(self) -> None:
        source = self.page.locator("#aim-source")
        await expect(source).to_have_text("Not saved yet.")
        await self.button("Save the zones").click()
        await expect(source).not_to_have_text("Not saved yet.")


@pytest_asyncio.fixture(loop_scope="session")
async def hand(browser: Browser, office: Office) -> AsyncIterator[Hand]:
    context = await browser.new_context(viewport=PHONE, ignore_https_errors=True)  # type: ignore[arg-type]
    made = Hand(await context.new_page(), f"https://localhost:{office.port}")
    await made.come()
    yield made
    assert made.complaints == []
    await context.close()


def near(zone: Zone, *sides: float) -> bool:
    told = (zone.x, zone.y, zone.width, zone.height)
    return all(abs(one - other) < 0.02 for one, other in zip(told, sides, strict=True))


def drawn(house: House, camera: str = "main") -> Drawn:
    found: Drawn = house.eyes.zones.of(camera)
    return found


async def test_the_picture_is_drawn_while_it_is_shown_and_asked_for_no_more_behind_it(
    hand: Hand, house: House
) -> None:
    await hand.button("Show the picture").click()
    await expect(hand.button("Hide the picture")).to_be_visible()
    await expect(hand.page.locator("#aim-state")).to_have_text("")
    assert await hand.page.evaluate(CORNER) == [254, 0, 0, 255]
    await hand.button("Hide the picture").click()
    await expect(hand.button("Show the picture")).to_be_visible()
    asked = house.eyes.preview.asked
    await hand.page.wait_for_timeout(500)
    assert house.eyes.preview.asked == asked > 0


async def test_why_it_is_refused_is_told_beside_the_picture(hand: Hand, house: House) -> None:
    house.eyes.preview.refuses = True
    await hand.button("Show the picture").click()
    told = hand.page.locator("#aim-told")
    await expect(told).to_contain_text("does not show the sign")


async def test_a_staff_area_and_the_contact_zone_are_drawn_and_saved(
    hand: Hand, house: House
) -> None:
    await hand.button("Add a staff area").click()
    await hand.pull((0.05, 0.1), (0.35, 0.9))
    await hand.button("Draw the contact zone").click()
    await hand.pull((0.9, 0.95), (0.4, 0.65))
    await expect(hand.page.locator("#aim-source")).to_have_text("Not saved yet.")
    await hand.save()

    first, second = drawn(house).staff_mask
    assert near(first, 0.7, 0.1, 0.25, 0.5)
    assert near(second, 0.05, 0.1, 0.3, 0.8)
    contact = drawn(house).contact_zone
    assert contact is not None
    assert near(contact, 0.4, 0.65, 0.5, 0.3)
    assert [camera for camera, _ in house.eyes.told] == ["main"]


async def test_a_quick_stroke_of_a_finger_swallows_no_tap_after_it(
    browser: Browser, office: Office
) -> None:
    context = await browser.new_context(
        viewport=PHONE,  # type: ignore[arg-type]
        has_touch=True,
        is_mobile=True,
        ignore_https_errors=True,
    )
    hand = Hand(await context.new_page(), f"https://localhost:{office.port}")
    await hand.come()
    await hand.button("Add a staff area").tap()
    await hand.flick((0.1, 0.1), (0.3, 0.9))
    await expect(hand.page.locator(".zone.staff")).to_have_count(2)
    await hand.button("Draw the contact zone").tap()
    pressed = await hand.button("Draw the contact zone").get_attribute("aria-pressed")
    await context.close()
    assert (pressed, hand.complaints) == ("true", [])


async def test_areas_that_leave_nobody_to_count_are_kept_and_said_to(
    hand: Hand, house: House
) -> None:
    await hand.button("Draw the contact zone").click()
    await hand.pull((0.75, 0.2), (0.9, 0.5))
    await hand.save()
    await expect(hand.page.locator("#aim-told")).to_contain_text("nobody can be counted")
    assert drawn(house).contact_zone is not None
    await hand.button("Draw the contact zone").click()
    await hand.pull((0.1, 0.1), (0.5, 0.9))
    await hand.save()
    await expect(hand.page.locator("#aim-told")).not_to_contain_text("nobody")


async def test_a_rectangle_is_moved_resized_and_removed_and_all_of_it_undone(
    hand: Hand, house: House
) -> None:
    await hand.pull((0.8, 0.3), (0.6, 0.5))
    await hand.save()
    assert near(drawn(house).staff_mask[0], 0.5, 0.3, 0.25, 0.5)
    await hand.pull((0.6, 0.5), (0.6, 0.5))
    await hand.pull((0.75, 0.8), (0.95, 0.95))
    await hand.save()
    assert near(drawn(house).staff_mask[0], 0.5, 0.3, 0.45, 0.65)
    await hand.pull((0.7, 0.5), (0.7, 0.5))
    await hand.button("Remove").click()
    await expect(hand.page.locator(".zone")).to_have_count(0)
    await hand.button("Undo").click()
    await expect(hand.page.locator(".zone")).to_have_count(1)


async def test_numbers_do_the_same_without_a_pointer(hand: Hand, house: House) -> None:
    await hand.button("Add a staff area").focus()
    await hand.page.keyboard.press("Enter")
    area = hand.page.get_by_role("group", name="Staff area 2")
    for side, value in {"Left": "10", "Top": "20", "Width": "30", "Height": "40"}.items():
        await area.get_by_label(side).fill(value)
        await area.get_by_label(side).press("Tab")
    await hand.save()
    assert near(drawn(house).staff_mask[1], 0.1, 0.2, 0.3, 0.4)


async def test_back_to_the_configuration(hand: Hand, house: House) -> None:
    await hand.pull((0.8, 0.3), (0.6, 0.5))
    await hand.save()
    await hand.button("Back to the configuration").click()
    await expect(hand.page.locator("#aim-source")).to_contain_text("those of the configuration")
    assert near(drawn(house).staff_mask[0], 0.7, 0.1, 0.25, 0.5)


async def test_every_camera_has_zones_of_its_own(hand: Hand, house: House) -> None:
    await hand.page.get_by_label("Camera", exact=True).select_option("door")
    await expect(hand.page.locator(".zone")).to_have_count(0)
    await hand.button("Add a staff area").click()
    await hand.pull((0.1, 0.1), (0.4, 0.4))
    await hand.save()
    await hand.button("Show the picture").click()
    await expect(hand.button("Hide the picture")).to_be_visible()

    assert near(drawn(house, "door").staff_mask[0], 0.1, 0.1, 0.3, 0.3)
    assert near(drawn(house, "main").staff_mask[0], 0.7, 0.1, 0.25, 0.5)
    assert house.eyes.preview.begun == ["door"]


async def test_a_slip_of_the_finger_draws_nothing(hand: Hand) -> None:
    await hand.button("Add a staff area").click()
    await hand.pull((0.3, 0.3), (0.31, 0.31))
    await expect(hand.page.locator(".zone")).to_have_count(1)
    await expect(hand.button("Undo")).to_be_disabled()


@pytest.mark.parametrize("language", ["en", "de", "pl", "ru", "ar"])
async def test_no_word_on_a_button_is_broken_in_two(
    browser: Browser, office: Office, language: str
) -> None:
    context = await browser.new_context(
        viewport=PHONE,  # type: ignore[arg-type]
        locale=language,
        ignore_https_errors=True,
    )
    hand = Hand(await context.new_page(), f"https://localhost:{office.port}")
    await hand.come()
    broken = await hand.page.evaluate(BROKEN)
    said = await hand.page.locator("html").get_attribute("lang")
    await context.close()
    assert (said, broken) == (language, [])


@pytest.mark.parametrize("size", [(390, 844), (1280, 800)], ids=["phone", "desk"])
async def test_the_section_fits_a_thumb_and_axe_finds_nothing(
    hand: Hand, size: tuple[int, int]
) -> None:
    await hand.page.set_viewport_size({"width": size[0], "height": size[1]})
    await hand.page.locator("#camera summary").click()
    found = await Axe().run(hand.page)
    rules = [f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in found.response["violations"]]
    assert rules == []
    assert await hand.page.evaluate(SMALL) == []
    assert await hand.page.evaluate(WIDE) <= 0
