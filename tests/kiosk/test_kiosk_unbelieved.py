"""A camera process that says what cannot be true: presses go on, and nobody is invented."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

from agent.testing import LocalBroker
from agent.vision.observations import SOCKET_NAME
from tests.kiosk.scene import Centre, next_permit, running, until

YAML = """
device: {{tenant: acme, site: shop, id: till}}
store: {{path: {folder}/outbox.db}}
uplink: {{port: {port}, reconnect_max_s: 0.2}}
runtime_dir: {folder}/run
panel:
  backend: mock
  buttons: [{{id: bad, pin: 5, light: 12}}, {{id: okay, pin: 6}}, {{id: good, pin: 13}}]
visit: {{scale: 3, join_after_leaving_s: 0.1}}
screen: {{enabled: false}}
vision:
  mode: presence
  source: nothing.mp4
  notice: {{shown: printed, attested_by: manager, attested_on: 2026-01-01}}
"""


async def test_a_lying_camera_process_costs_contacts_and_no_press(
    broker: LocalBroker, tmp_path: Path
) -> None:
    config = tmp_path / "kiosk.yaml"
    config.write_text(YAML.format(folder=tmp_path, port=broker.port), encoding="utf-8")
    centre = Centre(broker.port)
    async with running(config) as till:
        reader, vision = await asyncio.open_unix_connection(tmp_path / "run" / SOCKET_NAME)
        now_ms = int(time.monotonic() * 1000)
        lie = {"kind": "contact_began", "at_ms": 2**53, "contact": "0" * 12, "arrived_ms": 0}
        for line in (
            {"kind": "hello", "protocol": 1, "mode": "presence", "models": {}},
            {"kind": "camera", "at_ms": now_ms, "working": True},
            *[lie | {"contact": f"{number:012x}"} for number in range(50)],
        ):
            vision.write(json.dumps(line).encode() + b"\n")
        assert await next_permit(reader) is True
        assert await next_permit(reader) is False
        await till.tap("good")
        await until(lambda: centre.events("rating.given") and centre.events("device.fault"))
        vision.close()
    await until(lambda: centre.events("device.stopped"))
    centre.close()

    (rating,) = centre.events("rating.given")
    assert (rating["key"], rating["counts"]) == ("good", True)
    assert centre.events("contact.ended") == []
    faults = [fault for fault in centre.events("device.fault") if fault["part"] == "vision"]
    assert [fault["fact"] for fault in faults] == [
        "the camera process is not to be believed: it tells of a time that is still to come"
    ]
