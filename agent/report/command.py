"""`smilepost report`: a day's figures as one HTML file and one CSV file."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from agent.config.loading import load
from agent.config.schema import KioskSettings
from agent.errors import SmilepostError
from agent.feedback.hours import site_zone
from agent.outbox.commands.output import refuse_stores, written
from agent.report.dating import LocalDay
from agent.report.day import Day
from agent.report.fold import fold
from agent.report.page import write_page
from agent.report.reading import read_store
from agent.report.table import write_table
from agent.report.words import counted


class FutureDayError(SmilepostError, ValueError):
    """There is nothing to tell of a day that is still to come."""

    exit_code = 1


def report_command(day: date | None, *, config: Path, folder: Path) -> int:
    """Write the report of a day, today if none is named; returns 1 if damaged rows were left out.

    Raises ConfigFileError, NotAStoreError, FutureDayError, and StoreError where it cannot write.
    """
    settings = load(config).settings
    zone = site_zone(settings.site)
    now = datetime.now(tz=zone)
    if day is not None and day > now.date():
        raise FutureDayError(f"{day.isoformat()} is still to come: today is {now:%Y-%m-%d}")
    local = LocalDay(day or now.date(), zone)
    reading = read_store(settings.store.path, local)
    found = fold(reading.messages, day=local.date, zone=zone, missing=reading.missing)
    for file in _write(found, settings, config=config, folder=folder, now=now):
        sys.stderr.write(f"{file}\n")
    if reading.damaged:
        rows = counted(reading.damaged, "damaged row was", "damaged rows were")
        sys.stderr.write(f"{rows} left out\n")
    return 1 if reading.damaged else 0


def _write(
    day: Day, settings: KioskSettings, *, config: Path, folder: Path, now: datetime
) -> tuple[Path, Path]:
    device = settings.device
    name = f"smilepost-{device.site}-{device.id}-{day.local.date.isoformat()}"
    page, figures = folder / f"{name}.html", folder / f"{name}.csv"
    for file in (page, figures):
        refuse_stores(file, stores=[settings.store.path], config=config)
    with written(page) as stream:
        stream.write(write_page(day, labels=labels_of(settings), made=now))
    with written(figures) as stream:
        write_table(day, stream)
    return page, figures


def labels_of(settings: KioskSettings) -> Mapping[str, str]:
    """Return the words of the configured reasons: English, or else the kiosk's first language."""
    first = settings.screen.languages[0]
    return {
        reason.id: reason.label.get("en") or reason.label.get(first, reason.id)
        for reason in settings.visit.reasons
    }
