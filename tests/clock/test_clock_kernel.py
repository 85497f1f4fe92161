"""What the kernel's answer is worth."""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.clock.kernel import Timex, judge_kernel, kernel_synced, read_discipline

OK, LEAP_AWAITED, TIME_ERROR, REFUSED = 0, 1, 5, -1
GIVEN_UP_US = 16_000_000


def judge(
    state: int, *, max_error_us: int = 1500, slewing_ns: int = 0, timesyncd: bool = False
) -> tuple[bool, int]:
    found = judge_kernel(
        state, max_error_us=max_error_us, slewing_ns=slewing_ns, timesyncd=timesyncd
    )
    return found.synced, found.error_ms


def test_a_kept_clock_is_as_wrong_as_the_kernel_says_rounded_up() -> None:
    assert judge(OK) == (True, 2)


@pytest.mark.parametrize("slewing_ns", [250_000_001, -250_000_001])
def test_what_is_still_being_slewed_is_wrong_by_now(slewing_ns: int) -> None:
    assert judge(OK, slewing_ns=slewing_ns) == (True, 2 + 251)


def test_a_leap_second_ahead_is_no_error() -> None:
    assert judge(LEAP_AWAITED)[0]


def test_a_kernel_that_has_given_up_is_not_synchronised() -> None:
    assert not judge(TIME_ERROR, max_error_us=GIVEN_UP_US)[0]


def test_a_refused_question_is_no_synchronisation() -> None:
    assert not judge(REFUSED, timesyncd=True)[0]


def test_timesyncds_file_alone_proves_nothing() -> None:
    # Setting the clock by hand leaves the file, and the kernel at its largest error.
    assert not judge(TIME_ERROR, max_error_us=GIVEN_UP_US, timesyncd=True)[0]


def test_a_hardware_clock_on_local_time_does_not_deny_timesyncd() -> None:
    assert judge(TIME_ERROR, max_error_us=400_000, timesyncd=True) == (True, 400)
    assert not judge(TIME_ERROR, max_error_us=400_000)[0]


@given(
    state=st.integers(-1, 5),
    max_error_us=st.integers(0, GIVEN_UP_US),
    slewing_ns=st.integers(-500_000_000, 500_000_000),
    timesyncd=st.booleans(),
)
def test_the_error_is_never_told_smaller_than_it_is(
    state: int, max_error_us: int, slewing_ns: int, *, timesyncd: bool
) -> None:
    _, error_ms = judge(
        state, max_error_us=max_error_us, slewing_ns=slewing_ns, timesyncd=timesyncd
    )
    exact_ms = max_error_us / 1e3 + abs(slewing_ns) / 1e6

    assert exact_ms <= error_ms < exact_ms + 2


def test_the_fields_lie_where_64_bit_linux_has_them() -> None:
    places = {name: getattr(Timex, name).offset for name in ("offset", "maxerror", "status")}

    assert places == {"offset": 8, "maxerror": 24, "status": 40}
    assert ctypes.sizeof(Timex) >= 208


def test_this_kernel_answers(tmp_path: Path) -> None:
    found = read_discipline(flag=tmp_path / "absent")

    # Since its start, or since somebody set it, an unkept clock has the largest error there is.
    assert found.synced or found.error_ms >= GIVEN_UP_US // 1000
    assert kernel_synced() == read_discipline().synced
