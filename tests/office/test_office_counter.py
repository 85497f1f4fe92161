"""The installer counts customers by hand on the page, and reads how well the counter counts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agent.events.catalogue import ServedCalibrated
from agent.office.counting import BY_SCRIPT
from agent.office.office import Office
from agent.served.calibration import LEAST_TAPS, MOST_TAPS
from tests.office.staging import Caller, House, calling

SENSOR = {"sensor": {"pin": 17}}


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path, served=SENSOR)
    house.calibrator.works("sensor", on=True)
    return house


def read(text: str) -> str:
    """A page as it is read aloud, spaces alike."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


async def begin(caller: Caller) -> str:
    assert await caller.sign_in("installer") == 303
    status, text = await caller.press("/installer", "count")
    assert status == 303
    return text


async def serve(caller: Caller, house: House, customers: int, *, unseen: int = 0) -> None:
    """Serve one a minute, tapped while there; the sensor misses the first `unseen`."""
    token = await caller.token("/installer")
    for number in range(customers):
        house.time.advance(30)
        await caller.post("/installer/tap", token=token)
        came_ms = round(house.time.monotonic() * 1000)
        house.time.advance(30)
        if number >= unseen:
            house.calibrator.arrives("sensor", f"s{came_ms}", arrived_ms=came_ms)
            house.calibrator.leaves("sensor", f"s{came_ms}", left_ms=came_ms + 20_000)
    house.time.advance(60)


async def test_the_page_says_that_nobody_knows_how_many_are_missed(caller: Caller) -> None:
    await caller.sign_in("installer")
    _, text = await caller.get("/installer")

    assert "Check the counter" in read(text)
    assert "Sensor Not checked yet" in read(text)


async def test_a_kiosk_without_a_counter_has_nothing_to_check(tmp_path: Path) -> None:
    office = House(tmp_path).make()
    await office.start()
    async with calling(office, tmp_path) as caller:
        await caller.sign_in("installer")
        assert "Check the counter" not in (await caller.get("/installer"))[1]
    await office.stop()


async def test_while_somebody_counts_the_button_stands_before_everything_else(
    caller: Caller,
) -> None:
    text = await begin(caller)

    assert text.index('id="tap"') < text.index('id="state"')
    assert "20 more make a check." in read(text)


async def test_taps_count_up_and_the_last_one_can_be_undone(caller: Caller) -> None:
    await begin(caller)
    for _ in range(3):
        await caller.press("/installer", "tap")
    _, text = await caller.press("/installer", "undo")

    assert re.search(r'<b id="taps"[^>]*>2</b>', text)


async def test_a_count_ends_in_plain_words(caller: Caller, house: House) -> None:
    await begin(caller)
    await serve(caller, house, 30, unseen=1)
    _, text = await caller.press("/installer", "finish")

    told = read(text)
    assert "Of 30 customers the sensor found 29: 97 % (83 to 99 %)." in told
    assert "It counted nobody else." in told
    assert "Of 29 that it counted 29 were customers: 100 % (88 to 100 %)." in told
    assert "Customers for each one counted: 1.03 (0.94 to 1.13)." in told


async def test_what_it_counted_that_was_nobody_is_told_too(caller: Caller, house: House) -> None:
    await begin(caller)
    await serve(caller, house, LEAST_TAPS)
    now_ms = round(house.time.monotonic() * 1000)
    house.calibrator.arrives("sensor", "cat", arrived_ms=now_ms - 20_000)
    house.calibrator.leaves("sensor", "cat", left_ms=now_ms - 15_000)
    _, text = await caller.press("/installer", "finish")

    assert "It counted 1 that was none." in read(text)
    (event,) = house.kept
    assert isinstance(event, ServedCalibrated)
    assert (event.found, event.invented) == (LEAST_TAPS, 1)


async def test_with_too_few_the_count_goes_on(caller: Caller, house: House) -> None:
    await begin(caller)
    await serve(caller, house, LEAST_TAPS - 1)
    _, text = await caller.press("/installer", "finish")

    assert "Sensor: 19 of at least 20 could be compared, so nothing is kept." in read(text)
    assert "Go on tapping, or discard the count." in read(text)
    assert 'id="tap"' in text
    assert house.kept == []


async def test_a_sensor_that_counted_nobody_is_looked_at(caller: Caller, house: House) -> None:
    await begin(caller)
    await serve(caller, house, LEAST_TAPS, unseen=LEAST_TAPS)
    _, text = await caller.press("/installer", "finish")

    assert "Sensor: it counted nobody, so nothing is kept." in read(text)


async def test_a_count_is_discarded_only_by_who_is_sure(caller: Caller, house: House) -> None:
    await begin(caller)
    status, text = await caller.press("/installer", "discard")
    assert (status, 'id="tap"' in text) == (400, True)
    _, text = await caller.press("/installer", "discard", sure="true")

    assert "The count is discarded." in read(text)
    assert house.calibrator.taps is None


async def test_a_second_phone_sees_the_count_and_can_take_it_over(
    caller: Caller, office: Office, house: House
) -> None:
    await begin(caller)
    await caller.press("/installer", "tap")
    async with calling(office, house.folder) as second:
        await second.sign_in("installer")
        _, text = await second.get("/installer")
        assert "Somebody counts on another device. Tapped so far: 1." in read(text)
        _, text = await second.press("/installer", "tap")
        assert "Somebody counts on another device now." in read(text)
        await second.press("/installer", "take-over")
        await second.press("/installer", "tap")

    assert house.calibrator.taps == 2
    _, text = await caller.press("/installer", "tap")
    assert "Tapped so far: 2." in read(text)


async def test_the_script_learns_from_the_status_that_a_tap_was_not_taken(
    caller: Caller, house: House
) -> None:
    await begin(caller)
    token = await caller.token("/installer")
    house.calibrator.take_over(holder="another")
    headers = {"Origin": caller.base, BY_SCRIPT: "1"}
    status, _, _ = await caller.ask(
        "POST", "/installer/tap", headers=headers, data={"token": token}
    )

    assert status == 409
    assert "Somebody counts on another device now." in read((await caller.get("/installer"))[1])


async def test_the_fiftieth_is_the_last(caller: Caller, house: House) -> None:
    await begin(caller)
    await serve(caller, house, MOST_TAPS)
    _, text = await caller.press("/installer", "tap")

    assert house.calibrator.taps == MOST_TAPS
    assert "These are enough: finish." in read(text)
    assert re.search(r'<button class="strong tap" disabled', text)


FOREIGN = {"token": "x"}


async def test_taps_need_the_installers_role_and_the_pages_token(
    caller: Caller, house: House
) -> None:
    assert (await caller.post("/installer/tap", **FOREIGN))[0] == 401
    await caller.sign_in("manager")
    token = await caller.token("/today")
    assert (await caller.post("/installer/tap", token=token))[0] == 404
    await begin(caller)
    assert (await caller.post("/installer/tap", **FOREIGN))[0] == 403
    assert (await caller.post("/installer/tap", "https://elsewhere.example", **FOREIGN))[0] == 403

    assert house.calibrator.taps == 0


async def test_taps_are_dated_when_they_come(caller: Caller, house: House) -> None:
    await begin(caller)
    house.time.advance(90)
    await caller.press("/installer", "tap")
    house.time.advance(30)
    await caller.press("/installer", "tap")
    count = house.calibrator._count
    assert count is not None

    assert [tap - count.began_ms for tap in count.taps] == [90_000, 120_000]


async def test_without_a_working_source_nobody_begins(caller: Caller, house: House) -> None:
    house.calibrator.works("sensor", on=False)
    await caller.sign_in("installer")
    _, text = await caller.get("/installer")

    assert "Neither camera nor sensor works now: see the faults." in read(text)
    assert 'action="/installer/count"' not in text


async def test_a_check_of_another_setup_is_told_to_be_of_one(caller: Caller, house: House) -> None:
    await begin(caller)
    await serve(caller, house, LEAST_TAPS)
    await caller.press("/installer", "finish")
    moved = House(house.folder, served={"sensor": {"pin": 27}})
    office = moved.make()
    await office.start()
    async with calling(office, house.folder) as somebody:
        await somebody.sign_in("installer")
        _, text = await somebody.get("/installer")
    await office.stop()

    assert "The setup has changed since: this check does not hold any more." in read(text)
    assert "Of 20 customers it found 20" in read(text)


async def test_a_disk_that_fails_is_told_and_the_count_stays(
    caller: Caller, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    await begin(caller)
    await serve(caller, house, LEAST_TAPS)
    monkeypatch.setattr("agent.served.book.write_whole", fail)
    _, text = await caller.press("/installer", "finish")

    assert "The check could not be stored" in read(text)
    assert 'id="tap"' in text


@pytest.mark.parametrize("language", ["de", "pl", "ru", "ar"])
async def test_it_is_told_in_the_installers_language(
    house: House, tmp_path: Path, language: str
) -> None:
    house.pins["installer"] = {"pin": house.pins["installer"], "language": language}
    office = house.make()
    await office.start()
    async with calling(office, tmp_path) as caller:
        await begin(caller)
        await serve(caller, house, LEAST_TAPS + 1, unseen=2)
        _, text = await caller.press("/installer", "finish")
    await office.stop()

    assert "{" not in read(text)
    for number in ("21", "19", "90"):
        assert number in read(text)
