"""Panel: rating buttons, their lights and the buzzer."""

from agent.panel.panel import Panel, PanelEvents
from agent.panel.pins import pin_factory

__all__ = ["Panel", "PanelEvents", "pin_factory"]
