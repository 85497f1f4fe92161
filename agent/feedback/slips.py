"""What a customer has sent while their session goes on, on the disk: a power cut takes no words.

One small file for each open session, as it would be filed now: sealed like the event itself. It
goes when the event is kept; what a crash leaves behind is filed at the next start. Should both
happen, the centre gets two events of one case.
"""

from __future__ import annotations

import logging
from pathlib import Path

from pydantic import ValidationError

from agent.events.catalogue import FeedbackLeft
from agent.private import private_folder
from agent.whole import DRAFT, write_whole

log = logging.getLogger(__name__)

SUFFIX = ".slip"
MOST_BYTES = 65_536


class Slips:
    """The files of one folder. Every call waits for the disk: keep it off the event loop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._works = True

    def keep(self, event: FeedbackLeft) -> None:
        """Put what is left so far in place of what was; a disk that refuses is logged once."""
        try:
            self._write(event)
        except OSError as error:
            if self._works:
                log.warning(
                    "%s takes no notes (%s): until a customer is done their words are in memory"
                    " alone, free the disk or mend its rights",
                    self._folder,
                    error.strerror,
                )
            self._works = False

    def drop(self, case: str) -> None:
        """Forget a case: its event is kept."""
        try:
            self._path(case).unlink(missing_ok=True)
        except OSError as error:
            log.warning("a note in %s stays: %s", self._folder, error.strerror)

    def found(self) -> list[FeedbackLeft]:
        """Return what a former run had no time to file; what cannot be read is deleted."""
        if self._folder.is_dir():
            private_folder(self._folder)
        for draft in self._folder.glob(f"*{DRAFT}"):
            draft.unlink(missing_ok=True)
        events = []
        for path in sorted(self._folder.glob(f"*{SUFFIX}")):
            event = _read(path)
            if event is None:
                log.warning("a note in %s was cut short: nothing can be filed of it", self._folder)
                self.drop(path.stem)
            else:
                events.append(event)
        return events

    def _write(self, event: FeedbackLeft) -> None:
        private_folder(self._folder)
        write_whole(self._path(event.case), event.model_dump_json(exclude_none=True).encode())

    def _path(self, case: str) -> Path:
        return self._folder / f"{case}{SUFFIX}"


def _read(path: Path) -> FeedbackLeft | None:
    try:
        with path.open("rb") as file:
            return FeedbackLeft.model_validate_json(file.read(MOST_BYTES))
    except (OSError, ValidationError):
        return None
