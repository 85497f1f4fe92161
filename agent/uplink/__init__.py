"""Uplink: what goes to the central broker, and how surely."""

from typing import TYPE_CHECKING

from agent.late import late

if TYPE_CHECKING:
    from agent.uplink.topics import Topics
    from agent.uplink.uplink import Uplink, UplinkState
else:
    __getattr__ = late(
        __name__,
        {
            "Topics": "topics",
            "Uplink": "uplink",
            "UplinkState": "uplink",
        },
    )

__all__ = ["Topics", "Uplink", "UplinkState"]
