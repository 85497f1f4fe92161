"""Tells whether every video of a playlist gives a picture, in a process of its own.

    python -m agent.demo.first_frame PLAYLIST

Exit code 0, or 1 with the reason on standard output: decoders write what they like to the other.
"""

from __future__ import annotations

import sys
from pathlib import Path

from agent.errors import CameraError
from agent.vision.clips import Clip, parse_playlist


def read_first_frames(playlist: str) -> None:
    """Read one picture of each video. Raises CameraError, which names the one without."""
    for entry in parse_playlist(playlist):
        if isinstance(entry, Path):
            clip = Clip(entry)
            if clip.grab() is None:
                raise CameraError(f"{entry} is a video without a picture: choose another file")
            clip.picture()
            clip.close()


def main(playlist: str) -> int:
    """Check a playlist; returns the exit code."""
    try:
        read_first_frames(playlist)
    except CameraError as error:
        print(error)  # noqa: T201 - the answer to the process that asks
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
