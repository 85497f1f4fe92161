"""QR codes as vector paths: drawn by the page itself, no picture is fetched. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

import segno

BORDER = 4
"""Blank modules around it; ISO/IEC 18004 asks for four."""


@dataclass(frozen=True, slots=True)
class QrPath:
    """The dark modules of a QR code as one SVG path in units of a module."""

    size: int
    """Modules to a side, the blank border included."""
    path: str
    """The `d` of a `<path>`; fill it dark on light, within `0 0 size size`."""


def qr_path(text: str) -> QrPath:
    """Return the QR code of `text`, with error correction M (15 % may be covered).

    It is tens of milliseconds of work: keep it off the event loop. Raises ValueError for more than
    a code can hold (2,331 bytes).
    """
    code = segno.make_qr(text, error="m", boost_error=False)
    rows = list(code.matrix_iter(border=BORDER))
    path = "".join(_row(row, number) for number, row in enumerate(rows))
    return QrPath(size=len(rows), path=path)


def qr_svg(text: str) -> str:
    """Return the QR code of `text` as one SVG element, black on white, of no size of its own."""
    code = qr_path(text)
    box = f"0 0 {code.size} {code.size}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{code.size}v{code.size}H0z"/>'
        f'<path d="{code.path}"/></svg>'
    )


def _row(row: Iterable[int], number: int) -> str:
    """Return one rectangle for every run of dark modules."""
    parts, column = [], 0
    for dark, run in groupby(row):
        width = len(list(run))
        if dark:
            parts.append(f"M{column} {number}h{width}v1h-{width}z")
        column += width
    return "".join(parts)
