"""Chromium without a window: a page that is looked at and touched, over Chromium's own protocol.

Source: the Chrome DevTools Protocol, `Input.dispatchTouchEvent` and `Runtime.evaluate`.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

from agent.errors import ScreenError

START_S = 30.0
PATIENCE_S = 10.0
ANSWER_S = 2 * PATIENCE_S
LOOK_S = 0.02
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--remote-debugging-port=0",
    "--window-size=800,480",
)
_MIDDLE = """(() => {{
    const box = document.querySelector({0})?.getBoundingClientRect();
    return box && [box.x + box.width / 2, box.y + box.height / 2];
}})()"""
_WAIT = """new Promise((done) => {{
    const look = () => {{ if ({0}) done(true); else setTimeout(look, {1}); }};
    setTimeout(() => done(false), {2});
    look();
}})"""


def find_browser() -> str | None:
    """Return the path of this machine's Chromium; None where there is none."""
    return next((path for name in _BROWSERS if (path := shutil.which(name))), None)


class Tab:
    """The one page of a browser. One call at a time."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = count(1)

    async def visit(self, url: str) -> None:
        """Leave what is shown, and begin to load another page."""
        await self._call("Page.navigate", url=url)

    async def ask(self, expression: str) -> Any:
        """Return the value of a JavaScript expression, or of its promise. Raises ScreenError."""
        answer = await self._call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise ScreenError(f"the page cannot tell {expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    async def until(self, expression: str) -> None:
        """Wait until an expression is true on the page. ScreenError when it never is."""
        if not await self.ask(_WAIT.format(expression, round(LOOK_S * 1000), PATIENCE_S * 1000)):
            raise ScreenError(f"the page never came to {expression}: look at it")

    async def touch(self, selector: str) -> float:
        """Tap the middle of an element; returns when the finger was lifted. Monotonic seconds."""
        middle = await self.ask(_MIDDLE.format(json.dumps(selector)))
        if middle is None:
            raise ScreenError(f"the page has nothing to touch at {selector}")
        points = [{"x": middle[0], "y": middle[1]}]
        await self._call("Input.dispatchTouchEvent", type="touchStart", touchPoints=points)
        lifted_s = time.monotonic()
        await self._call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
        return lifted_s

    async def _call(self, method: str, **parameters: object) -> dict[str, Any]:
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        while True:
            told = await self._socket.receive_json(timeout=ANSWER_S)
            if told.get("id") == number:
                break
        if "error" in told:
            raise ScreenError(f"Chromium refuses {method}: {told['error']['message']}")
        result: dict[str, Any] = told["result"]
        return result


@asynccontextmanager
async def open_tab(browser: str) -> AsyncIterator[Tab]:
    """Start a browser of its own and yield its empty page. Raises ScreenError."""
    with _running(browser) as profile:
        port = await _debugging_port(profile)
        async with ClientSession() as session:
            address = await _page_address(session, port)
            async with session.ws_connect(address, max_msg_size=0) as socket:
                yield Tab(socket)


@contextmanager
def _running(browser: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="bench-page-", ignore_cleanup_errors=True) as folder:
        process = subprocess.Popen(
            [browser, *_OPTIONS, f"--user-data-dir={folder}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield Path(folder)
        finally:
            process.terminate()
            process.wait(10)


async def _debugging_port(profile: Path) -> int:
    """Wait for the port that Chromium writes into its profile."""
    note = profile / "DevToolsActivePort"
    for _ in range(round(START_S / LOOK_S)):
        if note.is_file() and (lines := note.read_text("utf-8").splitlines()):
            return int(lines[0])
        await asyncio.sleep(LOOK_S)
    raise ScreenError(f"Chromium did not start within {START_S:g} s: start it by hand once")


async def _page_address(session: ClientSession, port: int) -> str:
    async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
        targets = await answer.json()
    address: str = next(t["webSocketDebuggerUrl"] for t in targets if t["type"] == "page")
    return address
