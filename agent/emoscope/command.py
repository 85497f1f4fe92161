"""`smilepost emoscope [SRC]`: a live page, or a recording's figures."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path

from agent.emoscope.export import exported
from agent.emoscope.live import show
from agent.emoscope.options import (
    Options,
    check_report,
    check_source,
    recording,
    vision_settings,
)
from agent.emoscope.page import write_page
from agent.emoscope.recording import Figures, look_through
from agent.emoscope.scope import Tools, open_tools
from agent.emoscope.words import counted
from agent.errors import EmoscopeError
from agent.vision.settings import VisionSettings
from agent.whole import write_whole

READABLE = 0o644
TOLD_EVERY_S = 1.0


def emoscope_command(arguments: argparse.Namespace) -> int:
    """Run it; returns the exit code."""
    options = Options.of(arguments)
    settings = vision_settings(options)
    if options.figures:
        return _figures(options, settings)
    check_source(settings.source)
    return asyncio.run(show(options, settings, open_tools(settings)))


def _figures(options: Options, settings: VisionSettings) -> int:
    video = recording(settings.source)
    if options.report is not None:
        check_report(options.report)
    check_source(settings.source)
    figures = _looked(video, settings, open_tools(settings))
    if options.report is not None:
        _write(options.report, figures)
    if options.as_json:
        print(json.dumps(exported(figures)))  # noqa: T201 - this is the command's output
    return 0


def _looked(video: Path, settings: VisionSettings, tools: Tools) -> Figures:
    progress = ProgressLine()
    figures = look_through(video, settings, tools, progress=progress.at)
    progress.end(figures)
    return figures


def _write(path: Path, figures: Figures) -> None:
    try:
        write_whole(path, write_page(figures).encode(), mode=READABLE)
    except OSError as error:
        raise EmoscopeError(
            f"no report can be written to {path} ({error.strerror}): choose another file"
        ) from error
    print(f"report in {path}", file=sys.stderr)  # noqa: T201 - told to the person at the terminal


class ProgressLine:
    """How far a recording has been looked at, in one line that is written over on a terminal."""

    def __init__(self) -> None:
        self._began_s = time.monotonic()
        self._told_s = self._began_s

    def at(self, seconds: float) -> None:
        """Tell it, once a second."""
        now_s = time.monotonic()
        if now_s - self._told_s < TOLD_EVERY_S:
            return
        self._told_s = now_s
        rate = seconds / (now_s - self._began_s)
        self._tell(
            f"{seconds:.0f} s of the recording looked at, {rate:.0f} times faster", last=False
        )

    def end(self, figures: Figures) -> None:
        """Tell what it came to."""
        self._tell(
            f"{figures.seconds:.0f} s of the recording looked at in {figures.passed_s:.1f} s,"
            f" {figures.times_faster:.0f} times faster;"
            f" {counted(len(figures.stays), 'contact')}",
            last=True,
        )

    def _tell(self, text: str, *, last: bool) -> None:
        terminal = sys.stderr.isatty()
        start = "\r\x1b[K" if terminal else ""
        end = "\n" if last or not terminal else ""
        print(f"{start}{text}", end=end, file=sys.stderr, flush=True)  # noqa: T201
