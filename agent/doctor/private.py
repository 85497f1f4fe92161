"""Checks of what nobody else may read, and of the files that the configuration names."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from agent.config.loading import FORM
from agent.config.named import CREDENTIALS, named_problems
from agent.config.reading import draft
from agent.config.schema import KioskSettings
from agent.doctor.checks import Failed, NotApplicable
from agent.office.certificate import OWN_FILE

# A group of its own may read them: root:smilepost 0640 is how an installer leaves them.
_OTHERS = stat.S_IWGRP | stat.S_IROTH | stat.S_IWOTH


def files(config: Path) -> str:
    """Check everything that `smilepost check` looks into, beside the configuration itself."""
    problems = named_problems(draft(config, form=FORM), config)
    if not problems:
        return "what the configuration names is there and in order"
    more = f" (and {len(problems) - 1} more)" if problems[1:] else ""
    raise Failed(f"{problems[0]}{more}", remedy=f"mend it, then run `smilepost check {config}`")


def private_things(settings: KioskSettings, *, config: Path) -> tuple[Path, ...]:
    """Return passwords, keys, hashes and customers' words: those configured, and the kiosk's own.

    `config` is the configuration's file.
    """
    configured = _configured(settings, config.parent)
    return (*(path for path in configured if path is not None), *_own(settings.store.path))


def _configured(settings: KioskSettings, beside: Path) -> Iterator[Path | None]:
    for broker in (settings.uplink, settings.alerts.broker):
        if broker is not None:
            yield broker.password_file
            yield None if broker.tls is None else broker.tls.key
    yield None if settings.staff.file is None else beside / settings.staff.file
    yield None if settings.office.pins is None else beside / settings.office.pins
    yield settings.office.key
    for camera in settings.vision.ids:
        password = settings.vision.of(camera).password_file
        # What systemd hands to another unit nobody else can look at.
        yield None if password is None or password.is_relative_to(CREDENTIALS) else password


def _own(store: Path) -> Iterator[Path]:
    """Yield what the agent has made by now."""
    folder = store.with_name("feedback")
    made = (store, store.with_name(OWN_FILE), folder)
    yield from (path for path in made if os.access(path, os.F_OK))
    yield from sorted(folder.glob("*"))


def closed(things: Iterable[Path]) -> str:
    """Check that things are closed to others; files and folders that are not there are told."""
    told = {path: _mode(path) for path in things}
    if not told:
        raise NotApplicable("neither a password nor a key is configured")
    if shared := [path for path, mode in told.items() if mode & _OTHERS]:
        shown = ", ".join(f"{path} ({stat.filemode(told[path])})" for path in shared)
        remedy = "; ".join(f"chmod {_wanted(told[path])} {path}" for path in shared)
        raise Failed(f"may be read or written by others: {shown}", remedy=remedy)
    return f"{', '.join(map(str, told))}: closed to others"


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError as error:
        remedy = "run doctor as root or as smilepost-agent; see docs/platform.md"
        raise Failed(f"{path}: {error.strerror}", remedy=remedy) from error


def _wanted(mode: int) -> str:
    return "700" if stat.S_ISDIR(mode) else "640"
