"""A profile that wants something of its owner, as it is once they have said it."""

from __future__ import annotations

from pathlib import Path

MARK = "# fill in"


def filled_in(profile: Path, folder: Path, *, leave_out: str = "none of them") -> Path:
    """Write a copy in which the lines marked "fill in" stand, but for one; returns its path."""
    lines = profile.read_text("utf-8").splitlines()
    filled = [
        line.replace("# ", "", 1) if line.endswith(MARK) and leave_out not in line else line
        for line in lines
    ]
    path = folder / f"filled-in-{profile.name}"
    path.write_text("\n".join(filled) + "\n", encoding="utf-8")
    return path
