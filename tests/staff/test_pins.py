"""PINs: hashed, checked, refused when weak, locked out when wrong; and the roster they stand in."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.cli import main
from agent.config.problem import ConfigFileError
from agent.errors import StaffError
from agent.staff.lockout import Lockout
from agent.staff.pin import hash_pin, read_hash, weakness
from agent.staff.roster import Roster, Seller, load_roster

HASHES = {pin: str(hash_pin(pin)) for pin in ("314152", "271828")}
HERON = Seller(seller="heron", pin=HASHES["314152"])
TWIN = f"- {{seller: a, pin: {HASHES['314152']}}}\n"
WREN = Seller(seller="wren", pin=HASHES["271828"], language="pl")


def write(folder: Path, text: str) -> Path:
    path = folder / "staff.yaml"
    path.write_text(text, encoding="utf-8")
    return path


# -- hashes ----------------------------------------------------------------------------------------


@settings(max_examples=10, deadline=None)
@given(pin=st.text("0123456789", min_size=4, max_size=12), wrong=st.text("0123456789", max_size=12))
def test_a_hash_knows_its_pin_and_no_other(pin: str, wrong: str) -> None:
    read = read_hash(str(hash_pin(pin)))

    assert read.matches(pin)
    assert read.matches(wrong) == (wrong == pin)


def test_equal_pins_have_different_hashes() -> None:
    assert str(hash_pin("314152")) != HASHES["314152"]


def test_a_hash_does_not_hold_the_pin() -> None:
    assert "314152" not in HASHES["314152"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "damaged"),
        ("314152", "this is a PIN, not its hash"),
        (HASHES["314152"][:-1], "damaged"),
        (HASHES["314152"].replace("scrypt", "md5"), "damaged"),
        (HASHES["314152"].replace("$12$", "$31$"), "too costly"),
        (HASHES["314152"].replace("$12$", "$1$"), "too cheap"),
        (HASHES["314152"].replace("$8$1$", "$9$1$"), "too costly"),
    ],
)
def test_a_hash_that_is_none_is_refused(text: str, what: str) -> None:
    with pytest.raises(StaffError, match=what):
        read_hash(text)


@pytest.mark.parametrize(
    ("pin", "keys", "reason"),
    [
        ("314152", 5, None),
        ("907152", None, None),
        ("907152", 5, "only the digits 1 to 5"),
        ("31415", None, "has 5 digits, staff.pin_digits wants 6"),
        ("555555", None, "one digit over and over"),
        ("123456", None, "counts up or down"),
        ("987654", None, "counts up or down"),
        ("31415a", None, "digits only"),
        ("٣١٤١٥٢", None, "digits only"),
        ("", None, "digits only"),
    ],
)
def test_a_pin_that_is_easily_guessed_is_refused(
    pin: str, keys: int | None, reason: str | None
) -> None:
    told = weakness(pin, digits=6, keys=keys)

    assert told is None if reason is None else reason in str(told)


# -- the command -----------------------------------------------------------------------------------


def test_the_command_prints_a_hash_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("314152\n"))

    assert main(["staff", "hash", "--keys", "5"]) == 0
    assert read_hash(capsys.readouterr().out.strip()).matches("314152")


def test_the_command_refuses_a_weak_pin(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("1111\n"))

    assert main(["staff", "hash", "--digits", "4"]) == 1
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "the PIN is one digit over and over: take another one\n")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("again", "code"), [("314152", 0), ("314151", 1)])
def test_at_a_terminal_the_pin_is_asked_for_twice(
    monkeypatch: pytest.MonkeyPatch, again: str, code: int
) -> None:
    typed = iter(["314152", again])
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(typed))

    assert main(["staff", "hash"]) == code


# -- the roster ------------------------------------------------------------------------------------


def test_a_pin_by_buttons_finds_its_seller() -> None:
    roster = Roster(sellers=(HERON, WREN))

    assert roster.seller_of("271828") == WREN
    assert roster.seller_of("161803") is None


def test_a_pin_by_page_is_that_of_the_named_seller_only() -> None:
    roster = Roster(sellers=(HERON, WREN))

    assert roster.seller_of("314152", name="heron") == HERON
    assert roster.seller_of("314152", name="wren") is None
    assert roster.seller_of("314152", name="stork") is None


def test_a_pin_that_two_have_names_neither_by_buttons() -> None:
    twin = Seller(seller="wren", pin=str(hash_pin("314152")))
    roster = Roster(sellers=(HERON, twin))

    assert roster.seller_of("314152") is None
    assert roster.seller_of("314152", name="wren") == twin


def test_the_example_is_a_roster(repository: Path) -> None:
    roster = load_roster(repository / "config" / "staff.example.yaml")

    assert [s.seller for s in roster.sellers] == ["heron", "wren"]
    assert [s.seller for s in roster.sellers if s.knows("123456")] == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("sellers:\n- {seller: heron, pin: '1234'}\n", ":2: .*this is a PIN, not its hash"),
        (f"sellers:\n- {{seller: Anna, pin: {HASHES['314152']}}}\n", ":2: .*seller"),
        (f"sellers:\n- {{seller: manager, pin: {HASHES['314152']}}}\n", "a word of events"),
        ("sellers: []\n", "sellers"),
        (f"sellers:\n{TWIN}{TWIN}", ":3: .*a stands twice"),
    ],
)
def test_a_bad_roster_is_refused_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigFileError, match=problem):
        load_roster(write(tmp_path, text))


# -- the lock-out ----------------------------------------------------------------------------------


def test_the_lock_out_doubles_with_every_wrong_pin_up_to_an_hour() -> None:
    lockout, now_ms, waits = Lockout(), 0, []
    for _ in range(10):
        lockout.attempt(now_ms)
        waits.append(lockout.remaining_ms(now_ms) // 1000)
        now_ms += lockout.remaining_ms(now_ms)

    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert lockout.failures == 10


def test_no_pin_is_looked_at_while_the_door_is_shut() -> None:
    lockout = Lockout()
    lockout.attempt(0)

    with pytest.raises(StaffError, match="in 30 s"):
        lockout.attempt(0)
    with pytest.raises(StaffError, match="in 1 s"):
        lockout.attempt(29_001)
    lockout.attempt(30_000)
    assert lockout.failures == 2


def test_a_right_pin_opens_the_door_and_is_forgotten() -> None:
    lockout = Lockout()
    lockout.attempt(0)
    lockout.attempt(30_000)
    lockout.succeed()

    assert (lockout.failures, lockout.remaining_ms(30_001)) == (0, 0)
