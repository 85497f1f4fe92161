"""What does not work on this device: told once when it comes and once when it goes."""

from __future__ import annotations

import logging
from collections.abc import Callable

from agent.events.catalogue import DeviceFault, EventData

log = logging.getLogger(__name__)

FACT_LENGTH = 300


class Faults:
    """Turns repeated trouble into two events: raised and cleared."""

    def __init__(self, keep: Callable[[EventData], object]) -> None:
        self._keep = keep
        self._raised: set[str] = set()

    @property
    def parts(self) -> frozenset[str]:
        """Parts that do not work now."""
        return frozenset(self._raised)

    def report(self, part: str, fact: str, *, remedy: str = "") -> None:
        """Tell that a part does not work, unless that is known."""
        if part in self._raised:
            return
        self._raised.add(part)
        log.warning("%s: %s", part, fact)
        self._keep(DeviceFault(part=part, state="raised", fact=fact[:FACT_LENGTH], remedy=remedy))

    def clear(self, part: str, fact: str) -> None:
        """Tell that a part works again, if it was known not to."""
        if part in self._raised:
            self._raised.discard(part)
            log.warning("%s: %s", part, fact)
            self._keep(DeviceFault(part=part, state="cleared", fact=fact[:FACT_LENGTH]))
