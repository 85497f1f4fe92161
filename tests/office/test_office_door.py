"""Who gets in: PINs, lock-outs, sessions."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config.problem import ConfigFileError
from agent.errors import StaffError
from agent.office.door import FREE_FOR_ALL, MOST_ADDRESSES, Door
from agent.office.pins import OfficePins, load_pins
from agent.office.sessions import IDLE_MS, LONGEST_MS, MOST_OF_A_ROLE, Session, Sessions
from agent.staff.refusals import LockedError
from tests.office.staging import HASHES, PINS, House

HERE, THERE = "192.168.1.7", "192.168.1.8"


def shut(door: Door, address: str, now_ms: int) -> bool:
    with pytest.raises(LockedError, match="looked at in") as refused:
        door.attempt(address, now_ms)
    return refused.value.wrong > 0


def test_a_wrong_pin_shuts_the_door_for_half_a_minute_and_twice_as_long_each_time() -> None:
    door, now_ms = Door(), 0
    for wait_ms in (30_000, 60_000, 120_000):
        door.attempt(HERE, now_ms)
        assert door.remaining_ms(HERE, now_ms) == wait_ms
        assert shut(door, HERE, now_ms + wait_ms - 1)
        now_ms += wait_ms


def test_somebody_elses_wrong_pin_shuts_nobody_out() -> None:
    door = Door()
    door.attempt(HERE, 0)

    assert door.remaining_ms(THERE, 0) == 0
    door.attempt(THERE, 0)


def test_many_addresses_are_stopped_together() -> None:
    door = Door()
    for number in range(FREE_FOR_ALL + 1):
        door.attempt(f"192.168.1.{number}", 0)

    assert door.remaining_ms("192.168.1.200", 0) == 30_000
    assert shut(door, "192.168.1.200", 29_999)


def test_who_only_waited_behind_the_shut_door_is_charged_for_nothing() -> None:
    door = Door()
    for number in range(FREE_FOR_ALL + 1):
        door.attempt(f"192.168.1.{number}", 0)
    assert shut(door, THERE, 10)
    door.attempt(THERE, 30_000)

    assert door.remaining_ms(THERE, 30_000) == 60_000  # the door's own, not this address's


def test_the_right_pin_forgets_the_wrong_ones() -> None:
    door = Door()
    door.attempt(HERE, 0)
    door.attempt(HERE, 30_000)
    door.succeed(HERE)

    assert door.remaining_ms(HERE, 30_000) == 0
    door.attempt(HERE, 30_000)
    assert door.remaining_ms(HERE, 30_000) == 30_000


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 40_000)), max_size=400))
def test_whatever_is_tried_few_pins_are_looked_at(tries: list[tuple[int, int]]) -> None:
    door, now_ms, looked = Door(), 0, 0
    for address, pause_ms in tries:
        now_ms += pause_ms
        try:
            door.attempt(str(address), now_ms)
        except StaffError:
            continue
        looked += 1
    assert looked <= FREE_FOR_ALL + 1 + now_ms / 30_000
    assert len(door._by_address) <= MOST_ADDRESSES


def test_a_session_is_found_by_its_token_alone() -> None:
    sessions = Sessions()
    token, session = sessions.open("manager", now_ms=0)

    assert sessions.find(token, now_ms=1) is session
    assert sessions.find(token[:-1], now_ms=1) is None
    assert sessions.find("", now_ms=1) is None


def test_tokens_are_kept_as_hashes() -> None:
    sessions = Sessions()
    token, _ = sessions.open("manager", now_ms=0)

    assert token.encode() not in b"".join(sessions._by_hash)


def test_a_session_left_alone_ends() -> None:
    sessions = Sessions()
    token, _ = sessions.open("staff", now_ms=0)

    assert sessions.find(token, now_ms=IDLE_MS - 1)
    assert sessions.find(token, now_ms=2 * IDLE_MS - 2)
    assert sessions.find(token, now_ms=3 * IDLE_MS) is None
    assert len(sessions) == 0


def test_a_page_that_looks_by_itself_keeps_nobody_signed_in() -> None:
    sessions = Sessions()
    token, _ = sessions.open("staff", now_ms=0)
    for now_ms in range(0, IDLE_MS, 10_000):
        assert sessions.find(token, now_ms=now_ms, by_person=False)

    assert sessions.find(token, now_ms=IDLE_MS, by_person=False) is None


def test_no_session_lasts_longer_than_a_working_day() -> None:
    sessions = Sessions()
    token, _ = sessions.open("staff", now_ms=0)
    for now_ms in range(0, LONGEST_MS, IDLE_MS // 2):
        assert sessions.find(token, now_ms=now_ms)

    assert sessions.find(token, now_ms=LONGEST_MS) is None


def test_a_ninth_session_ends_the_one_left_alone_longest_of_its_role() -> None:
    sessions = Sessions()
    manager, _ = sessions.open("manager", now_ms=0)
    tokens = [sessions.open("staff", now_ms=n)[0] for n in range(MOST_OF_A_ROLE)]
    sessions.find(tokens[0], now_ms=100)
    newest, _ = sessions.open("staff", now_ms=200)

    assert sessions.find(tokens[1], now_ms=201) is None
    assert all(sessions.find(t, now_ms=201) for t in (manager, newest, tokens[0], *tokens[2:]))


def test_however_a_session_ends_it_is_told_once() -> None:
    ended: list[Session] = []
    sessions = Sessions(ended.append)
    left, oldest = sessions.open("installer", now_ms=0)
    sessions.close(left)
    sessions.close(left)
    assert ended == [oldest]

    aged, second = sessions.open("installer", now_ms=1)
    sessions.find(aged, now_ms=1 + IDLE_MS)
    assert ended == [oldest, second]

    _, crowded = sessions.open("installer", now_ms=2)
    rest = [sessions.open("installer", now_ms=3 + n)[1] for n in range(MOST_OF_A_ROLE)]
    sessions.close_all()
    assert ended == [oldest, second, crowded, *rest]


def test_a_form_of_another_session_is_not_taken() -> None:
    sessions = Sessions()
    _, mine = sessions.open("staff", now_ms=0)
    _, other = sessions.open("staff", now_ms=0)

    assert mine.takes(mine.form_token)
    assert not mine.takes(other.form_token)
    assert not mine.takes("ä")


def test_each_role_has_its_own_pin() -> None:
    pins = OfficePins.model_validate(HASHES)

    assert pins.matches("manager", PINS["manager"])
    assert not pins.matches("manager", PINS["staff"])
    assert not pins.matches("installer", PINS["manager"])


def test_a_role_without_a_pin_cannot_sign_in() -> None:
    pins = OfficePins.model_validate({"staff": HASHES["staff"]})

    assert pins.roles == ("staff",)
    assert not pins.matches("manager", PINS["staff"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{}", "no role has a PIN"),
        ("manager: '1234'", "manager.*: this is a PIN, not its hash: run `smilepost staff hash`"),
        (f"boss: {HASHES['staff']}", "boss"),
        (f"staff: {HASHES['staff']}\nmanager: {HASHES['staff']}", "two roles have the same hash"),
    ],
)
def test_a_bad_file_of_pins_is_refused_with_its_place(house: House, text: str, told: str) -> None:
    path = house.folder / "office.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigFileError, match=told) as refused:
        load_pins(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_example_file_of_pins_is_good(repository: Path) -> None:
    assert load_pins(repository / "config" / "office.example.yaml").roles == ("staff", "manager")
