"""What every part of a kiosk stands on: who it is, what time it is, and where facts are kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agent import __version__
from agent.clock import SystemClock
from agent.config.loading import Loaded
from agent.config.schema import KioskSettings
from agent.faults import Faults
from agent.feedback.hours import site_zone
from agent.outbox import Limits, Outbox
from agent.uplink import Topics


@dataclass(frozen=True, slots=True)
class Ground:
    """All of it; the parts are given what they need of this."""

    settings: KioskSettings
    config: Path
    """The configuration's file; what it names is relative to its folder."""
    topics: Topics
    clock: SystemClock
    outbox: Outbox
    faults: Faults


def lay_ground(loaded: Loaded, *, clock: SystemClock, crash_point: Callable[[str], None]) -> Ground:
    """Open the store of a configuration; `crash_point` hears of its dangerous moments."""
    device = loaded.settings.device
    topics = Topics(device.tenant, device.site, device.id)
    outbox = Outbox(
        loaded.settings.store.path,
        source=topics.source,
        clock=clock,
        software=__version__,
        config_sha256=loaded.sha256,
        timezone=str(site_zone(loaded.settings.site)),
        limits=_limits(loaded.settings),
        crash_point=crash_point,
    )
    return Ground(loaded.settings, loaded.path, topics, clock, outbox, Faults(outbox.append))


def _limits(settings: KioskSettings) -> Limits:
    store = settings.store
    return Limits(
        quota_bytes=store.quota_mb << 20,
        free_disk_bytes=store.free_disk_mb << 20,
        receipts=settings.uplink.receipts,
    )
