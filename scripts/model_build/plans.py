"""Which nets are trained, and how: the recipe of the net that ships.

Two nets learn from the votes alone. The one that ships goes on from the smaller of them, and learns
from what both think as much as from the votes.
"""

from __future__ import annotations

from model_build.network import Shape
from model_build.training import Plan

SMALL = Shape(widths=(24, 48, 96, 192), blocks=(1, 1, 2, 1))
LARGE = Shape(widths=(40, 80, 160, 256), blocks=(1, 1, 2, 1))
TEACHERS = (
    Plan(name="student-0", shape=SMALL, seed=41, epochs=44),
    Plan(name="teacher-1", shape=LARGE, seed=31, epochs=24, mixed=0.3),
)
STUDENT = Plan(
    name="student-1", shape=SMALL, seed=61, epochs=28, peak_rate=0.03, begins="student-0"
)
TRUST = 0.6
"""How much of a student's labels is the teachers' opinion."""
