"""What goes first when there is no more room. The order is a promise; this is where it stands.

Delivered rows go before everything else, the oldest first, whatever their class. Then the classes
below, one after the other, the oldest row of a class first. `RECORD` never goes: these few rows
prove what else is missing.
"""

from __future__ import annotations

from typing import Literal

Class = Literal["expression", "contacts", "health", "device", "answers", "record"]

CLASSES: dict[Class, tuple[str, ...]] = {
    "expression": ("expression.measured",),
    "contacts": ("contact.ended", "prompt.shown"),
    "health": ("device.health",),
    "device": ("device.fault", "device.stopped", "notice.shown"),
    "answers": ("rating.given", "rating.amended", "response.given"),
    "record": (
        "device.started",
        "device.gap",
        "clock.corrected",
        "data.purged",
        "data.dropped",
    ),
}
"""Kinds by class, in the order in which the classes are dropped."""


def class_of(kind: str) -> Class:
    """Return the class of a kind of event; what this release does not know goes with answers."""
    return next((name for name, kinds in CLASSES.items() if kind in kinds), "answers")
