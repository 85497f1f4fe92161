"""A recording's figures for machines."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from agent.emoscope.recording import Figures
from agent.emoscope.series import Bin
from agent.emoscope.stays import Stay
from agent.vision.expression import Expression


def exported(figures: Figures) -> dict[str, Any]:
    """Return the figures as JSON's types. Classes of expression only in mode `emotion`."""
    emotion = figures.mode == "emotion"
    return {
        "recording": figures.name,
        "mode": figures.mode,
        "seconds": round(figures.seconds, 3),
        "contacts": [_stay(stay, emotion=emotion) for stay in figures.stays],
        "dwell_median_s": _rounded(figures.dwell_median_s),
        "most_at_once": figures.most_at_once,
        "face_s": round(figures.face_s, 3),
        "smile_share": _rounded(figures.smile_share),
        "expression": _shares(figures.expression if emotion else None),
        "steps": [_step(each, emotion=emotion) for each in figures.bins],
        "cost": {
            "frames": figures.frames,
            "frames_per_s_wanted": figures.fps,
            "cpu_ms_per_frame": {
                name: round(value, 3) for name, value in asdict(figures.cost).items()
            },
            "times_faster": round(figures.times_faster, 1),
            "resident_mb": figures.resident_mb,
        },
        "models": [{"id": model.id, "sha256": model.sha256} for model in figures.models],
    }


def _stay(stay: Stay, *, emotion: bool) -> dict[str, Any]:
    measured = stay.measured
    face_s = measured.face_s
    level = (
        Expression(
            measured.positive_s / face_s, measured.neutral_s / face_s, measured.negative_s / face_s
        )
        if face_s > 0 and emotion
        else None
    )
    return {
        "number": stay.number,
        "start": round(stay.start_s, 3),
        "end": round(stay.end_s, 3),
        "dwell_s": round(stay.dwell_s, 3),
        "smile_share": round(measured.smile_share, 3) if face_s > 0 else None,
        "expression": _shares(level),
        "smiles": [[round(span.start_s, 2), round(span.end_s, 2)] for span in stay.smiles],
    }


def _step(each: Bin, *, emotion: bool) -> dict[str, Any]:
    return {
        "start": each.start_s,
        "present": each.present,
        "smile": _rounded(each.smile_level),
        "expression": _shares(each.expression if emotion else None),
    }


def _shares(level: Expression | None) -> dict[str, float] | None:
    return None if level is None else {k: round(v, 3) for k, v in asdict(level).items()}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
