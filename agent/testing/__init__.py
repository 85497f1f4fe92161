"""The testing kit: public, so that a user's own tests can use it too."""

from agent.testing.clock import FakeClock

__all__ = ["FakeClock"]
