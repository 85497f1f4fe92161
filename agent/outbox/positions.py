"""Which positions were seen, in little memory, and which are missing between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from agent.outbox.rows import SEQUENCE_BITS, SEQUENCE_MASK

Stretch = tuple[int, int]
"""First and last sequence."""

# Sequences are dense, so a byte for each costs far less than an entry of a set.
_CHUNK_BITS = 8
_CHUNK = 1 << _CHUNK_BITS


class Positions:
    """A set of positions."""

    def __init__(self) -> None:
        self._chunks: dict[int, bytearray] = {}

    def __contains__(self, position: int) -> bool:
        chunk = self._chunks.get(position >> _CHUNK_BITS)
        return chunk is not None and chunk[position & (_CHUNK - 1)] == 1

    def add(self, position: int) -> None:
        """Put a position in."""
        key = position >> _CHUNK_BITS
        chunk = self._chunks.get(key)
        if chunk is None:
            chunk = self._chunks[key] = bytearray(_CHUNK)
        chunk[position & (_CHUNK - 1)] = 1

    def stretches(self) -> dict[int, list[Stretch]]:
        """Return the sequences that are in it by number of the epoch, as stretches in order."""
        found: dict[int, list[Stretch]] = {}
        for key in self._chunks:
            found.setdefault(key >> (SEQUENCE_BITS - _CHUNK_BITS), []).extend(self._of_chunk(key))
        return {number: merged(stretches) for number, stretches in found.items()}

    def _of_chunk(self, key: int) -> Iterator[Stretch]:
        chunk = self._chunks[key]
        first = (key << _CHUNK_BITS) & SEQUENCE_MASK
        begin = chunk.find(1)
        while begin >= 0:
            end = chunk.find(0, begin)
            end = _CHUNK if end < 0 else end
            yield first + begin, first + end - 1
            begin = chunk.find(1, end)


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Return stretches in order, those that touch or overlap joined."""
    joined: list[Stretch] = []
    for first, last in sorted(stretches):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


def gaps(stretches: list[Stretch], *, first: int, last: int) -> tuple[Stretch, ...]:
    """Return what ordered stretches leave out between `first` and `last`."""
    ends = [(first - 1, first - 1), *stretches, (last + 1, last + 1)]
    between = ((a[1] + 1, b[0] - 1) for a, b in pairwise(ends))
    return tuple(gap for gap in between if gap[0] <= gap[1])
