"""Finds copies: FER2013 has many a photograph twice, in one fold and across its folds.

A copy on both sides of a split lets a net be measured on what it has seen. Copies are often a
pixel off, rescaled or marked, so pictures are compared small and by correlation.
"""

from __future__ import annotations

import cv2
import numpy as np

from model_build.labels import Bytes, Flags, Floats, Numbers

ALIKE = 0.97
"""Correlation of two thumbnails from which they are one photograph (read off pairs by eye)."""
THUMBNAIL = (16, 16)
ROWS = 512


def copied(pictures: Bytes, others: Bytes) -> Flags:
    """Tell which of `pictures` (n) are copies of one of `others`."""
    theirs = _thumbnails(others)
    return np.concatenate([(part @ theirs.T).max(1) > ALIKE for part in _parts(pictures)])


def groups(pictures: Bytes) -> Numbers:
    """Give every picture (n) a number from 0 on, copies of each other the same one."""
    everything = _thumbnails(pictures)
    leader = np.arange(len(pictures))
    for start, part in zip(range(0, len(pictures), ROWS), _parts(pictures), strict=True):
        for one, other in np.argwhere(part @ everything.T > ALIKE):
            _join(leader, start + int(one), int(other))
    roots = np.array([_leader(leader, index) for index in range(len(leader))])
    return np.unique(roots, return_inverse=True)[1].astype(np.intp)


def _parts(pictures: Bytes) -> list[Floats]:
    thumbnails = _thumbnails(pictures)
    return [thumbnails[start : start + ROWS] for start in range(0, len(thumbnails), ROWS)]


def _thumbnails(pictures: Bytes) -> Floats:
    """Return (n, 256) of mean 0 and length 1, whose products are correlations."""
    small = [cv2.resize(picture, THUMBNAIL, interpolation=cv2.INTER_AREA) for picture in pictures]
    flat = np.stack(small).reshape(len(small), -1).astype(np.float32)
    flat -= flat.mean(1, keepdims=True)
    thumbnails: Floats = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-3)
    return thumbnails


def _leader(leader: Numbers, index: int) -> int:
    while leader[index] != index:
        leader[index] = leader[leader[index]]
        index = int(leader[index])
    return index


def _join(leader: Numbers, one: int, other: int) -> None:
    first, second = sorted((_leader(leader, one), _leader(leader, other)))
    leader[second] = first
