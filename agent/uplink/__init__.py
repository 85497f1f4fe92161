"""Uplink: what goes to the central broker, and how surely."""

from agent.uplink.topics import Topics
from agent.uplink.uplink import Uplink, UplinkState

__all__ = ["Topics", "Uplink", "UplinkState"]
