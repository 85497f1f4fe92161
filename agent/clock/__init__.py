"""Time, as far as a machine without a clock battery can know it.

A Raspberry Pi boots with the time of its last shutdown, or with 1970. So every fact carries the
boot id and the monotonic clock, which are always true, and the wall clock only as a label with a
word on how far it can be trusted.
"""

from agent.clock.kernel import kernel_synced
from agent.clock.moment import Clock, Moment, Trust, iso_utc, judge_wall
from agent.clock.release import RELEASE_FLOOR_MS
from agent.clock.system import SystemClock

__all__ = [
    "RELEASE_FLOOR_MS",
    "Clock",
    "Moment",
    "SystemClock",
    "Trust",
    "iso_utc",
    "judge_wall",
    "kernel_synced",
]
