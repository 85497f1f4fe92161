"""What does not work on this device: told once when it comes and once when it goes."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable

from agent.events.catalogue import DeviceFault, EventData

log = logging.getLogger(__name__)

FACT_LENGTH = 300
FLAPS = 3
FLAPPING_S = 600.0
QUIET_S = 60.0


class Faults:
    """Turns repeated trouble into two events: raised and cleared.

    A part that comes and goes more than three times in ten minutes stays raised until it has been
    well for a minute (`settle` tells it then), so that a loose plug cannot fill the store.
    """

    def __init__(
        self,
        keep: Callable[[EventData], object],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keep = keep
        self._monotonic = monotonic
        self._raised: dict[str, DeviceFault] = {}
        self._raises_s: dict[str, deque[float]] = {}
        self._well: dict[str, tuple[float, str]] = {}

    @property
    def parts(self) -> frozenset[str]:
        """Parts that are told not to work."""
        return frozenset(self._raised)

    @property
    def open(self) -> tuple[DeviceFault, ...]:
        """What was told of them, by part."""
        return tuple(self._raised[part] for part in sorted(self._raised))

    def report(self, part: str, fact: str, *, remedy: str = "") -> None:
        """Tell that a part does not work, unless that is known."""
        self._well.pop(part, None)
        if part in self._raised:
            return
        told = DeviceFault(part=part, state="raised", fact=fact[:FACT_LENGTH], remedy=remedy)
        self._raised[part] = told
        self._raises_s.setdefault(part, deque(maxlen=FLAPS)).append(self._monotonic())
        log.warning("%s: %s", part, fact)
        self._keep(told)

    def clear(self, part: str, fact: str) -> None:
        """Tell that a part works again, if it was told not to; at once unless it flaps."""
        if part not in self._raised:
            return
        if self._flaps(part):
            self._well.setdefault(part, (self._monotonic(), fact))
        else:
            self._tell_cleared(part, fact)

    def settle(self) -> None:
        """Tell which flapping parts have been well for a minute. Call it now and then."""
        now_s = self._monotonic()
        for part, (since_s, fact) in list(self._well.items()):
            if now_s - since_s >= QUIET_S:
                self._tell_cleared(part, fact)

    def _flaps(self, part: str) -> bool:
        raises_s = self._raises_s[part]
        return len(raises_s) == FLAPS and self._monotonic() - raises_s[0] < FLAPPING_S

    def _tell_cleared(self, part: str, fact: str) -> None:
        self._well.pop(part, None)
        self._raised.pop(part)
        log.warning("%s: %s", part, fact)
        self._keep(DeviceFault(part=part, state="cleared", fact=fact[:FACT_LENGTH]))
