"""The browser of the benchmarks: what it shows, what is touched, and what goes wrong."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from agent.bench import browser
from agent.bench.bare_page import KEY, bare_page
from agent.bench.browser import Tab, find_browser, open_tab
from agent.errors import ScreenError

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(find_browser() is None, reason="Chromium is not installed"),
]

COUNTER = """data:text/html,<button style="width:200px;height:100px">0</button><script>
const key = document.querySelector("button");
key.onclick = () => { key.textContent = Number(key.textContent) + 1; };
</script>"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tab() -> AsyncIterator[Tab]:
    path = find_browser()
    assert path is not None
    async with open_tab(path) as opened:
        yield opened


async def test_a_touch_is_a_click_on_the_page(tab: Tab) -> None:
    await tab.visit(COUNTER)
    await tab.until("document.querySelector('button')")
    began_s = time.monotonic()
    lifted_s = await tab.touch("button")
    assert began_s < lifted_s < time.monotonic()
    await tab.until("document.querySelector('button').textContent === '1'")


async def test_the_page_tells_values_of_every_kind(tab: Tab) -> None:
    await tab.visit("about:blank")
    assert await tab.ask("6 * 7") == 42
    assert await tab.ask("({a: [1, null]})") == {"a": [1, None]}
    assert await tab.ask("Promise.resolve('later')") == "later"
    assert await tab.ask("undefined") is None


async def test_an_expression_that_fails_is_told(tab: Tab) -> None:
    await tab.visit("about:blank")
    with pytest.raises(ScreenError, match=r"the page cannot tell nothing\.at\.all: "):
        await tab.ask("nothing.at.all")


async def test_what_is_not_there_cannot_be_touched(tab: Tab) -> None:
    await tab.visit("about:blank")
    with pytest.raises(ScreenError, match="the page has nothing to touch at #missing"):
        await tab.touch("#missing")


async def test_what_never_comes_true_is_told(tab: Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "PATIENCE_S", 0.05)
    await tab.visit("about:blank")
    with pytest.raises(ScreenError, match="the page never came to 1 === 2"):
        await tab.until("1 === 2")


async def test_what_chromium_refuses_is_told(tab: Tab) -> None:
    with pytest.raises(ScreenError, match=r"Chromium refuses Page\.navigate: "):
        await tab.visit("no address")


async def test_the_bare_page_tells_what_it_painted(tab: Tab) -> None:
    async with bare_page(tab, on_touch=lambda: None) as page:
        painted_s = [await page.show() for _ in range(3)]
        assert await tab.ask("document.querySelector('button').textContent") == "3"
    assert painted_s == sorted(painted_s)


async def test_a_touch_of_the_bare_page_is_told_after_what_was_to_be_done(tab: Tab) -> None:
    done_s: list[float] = []
    async with bare_page(tab, on_touch=lambda: done_s.append(time.monotonic())) as page:
        lifted_s = await tab.touch(KEY)
        touched_s = await page.touched()
    assert lifted_s < done_s[0] <= touched_s


async def test_a_browser_that_does_not_start_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser, "START_S", 0.1)
    dead = tmp_path / "chromium"
    dead.write_text("#!/bin/sh\nexit 1\n")
    dead.chmod(0o755)
    with pytest.raises(ScreenError, match=r"Chromium did not start within 0\.1 s"):
        async with open_tab(str(dead)):
            pass
