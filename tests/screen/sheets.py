"""The sheets of the gallery: which screens stand on each, and the document that shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agent.screen.parts import PlaylistItem
from agent.screen.views import View
from tests.screen.plain_scenes import CURSORS, PLAIN, plain_question
from tests.screen.scenes import LANGUAGES, SCREENS, question, view

PANEL = (800, 480)
UPRIGHT = (720, 1280)
OWN_NAMES = {"en": "English", "ru": "Русский", "pl": "Polski", "de": "Deutsch", "ar": "العربية"}
POSTER = "poster.png"
"""The one item of the gallery's playlist."""
PLAYLIST = "playlist"
"""What a tile with the playlist calls its screen."""
HELP = "help"
"""What a tile with the key that calls staff calls its screen."""
NO_CAMERA = "no-camera"
"""What a tile calls its screen on which somebody has just closed the camera."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One screen on a sheet, as one customer sees it."""

    screen: str
    language: str = "en"
    size_px: tuple[int, int] = PANEL
    caption: str = ""
    scale: Literal[3, 4, 5] = 5
    large_text: bool = False
    high_contrast: bool = False

    @property
    def title(self) -> str:
        """What stands below it."""
        return self.caption or OWN_NAMES[self.language]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One picture of the gallery: `name`.webp, with a line about what it is for."""

    name: str
    title: str
    purpose: str
    tiles: tuple[Tile, ...]
    columns: int = 2
    zoom: float = 0.62
    """Pixels of the picture for each pixel of the panel."""


def in_every_language(screen: str, title: str, purpose: str) -> Sheet:
    """Show one screen in five languages, and in large text with strong contrast."""
    tiles = [Tile(screen, language) for language in LANGUAGES]
    comfort = Tile(
        screen, caption="large text, strong contrast", large_text=True, high_contrast=True
    )
    return Sheet(screen.replace("_", "-"), title, purpose, (*tiles, comfort))


def faces(scale: Literal[3, 4, 5], language: str) -> Tile:
    """Show the question on a scale of so many faces."""
    caption = f"{scale} faces, {OWN_NAMES[language]}"
    return Tile("attract", language, caption=caption, scale=scale)


SHEETS = (
    in_every_language(
        "attract",
        "The question",
        "Stands while nobody is there. One touch, press or key is a complete answer.",
    ),
    in_every_language(
        "playlist",
        "The playlist",
        "The company's own pictures and videos, where there are some, until somebody comes.",
    ),
    in_every_language(
        "question",
        "Somebody is there",
        "The same question, once a camera counts somebody, in the language they choose.",
    ),
    in_every_language(
        HELP,
        "Calling staff",
        "Between visits, where somebody can hear it: docs/alerts.md says when the key is there.",
    ),
    in_every_language(
        NO_CAMERA,
        "No camera for me",
        "Beside every notice of the camera: touched, it closes for a minute, and the page counts.",
    ),
    Sheet(
        "faces",
        "Three and four faces",
        "Scales of other lengths; a face differs by mouth, position and label, never by colour.",
        (faces(3, "en"), faces(3, "ar"), faces(4, "de"), faces(4, "ru")),
    ),
    in_every_language(
        "reasons",
        "Reasons",
        "Asked behind every answer, good or bad, in one layout; it closes by itself.",
    ),
    in_every_language(
        "nps",
        "Zero to ten",
        "The Net Promoter Score: uncoloured, eleven keys in one row, worded as the index is.",
    ),
    in_every_language(
        "ces", "A scale with two ends", "The effort score, 1 to 7; a keypad answers it as well."
    ),
    in_every_language("choice", "One of several", "Yes or no, or up to six answers."),
    in_every_language(
        "multiple", "Several of several", "Marked, taken back, and sent with one key."
    ),
    in_every_language(
        "text",
        "In the customer's words",
        "With a keyboard that has every letter of the kiosk's languages, and of their own.",
    ),
    in_every_language(
        "contact",
        "A wish for a reply",
        "Phone or e-mail, kept only with the tick; what is mistaken is said before it is sent.",
    ),
    in_every_language(
        "still_there",
        "Still there?",
        "Before an answer in progress closes: any simple action gives more time.",
    ),
    in_every_language("thanks", "Thanks", "After the answer is kept, the same for every answer."),
    in_every_language(
        "farewell",
        "Thanks with a promise",
        "Case number, when the reply comes, a code for the phone, and what was done of late.",
    ),
    in_every_language(
        "out_of_order", "Out of order", "When the kiosk takes no answers, and who does."
    ),
    Sheet(
        "by-hand",
        "A display without touch",
        "What stands over the physical buttons below it: options, a cursor, the ways out.",
        tuple(
            Tile(screen, language, caption=caption, large_text=comfort, high_contrast=comfort)
            for screen, language, caption, comfort in (
                ("reasons-5", "en", "five options over five buttons", False),
                ("nps-3", "de", "a cursor for a longer scale, three buttons", False),
                ("fcr-5", "ru", "two options, back and skip", False),
                ("nps-5", "pl", "a cursor, back and skip, five buttons", False),
                ("begin-5", "ar", "an invitation to a survey", False),
                ("faces-5", "en", "faces, large text, strong contrast", True),
            )
        ),
    ),
    Sheet(
        "upright",
        "Upright panels",
        "The same screens on 720 x 1280.",
        tuple(
            Tile(screen, language, size_px=UPRIGHT)
            for screen, language in (
                ("attract", "en"),
                ("nps", "de"),
                ("multiple", "ar"),
                ("text", "pl"),
                ("contact", "ru"),
                ("farewell", "en"),
            )
        ),
        columns=3,
        zoom=0.46,
    ),
)

_HEAD = """# Screens

Every screen of the customer's page, drawn by `scripts/screens` with the system's Chromium, from the
shop that the tests use: 800 x 480 at 133 dpi unless said. The last tile of a sheet is the same
screen in large text with strong contrast, which a key on the page gives to one customer.

What the pictures show is tested: nothing is clipped or covered, in every language, on the panels
of the field, in usual and large text and in strong contrast, and axe finds nothing
(`tests/screen/test_page_fit.py`; every combination with `SMILEPOST_EVERY_SCREEN=1`).
"""

_TAIL = """## How soon

`smilepost bench visit`, 60 visits with Chromium on two x86-64 cores that other programs kept busy.
A bare page is one key and one WebSocket on aiohttp, shown by the same browser in turn with the
kiosk's; a bare press is a timer of 5 ms (a press is confirmed for so long), write and fsync.
Milliseconds:

| | p50 | p95 | p99 | bare, p50 | aim |
|---|---|---|---|---|---|
| somebody comes: the playlist is gone | 31 | 47 | 83 | 15 | p99 300 |
| press to commit | 8.3 | 15.8 | 24.6 | 6.2 | p99 27.1 here: 5 + 1.5 x fsync p99 |
| commit to light | 0.5 | 3.7 | 15.3 | | p99 5, missed |
| press to painted page | 40 | 56 | 98 | 33 | p95 60 |
| tap to commit of the answer | 23 | 42 | 59 | 14 | |
| tap to painted next screen | 64 | 107 | 125 | 60 | |

The p99 is the slowest of 60 visits, and tells of those other programs as well. The page weighs
20.5 kB before the on-screen keyboard is asked for (aim 50) and 33.4 kB with it, compressed.
"""


def document() -> str:
    """Return docs/screens.md."""
    parts = [
        f"## {sheet.title}\n\n{sheet.purpose}\n\n![{sheet.title}](screens/{sheet.name}.webp)\n"
        for sheet in SHEETS
    ]
    return "\n".join([_HEAD, *parts, _TAIL])


def view_of(tile: Tile, *, revision: int) -> View:
    """Render the view of one tile."""
    screen = "attract" if tile.screen in {PLAYLIST, HELP, NO_CAMERA} else tile.screen
    for name in SCREENS:
        if name == screen:
            return view(
                name,
                revision=revision,
                language=tile.language,
                scale=tile.scale,
                playlist=_PLAYLIST if tile.screen == PLAYLIST else (),
                help_offered=tile.screen == HELP,
                declined_s=48.0 if tile.screen == NO_CAMERA else None,
                large_text=tile.large_text,
                high_contrast=tile.high_contrast,
            )
    if tile.screen in PLAIN:
        return plain_question(
            tile.screen,
            revision=revision,
            language=tile.language,
            cursor=CURSORS.get(tile.screen),
            comfort=tile.large_text,
        )
    return question(
        tile.screen,
        revision=revision,
        language=tile.language,
        large_text=tile.large_text,
        high_contrast=tile.high_contrast,
    )


_PLAYLIST = (PlaylistItem(name=POSTER, kind="picture", seconds=60.0),)
