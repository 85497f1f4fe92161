"""Rows of the report's table: how an index and a stretch of time stand in one. Pure."""

from __future__ import annotations

from agent.clock import iso_utc
from agent.indices.index import Index

Line = tuple[object, ...]
"""Values in the order of the table's columns; those at the end may lack."""


def index_row(index: Index, *, count: int | None = None, by: str = "") -> Line:
    """Return an index as a row; its detail says who measured, and where it is suppressed."""
    details = (by, "suppressed" if index.suppressed else "")
    detail = ", ".join(filter(None, details)) or None
    return ("index", index.name, detail, count, *figures(index))


def figures(index: Index) -> Line:
    """Return an index from the column `value` on."""
    recipe = index.recipe
    found = (rounded(index.value), rounded(index.low), rounded(index.high), index.n)
    return (*found, recipe.unit, recipe.denominator, recipe.id, recipe.version)


def rounded(value: float | None) -> float | None:
    """Return a figure with as many digits as anybody needs."""
    return None if value is None else round(value, 6)


def stretch(start_ms: int | None, end_ms: int | None) -> str:
    """Return from when to when, UTC; an unknown end is empty."""
    start, end = ("" if ms is None else iso_utc(ms) for ms in (start_ms, end_ms))
    return f"{start}/{end}"
