"""The newest check of each source, in a file beside the store: there whole, or not at all."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from agent.served.calibration import Calibrated, Calibration
from agent.whole import write_whole

log = logging.getLogger(__name__)

FILE = "calibration.json"
MOST_BYTES = 64 << 10


class _Page(BaseModel):
    """What stands in the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    sources: dict[Calibrated, Calibration] = {}


class Book:
    """The checks that are kept in one folder. Reads them when it is made."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._known = dict(self._read().sources)

    def newest(self, source: Calibrated) -> Calibration | None:
        """Return the last check of a source; None where there was none."""
        return self._known.get(source)

    def keep(self, calibration: Calibration) -> None:
        """Put a check in place of the one before, and wait for the disk. Raises OSError."""
        known = {**self._known, calibration.source: calibration}
        page = _Page(sources=known)
        write_whole(self._path, page.model_dump_json(indent=1, exclude_none=True).encode())
        self._known = known

    def _read(self) -> _Page:
        try:
            with self._path.open("rb") as file:
                return _Page.model_validate_json(file.read(MOST_BYTES))
        except FileNotFoundError:
            return _Page()
        except (OSError, ValidationError) as error:
            found = error.strerror if isinstance(error, OSError) else "it is not what was written"
            log.warning(
                "%s cannot be read (%s): no source is calibrated until somebody checks it on"
                " /installer",
                self._path,
                found,
            )
            return _Page()
