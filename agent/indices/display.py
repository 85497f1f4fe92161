"""When a figure may stand beside another (FORMULAS, Display)."""

from __future__ import annotations

from agent.indices.index import Index

COMPARE_FROM = 30
EMPLOYEE_FROM = 50


def may_compare(*indices: Index) -> bool:
    """Tell whether figures may be set side by side: no n is below 30."""
    return all(not index.suppressed and index.n >= COMPARE_FROM for index in indices)


def may_name_employee(index: Index) -> bool:
    """Tell whether a figure of one employee may be shown: n is at least 50."""
    return not index.suppressed and index.n >= EMPLOYEE_FROM


def apart(one: Index, other: Index) -> bool:
    """Tell whether two figures' intervals do not overlap: only then may the two be ranked."""
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return False
    return one.high < other.low or other.high < one.low
