"""The company's own pictures and videos: what may be shown, and how it is served.

A file is known by its first bytes, never by its ending, and served only while it still is what it
was when the folder was read: a plain file of that kind in that folder.
"""

from __future__ import annotations

import logging
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from agent.screen.parts import PlaylistItem
from agent.screen.settings import AttractSettings

log = logging.getLogger(__name__)

MOST_ITEMS = 50
MOST_BYTES = {"picture": 20_000_000, "video": 500_000_000}
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
HEAD_BYTES = 16


@dataclass(frozen=True, slots=True)
class Medium:
    """One file that can be shown."""

    path: Path
    content_type: str

    @property
    def kind(self) -> str:
        """`picture` or `video`."""
        return "video" if self.content_type.startswith("video/") else "picture"


def content_type(head: bytes) -> str | None:
    """Tell the type of a file by its first 16 bytes; None when it is none that is shown."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return "video/mp4"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm"
    return None


def examine(path: Path) -> Medium | str:
    """Return what `path` holds, or in one line why it cannot be shown."""
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            return f"{path} is no plain file: copy the picture itself there"
        with path.open("rb") as file:
            found = content_type(file.read(HEAD_BYTES))
    except OSError as error:
        return f"{path} cannot be read ({error.strerror}): check its permissions"
    if found is None:
        return f"{path} is no JPEG, PNG, WebP, MP4 or WebM: convert it"
    medium = Medium(path, found)
    if status.st_size > MOST_BYTES[medium.kind]:
        most_mb = MOST_BYTES[medium.kind] // 1_000_000
        return f"{path} has {status.st_size} bytes: at most {most_mb} MB are shown"
    return medium


def looked_through(folder: Path) -> Iterator[Medium | str]:
    """Yield what a playlist's folder holds, and one line for everything that is left out."""
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        yield f"screen.attract.folder {folder} cannot be read: {error.strerror}"
        return
    for path in paths[:MOST_ITEMS]:
        named = NAME.fullmatch(path.name)
        yield examine(path) if named else f"{path.name!r}: name it with letters, digits, . _ - only"
    if len(paths) > MOST_ITEMS:
        yield f"{folder} holds {len(paths)} files: the first {MOST_ITEMS} are shown"


class Shelf:
    """The playlist's folder. `read` it, then `items` say what to show and `get` serves it."""

    def __init__(self, settings: AttractSettings | None) -> None:
        self._settings = settings
        self._media: dict[str, Medium] = {}

    @property
    def items(self) -> tuple[PlaylistItem, ...]:
        """What can be shown, in the order of the names; empty before `read`."""
        return tuple(self._item(name, medium) for name, medium in self._media.items())

    def read(self) -> None:
        """Look through the folder; what cannot be shown is logged and left out."""
        self._media = dict(self._found())

    def _found(self) -> Iterator[tuple[str, Medium]]:
        if self._settings is None:
            return
        for found in looked_through(Path(self._settings.folder)):
            if isinstance(found, Medium):
                yield found.path.name, found
            else:
                log.warning("left out of the playlist: %s", found)

    def _item(self, name: str, medium: Medium) -> PlaylistItem:
        settings = self._settings or AttractSettings(folder=".")
        seconds = settings.video_max_s if medium.kind == "video" else settings.seconds
        return PlaylistItem.model_validate({"name": name, "kind": medium.kind, "seconds": seconds})

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Serve one file of the playlist (404 for everything else)."""
        return serve(self._media.get(request.match_info["name"]))


def serve(medium: Medium | None) -> web.StreamResponse:
    """Answer with the file, if it still is what it was; HTTPNotFound otherwise."""
    if medium is None or examine(medium.path) != medium:
        raise web.HTTPNotFound
    return web.FileResponse(medium.path, headers={"Content-Type": medium.content_type})


def logo(path: str | None) -> Medium | None:
    """Return the theme's logo; None, and a line in the log, where it is no picture."""
    if path is None:
        return None
    found = picture(Path(path))
    if isinstance(found, Medium):
        return found
    log.warning("screen.theme.logo: %s", found)
    return None


def picture(path: Path) -> Medium | str:
    """Return the picture that `path` holds, or in one line why there is none to show."""
    found = examine(path)
    is_video = isinstance(found, Medium) and found.kind != "picture"
    return f"{path} is a video: use a picture" if is_video else found
