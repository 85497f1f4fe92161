"""The guest's kiosk.yaml."""

from __future__ import annotations

import json

from virtual_pi.guest import HOST_ADDRESS
from virtual_pi.wiring import BUTTONS, BUZZER, LIGHTS

CAMERA = {
    "mode": "presence",
    "source": "0",
    "width": 640,
    "height": 360,
    "fps": 1,
    "capture_timeout_s": 20,
    "notice": {"shown": "printed", "attested_by": "the bench", "attested_on": "2026-11-01"},
}


def kiosk_yaml(*, port: int, camera: bool = False) -> str:
    """Return the settings of a kiosk with three buttons and a broker on the host's loopback.

    JSON is YAML, too.
    """
    settings: dict[str, object] = {
        "device": {"tenant": "bench", "site": "desk", "id": "virtual-pi"},
        "uplink": {"host": HOST_ADDRESS, "port": port, "reconnect_max_s": 2},
        "panel": {
            "backend": "lgpio",
            "buttons": [{"id": k, "pin": BUTTONS[k], "light": LIGHTS[k]} for k in BUTTONS],
            "buzzer": BUZZER,
        },
        "visit": {"scale": len(BUTTONS)},
        "screen": {"enabled": False},
    }
    if camera:
        settings["vision"] = CAMERA
    return json.dumps(settings, indent=2) + "\n"
