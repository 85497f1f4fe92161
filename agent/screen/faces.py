"""The keys of a satisfaction scale: which faces it has, and what stands below them. Pure."""

from __future__ import annotations

from agent.screen.parts import Option
from agent.screen.words import Words

FACES: dict[int, tuple[int, ...]] = {2: (1, 5), 3: (1, 3, 5), 4: (1, 2, 4, 5), 5: (1, 2, 3, 4, 5)}
"""Which of the five faces stand on a scale; four keys have no neutral one."""

LABELS: dict[int, tuple[int, ...]] = {2: (2, 4), 3: (2, 3, 4), 4: (1, 2, 4, 5), 5: (1, 2, 3, 4, 5)}
"""Which of the five labels stand below them; with three keys nobody has to say `very`."""


def faces(keys: tuple[str, ...], *, texts: Words) -> tuple[Option, ...]:
    """Return the faces of a scale whose answers have these ids, from the worst to the best.

    ValueError where there is no scale of so many.
    """
    if len(keys) not in FACES:
        raise ValueError(f"there is no scale of {len(keys)} answers: give it 2 to 5")
    labels = (texts.faces[rank - 1] for rank in LABELS[len(keys)])
    shown = zip(keys, labels, FACES[len(keys)], strict=True)
    return tuple(Option(id=key, label=label, face=face) for key, label, face in shown)
