"""Folders that are nobody else's to look into, also where a former release left them open."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger(__name__)

OWNER = 0o700
GROUP_PASSES = 0o710
"""Another unit of our group may open what it knows the name of."""
GROUP_LOOKS = 0o750
_FILES = 0o600


def _everything(_name: str) -> bool:
    return True


def private_folder(
    folder: Path, *, mode: int = OWNER, most: int = OWNER, ours: Callable[[str], bool] = _everything
) -> None:
    """Make a folder where there is none; close it, and the files in it, where it is too open.

    `most` is what a folder that exists may allow. One with anything in it whose name is not `ours`
    may be somebody else's, such as /tmp: it is left as it is, and the log says so. Raises OSError
    where the folder cannot be made.
    """
    folder.mkdir(mode=mode, parents=True, exist_ok=True)
    try:
        _close(folder, most, ours)
    except OSError as error:  # what cannot be closed is no reason to count no presses
        log.warning("%s cannot be closed to others: %s", folder, error.strerror)


def _close(folder: Path, most: int, ours: Callable[[str], bool]) -> None:
    entries = list(os.scandir(folder))
    for entry in entries:
        if ours(entry.name) and entry.is_file(follow_symlinks=False):
            _narrow(Path(entry.path), _FILES)
    strangers = sorted(entry.name for entry in entries if not ours(entry.name))
    if not _too_open(folder, most):
        return
    if strangers:
        shown = stat.filemode(folder.stat().st_mode)
        text = "%s is open to others (%s) and not ours alone, %s lies there: choose another folder"
        log.warning(text, folder, shown, strangers[0])
    else:
        _narrow(folder, most)


def _too_open(path: Path, most: int) -> bool:
    return bool(stat.S_IMODE(path.lstat().st_mode) & 0o077 & ~most)


def _narrow(path: Path, most: int) -> None:
    """Take from group and others what `most` does not give them; never from what is another's."""
    if _too_open(path, most) and path.lstat().st_uid == os.geteuid():
        path.chmod(stat.S_IMODE(path.lstat().st_mode) & ~(0o077 & ~most))
