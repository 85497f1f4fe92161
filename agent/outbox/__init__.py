"""Outbox: the durable buffer. Nothing is thanked for before it is in here."""

from typing import TYPE_CHECKING

from agent.late import late

if TYPE_CHECKING:
    from agent.outbox.eviction import Limits
    from agent.outbox.outbox import Outbox
    from agent.outbox.rows import Row, State, to_message
    from agent.outbox.store import Reader, Settlement
    from agent.outbox.work import Errand, Receipt
else:
    __getattr__ = late(
        __name__,
        {
            "Limits": "eviction",
            "Outbox": "outbox",
            "Row": "rows",
            "State": "rows",
            "to_message": "rows",
            "Reader": "store",
            "Settlement": "store",
            "Errand": "work",
            "Receipt": "work",
        },
    )

__all__ = [
    "Errand",
    "Limits",
    "Outbox",
    "Reader",
    "Receipt",
    "Row",
    "Settlement",
    "State",
    "to_message",
]
