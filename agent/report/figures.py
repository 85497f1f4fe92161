"""The indices of a day: each share with its interval, suppressed below n = 10. Pure."""

from __future__ import annotations

from agent.indices.contacts import dissatisfied_of_served, response_rate, silent_share
from agent.indices.duration import REACTION, Durations, durations
from agent.indices.index import Index
from agent.indices.satisfaction import class_shares, happy
from agent.indices.smile import expression_shares, smile_index, smiled_share
from agent.report.day import Day, Measured, Presses

_HAPPY_SCALES = (4, 5)


def day_indices(day: Day) -> tuple[Index, ...]:
    """Return every index that can be made of a day, those of its answers first."""
    smiles = (index for measured in day.smiles for index in smile_indices(measured))
    return (*answer_indices(day.presses), *contact_indices(day), *smiles)


def answer_indices(presses: Presses) -> tuple[Index, ...]:
    """Return the shares of the classes and, on one scale of 4 or 5, the Happy Index."""
    shares = class_shares(presses.classes)
    counts = _best_first(presses)
    return (*shares, happy(counts)) if counts else shares


def contact_indices(day: Day) -> tuple[Index, ...]:
    """Return response rate, silent share and bounds of the dissatisfied; none without a counter."""
    if day.contacts is None:
        return ()
    ledger = day.contacts.ledger
    bounds = dissatisfied_of_served(day.contacts.dissatisfied, ledger=ledger)
    return response_rate(ledger), silent_share(ledger), bounds.least, bounds.most


def smile_indices(measured: Measured) -> tuple[Index, ...]:
    """Return the Smile-Index, the share of contacts that smiled, and those of the classes read."""
    smiles = smile_index(measured.sums), smiled_share(measured.sums)
    return (*smiles, *expression_shares(measured.classes))


def reaction(day: Day) -> Durations:
    """Return how soon somebody took on the day's alerts."""
    known = [alert.acknowledged_s for alert in day.alerts if alert.acknowledged_s is not None]
    return durations(known, recipe=REACTION)


def _best_first(presses: Presses) -> list[int]:
    """Return counting presses from the best answer on; nothing where scales were mixed."""
    scales = {key.scale for key in presses.keys}
    if len(scales) != 1 or not scales <= set(_HAPPY_SCALES):
        return []
    (scale,) = scales
    counts = [0] * scale
    for key in presses.keys:
        counts[scale - key.value] += key.counting
    return counts
