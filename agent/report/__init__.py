"""A day's figures from the store's events, as one page and one table."""

from agent.report.day import Day
from agent.report.fold import fold

__all__ = ["Day", "fold"]
