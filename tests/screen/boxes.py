"""Where things stand on the page, and what is wrong with where they stand."""

from __future__ import annotations

from itertools import combinations
from typing import Any

MM = 133.0 / 25.4
"""CSS pixels per millimetre of the panel that these tests assume."""

# The panels of the field, at 133 dpi: 7 inch, larger ones, and three that stand upright.
PANELS = [
    (800, 480),
    (1024, 600),
    (1920, 1080),
    (720, 1280),
    (1080, 1920),
    (1280, 720),
    (480, 800),
]
# Too small for 20 mm, and of another shape: everything shrinks, nothing is clipped.
ODD_PANELS = [(480, 320), (320, 480), (640, 480), (1024, 768)]
# On these the on-screen keyboard has room for keys of 12 mm; on others it takes what there is.
ROOMY_PANELS = [(1920, 1080), (1280, 720)]

BOXES = """() => {
    const box = (e) => {
        const r = e.getBoundingClientRect();
        return { what: e.dataset?.option ?? e.dataset?.language ?? e.className ?? e.tagName,
                 kind: e.className || e.tagName,
                 left: r.left, top: r.top, right: r.right, bottom: r.bottom };
    };
    const words = (e) => {
        const range = document.createRange();
        range.selectNodeContents(e);
        return { ...box(e), ...box(range), what: e.textContent, kind: "words" };
    };
    const all = (q, f) => [...document.querySelectorAll(q)].map(f);
    return {
        controls: all("button, textarea, input", box),
        faces: all(".face", box),
        texts: all("h1, h2, .hint, .notice span, .low, .high, .farewell p, figcaption", words),
        labels: all("button", (e) => ({ inner: words(e), outer: box(e) })),
    };
}"""

Box = dict[str, Any]


def gap(one: Box, other: Box) -> float:
    """Pixels between two boxes; negative when they overlap."""
    across = max(other["left"] - one["right"], one["left"] - other["right"])
    down = max(other["top"] - one["bottom"], one["top"] - other["bottom"])
    return float(max(across, down))


def clipped(boxes: Box, size_px: tuple[int, int]) -> list[str]:
    """Name everything that is cut off or covers something else."""
    width, height = size_px
    faults = [
        f"{box['what']} leaves the viewport"
        for box in [*boxes["controls"], *boxes["texts"]]
        if min(box["left"], box["top"]) < 0 or box["right"] > width or box["bottom"] > height
    ]
    faults += [
        f"{one['what']} stands {gap(one, other):.1f} px from {other['what']}"
        for one, other in combinations(boxes["controls"], 2)
        if gap(one, other) < 8 - 0.1
    ]
    faults += [
        f"{text['what']} covers {control['what']}"
        for text in boxes["texts"]
        for control in boxes["controls"]
        if gap(text, control) < 0
    ]
    return faults + [
        f"{label['inner']['what']} leaves its key"
        for label in boxes["labels"]
        if not inside(label["inner"], label["outer"])
    ]


def inside(inner: Box, outer: Box) -> bool:
    """Tell whether a box lies in another one (half a pixel of rounding allowed)."""
    starts = all(inner[side] >= outer[side] - 0.5 for side in ("left", "top"))
    ends = all(inner[side] <= outer[side] + 0.5 for side in ("right", "bottom"))
    return starts and ends


def too_small(boxes: Box, *, typing_mm: float = 12.0) -> list[str]:
    """Name every control below its size: 20 mm for answers and reasons, 12 mm for the others.

    `typing_mm` is the size of the on-screen keyboard's keys.
    """
    faults = []
    for box in boxes["controls"]:
        kinds = {"key": 20.0, "hg-button": typing_mm}
        least_mm = kinds.get(box["kind"].split()[0], 12.0)
        size_mm = min(box["right"] - box["left"], box["bottom"] - box["top"]) / MM
        if size_mm < least_mm - 0.05:
            faults.append(f"{box['what']} has {size_mm:.1f} mm of {least_mm} mm")
    return faults
