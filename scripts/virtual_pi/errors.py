"""What can go wrong around the guest."""

from __future__ import annotations

from agent.errors import SmilepostError


class VirtualPiError(SmilepostError, RuntimeError):
    """The guest cannot be built, started or understood."""


class MissingToolError(VirtualPiError):
    """A program of the host is not installed; the text names its package."""


class GuestError(VirtualPiError):
    """The guest did not do in time what it should; the text names its log."""
