"""Shifts by buttons through the whole kiosk: the PIN is no answer, the ratings carry the shift."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.errors import StaffError
from agent.testing import LocalBroker
from tests.kiosk.scene import Centre, running, until
from tests.kiosk.till import HERON, WINDOW_S, WREN, enter, hold, sign_on, write_config


async def test_a_seller_signs_on_and_off_by_buttons_and_the_ratings_carry_the_shift(
    broker: LocalBroker, tmp_path: Path
) -> None:
    centre = Centre(broker.port)
    async with running(write_config(tmp_path, port=broker.port)) as till:
        await sign_on(till)
        presses = till.kiosk.visit.presses.total()
        await till.tap("good")
        await until(lambda: len(centre.events("rating.given")) == presses + 1)
        await until(lambda: len(centre.events("rating.amended")) >= 2)
        await asyncio.sleep(WINDOW_S)
        await hold(till)
        await enter(till, HERON)
        await until(lambda: centre.events("shift.ended"))
        assert till.kiosk.post.duty.shift is None
    centre.close()

    (started,) = centre.events("shift.started")
    assert (started["seller"], started["how"]) == ("heron", "buttons")
    (ended,) = centre.events("shift.ended")
    assert (ended["shift"], ended["how"]) == (started["shift"], "signed_off")
    *held, answer = centre.events("rating.given")[:3]
    assert presses == len(held) == 2  # the two keys of the hold; no digit
    assert answer["shift"] == started["shift"]
    assert all("shift" not in rating for rating in held)
    last_word = {a["rating"]: a for a in centre.events("rating.amended")}
    assert len(last_word) == 4  # of both holds
    assert all(not a["counts"] and "staff" in a["flags"] for a in last_word.values())
    assert answer["counts"] is True


async def test_a_wrong_pin_begins_nothing_and_shuts_the_door_for_a_while(
    broker: LocalBroker, tmp_path: Path
) -> None:
    centre = Centre(broker.port)
    async with running(write_config(tmp_path, port=broker.port)) as till:
        duty = till.kiosk.post.duty
        await hold(till)
        await enter(till, "1111")
        await until(lambda: duty.locked_s("buttons") > 0)
        await asyncio.sleep(0.5)
        await hold(till)
        await enter(till, HERON)  # these are answers now: the keys never became digits
        await until(lambda: till.kiosk.visit.presses.total() == 2 + 2 + len(HERON))
        assert duty.shift is None
        with pytest.raises(StaffError, match="nobody's PIN"):
            await duty.sign_on("9999")
        assert duty.locked_s("page") > 0
    centre.close()

    assert centre.events("shift.started") == []


async def test_a_shift_outlives_a_restart_and_another_seller_takes_it_over(
    broker: LocalBroker, tmp_path: Path
) -> None:
    centre = Centre(broker.port)
    config = write_config(tmp_path, port=broker.port)
    async with running(config) as till:
        await till.kiosk.post.duty.sign_on(HERON)
    async with running(config) as till:
        duty = till.kiosk.post.duty
        assert duty.shift is not None
        await till.tap("good")
        await until(lambda: centre.events("rating.given"))
        await duty.sign_on(WREN)
        await until(lambda: len(centre.events("shift.started")) == 2)
        duty.sign_off()
        await until(lambda: len(centre.events("shift.ended")) == 2)
    centre.close()

    first, second = centre.events("shift.started")
    assert [s["seller"] for s in (first, second)] == ["heron", "wren"]
    assert [s["how"] for s in centre.events("shift.ended")] == ["handover", "signed_off"]
    assert centre.events("rating.given")[0]["shift"] == first["shift"]


async def test_a_roster_that_cannot_be_read_is_a_fault_and_presses_go_on(
    broker: LocalBroker, tmp_path: Path
) -> None:
    centre = Centre(broker.port)
    config = write_config(tmp_path, port=broker.port)
    (tmp_path / "staff.yaml").write_text("sellers: []\n", encoding="utf-8")
    async with running(config) as till:
        await till.tap("good")
        await until(lambda: centre.events("rating.given"))
        with pytest.raises(StaffError, match="nobody can sign on"):
            await till.kiosk.post.duty.sign_on(HERON)
    centre.close()

    (fault,) = centre.events("device.fault")
    assert (fault["part"], fault["state"]) == ("staff", "raised")
    assert "staff.yaml:1" in fault["fact"]
