"""How checks are run and shown."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.doctor.checks import (
    Check,
    Failed,
    NotApplicable,
    all_essentials_hold,
    as_json,
    as_text,
    examine,
)
from agent.errors import StoreError

GOOD = Check("disk", "essential", "ok", "900 MB free")
BAD = Check("pins", "essential", "failed", "no pins", "use a Raspberry Pi")
LATE = Check("clock", "advisory", "failed", "not synchronised", "connect it")
NONE = Check("camera", "essential", "not_applicable", "mode off")


def raising(error: Exception) -> str:
    raise error


def test_a_fact_is_a_check_that_holds() -> None:
    assert examine("disk", "essential", lambda: "900 MB free") == GOOD


def test_a_verdict_brings_its_remedy() -> None:
    error = Failed("no pins", remedy="use a Raspberry Pi")
    assert examine("pins", "essential", lambda: raising(error)) == BAD


def test_what_nobody_asked_for_is_not_applicable() -> None:
    assert examine("camera", "essential", lambda: raising(NotApplicable("mode off"))) == NONE


def test_an_error_of_our_own_is_a_failure_with_its_text() -> None:
    check = examine("store", "essential", lambda: raising(StoreError("no room")))
    assert (check.state, check.fact) == ("failed", "no room")


def test_a_check_that_breaks_is_a_failure_and_stops_no_other() -> None:
    check = examine("store", "advisory", lambda: raising(ZeroDivisionError("oops")))
    assert (check.state, check.level) == ("failed", "advisory")
    assert check.fact == "the check itself broke: ZeroDivisionError: oops"


def test_only_a_failed_essential_is_a_failure_of_the_kiosk() -> None:
    assert all_essentials_hold([GOOD, LATE, NONE])
    assert not all_essentials_hold([GOOD, BAD])


def test_json_names_every_field() -> None:
    assert json.loads(as_json([BAD, GOOD])) == {
        "checks": [
            {
                "id": "pins",
                "level": "essential",
                "state": "failed",
                "fact": "no pins",
                "remedy": "use a Raspberry Pi",
            },
            {
                "id": "disk",
                "level": "essential",
                "state": "ok",
                "fact": "900 MB free",
                "remedy": "",
            },
        ],
        "ok": False,
    }


def test_people_see_a_sign_a_name_a_fact_and_a_remedy() -> None:
    assert as_text([GOOD, BAD, LATE, NONE], colour=False).splitlines() == [
        "✓ disk    900 MB free",
        "✗ pins    no pins",
        "          -> use a Raspberry Pi",
        "! clock   not synchronised",
        "          -> connect it",
        "- camera  mode off",
    ]


def test_ticks_are_green_on_a_terminal_and_plain_in_a_file() -> None:
    assert as_text([GOOD], colour=True).startswith("\x1b[32m✓\x1b[0m disk")
    assert "\x1b" not in as_text([GOOD, BAD, LATE, NONE], colour=False)


@pytest.mark.parametrize(("check", "code"), [(BAD, "31"), (LATE, "33"), (NONE, "90")])
def test_each_state_has_its_colour(check: Check, code: str) -> None:
    assert as_text([check], colour=True).startswith(f"\x1b[{code}m")


_CHECKS = st.lists(
    st.builds(
        Check,
        st.text("abc", min_size=1, max_size=5),
        st.sampled_from(["essential", "advisory"]),
        st.sampled_from(["ok", "failed", "not_applicable"]),
        st.text(max_size=9),
    ),
    max_size=6,
)


@given(_CHECKS)
def test_the_json_verdict_agrees_with_its_own_checks(checks: list[Check]) -> None:
    shown = json.loads(as_json(checks))
    essentials = [c for c in shown["checks"] if c["level"] == "essential"]
    assert shown["ok"] == all(c["state"] != "failed" for c in essentials)
    assert len(shown["checks"]) == len(checks)
