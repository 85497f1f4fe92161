"""Outbox: the durable buffer. Nothing is thanked for before it is in here."""

from agent.outbox.eviction import Limits
from agent.outbox.outbox import Outbox
from agent.outbox.rows import Row, State, to_message
from agent.outbox.store import Reader, Settlement
from agent.outbox.work import Errand, Receipt

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
