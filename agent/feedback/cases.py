"""Case numbers that a person can read out, write down and type in again. Pure but for the draw.

Ten characters of Crockford's base 32 (no I, L, O, U): nine of them 45 random bits, so that with ten
thousand open cases a guess hits one in three thousand million; the last one is a check. Read the
characters as elements of the field with 32 elements, and their sum weighted by powers of its
generator is zero: one wrong character or two that changed places always show.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from agent.errors import FeedbackError

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: what could be misread or misheard is left out."""
LENGTH = 10
PATTERN = r"^[0-9A-HJKMNP-TV-Z]{10}$"
MOST_TYPED = 40

_RANDOM_BITS = 5 * (LENGTH - 1)
_MODULUS = 0b100101  # x^5 + x^2 + 1, primitive: its root generates the field
_MISREAD = str.maketrans("OIL", "011", " -\t")


class CaseNumberError(FeedbackError):
    """What was typed is no case number; the text says why."""


def draw_case(bits: Callable[[int], int] = secrets.randbits) -> str:
    """Return a new case number; `bits(n)` gives n random bits, by default the system's own."""
    number = bits(_RANDOM_BITS)
    data = [number >> shift & 31 for shift in range(0, _RANDOM_BITS, 5)]
    return "".join(ALPHABET[value] for value in (*data, _times_root(_weighted(data))))


def read_case(typed: str) -> str:
    """Return the case number that a person typed, as the events write it.

    Small letters, spaces and hyphens are taken; O is read as 0, I and L as 1. Raises
    CaseNumberError for what cannot be one.
    """
    if len(typed) > MOST_TYPED:
        raise CaseNumberError(f"a case number has {LENGTH} characters: check what was pasted")
    case = typed.strip().upper().translate(_MISREAD)
    for character in case:
        if character not in ALPHABET:
            raise CaseNumberError(f"a case number has no {character!r}: look at that place again")
    if len(case) != LENGTH:
        raise CaseNumberError(f"a case number has {LENGTH} characters, not {len(case)}")
    if _weighted([ALPHABET.index(character) for character in case]):
        raise CaseNumberError("the case number has a wrong character: compare it with the note")
    return case


def grouped(case: str) -> str:
    """Return a case number as people read it: `K7M2Q-9XT4D`."""
    return f"{case[:5]}-{case[5:]}"


def _weighted(values: list[int]) -> int:
    total = 0
    for value in values:
        total = _times_root(total) ^ value
    return total


def _times_root(value: int) -> int:
    """Multiply an element of the field by its generator."""
    doubled = value << 1
    return doubled ^ _MODULUS if doubled & 32 else doubled
