"""Visit: the rules of one customer's visit, from the press to the thanks."""

from typing import TYPE_CHECKING

from agent.late import late

if TYPE_CHECKING:
    from agent.visit.stage import Stage
    from agent.visit.visit import Visit
else:
    __getattr__ = late(
        __name__,
        {
            "Stage": "stage",
            "Visit": "visit",
        },
    )

__all__ = ["Stage", "Visit"]
