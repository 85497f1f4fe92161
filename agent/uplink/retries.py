"""When something refused, or never confirmed, is tried again. Pure: monotonic time comes in."""

from __future__ import annotations

from dataclasses import dataclass, field

# MQTT 5 reason codes that may pass: unspecified, implementation specific, not authorised (an ACL
# is mended), quota exceeded. An invalid topic, a packet too large or a payload of the wrong format
# stay what they are: only `smilepost outbox replay` tries those again.
PASSING = frozenset({0x80, 0x83, 0x87, 0x97})

FIRST_RETRY_S = 300.0
SUSPECT_ENDS = 3
FIRST_HOLD_S = 1.0
LONGEST_RETRY_S = 6 * 3600.0
LONGEST_RECEIPT_WAIT_S = 86_400.0


@dataclass(slots=True)
class RefusedRetry:
    """Dead letters whose reason may pass: tried again after 5 min, doubling to 6 h.

    The wait doubles from one retry to the next as long as such refusals keep coming; after a retry
    that was followed by none for as long as the next wait, it begins anew.
    """

    wait_s: float = FIRST_RETRY_S
    due_s: float | None = None
    _tried_s: float | None = None

    def refused(self, reason: int, *, now_s: float) -> None:
        """Note a refusal."""
        if reason not in PASSING or self.due_s is not None:
            return
        if self._tried_s is not None and now_s - self._tried_s > self.wait_s:
            self.wait_s = FIRST_RETRY_S
        self.due_s = now_s + self.wait_s

    def take_due(self, now_s: float) -> bool:
        """Tell whether to try again now; told once."""
        if self.due_s is None or now_s < self.due_s:
            return False
        self.due_s, self._tried_s = None, now_s
        self.wait_s = min(LONGEST_RETRY_S, 2.0 * self.wait_s)
        return True


@dataclass(slots=True)
class Suspects:
    """Rows at which the broker ends the connection: passed over for a while, so that others flow.

    A broker should refuse what it cannot take; one that leaves instead would meet the same row
    first at every connection. The row stays pending: after three such ends in a row it is passed
    over for a second, then, at every further one, for twice as long, to 6 h. A bad line that
    looks the same delays a row by little.
    """

    _row: int | None = None
    _ends: int = 0
    _held_until_s: dict[int, float] = field(default_factory=dict)
    _waits_s: dict[int, float] = field(default_factory=dict)

    def ended(self, first: int | None, *, now_s: float) -> bool:
        """Note the end of a connection; tells whether a row is passed over from now on.

        `first` is the row that waited for its answer longest; None where rows were answered.
        """
        self._ends = self._ends + 1 if first is not None and first == self._row else 1
        self._row = first
        if first is None or (self._ends < SUSPECT_ENDS and first not in self._waits_s):
            return False
        wait_s = self._waits_s.get(first, FIRST_HOLD_S)
        self._held_until_s[first] = now_s + wait_s
        self._waits_s[first] = min(LONGEST_RETRY_S, 2.0 * wait_s)
        self._row = None
        return True

    def answered(self, position: int) -> None:
        """Note that the broker has answered a row, whatever it said."""
        self._waits_s.pop(position, None)

    def holds(self, position: int) -> bool:
        """Whether a row is passed over."""
        return position in self._held_until_s

    def take_due(self, now_s: float) -> bool:
        """Let rows go whose wait is over; tells whether there were any."""
        due = [position for position, until_s in self._held_until_s.items() if now_s >= until_s]
        for position in due:
            del self._held_until_s[position]
        return bool(due)


@dataclass(slots=True)
class ReceiptWait:
    """Rows the broker has and the centre has not confirmed: sent again after `base_s`.

    A row waits at least `base_s` and less than twice that. The wait doubles, to a day at most, each
    time rows had to go back and nothing at all was confirmed meanwhile: a centre that knows no
    receipts is not flooded. Where no row had to, silence means nothing.
    """

    base_s: float
    wait_s: float = 0.0
    mark: int | None = None
    """Every row up to here was settled when the wait began; None while nothing waits."""
    due_s: float = 0.0
    _newest: int = -1
    _confirmed: bool = False
    _silent: bool = False
    """Nothing was confirmed while the mark waited that was taken last, nor since."""

    def __post_init__(self) -> None:
        self.wait_s = self.wait_s or self.base_s

    def acknowledged(self, position: int, *, watermark: int, now_s: float) -> None:
        """Note that the broker has acknowledged a row; all up to `watermark` is settled.

        The row itself may be above it for a while: it then waits for the next mark.
        """
        self._newest = max(self._newest, position)
        if self.mark is None:
            self._begin(watermark, now_s)

    def confirmed(self, now_s: float) -> None:
        """Note that the centre has confirmed something."""
        self._confirmed, self._silent, self.wait_s = True, False, self.base_s
        self.due_s = min(self.due_s, now_s + self.base_s)

    def take_due(self, watermark: int, *, now_s: float) -> int | None:
        """Return the mark up to which unconfirmed rows are sent again now; told once."""
        if self.mark is None or now_s < self.due_s:
            return None
        mark, self.mark = self.mark, None
        self._silent, self._confirmed = not self._confirmed, False
        if mark < self._newest:
            self._begin(watermark, now_s)
        return mark

    def went_back(self, rows: int) -> bool:
        """Learn how many rows up to that mark were unconfirmed; tells whether all was silent."""
        silent, self._silent = self._silent and rows > 0, False
        if silent:
            longer_s = min(max(self.base_s, LONGEST_RECEIPT_WAIT_S), 2.0 * self.wait_s)
            self.due_s += longer_s - self.wait_s
            self.wait_s = longer_s
        return silent

    def _begin(self, watermark: int, now_s: float) -> None:
        self.mark, self.due_s = watermark, now_s + self.wait_s
