"""What the kernel knows about its own clock."""

from __future__ import annotations

import ctypes
import functools

_TIME_ERROR = 5  # <sys/timex.h>: what adjtimex returns while the clock is not synchronised
_TIMEX_BYTES = 256  # struct timex has 208 bytes on 64-bit Linux


def kernel_synced() -> bool:
    """Ask the kernel whether a time service has synchronised its clock."""
    query = ctypes.create_string_buffer(_TIMEX_BYTES)  # modes = 0: read only
    state: int = _libc().adjtimex(query)
    return 0 <= state < _TIME_ERROR


@functools.cache  # opening it takes ten times as long as the question itself
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
