"""Long lists of keys, written as ranges by epoch."""

from __future__ import annotations

from collections.abc import Iterable

from agent.events.catalogue import Stretches


def stretches(keys: Iterable[tuple[str, int]]) -> Stretches:
    """Join (epoch id, sequence) pairs, in order, to stretches by epoch, both ends included."""
    found: dict[str, list[tuple[int, int]]] = {}
    for epoch, sequence in keys:
        known = found.setdefault(epoch, [])
        if known and known[-1][1] == sequence - 1:
            known[-1] = (known[-1][0], sequence)
        else:
            known.append((sequence, sequence))
    return {epoch: tuple(known) for epoch, known in found.items()}
