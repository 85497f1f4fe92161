"""Events: the catalogue, the envelope, and their export as JSON Schema."""

from agent.events.catalogue import CATALOGUE, EventData
from agent.events.envelope import Envelope, event_id
from agent.events.messages import PresenceState, Status

__all__ = ["CATALOGUE", "Envelope", "EventData", "PresenceState", "Status", "event_id"]
