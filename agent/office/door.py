"""The door of one role: wrong PINs shut it for whoever gave them, many shut it for all. Pure.

Whoever mistypes waits alone. Somebody with many addresses is stopped by the second lock, which
begins to close behind a few wrong PINs of whoever it was.
"""

from __future__ import annotations

from collections import OrderedDict

from agent.staff.lockout import Lockout

FREE_FOR_ALL = 5
"""So many wrong PINs from different places are no sign of somebody who guesses."""
MOST_ADDRESSES = 256


class Door:
    """The attempts to sign in as one role. Monotonic milliseconds."""

    def __init__(self) -> None:
        self._by_address: OrderedDict[str, Lockout] = OrderedDict()
        self._for_all = Lockout()
        self._wrong = 0

    def remaining_ms(self, address: str, now_ms: int) -> int:
        """Return how long no PIN from an address is looked at; 0 when one is."""
        lockout = self._by_address.get(address)
        mine = 0 if lockout is None else lockout.remaining_ms(now_ms)
        return max(mine, self._for_all.remaining_ms(now_ms))

    def attempt(self, address: str, now_ms: int) -> None:
        """Begin to look at a PIN: it is a wrong one until `succeed` says otherwise.

        Raises StaffError while the door is shut.
        """
        if self._for_all.remaining_ms(now_ms):
            self._for_all.attempt(now_ms)  # says how long; the address is not charged for it
        self._lockout_of(address).attempt(now_ms)
        if self._wrong >= FREE_FOR_ALL:
            self._for_all.attempt(now_ms)
        self._wrong += 1

    def succeed(self, address: str) -> None:
        """Note that the PIN was right, and forget the wrong ones."""
        self._by_address.pop(address, None)
        self._for_all.succeed()
        self._wrong = 0

    def _lockout_of(self, address: str) -> Lockout:
        lockout = self._by_address.setdefault(address, Lockout())
        self._by_address.move_to_end(address)
        if len(self._by_address) > MOST_ADDRESSES:
            self._by_address.popitem(last=False)
        return lockout
