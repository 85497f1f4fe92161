"""What the kernel knows about its own clock.

The kernel's word counts, not the file that systemd-timesyncd leaves. The file says that the clock
was right once; the kernel forgets that it was right the moment somebody sets the clock by hand, and
knows an error that grows with every second no server was asked (adjtimex(2), `maxerror`; at 16 s
it gives up). chrony and ntpd tell the kernel alike. The file decides in one case: with the hardware
clock on local time timesyncd makes the kernel say "not synchronised" although it is.
"""

from __future__ import annotations

import ctypes
import functools
from dataclasses import dataclass
from pathlib import Path

TIMESYNCD_FLAG = Path("/run/systemd/timesync/synchronized")
TIMESYNCD_CLOCK = Path("/var/lib/systemd/timesync/clock")

# Of <linux/timex.h>.
_TIME_ERROR = 5  # what adjtimex returns while the clock is not synchronised
_STA_NANO = 0x2000  # `offset` is in nanoseconds, not microseconds
_PHASE_LIMIT_US = 16_000_000  # NTP_PHASE_LIMIT: with this error the kernel gives up


class Timex(ctypes.Structure):
    """The head of `struct timex` of 64-bit Linux, the same on aarch64 and x86-64, and room."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 208),  # the whole of it has 208 bytes
    )


@dataclass(frozen=True, slots=True)
class Discipline:
    """Whether a time service keeps the wall clock, and how well."""

    synced: bool
    """Whether it is synchronised."""
    error_ms: int
    """How far it may be off, in milliseconds, if it is: known error and what is being slewed."""


def read_discipline(*, flag: Path = TIMESYNCD_FLAG) -> Discipline:
    """Ask the kernel, without changing anything, who keeps its clock and how well."""
    timex = Timex()  # modes = 0: read only
    state: int = _libc().adjtimex(ctypes.byref(timex))
    return judge_kernel(
        state,
        max_error_us=timex.maxerror,
        slewing_ns=timex.offset * (1 if timex.status & _STA_NANO else 1000),
        timesyncd=flag.exists(),
    )


def judge_kernel(state: int, *, max_error_us: int, slewing_ns: int, timesyncd: bool) -> Discipline:
    """Decide what the kernel's answer is worth; `state` is what adjtimex returned."""
    told = 0 <= state < _TIME_ERROR
    denied_for_local_time = timesyncd and state == _TIME_ERROR
    synced = told or (denied_for_local_time and max_error_us < _PHASE_LIMIT_US)
    error_ms = -(-max_error_us // 1000) - (-abs(slewing_ns) // 1_000_000)
    return Discipline(synced, error_ms)


def kernel_synced() -> bool:
    """Tell whether a time service has synchronised the kernel's clock."""
    return read_discipline().synced


@functools.cache  # opening it takes ten times as long as the question itself
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
