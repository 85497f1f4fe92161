"""The button panel in a browser: for this machine's own page, and the buttons there are."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSServerHandshakeError
from playwright.async_api import async_playwright

from agent.demo.button_page import ButtonPage, Finger
from agent.demo.control import Pins

KEYS = ("bad", "okay", "good")


class Open:
    """A page that is served, and the fingers it felt."""

    def __init__(self) -> None:
        self.fingers: list[tuple[str, str]] = []
        self.page = ButtonPage(KEYS, self._feel)

    def _feel(self, finger: Finger) -> None:
        self.fingers.append((finger.do, finger.key))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.page.port}"

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():  # noqa: ASYNC110 - a page of another process
                await asyncio.sleep(0.01)


@asynccontextmanager
async def served() -> AsyncIterator[Open]:
    opened = Open()
    await opened.page.start(0)
    yield opened
    await opened.page.stop()


@asynccontextmanager
async def connected(opened: Open) -> AsyncIterator[ClientWebSocketResponse]:
    async with (
        ClientSession(headers={"Origin": opened.url}) as session,
        session.ws_connect(f"{opened.url}/ws") as channel,
    ):
        yield channel


async def test_a_page_is_told_the_buttons_and_every_change_of_the_lights() -> None:
    async with served() as opened, connected(opened) as channel:
        assert await channel.receive_json() == {"keys": [*KEYS], "lit": False, "listening": False}
        await opened.page.show(Pins(listening=True, lit=True))
        assert await channel.receive_json() == {"keys": [*KEYS], "lit": True, "listening": True}


async def test_fingers_press_and_release() -> None:
    async with served() as opened, connected(opened) as channel:
        await channel.send_json({"do": "press", "key": "good"})
        await channel.send_json({"do": "release", "key": "good"})
        await opened.until(lambda: len(opened.fingers) == 2)
        assert opened.fingers == [("press", "good"), ("release", "good")]


async def test_a_page_that_goes_away_lets_its_button_go() -> None:
    async with served() as opened:
        async with connected(opened) as channel:
            await channel.send_json({"do": "press", "key": "bad"})
            await opened.until(lambda: bool(opened.fingers))
        await opened.until(lambda: len(opened.fingers) == 2)
        assert opened.fingers[-1] == ("release", "bad")


@pytest.mark.parametrize(
    "said", ["[]", "no json", '{"do": "arm", "key": "good"}', '{"do": "press", "key": "best"}']
)
async def test_nonsense_presses_nothing(said: str) -> None:
    async with served() as opened, connected(opened) as channel:
        await channel.send_str(said)
        await channel.send_json({"do": "press", "key": "okay"})
        await opened.until(lambda: bool(opened.fingers))
        assert opened.fingers == [("press", "okay")]


async def test_a_message_too_long_ends_the_connection() -> None:
    async with served() as opened, connected(opened) as channel:
        await channel.send_str("x" * 1000)
        await channel.receive_json()
        assert (await channel.receive()).type.name in {"CLOSE", "CLOSING", "CLOSED"}


@pytest.mark.parametrize("origin", ["http://evil.example", "null", None])
async def test_another_sites_page_may_not_press(origin: str | None) -> None:
    headers = {} if origin is None else {"Origin": origin}
    async with served() as opened, ClientSession(headers=headers) as session:
        with pytest.raises(WSServerHandshakeError) as refused:
            await session.ws_connect(f"{opened.url}/ws")
        assert refused.value.status == 403


async def test_another_host_name_is_refused() -> None:
    async with served() as opened, ClientSession(headers={"Host": "evil.example"}) as session:
        for path in ("/", "/ws", "/buttons.js"):
            assert (await session.get(opened.url + path)).status == 421


async def test_a_taken_port_is_stepped_around() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        taken = holder.getsockname()[1]
        page = ButtonPage(KEYS, lambda _finger: None)
        await page.start(taken)
        assert page.port not in {0, taken}
        await page.stop()


async def test_in_a_browser_a_pointer_presses_and_the_lights_shine() -> None:
    async with served() as opened, async_playwright() as player:
        browser = await player.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        view = await browser.new_page()
        errors: list[str] = []
        view.on("pageerror", lambda error: errors.append(str(error)))
        view.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
        await view.goto(opened.url)
        button = view.get_by_role("button", name="good")
        await button.hover()
        await view.mouse.down()
        await opened.until(lambda: opened.fingers == [("press", "good")])
        await opened.page.show(Pins(listening=True, lit=True))
        await view.wait_for_selector("#panel.lit")
        await view.mouse.up()
        await opened.until(lambda: opened.fingers[1:] == [("release", "good")])
        assert errors == []
        await browser.close()
