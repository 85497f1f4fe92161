"""`smilepost look VIDEO`: the vision pipeline over a file, for trying a place or a camera out.

Everything is computed and shown on this machine; nothing is stored or sent.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
from rich.console import Console
from rich.table import Table

from agent.errors import CameraError
from agent.memory import resident_mb
from agent.vision.clips import Clip, sampled
from agent.vision.measurement import Measured
from agent.vision.nets import open_nets
from agent.vision.pipeline import Departure, Pipeline
from agent.vision.settings import VisionSettings
from agent.vision.source import is_recording
from agent.vision.stages import Share, Stopwatch, shares


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of face time by perceived class; they add up to 1."""

    positive: float
    neutral: float
    negative: float


@dataclass(frozen=True, slots=True)
class ContactReport:
    """One contact. Times in seconds of the video."""

    start: float
    end: float
    dwell_s: float
    smile_share: float
    """Seconds smiled over seconds the face was seen."""
    expression: Shares | None
    """Absent when no expression could be read."""


@dataclass(frozen=True, slots=True)
class LookReport:
    """What a video showed, and what looking cost."""

    contacts: tuple[ContactReport, ...]
    frames: int
    """Frames looked at."""
    seconds: float
    """Length of the video."""
    cpu_ms_per_frame: float
    """Of mask, motion gate, detection, tracking and expression; decoding is not counted."""
    resident_mb: float
    """Memory of this process at its end, in megabytes (10^6 bytes)."""
    stages: tuple[Share, ...]
    """What each stage took, decoding too."""


def look(video: Path, settings: VisionSettings) -> LookReport:
    """Run the pipeline over a video file at `settings.fps` frames a second of its time.

    Zones, sizes and times of `settings` hold; expression is always read, because nothing leaves.
    Raises `CameraError` when the file is not a video, `ModelError` when the models are not there.
    """
    cv2.setNumThreads(1)
    stopwatch = Stopwatch()
    clip = Clip(video)
    nets = open_nets(settings.models, far=settings.far, stages=stopwatch)
    pipeline = Pipeline(
        settings,
        detect=nets.detector,
        threshold=nets.detector.threshold,
        read=nets.reader,
        search=nets.search,
        stages=stopwatch,
    )
    left: list[Departure] = []
    frames, cpu_s = 0, 0.0
    for at_s, picture in sampled(clip, fps=settings.fps, stages=stopwatch):
        began_s = time.thread_time()
        looked = pipeline.look(picture, at_s=at_s)
        cpu_s += time.thread_time() - began_s
        frames += 1
        left.extend(looked.left)
    left.extend(pipeline.close())
    clip.close()
    return LookReport(
        contacts=tuple(sorted(map(_contact, left), key=lambda contact: contact.start)),
        frames=frames,
        seconds=round(clip.seconds, 3),
        cpu_ms_per_frame=round(1000 * cpu_s / max(1, frames), 3),
        resident_mb=resident_mb(),
        stages=shares(stopwatch, frames=frames, looking_s=cpu_s),
    )


def look_command(video: str, *, as_json: bool) -> int:
    """Print what a video shows, as a table or as JSON. Returns the exit code.

    Raises `CameraError` for a camera, too, and what `look` raises.
    """
    if not is_recording(video):
        raise CameraError(
            f"`{video}` is a camera, and a video FILE is wanted: `smilepost emoscope` shows cameras"
        )
    report = look(Path(video), VisionSettings())
    if as_json:
        print(json.dumps(_plain(report)))  # noqa: T201
    else:
        _print_table(video, report)
    return 0


def _plain(report: LookReport) -> dict[str, Any]:
    return asdict(report) | {"stages": [share._asdict() for share in report.stages]}


def _contact(departure: Departure) -> ContactReport:
    contact, measured = departure.contact, departure.measured
    return ContactReport(
        start=round(contact.arrived_s, 3),
        end=round(contact.seen_s, 3),
        dwell_s=round(contact.dwell_s, 3),
        smile_share=round(measured.smile_share, 3),
        expression=_shares(measured),
    )


def _shares(measured: Measured) -> Shares | None:
    if measured.face_s <= 0:
        return None
    return Shares(
        positive=round(measured.positive_s / measured.face_s, 3),
        neutral=round(measured.neutral_s / measured.face_s, 3),
        negative=round(measured.negative_s / measured.face_s, 3),
    )


def _print_table(video: str, report: LookReport) -> None:
    contacts = len(report.contacts)
    table = Table(title=f"{contacts} {'contact' if contacts == 1 else 'contacts'} in {video}")
    for heading in ("from s", "to s", "dwell s", "smile", "positive", "neutral", "negative"):
        table.add_column(heading, justify="right")
    for contact in report.contacts:
        table.add_row(*_cells(contact))
    console = Console()
    console.print(table)
    console.print(
        f"{report.frames} frames of {report.seconds:.1f} s looked at,"
        f" {report.cpu_ms_per_frame:.2f} ms CPU a frame. Perceived expression, not felt emotion."
    )
    console.print(_cost_table(report))


def _cost_table(report: LookReport) -> Table:
    title = f"What looking cost, {report.resident_mb:.0f} MB of memory in all"
    table = Table("stage", title=title)
    for heading in ("calls", "ms CPU a call", "ms CPU a frame", "share"):
        table.add_column(heading, justify="right")
    for each in report.stages:
        per_call, per_frame = f"{each.ms_per_call:.2f}", f"{each.ms_per_frame:.2f}"
        table.add_row(each.stage, f"{each.calls:,}", per_call, per_frame, f"{each.share:.0%}")
    return table


def _cells(contact: ContactReport) -> list[str]:
    times = [f"{value:.1f}" for value in (contact.start, contact.end, contact.dwell_s)]
    shares = contact.expression
    levels = (shares.positive, shares.neutral, shares.negative) if shares else ()
    words = [f"{level:.0%}" for level in levels] or ["-", "-", "-"]
    return [*times, f"{contact.smile_share:.0%}", *words]
