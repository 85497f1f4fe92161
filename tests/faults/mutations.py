"""Bytes that are nearly right: what a broken or hostile neighbour would send."""

from __future__ import annotations

import random

from hypothesis import strategies as st

NASTY = (
    b"\x00",
    b"\xff",
    b"\xff\xff\xff\xff",
    b"\n",
    b'"',
    b"{",
    b"[" * 200,
    b"9" * 400,
    b"-1",
    b"",
)
EDITS = ("flip", "cut", "insert", "double", "swap")


def mutate(data: bytes, rng: random.Random) -> bytes:
    """Change a few places of `data`."""
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data) + 1)
        end = min(len(data), at + rng.randrange(1, 20))
        match rng.choice(EDITS):
            case "flip":
                flipped = bytes(byte ^ 1 << rng.randrange(8) for byte in data[at : at + 1])
                data = data[:at] + flipped + data[at + 1 :]
            case "cut":
                data = data[:at] + data[end:]
            case "insert":
                data = data[:at] + rng.choice(NASTY) + data[at:]
            case "double":
                data = data[:end] + data[at:]
            case _:
                other = rng.randrange(len(data) + 1)
                data = data[:at] + data[other : other + 8] + data[at:]
    return data


def mutated(*seeds: bytes) -> st.SearchStrategy[bytes]:
    """One of `seeds`, changed in a few places."""
    numbers = st.integers(0, 1 << 32)
    chosen = st.tuples(st.sampled_from(seeds), numbers)
    return chosen.map(lambda pair: mutate(pair[0], random.Random(pair[1])))
