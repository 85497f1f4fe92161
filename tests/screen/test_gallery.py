"""The gallery shows every screen the page can show, and is what scripts/screens would draw."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from agent.screen.views import ScreenName
from tests.screen.samples import KINDS
from tests.screen.scenes import LANGUAGES, SCREENS
from tests.screen.sheets import SHEETS, document, view_of

DOCS = Path(__file__).resolve().parents[2] / "docs"
MOST_BYTES = 4_000_000


def test_every_kind_of_screen_has_a_sheet_in_five_languages() -> None:
    drawn = {
        (view_of(tile, revision=1).screen, tile.language)
        for sheet in SHEETS
        for tile in sheet.tiles
    }
    assert drawn >= {(name, code) for name in get_args(ScreenName) for code in LANGUAGES}


def test_every_screen_of_the_tests_is_drawn() -> None:
    assert {tile.screen for sheet in SHEETS for tile in sheet.tiles} >= {*SCREENS, *KINDS}


def test_large_text_and_strong_contrast_stand_beside_the_usual() -> None:
    for sheet in SHEETS[:3]:
        looks = [view_of(tile, revision=1).look for tile in sheet.tiles]
        assert len({look.model_dump_json() for look in looks if look}) == 2, sheet.name


def test_the_document_is_what_the_script_writes() -> None:
    written = (DOCS / "screens.md").read_text(encoding="utf-8")
    assert written == document(), "run scripts/screens"


def test_every_picture_is_there_and_shown() -> None:
    shown = re.findall(r"\(screens/([a-z-]+\.webp)\)", document())
    assert len(shown) == len(set(shown)) == len(SHEETS)
    for name in shown:
        head = (DOCS / "screens" / name).read_bytes()[:12]
        assert (head[:4], head[8:]) == (b"RIFF", b"WEBP"), name


def test_no_picture_lies_about_that_no_document_shows() -> None:
    documents = [DOCS.parent / "README.md", *DOCS.glob("*.md")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in documents)
    assert [path.name for path in (DOCS / "screens").iterdir() if path.name not in text] == []


def test_every_sheet_says_what_its_screen_is_for() -> None:
    for sheet in SHEETS:
        assert sheet.purpose.endswith("."), sheet.name
        assert "\n" not in sheet.purpose


def test_all_pictures_together_are_small() -> None:
    assert sum(path.stat().st_size for path in (DOCS / "screens").iterdir()) < MOST_BYTES
