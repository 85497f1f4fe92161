"""Opens the customer's page on this machine's display, where there is one."""

from __future__ import annotations

import os
import subprocess
import webbrowser
from pathlib import Path
from shutil import which

from agent.demo.ties import tie

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def has_display() -> bool:
    """Tell whether a window could be opened."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def open_page(url: str, *, profile: Path) -> subprocess.Popen[bytes] | None:
    """Open `url` in a window of its own; returns the browser's process if it is ours to end."""
    if not has_display():
        return None
    program = next((path for name in BROWSERS if (path := which(name))), None)
    if program is None:
        webbrowser.open(url)
        return None
    return subprocess.Popen(
        [program, f"--app={url}", f"--user-data-dir={profile}", "--no-first-run"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=tie(),  # noqa: PLW1509 - one system call, which takes no lock
    )
