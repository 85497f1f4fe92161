"""Visit: the rules of one customer's visit, from the press to the thanks."""

from agent.visit.stage import Stage
from agent.visit.visit import Visit

__all__ = ["Stage", "Visit"]
