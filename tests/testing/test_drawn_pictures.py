"""Pictures of the testing kit are what they are said to be."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from agent.screen.media import content_type
from agent.testing.pictures import draw_picture


@pytest.mark.parametrize("size_px", [(16, 9), (800, 480), (1, 1)])
def test_a_picture_has_its_size_and_its_grey(tmp_path: Path, size_px: tuple[int, int]) -> None:
    path = draw_picture(tmp_path / "a.png", grey=70, size_px=size_px)
    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert pixels is not None
    assert pixels.shape[:2] == (size_px[1], size_px[0])
    assert int(pixels.min()) == int(pixels.max()) == 70


def test_a_picture_can_be_in_a_playlist(tmp_path: Path) -> None:
    path = draw_picture(tmp_path / "a.png")
    assert content_type(path.read_bytes()[:16]) == "image/png"
