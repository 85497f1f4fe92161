"""`smilepost doctor`: every check over one configuration."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from agent.config.loading import Loaded, load
from agent.config.problem import ConfigFileError
from agent.doctor.broker import broker
from agent.doctor.camera import camera, models
from agent.doctor.checks import Check, Level, all_essentials_hold, as_json, as_text, examine
from agent.doctor.clock import clock
from agent.doctor.machine import disk, python, runtime_dir, screen_port
from agent.doctor.office import office
from agent.doctor.pins import pins
from agent.doctor.private import closed, files, private_things
from agent.doctor.storage import commit_time, dead_letters, room_for_blocks, store
from agent.doctor.units import units
from agent.doctor.zones import zones
from agent.uplink.topics import Topics
from agent.vision.settings import VisionSettings
from agent.vision.source import MAIN


def doctor_command(config: Path, *, as_json: bool) -> int:
    """Run every check and print the results.

    Returns the exit code: 0 all essentials hold, 1 the configuration is bad, 3 one fails.
    """
    try:
        loaded = load(config)
    except ConfigFileError as error:
        _print(_configuration_problems(error), json_wanted=as_json)
        return 1
    checks = list(examine_all(loaded))
    _print(checks, json_wanted=as_json)
    return 0 if all_essentials_hold(checks) else 3


def examine_all(loaded: Loaded) -> Iterator[Check]:
    """Run the checks one after the other."""
    yield Check("configuration", "essential", "ok", f"{loaded.path} ({loaded.sha256[:12]})")
    for name, level, look in _plan(loaded):
        yield examine(name, level, look)


def _plan(loaded: Loaded) -> Iterator[tuple[str, Level, Callable[[], str]]]:
    settings = loaded.settings
    database, vision = settings.store.path, settings.vision
    topics = Topics(settings.device.tenant, settings.device.site, settings.device.id)
    page: Level = "advisory" if settings.panel.buttons else "essential"
    yield "python", "essential", python
    yield "pins", "essential", lambda: pins(settings.panel)
    yield "store", "essential", lambda: store(database)
    yield "commit-time", "advisory", lambda: commit_time(database.parent)
    yield "store-blocks", "advisory", lambda: room_for_blocks(database.parent)
    yield "dead-letters", "advisory", lambda: dead_letters(database)
    yield "disk", "essential", lambda: disk(database.parent)
    yield "broker", "essential", lambda: broker(settings.uplink, topics=topics)
    yield "files", "advisory", lambda: files(loaded.path)
    yield (
        "private",
        "advisory",
        lambda: closed(private_things(settings, config=loaded.path)),
    )
    yield from _cameras(vision)
    yield "zones", "advisory", lambda: zones(vision, folder=database.parent)
    yield "models", "essential", lambda: models(vision)
    yield (
        "runtime-dir",
        "advisory",
        lambda: runtime_dir(Path(settings.runtime_dir), needed=vision.mode != "off"),
    )
    yield "screen-port", page, lambda: screen_port(settings.screen)
    yield "office", "advisory", lambda: office(settings, config=loaded.path)
    yield "clock", "advisory", clock


def _cameras(vision: VisionSettings) -> Iterator[tuple[str, Level, Callable[[], str]]]:
    for name in vision.ids:
        check = "camera" if name == MAIN else f"camera:{name}"
        yield check, "essential", partial(camera, vision.of(name))
    yield "camera-units", "advisory", lambda: units(vision)


def _configuration_problems(error: ConfigFileError) -> list[Check]:
    remedy = "mend this line, then run `smilepost check`"
    return [
        Check("configuration", "essential", "failed", str(problem), remedy)
        for problem in error.problems
    ]


def _print(checks: list[Check], *, json_wanted: bool) -> None:
    text = as_json(checks) if json_wanted else as_text(checks, colour=sys.stdout.isatty())
    sys.stdout.write(f"{text}\n")
