"""The cases on a manager's page: what is open, what the centre said, and nothing personal."""

from __future__ import annotations

import json

import pytest

from agent.events.catalogue import FeedbackLeft
from agent.feedback.cases import draw_case, grouped
from agent.staff.alert import Alert
from tests.office.staging import NOW, Caller, House
from tests.report.shop import Shop

NOW_MS = round(NOW.timestamp() * 1000)
FIRST, SECOND, OTHER = draw_case(), draw_case(), draw_case()
SECRET = "the words of a customer"  # noqa: S105 - it is no password


def left(shop: Shop, case: str, about: str, *, minutes_ago: int = 60, **more: object) -> str:
    told = FeedbackLeft.model_validate(
        {"case": case, "about": about, "language": "en", "text": {"plain": SECRET}} | more
    )
    return shop.tell(told, NOW_MS - minutes_ago * 60_000)


def told(house: House, case: str, state: str, revision: int = 1) -> None:
    status = {"case": case, "state": state, "revision": revision, "text": {"en": SECRET}}
    house.cases.take(json.dumps(status).encode())


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.press(1, NOW_MS - 61 * 60_000)
    return shop


async def today(caller: Caller, role: str = "manager") -> str:
    await caller.sign_in(role)  # type: ignore[arg-type]
    return (await caller.get("/today"))[1]


async def test_open_cases_of_today_stand_there_with_how_they_stand(
    caller: Caller, house: House, shop: Shop
) -> None:
    left(shop, FIRST, "complaint", promised_by="2026-11-21T09:00:00.000Z")
    left(shop, SECOND, "praise")
    house.keep(shop)
    told(house, SECOND, "in_progress")
    text = await today(caller)

    assert grouped(FIRST) in text
    assert "Complaint, 19:30, reply promised by Saturday, 21 November, 09:00" in text
    assert "No word from the centre yet" in text
    assert "In progress" in text


async def test_a_closed_case_is_among_what_the_centre_said_last(
    caller: Caller, house: House, shop: Shop
) -> None:
    left(shop, FIRST, "complaint")
    house.keep(shop)
    told(house, FIRST, "closed")
    told(house, OTHER, "answered")
    text = await today(caller)

    assert "No case of today is open." in text
    behind = text.partition("What the centre said last")[2]
    assert behind.index(grouped(FIRST)) < behind.index("Closed")
    assert behind.index(grouped(OTHER)) < behind.index("Answered")


async def test_what_customers_wrote_stands_nowhere(
    caller: Caller, house: House, shop: Shop
) -> None:
    left(shop, FIRST, "complaint")
    house.keep(shop)
    told(house, FIRST, "in_progress")

    assert SECRET not in await today(caller)


async def test_staff_see_no_case(caller: Caller, house: House, shop: Shop) -> None:
    event = left(shop, FIRST, "complaint")
    house.keep(shop)
    house.duty.alerts = [Alert("c1", "complaint", 0, feedback=event)]
    text = await today(caller, "staff")

    assert grouped(FIRST) not in text
    assert "Complaint" not in text


async def test_the_alert_of_a_complaint_names_its_case(
    caller: Caller, house: House, shop: Shop
) -> None:
    event = left(shop, FIRST, "complaint")
    house.keep(shop)
    house.duty.alerts = [Alert("c1", "complaint", 0, feedback=event)]

    assert f"case {grouped(FIRST)}" in await today(caller)


async def test_where_nobody_left_anything_no_case_is_spoken_of(
    caller: Caller, house: House, shop: Shop
) -> None:
    house.keep(shop)

    assert "Cases" not in await today(caller)


async def test_yesterdays_cases_are_not_of_today(caller: Caller, house: House, shop: Shop) -> None:
    left(shop, FIRST, "complaint", minutes_ago=2 * 24 * 60)
    house.keep(shop)

    assert grouped(FIRST) not in await today(caller)
