"""What the customer's page weighs on its way to the browser."""

from __future__ import annotations

import gzip
from pathlib import Path

from agent.bench.figures import Figure
from agent.screen.server import STATIC

LIMIT_KB = 50.0
KEYBOARD = "keyboard.js"
_SERVED = {".css", ".html", ".js", ".svg"}


def page_files(folder: Path = STATIC) -> dict[str, int]:
    """Return the bytes of each of the page's files, compressed as gzip does by default."""
    files = (path for path in folder.iterdir() if path.suffix in _SERVED)
    return {path.name: len(gzip.compress(path.read_bytes())) for path in sorted(files)}


def weigh_page(folder: Path = STATIC) -> list[Figure]:
    """Return the page's size before the on-screen keyboard is asked for, and with it."""
    files = page_files(folder)
    whole = sum(files.values()) / 1000
    first = whole - files[KEYBOARD] / 1000
    return [
        Figure("page, gz, before the keyboard", "kB", first, "limit", LIMIT_KB),
        Figure("page, gz, with the keyboard", "kB", whole),
    ]
