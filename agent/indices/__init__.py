"""The field's indices as pure formulas: each with its interval, its n and what n is counted of."""

from agent.indices.classes import Classes, classify, tally
from agent.indices.contacts import (
    Bounds,
    Ledger,
    dissatisfied_of_served,
    response_rate,
    silent_share,
)
from agent.indices.display import apart, may_compare, may_name_employee
from agent.indices.drivers import drivers
from agent.indices.duration import Durations, durations
from agent.indices.effort import ces, ces_easy
from agent.indices.index import Denominator, FiguresError, Index, Recipe, publish
from agent.indices.interval import Estimate
from agent.indices.loyalty import Camps, camp_shares, camps, nps, womi
from agent.indices.quality import DIMENSIONS, Quality, servperf, servqual, servqual_paired
from agent.indices.satisfaction import class_shares, csat, csi, fcr, happy
from agent.indices.smile import SmileSums, smile_index, smiled_share

__all__ = [
    "DIMENSIONS",
    "Bounds",
    "Camps",
    "Classes",
    "Denominator",
    "Durations",
    "Estimate",
    "FiguresError",
    "Index",
    "Ledger",
    "Quality",
    "Recipe",
    "SmileSums",
    "apart",
    "camp_shares",
    "camps",
    "ces",
    "ces_easy",
    "class_shares",
    "classify",
    "csat",
    "csi",
    "dissatisfied_of_served",
    "drivers",
    "durations",
    "fcr",
    "happy",
    "may_compare",
    "may_name_employee",
    "nps",
    "publish",
    "response_rate",
    "servperf",
    "servqual",
    "servqual_paired",
    "silent_share",
    "smile_index",
    "smiled_share",
    "tally",
    "womi",
]
