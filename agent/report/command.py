"""`smilepost report`: a day's figures as one HTML file and one CSV file."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path

from agent.config.loading import load_to_run
from agent.config.schema import KioskSettings
from agent.errors import SmilepostError, StoreError
from agent.feedback.hours import site_zone
from agent.outbox.commands.output import refuse_stores, written
from agent.report.asked import asked_of
from agent.report.dating import LocalDay
from agent.report.day import Day
from agent.report.fold import fold
from agent.report.opening import open_hours
from agent.report.page import write_page
from agent.report.reading import read_store
from agent.report.table import write_table
from agent.report.words import words

_SUFFIXES = (".html", ".csv")


class FutureDayError(SmilepostError, ValueError):
    """There is nothing to tell of a day that is still to come."""

    exit_code = 1


def report_command(
    day: date | None, *, config: Path, out: Path, language: str | None = None
) -> int:
    """Write the report of a day, today if none is named; returns 1 if damaged rows were left out.

    `out` is a folder, or the page's file, beside which the table is put; folders that are not there
    are made. `language` is the site's first one where it is None. Raises ConfigFileError,
    LanguageError, NotAStoreError, FutureDayError, and StoreError where it cannot write.
    """
    settings = load_to_run(config).settings
    spoken = words(language or settings.screen.languages[0]).code
    zone = site_zone(settings.site)
    now = datetime.now(tz=zone)
    if day is not None and day > now.date():
        raise FutureDayError(f"{day.isoformat()} is still to come: today is {now:%Y-%m-%d}")
    local = LocalDay(day or now.date(), zone)
    reading = read_store(settings.store.path, local)
    found = fold(reading.messages, day=local.date, zone=zone, missing=reading.missing)
    files = _files(out, settings, local.date)
    for file in files:
        refuse_stores(file, stores=[settings.store.path], config=config)
    _make_folder(files[0].parent)
    _write(found, settings, beside=config.parent, files=files, now=now, language=spoken)
    return _say(files, damaged=reading.damaged)


def _say(files: tuple[Path, Path], *, damaged: int) -> int:
    for file in files:
        sys.stderr.write(f"{file}\n")
    if damaged:
        rows = "1 damaged row was" if damaged == 1 else f"{damaged:,} damaged rows were"
        sys.stderr.write(f"{rows} left out\n")
    return 1 if damaged else 0


def _files(out: Path, settings: KioskSettings, day: date) -> tuple[Path, Path]:
    """Return where the page and the table are put."""
    if out.suffix in _SUFFIXES and not out.is_dir():
        return out.with_suffix(".html"), out.with_suffix(".csv")
    device = settings.device
    name = f"smilepost-{device.site}-{device.id}-{day.isoformat()}"
    return out / f"{name}.html", out / f"{name}.csv"


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be made: {error.strerror}: name another with -o"
        ) from error


def _write(
    day: Day,
    settings: KioskSettings,
    *,
    beside: Path,
    files: tuple[Path, Path],
    now: datetime,
    language: str,
) -> None:
    asked = asked_of(settings, beside=beside)
    opened = open_hours(settings.site, day.local.date)
    page, figures = files
    with written(page) as stream:
        stream.write(write_page(day, made=now, language=language, asked=asked, opened=opened))
    with written(figures) as stream:
        write_table(day, stream, language=language, asked=asked, opened=opened, made=now)
