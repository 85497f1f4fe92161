"""Panel: rating buttons, their lights and the buzzer."""

from typing import TYPE_CHECKING

from agent.late import late

if TYPE_CHECKING:
    from agent.panel.panel import Panel, PanelEvents
    from agent.panel.pins import pin_factory
else:
    __getattr__ = late(
        __name__,
        {
            "Panel": "panel",
            "PanelEvents": "panel",
            "pin_factory": "pins",
        },
    )

__all__ = ["Panel", "PanelEvents", "pin_factory"]
