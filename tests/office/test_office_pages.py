"""What stands on the pages, and what their forms do."""

from __future__ import annotations

import asyncio
import re
import sys
import time
from datetime import UTC, date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cli import main
from agent.doctor.checks import Check
from agent.events.catalogue import ServedCounted
from agent.indices import Classes
from agent.indices.satisfaction import class_shares
from agent.office import alerts, drawings
from agent.office.checks import Checks
from agent.office.figures import Figures, Newsstand, read_figures
from agent.office.server import LIVE
from agent.office.sessions import Sessions
from agent.office.signals import Wiring, signals
from agent.office.words import words as words_in
from agent.report.dating import LocalDay
from agent.report.day import Day, Hour, Presses
from agent.report.words import words as report_words
from agent.staff.alert import Alert
from agent.uplink import UplinkState
from tests.office.staging import KEYS, NOW, Caller, House, calling
from tests.report.shop import DAY, Shop, busy_day

CASE = Alert("case1", "case", 0, rating="r")
HELP = Alert("help1", "help_wanted", 0)
MANY = Alert("many1", "threshold", 0, share=0.6, n=10, window_s=900.0)


NOW_MS = round(NOW.timestamp() * 1000)


def words(text: str) -> str:
    """A page as it is read aloud."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def morning(values: list[int], *, minutes_ago: int = 200) -> Shop:
    """A shop with these answers today, a minute apart, the first so long ago."""
    shop = Shop()
    for number, value in enumerate(values):
        shop.press(value, NOW_MS - (minutes_ago - number) * 60_000)
    return shop


async def page_of(caller: Caller, role: Any, path: str = "/today") -> str:
    assert await caller.sign_in(role) == 303
    status, text = await caller.get(path)
    assert status == 200
    return text


# -- today ------------------------------------------------------------------------------------


async def test_a_manager_reads_how_many_why_and_who(caller: Caller, house: House) -> None:
    house.keep(busy_day(DAY))
    text = words(await page_of(caller, "manager"))

    assert [q for q in ("How many?", "Why?", "Who?") if q in text] == ["How many?", "Why?", "Who?"]
    assert re.search(r"\d+ satisfied \d+ % \(\d+ to \d+ %\)", text)
    assert re.search(r"Silent \d+ %", text)


async def test_a_manager_reads_who_counted_the_served(caller: Caller, house: House) -> None:
    shop = busy_day(DAY)
    told = {"span_s": 900.0, "counted_by": "camera", "counts": {"camera": 14}}
    told |= {"worked": {"camera": 1.0}}
    shop.tell(ServedCounted.model_validate(told), NOW_MS - 900_000)
    house.keep(shop)
    text = words(await page_of(caller, "manager"))

    assert "Who counted? Camera 14 customers in 15 min." in text
    assert "how many it misses is not known" in text


async def test_the_hours_shown_are_those_in_which_the_site_is_open(
    house: House, tmp_path: Path
) -> None:
    house.site = {"hours": {"fri": ["06:30-22:00"]}}
    house.keep(morning([5, 4, 1]))
    office = house.make()
    await office.start()
    async with calling(office, tmp_path) as caller:
        page = await page_of(caller, "manager")
    await office.stop()
    below = drawings.BASE + 15.0
    hours = re.findall(rf'y="{below}"[^>]*>(\d+)</text>', page)

    assert hours == [str(hour) for hour in range(6, 22)]


async def test_the_page_has_the_figures_of_the_report(caller: Caller, house: House) -> None:
    house.keep(busy_day(DAY))
    config = house.folder / "kiosk.yaml"
    config.write_text(house.settings().model_dump_json(exclude_none=True), encoding="utf-8")
    assert main(["report", "--day", str(DAY), "-c", str(config), "-o", str(house.folder)]) == 0
    (written,) = house.folder.glob("*.html")
    shares = re.findall(r"(\d+ %) \((\d+ to \d+ %)\)", words(written.read_text("utf-8")))

    text = words(await page_of(caller, "manager"))
    assert len(shares) >= 3
    for value, spread in shares[:3]:
        assert f"{value} ({spread})" in text


async def test_no_share_is_given_of_few(caller: Caller, house: House) -> None:
    house.keep(morning([5, 4, 1]))
    text = words(await page_of(caller, "manager"))

    assert "3 answers" in text
    assert text.count("no share below 10") == 3
    assert not re.search(r"\d %", text)


async def test_without_a_counter_nobody_guesses_at_the_silent(caller: Caller, house: House) -> None:
    house.keep(morning([5]))

    assert report_words("en").who.no_counter in await page_of(caller, "manager")


async def test_before_the_first_event_the_page_says_so(caller: Caller) -> None:
    assert "There are no figures yet." in await page_of(caller, "manager")


async def test_new_events_come_with_the_next_reading(caller: Caller, house: House) -> None:
    house.keep(morning([5]))
    assert "1 answer" in words(await page_of(caller, "manager"))
    house.outbox.high += 1

    assert "1 answer" in words((await caller.get("/today"))[1])


def test_the_day_is_read_again_only_when_something_happened_and_not_too_often() -> None:
    async def scenario() -> list[int]:
        readings, clock, newest = [], [0.0], [1]

        def read(day: date) -> Figures:
            readings.append(newest[0])
            return Figures(Day(LocalDay(day, UTC), "", Presses()), ())

        stand = Newsstand(
            read, newest=lambda: newest[0], now=lambda: NOW, monotonic=lambda: clock[0]
        )
        for at_s, high in ((0, 1), (60, 1), (61, 2), (62, 3), (70, 3)):
            clock[0], newest[0] = at_s, high
            await stand.figures()
        return readings

    assert asyncio.run(scenario()) == [1, 2, 3]


def test_many_pages_cost_one_reading() -> None:
    async def scenario() -> int:
        readings: list[date] = []

        def read(day: date) -> Figures:
            readings.append(day)
            time.sleep(0.02)
            return Figures(Day(LocalDay(day, UTC), "", Presses()), ())

        stand = Newsstand(read, newest=lambda: 1, now=lambda: NOW)
        await asyncio.gather(*(stand.figures() for _ in range(8)))
        return len(readings)

    assert asyncio.run(scenario()) == 1


# -- at the till --------------------------------------------------------------------------------


async def test_staff_see_answers_late_and_in_batches(caller: Caller, house: House) -> None:
    house.keep(morning([5] * 12 + [1] * 5, minutes_ago=200))
    text = words(await page_of(caller, "staff"))

    assert "10 answers" in text
    assert "10 satisfied" in text
    assert "Why?" not in text


async def test_a_fresh_answer_changes_nothing_that_staff_can_see(
    caller: Caller, house: House
) -> None:
    shop = morning([5] * 12)
    house.keep(shop)
    before = await page_of(caller, "staff")
    shop.rows.clear()
    shop.open()
    for _ in range(9):
        shop.press(1, NOW_MS)
    house.keep(shop)
    after = await page_of(caller, "staff")

    many = re.compile(r'<section id="many".*?</section>', re.DOTALL)
    assert many.findall(before) == many.findall(after)


async def test_staff_never_learn_of_a_single_answer(caller: Caller, house: House) -> None:
    house.duty.alerts = [CASE, HELP, MANY]
    text = await page_of(caller, "staff")

    assert "One unhappy answer" not in text
    assert "case1" not in text
    assert "A customer asked for someone" in text
    assert "unhappy: 6 of 10 answers within 15 min" in text


async def test_staff_cannot_take_on_an_alert_that_is_not_for_them(
    caller: Caller, house: House
) -> None:
    house.duty.alerts = [CASE]
    await caller.sign_in("staff")
    for act, fields in (("acknowledge", {}), ("resolve", {"how": "talked"})):
        _, text = await caller.press("/today", act, alert="case1", **fields)
        assert "This alert is not open any more." in text
    assert house.duty.told == []


async def test_a_shift_begins_and_ends_on_the_page(caller: Caller, house: House) -> None:
    await caller.sign_in("staff")
    status, text = await caller.press("/today", "sign-on", pin="246802")
    assert (status, "heron is at the till." in text) == (303, True)
    _, text = await caller.press("/today", "sign-off")

    assert "The shift is over." in text
    assert house.duty.shift is None


async def test_a_wrong_pin_of_a_seller_is_told(caller: Caller) -> None:
    await caller.sign_in("staff")
    _, text = await caller.press("/today", "sign-on", pin="000000")

    assert "This is nobody's PIN: try again a little later." in text


async def test_what_was_told_is_told_once(caller: Caller, house: House) -> None:
    house.duty.alerts = [HELP]
    await caller.sign_in("staff")
    _, first = await caller.press("/today", "acknowledge", alert="help1")
    _, second = await caller.get("/today")

    assert "Thank you: it is yours." in first
    assert "Thank you: it is yours." not in second


async def test_a_page_that_looks_by_itself_takes_no_notice_away(
    caller: Caller, house: House
) -> None:
    house.duty.alerts = [HELP]
    await caller.sign_in("staff")
    token = await caller.token("/today")
    await caller.post("/today/acknowledge", token=token, alert="help1")
    await caller.get("/today", **{LIVE: "1"})

    assert "Thank you: it is yours." in (await caller.get("/today"))[1]


# -- alerts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "pin", "by"),
    [("manager", None, "manager"), ("staff", None, "counter"), ("staff", "246802", "heron")],
)
async def test_an_alert_is_taken_on_by_name(
    caller: Caller,
    house: House,
    role: Any,
    pin: str | None,
    by: str,
) -> None:
    house.duty.alerts = [HELP]
    await caller.sign_in(role)
    if pin is not None:
        await caller.press("/today", "sign-on", pin=pin)
    status, _ = await caller.press("/today", "acknowledge", alert="help1")

    assert (status, house.duty.told) == (303, [("acknowledge", "help1", by)])


async def test_a_manager_says_what_was_done_about_a_case(caller: Caller, house: House) -> None:
    house.duty.alerts = [CASE]
    await caller.sign_in("manager")
    await caller.press("/today", "resolve", alert="case1", how="opened_till")

    assert house.duty.told == [("resolve", "case1", "manager", "opened_till")]


async def test_an_action_that_is_not_configured_is_told_and_not_noted(
    caller: Caller, house: House
) -> None:
    house.duty.alerts = [CASE]
    await caller.sign_in("manager")
    _, text = await caller.press("/today", "resolve", alert="case1", how="sang")

    assert "This is none of the kiosk's actions" in text
    assert house.duty.told == []


async def test_alerts_that_are_over_are_told_to_whom_they_were_for(
    caller: Caller, house: House
) -> None:
    shop = morning([1])
    at_ms = NOW_MS
    for name, what in (("a", "case"), ("b", "help_wanted")):
        shop.alert(name, at_ms, what)
        shop.take_on(name, at_ms, 65.0)
        shop.resolve(name, at_ms, 120.0)
    house.keep(shop)
    manager = words(await page_of(caller, "manager"))
    staff = words(await page_of(caller, "staff"))

    assert "One unhappy answer Taken on after 1 min 5 s, over after 2 min, " in manager
    assert "A customer asked for someone" in staff
    assert "One unhappy answer" not in staff


def test_an_alert_grows_older_by_the_minute() -> None:
    _, session = Sessions().open("manager", now_ms=0)

    def shown(age_s: float) -> str:
        desk = alerts.Desk(session, words_in("en"), lambda _: age_s, ("talked",))
        return alerts.open_section([HELP], desk)

    assert shown(61.0) == shown(119.9)
    assert "1 min ago" in shown(90.0)
    assert "Less than a minute ago" in shown(59.9)


@pytest.mark.parametrize(("count", "columns"), [(1, 8), (8, 8), (13, 13), (24, 24)])
def test_the_hours_are_drawn_from_the_first_to_the_last(count: int, columns: int) -> None:
    found = [Hour(hour, Classes(1, 2, hour)) for hour in range(24 - count, 24)]
    drawn = drawings.hours(found, words=words_in("en"))

    assert drawn.count("<g>") == columns
    assert f"{23 - columns + 1}</text>" in drawn


WIDTHS = re.compile(r'<rect [^>]*width="([^"]+)"')


@given(st.builds(Classes, *[st.integers(0, 300)] * 3), st.integers(0, 2))
def test_bars_are_as_long_as_what_they_stand_for(classes: Classes, place: int) -> None:
    share = class_shares(classes)[place]
    ground, *value = (
        float(width) for width in WIDTHS.findall(drawings.share_bar(share, place=place))
    )
    assert ground == drawings.BAR
    assert value == ([] if share.value is None else [pytest.approx(300 * share.value, abs=0.06)])
    parts = WIDTHS.findall(drawings.option_bar(classes, most=max(1, classes.n)))
    assert sum(map(float, parts)) == pytest.approx(300 if classes.n else 0, abs=0.2)


# -- the installer ------------------------------------------------------------------------------


async def test_the_button_test_shows_what_was_tried(caller: Caller, house: House) -> None:
    await caller.sign_in("installer")
    _, text = await caller.press("/installer", "test", on="true")
    assert "Press: Very bad, Bad, Okay, Good, Very good." in text
    house.visit.trial.presses["bad"] += 2
    _, text = await caller.get("/installer")
    assert 'data-count="2" data-key="bad"' in text
    assert "Press: Very bad, Okay, Good, Very good." in text
    house.visit.trial.presses.update(KEYS)
    assert "Every key works." in (await caller.get("/installer"))[1]
    _, text = await caller.press("/installer", "test", on="false")

    assert "All were heard." in text
    assert house.visit.trial.remaining_s(house.visit.clock.monotonic()) == 0


async def test_lights_and_sound_are_tried(caller: Caller, house: House) -> None:
    await caller.sign_in("installer")
    _, text = await caller.press("/installer", "signals")

    assert house.thanks is not None
    assert house.thanks.shown == 1
    assert "Switched on for a moment: 5 lights, a beep." in text
    assert "Light of Very bad: pin 12" in text
    assert "Buzzer: pin 18" in text
    assert ">Light up and beep</button>" in text


async def test_without_a_panel_there_is_nothing_to_light_up(house: House) -> None:
    house.thanks = None
    scene = house.pages().rooms()[1]
    _, session = Sessions().open("installer", now_ms=0)

    assert "No panel is configured" in await scene.show(session)


async def test_the_state_is_told_with_what_mends_it(caller: Caller, house: House) -> None:
    house.link = UplinkState(
        online=False, reason="connection refused", remedy="start the broker", lasting=False
    )
    house.outbox.pending, house.outbox.degraded = 1234, True
    house.faults.report("button:good", "held for too long", remedy="free the button")
    text = words(await page_of(caller, "installer", "/installer"))

    assert "not connected (connection refused; start the broker)" in text
    assert "in memory only" in text
    assert "Not sent yet 1,234 events" in text
    assert "Not working: button:good held for too long free the button" in text


async def test_the_agent_is_restarted_only_by_who_is_sure(caller: Caller, house: House) -> None:
    await caller.sign_in("installer")
    status, _ = await caller.press("/installer", "restart")
    assert (status, house.restarts["asked"]) == (400, 0)
    status, text = await caller.press("/installer", "restart", sure="true")

    assert (status, house.restarts["asked"]) == (303, 1)
    assert "The agent starts anew." in text


async def test_without_systemd_no_restart_is_offered(house: House) -> None:
    house.can_restart = False
    _, session = Sessions().open("installer", now_ms=0)
    text = await house.pages().rooms()[1].show(session)

    assert "nobody would start it again" in text
    assert "/installer/restart" not in text


async def test_the_page_looks_more_often_while_buttons_are_tried(
    caller: Caller, house: House
) -> None:
    assert 'data-every="3.0"' in await page_of(caller, "installer", "/installer")
    house.visit.begin_trial()
    assert 'data-every="0.5"' in (await caller.get("/installer"))[1]


def program(*lines: str) -> tuple[str, ...]:
    return sys.executable, "-c", "; ".join(lines)


@pytest.mark.parametrize(
    ("command", "trouble"),
    [
        (program("print('rubbish')"), "no_results"),
        (program("print('[]')"), "no_results"),
        (program("print('{\"checks\": [{}]}')"), "no_results"),
        (("/nonexistent/program",), "cannot_start"),
        (program("import time", "time.sleep(60)"), "took_too_long"),
    ],
)
async def test_checks_that_go_wrong_are_told_by_name(
    command: tuple[str, ...], trouble: str
) -> None:
    checks = Checks(command, patience_s=2.0)
    checks.start()
    assert checks.running
    assert checks._running is not None
    await checks._running

    assert checks.trouble == trouble
    assert (checks.running, checks.results) == (False, ())


async def test_checks_are_not_run_twice_at_once_and_end_with_the_office() -> None:
    checks = Checks(program("import time", "time.sleep(60)"))
    checks.start()
    first = checks._running
    checks.start()
    assert checks._running is first
    await checks.stop()

    assert not checks.running


async def test_the_checks_of_the_doctor_stand_on_the_page(caller: Caller, house: House) -> None:
    config = house.folder / "kiosk.yaml"
    config.write_text(house.settings().model_dump_json(exclude_none=True), encoding="utf-8")
    await caller.sign_in("installer")
    await caller.press("/installer", "checks")
    async with asyncio.timeout(60):
        text = (await caller.get("/installer"))[1]
        while "They are being run" in text:
            await asyncio.sleep(0.2)
            text = (await caller.get("/installer"))[1]

    assert "configuration" in text
    assert "mock pins: presses come from programs" in text
    assert re.search(r"\d checks? failed\.", text)  # there is no broker here
    assert "worth a look" in text


async def test_what_is_only_advisory_is_a_warning_and_no_failure(house: House) -> None:
    _, session = Sessions().open("installer", now_ms=0)
    pages = house.pages()
    pages.checks.results = (
        Check("broker", "essential", "failed", "refuses", "start it"),
        Check("clock", "advisory", "failed", "not synchronised", "check the network"),
        Check("python", "essential", "ok", "3.11"),
    )
    text = await pages.rooms()[1].show(session)

    assert "1 check failed. 1 is worth a look." in words(text)
    assert re.findall(r'class="sign" aria-hidden="true">(.)<', text) == ["✗", "!", "✓"]
    assert 'class="unseen">worth a look: <' in text
    assert "check the network" in text


async def test_lamps_at_the_counter_are_listed_and_tried_one_by_one(
    caller: Caller, house: House
) -> None:
    house.lamps.pins = {"alert_light": 22, "alert_relay": 23}
    await caller.sign_in("installer")
    _, text = await caller.press("/installer", "lamp", part="alert_relay")

    assert house.lamps.tried == ["alert_relay"]
    assert "Switched over for a second: Relay, pin 23." in text
    assert "1 lamp, pin 22" in text


async def test_a_lamp_that_is_not_there_cannot_be_tried(caller: Caller, house: House) -> None:
    await caller.sign_in("installer")
    _, text = await caller.press("/installer", "lamp", part="alert_light")
    assert "This is not configured." in text
    status, _ = await caller.press("/installer", "lamp", part="button")

    assert (status, house.lamps.tried) == (400, [])


async def test_a_lamp_whose_pin_fails_says_so_and_has_no_button(
    caller: Caller, house: House
) -> None:
    house.lamps.pins, house.lamps.broken = {"alert_light": 22}, frozenset({"alert_light"})
    text = await page_of(caller, "installer", "/installer")

    assert "its pin cannot be switched" in text
    assert 'value="alert_light"' not in text


@pytest.mark.parametrize(
    ("lights", "buzzer", "told", "button"),
    [
        (True, 18, "5 lights, a beep", "Light up and beep"),
        (True, None, "5 lights", "Light up"),
        (False, 18, "a beep", "Beep"),
    ],
)
def test_lights_and_sound_are_worded_by_what_there_is(
    lights: bool,  # noqa: FBT001
    buzzer: int | None,
    told: str,
    button: str,
) -> None:
    pins = dict(zip(KEYS, (12, 16, 20, 21, 25), strict=True)) if lights else {}
    wiring = Wiring(panel=True, lights=pins, buzzer=buzzer, lamps={}, working=frozenset())
    _, session = Sessions().open("installer", now_ms=0)
    text = "".join(signals(wiring, session, words_in("en")))

    assert f"for a second: {told}." in text
    assert f">{button}</button>" in text


def test_figures_count_only_what_counts(tmp_path: Path) -> None:
    house = House(tmp_path)
    shop = morning([5, 4])
    shop.press(1, NOW_MS, flags=("test",))
    house.keep(shop)
    figures = read_figures(tmp_path / "outbox.db", today=DAY, zone=UTC)

    assert len(figures.answers) == figures.day.presses.classes.n == 2
