"""Why somebody at the counter is not obeyed, by a name that pages tell in the reader's language."""

from __future__ import annotations

from typing import Literal

from agent.errors import StaffError

Reason = Literal[
    "locked",
    "nobodys_pin",
    "no_roster",
    "not_open",
    "no_such_action",
    "not_at_the_till",
]


class RefusedError(StaffError):
    """Somebody is not obeyed; the text says why in English, `reason` for a page's own words."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class LockedError(RefusedError):
    """No PIN is looked at for a while, the right one neither."""

    def __init__(self, *, wrong: int, left_ms: int) -> None:
        self.wrong = wrong
        """So many wrong PINs were given."""
        self.left_s = -(-left_ms // 1000)
        """For so long none is looked at."""
        given = "a wrong PIN was" if wrong == 1 else f"{wrong} wrong PINs were"
        super().__init__("locked", f"{given} given: the next one is looked at in {self.left_s} s")
