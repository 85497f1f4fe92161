"""The pages in the system's Chromium: under their policy, accessible, and live."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright, expect

from agent.doctor.checks import Check
from agent.office.office import Office
from agent.office.pins import Role
from agent.staff.alert import Alert
from tests.office.staging import PINS, House
from tests.report.shop import DAY, busy_day
from tests.screen.chromium import ARGUMENTS, CHROMIUM, needs_chromium

pytestmark = [pytest.mark.asyncio(loop_scope="session"), needs_chromium]

SIZES = ((360, 740), (800, 480))
CHECKS = (
    Check("python", "essential", "ok", "Python 3.11.2, 64-bit"),
    Check("broker", "essential", "failed", "127.0.0.1:1883 refuses", "start the broker"),
    Check("clock", "advisory", "failed", "not synchronised", "check the network"),
    Check("camera", "essential", "not_applicable", "no camera configured"),
)
# What a finger must hit: 44 CSS pixels high.
SMALL = """() => [...document.querySelectorAll("button, select, .choice, input[type=password]")]
    .filter((e) => e.getBoundingClientRect().height < 43.5).map((e) => e.outerHTML)"""
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass
class Glass:
    """A page, and what its browser complained of."""

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda message: self._note(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(text)

    async def sign_in(self, role: Role) -> None:
        """Come in by the door."""
        await self.page.goto(f"{self.base}/")
        await self.page.check(f"#role-{role}")
        await self.page.fill("#pin", PINS[role])
        await self.page.get_by_role("button", name="Sign in").click()
        await self.page.get_by_role("button", name="Sign out").wait_for()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        await running.close()


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest_asyncio.fixture(loop_scope="session")
async def office(house: House) -> AsyncIterator[Office]:
    house.keep(busy_day(DAY))
    house.duty.alerts = [
        Alert("a1", "case", 60, rating="r"),
        Alert("a2", "threshold", 300, share=0.6, n=10, window_s=900.0, acknowledged_ms=4),
        Alert("a3", "help_wanted", 0),
    ]
    running = house.make()
    await running.start()
    assert running.pages is not None
    running.pages.checks.results = CHECKS
    yield running
    await running.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def glass(browser: Browser, office: Office) -> AsyncIterator[Glass]:
    context = await browser.new_context(
        viewport={"width": 360, "height": 740}, ignore_https_errors=True
    )
    yield Glass(await context.new_page(), f"https://localhost:{office.port}")
    await context.close()


async def faults_of(page: Page) -> list[str]:
    """What axe finds, what a finger would miss, and whether the page is too wide."""
    found = await Axe().run(page)
    rules = [f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in found.response["violations"]]
    wide = await page.evaluate(WIDE)
    small = [f"small: {each}" for each in await page.evaluate(SMALL)]
    return rules + small + ([f"{wide} px too wide"] if wide > 0 else [])


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_fits_and_axe_finds_nothing(
    glass: Glass, house: House, size: tuple[int, int], scheme: str
) -> None:
    await glass.page.set_viewport_size({"width": size[0], "height": size[1]})
    await glass.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await glass.page.goto(f"{glass.base}/")
    found = {"door": await faults_of(glass.page)}
    for role in PINS:
        await glass.page.context.clear_cookies()
        house.visit.begin_trial()
        house.visit.trial.presses["good"] += 1
        await glass.sign_in(role)
        found[role] = await faults_of(glass.page)

    assert found == {each: [] for each in ("door", *PINS)}
    assert glass.complaints == []


async def test_an_alert_is_taken_on_with_a_thumb(glass: Glass, house: House) -> None:
    await glass.sign_in("manager")
    card = glass.page.locator(".alert", has_text="One unhappy answer")
    await card.get_by_role("button", name="I take it").click()
    await expect(glass.page.get_by_role("status")).to_have_text("Thank you: it is yours.")
    await card.get_by_label("What was done?").select_option("opened_till")
    await card.get_by_role("button", name="It is over").click()
    await expect(glass.page.get_by_role("status")).to_have_text("Noted: it is over.")

    assert house.duty.told == [
        ("acknowledge", "a1", "manager"),
        ("resolve", "a1", "manager", "opened_till"),
    ]
    assert glass.complaints == []


WATCH_LIGHT = """() => {
    const look = () => {
        if (document.querySelector('[data-key="okay"].tried.hit')) window.lit = true;
    };
    const all = { subtree: true, childList: true, attributes: true };
    new MutationObserver(look).observe(document.body, all);
}"""


async def test_a_key_lights_up_while_buttons_are_tried(glass: Glass, house: House) -> None:
    await glass.sign_in("installer")
    await glass.page.get_by_role("button", name="Begin the test").click()
    await expect(glass.page.locator("#keys")).to_contain_text("Press: Very bad")
    await glass.page.evaluate(WATCH_LIGHT)  # it goes out again, sooner than a busy test may look
    house.visit.trial.presses["okay"] += 1
    await expect(glass.page.locator('[data-key="okay"].tried')).to_have_text("Okay1")
    assert await glass.page.evaluate("window.lit") is True
    house.visit.trial.presses["okay"] += 1
    await expect(glass.page.locator('[data-key="okay"]')).to_have_text("Okay2")

    assert glass.complaints == []


async def test_what_is_being_chosen_is_not_taken_away(glass: Glass, house: House) -> None:
    await glass.sign_in("manager")
    await glass.page.evaluate("document.body.dataset.every = 0.05")
    choice = glass.page.locator("#how-a1")
    await choice.focus()
    house.duty.alerts = house.duty.alerts[:1]
    await glass.page.evaluate("look()")
    assert await glass.page.locator(".alert").count() == 3
    await choice.blur()
    await glass.page.evaluate("look()")

    await expect(glass.page.locator(".alert")).to_have_count(1)


async def test_a_page_whose_session_has_ended_asks_for_the_pin(glass: Glass) -> None:
    await glass.sign_in("manager")
    await glass.page.context.clear_cookies()
    async with glass.page.expect_navigation():
        await glass.page.evaluate("look()")

    await expect(glass.page.get_by_label("PIN")).to_be_visible()


async def test_a_lost_connection_is_told_and_mended(glass: Glass) -> None:
    await glass.sign_in("installer")
    await glass.page.context.set_offline(True)
    await expect(glass.page.locator("#lost")).to_be_visible(timeout=10_000)
    await glass.page.context.set_offline(False)

    await expect(glass.page.locator("#lost")).to_be_hidden(timeout=10_000)
