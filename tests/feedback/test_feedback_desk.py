"""The desk: what is kept of what a customer leaves, and what it promises them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.clock import Trust
from agent.errors import FeedbackError, StoreError
from agent.events.catalogue import FeedbackLeft
from agent.feedback.desk import Behind, Desk
from agent.feedback.hours import opening_hours
from agent.feedback.leaving import Left
from agent.feedback.sealing import Seal, plain
from agent.feedback.settings import FeedbackSettings, SiteSettings
from agent.feedback.slips import Slips
from agent.screen.asked import Parting
from agent.testing import FakeClock
from agent.testing.store import ListStore

CASE = "KE55X2RF7R"
URL = "https://feedback.example/{language}/go#{token}"
COMPLAINT = Left(about="complaint", language="en", text="Too dear.")
WISH = Left(about="question", language="en", contact="ann@example.com", wants_reply=True)
BEHIND = Behind(case=CASE, rating="r", response="s", there=True)
OPEN = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)  # a Tuesday
CLOSED = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
SHOP = {"timezone": "UTC", "hours": {day: ["09:00-18:00"] for day in ("tue", "wed")}}


class Scene:
    """A desk with a store in memory and a clock that stands."""

    def __init__(
        self,
        folder: Path,
        at: datetime | None = OPEN,
        *,
        seal: Seal | None = plain,
        **stated: Any,
    ) -> None:
        self.store, self.slips = ListStore(), Slips(folder / "slips")
        wall_ms = None if at is None else round(at.timestamp() * 1000)
        trust: Trust = "unknown" if at is None else "synced"
        self.desk = Desk(
            FeedbackSettings.model_validate(
                {"reply_within_hours": 4, "continue_url": URL} | stated
            ),
            hours=opening_hours(SiteSettings.model_validate(SHOP)),
            source="/acme/north/till-1",
            clock=FakeClock(wall_ms=wall_ms, trust=trust),
            store=self.store,
            slips=self.slips,
            seal=seal,
        )

    async def take(self, left: Left, *, there: bool = True) -> Parting:
        return await self.desk.take(left, behind=BEHIND if there else replace(BEHIND, there=False))

    @property
    def event(self) -> FeedbackLeft:
        (event,) = self.store.of(FeedbackLeft)
        return event


async def test_it_keeps_one_event_that_names_what_it_follows(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    parting = await scene.take(COMPLAINT)

    assert (scene.event.case, scene.event.rating, scene.event.response) == (CASE, "r", "s")
    assert scene.event.text == plain("Too dear.", None)  # type: ignore[arg-type]
    assert parting.case == "KE55X-2RF7R"


async def test_a_reply_is_promised_in_opening_hours_to_who_wants_one(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    parting = await scene.take(WISH)

    assert scene.event.promised_by == "2026-11-24T14:00:00Z"
    assert "Tuesday, 24 November, 14:00" in parting.promise
    assert (await Scene(tmp_path).take(COMPLAINT)).promise == ""


async def test_while_the_site_is_closed_the_page_says_when_it_opens(tmp_path: Path) -> None:
    scene = Scene(tmp_path, CLOSED)
    parting = await scene.take(WISH)

    assert "Wednesday, 25 November, 09:00" in parting.note
    assert scene.event.promised_by == "2026-11-25T13:00:00Z"


async def test_the_code_on_the_page_is_the_one_that_the_event_knows(tmp_path: Path) -> None:
    scene = Scene(tmp_path, continue_hours=2)
    parting = await scene.take(COMPLAINT)

    assert parting.code is not None
    assert parting.code.path.startswith("M4 4h7")
    assert scene.event.phone is not None
    assert scene.event.phone.expires == "2026-11-24T12:00:00Z"


async def test_no_address_is_given_where_nobody_sees_it(tmp_path: Path) -> None:
    gone, without = Scene(tmp_path), Scene(tmp_path, continue_url=None)

    assert (await gone.take(COMPLAINT, there=False)).code is None
    assert (await without.take(COMPLAINT)).code is None
    assert gone.event.phone is None
    assert without.event.phone is None


async def test_before_the_time_is_known_nothing_is_promised_and_the_words_are_kept(
    tmp_path: Path,
) -> None:
    scene = Scene(tmp_path, at=None)
    parting = await scene.take(WISH)

    assert (scene.event.promised_by, scene.event.phone) == (None, None)
    assert (parting.promise, parting.note, parting.code) == ("", "", None)
    assert scene.event.contact is not None


async def test_a_site_that_never_opens_promises_nothing(tmp_path: Path) -> None:
    scene = Scene(tmp_path, CLOSED)
    scene.desk._hours = opening_hours(
        SiteSettings.model_validate({"timezone": "UTC", "hours": {"tue": []}})
    )
    parting = await scene.take(WISH)

    assert (parting.promise, parting.note) == ("", "")


async def test_what_cannot_be_kept_is_not_thanked_for(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.store.broken = True
    with pytest.raises(StoreError):
        await scene.take(COMPLAINT)


async def test_words_without_a_seal_are_never_written(tmp_path: Path) -> None:
    scene = Scene(tmp_path, seal=None)
    with pytest.raises(FeedbackError):
        await scene.take(COMPLAINT)
    assert scene.store.events == []


# -- notes on the way ---------------------------------------------------------------------------


async def test_what_was_noted_when_the_agent_ended_is_filed_by_the_next(tmp_path: Path) -> None:
    await Scene(tmp_path).desk.note(COMPLAINT, behind=BEHIND)
    scene = Scene(tmp_path)
    await scene.desk.recover()

    assert (scene.event.case, scene.event.about, scene.event.response) == (CASE, "complaint", "s")
    assert scene.event.phone is None
    assert scene.slips.found() == []


async def test_what_was_filed_leaves_no_note(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    await scene.desk.note(COMPLAINT, behind=BEHIND)
    await scene.take(COMPLAINT)

    assert scene.slips.found() == []


async def test_what_the_customer_took_back_leaves_no_note(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    await scene.desk.note(COMPLAINT, behind=BEHIND)
    await scene.desk.note(None, behind=BEHIND)

    assert scene.slips.found() == []


async def test_while_the_store_is_in_memory_alone_the_note_stays(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.desk._store = ListStore(durable=False)
    await scene.desk.note(COMPLAINT, behind=BEHIND)
    await scene.take(COMPLAINT)

    assert [event.case for event in scene.slips.found()] == [CASE]
