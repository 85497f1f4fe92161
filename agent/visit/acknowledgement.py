"""How a customer is told that a press was taken."""

from __future__ import annotations

from typing import Protocol


class Acknowledgement(Protocol):
    """How a person is told; the panel's lights and buzzer, or nothing at all."""

    def wait(self) -> None:
        """Show that something is under way, if it takes long."""
        ...

    def acknowledge(self, *, durable: bool) -> None:
        """Thank, the same for every answer."""
        ...
