"""Profiles as they stand, with what a test needs: store, broker, pins and camera of its own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from agent.events.export import events_schema
from tests.kiosk.scene import Centre, Running, until

ROOT = Path(__file__).parents[2]
PROFILES = ROOT / "config/profiles"
LIGHT_OF_GOOD, PIN_OF_GOOD = 21, 19


def write_profile(
    profile: Path, folder: Path, *, port: int, vision: dict[str, Any] | None = None
) -> Path:
    """Write a profile for a broker on `port`; `vision` changes what it names of the camera."""
    settings: dict[str, Any] = yaml.safe_load(profile.read_text("utf-8"))
    settings["store"] = {"path": str(folder / "outbox.db")}
    settings["uplink"] = {"port": port, "reconnect_max_s": 0.2}
    settings["runtime_dir"] = str(folder / "run")
    settings["panel"]["backend"] = "mock"
    settings["screen"] |= {"port": 0}
    settings["vision"] |= vision or {}
    if settings["vision"]["mode"] is False:  # what YAML 1.1 makes of `off`
        settings["vision"]["mode"] = "off"
    settings.setdefault("visit", {})["join_after_leaving_s"] = 0.2
    path = folder / "kiosk.yaml"
    path.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    return path


async def press_good(kiosk: Running) -> None:
    """Press, and let go once the lights have thanked."""
    kiosk.factory.pin(PIN_OF_GOOD).drive_low()
    await until(lambda: kiosk.factory.pin(LIGHT_OF_GOOD).state)
    kiosk.factory.pin(PIN_OF_GOOD).drive_high()


@asynccontextmanager
async def camera_process(config: Path) -> AsyncIterator[None]:
    """Run the real camera process beside a kiosk, with the real models."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "agent", "vision", "-c", str(config), cwd=ROOT
    )
    try:
        yield
    finally:
        process.terminate()
        assert await process.wait() == 0


def validate(centre: Centre) -> None:
    """Hold every event that the centre got against the contract."""
    validator = jsonschema.Draft202012Validator(events_schema())
    for topic, payload, _ in centre.messages:
        if "/event/" in topic:
            validator.validate(payload)
