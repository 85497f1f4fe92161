"""The scripted customer at the page: answers a survey to its end, as somebody who has time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

NAME = "the demo's customer"
THINK_S = 0.4
VISIT_S = 12.0
WORDS = "The queue at the till was long today."
CHOSEN = ("begin", "complaint", "not_about_person")
"""Options that lead through most screens."""
CONTENT = 0.7
"""Where on any other scale this customer stands."""

View = dict[str, Any]
Message = dict[str, Any]

OTHERS: dict[str, Message] = {
    "text": {"type": "written", "text": WORDS},
    "still_there": {"type": "more_time"},
}


def reply(view: View) -> Message | None:
    """Return what this customer answers to a view; None where nothing is asked of them. Pure."""
    ids = [option["id"] for option in view["options"]]
    match view["screen"]:
        case "attract" | "question" if not view["topic"] and "begin" not in ids:
            return None  # it wants a rating
        case "attract" | "question" | "choice" | "scale":
            return {"type": "choice", "option": _liked(ids)}
        case "multiple":
            return {"type": "choices", "options": ids[: view["most"]][:2]}
        case "contact":
            return {"type": "choice", "option": "skip"}  # the demo knows nobody's number
        case other:
            return OTHERS.get(other)


def _liked(ids: list[str]) -> str:
    return next((each for each in ids if each in CHOSEN), ids[int(CONTENT * len(ids))])


class Guest:
    """Opens the page for one survey, and closes it behind the thanks."""

    def __init__(self, url: str, *, note: Callable[[str], None]) -> None:
        self._url = url
        self._note = note
        self._answered = 0

    async def visit(self, press: Callable[[], Awaitable[object]]) -> int:
        """Answer one survey; `press` gives a rating where none is invited to without.

        Returns how many screens were answered.
        """
        self._answered = 0
        try:
            await asyncio.wait_for(self._visit(press), VISIT_S)
        except (TimeoutError, aiohttp.ClientError) as error:
            reason = str(error) or "it took too long"
            self._note(f"the survey was not answered to its end: {reason}")
        return self._answered

    async def _visit(self, press: Callable[[], Awaitable[object]]) -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{self._url}/ws", origin=self._url) as page,
        ):
            await page.send_json({"type": "hello", "page": NAME})
            begun, seen = False, -1
            async for message in page:
                view = json.loads(message.data)
                if view["type"] != "view" or view["revision"] <= seen:
                    continue
                seen = view["revision"]
                if not view["owner"]:
                    self._note("a page is open: the survey is left to whoever sits before it")
                    return
                if await self._heed(page, view):
                    begun = True
                elif begun:
                    return  # thanked
                elif view["screen"] in {"attract", "question"}:
                    begun = True
                    await press()

    async def _heed(self, page: aiohttp.ClientWebSocketResponse, view: View) -> bool:
        """Read a screen and answer it; tells whether it asked for anything."""
        await page.send_json({"type": "painted", "revision": view["revision"]})
        said = reply(view)
        if said is None:
            return False
        await asyncio.sleep(THINK_S)
        await page.send_json({**said, "revision": view["revision"], "channel": "touch"})
        self._answered += said.get("option") not in {"begin", "skip"}
        return True
