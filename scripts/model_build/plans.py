"""Which nets are trained, and how: the recipe of the net that ships."""

from __future__ import annotations

from model_build.network import Shape
from model_build.training import Plan

STUDENT = Plan(
    name="student-0",
    shape=Shape(widths=(24, 48, 96, 192), blocks=(1, 1, 2, 1)),
    seed=41,
    epochs=44,
)
TEACHERS: tuple[Plan, ...] = ()
TRUST = 0.6
"""How much of a student's labels is the teachers' opinion."""
