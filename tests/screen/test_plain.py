"""What a display without touch is told to show: the same question, and what the buttons do."""

from __future__ import annotations

import pytest

from agent.screen.parts import PlaylistItem
from agent.screen.render import render
from agent.screen.settings import AttractSettings, ScreenSettings
from agent.screen.views import View
from agent.screen.words import words
from agent.visit.settings import VisitSettings
from agent.visit.stage import Stage
from tests.screen.plain_scenes import plain_question
from tests.screen.scenes import LANGUAGES


def shown(stage: Stage, *, touch: bool, **screen: AttractSettings) -> View:
    return render(
        stage,
        visit=VisitSettings(),
        screen=ScreenSettings(languages=LANGUAGES, touch=touch, attract=screen.get("attract")),
        camera_on=False,
        notice_mode="off",
        answer_keys=("a", "b", "c"),
        playlist=(PlaylistItem(name="a.png", kind="picture", seconds=5.0),),
    )


def test_options_stand_over_their_buttons_with_the_faces_printed_there() -> None:
    view = plain_question("reasons-5")
    assert [use.label for use in view.buttons] == [option.label for option in view.options]
    assert [use.face for use in view.buttons] == [1, 2, 3, 4, 5]
    assert view.hint == words("en").buttons.direct


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_cursor_is_explained_in_every_language(language: str) -> None:
    view = plain_question("nps-3", language=language, cursor="7")
    texts = words(language)
    assert (view.hint, view.cursor) == (texts.buttons.cursor, "7")
    assert [use.face for use in view.buttons] == [1, 3, 5]
    assert [use.label for use in view.buttons] == [
        texts.buttons.left,
        texts.buttons.choose,
        texts.buttons.right,
    ]


def test_any_button_gives_more_time() -> None:
    view = plain_question("still-there-3")
    assert {use.does for use in view.buttons} == {"go_on"}
    assert view.hint == words("en").buttons.any


def test_what_changes_the_rating_still_is_told_to_the_page() -> None:
    assert plain_question("nps-3", after_s=2.0).settles_ms == 2000
    assert plain_question("nps-3").settles_ms == 0


def test_nothing_is_offered_that_needs_a_touch() -> None:
    attract = Stage("attract", 1, "en")
    assert shown(attract, touch=True).languages
    assert shown(attract, touch=False).languages == ()
    assert shown(attract, touch=False).buttons == (), "they are what is printed on them"


def test_the_playlist_invites_to_what_can_be_done_here() -> None:
    attract, folder = Stage("attract", 1, "en"), AttractSettings(folder=".")
    touch, plain = (shown(attract, touch=on, attract=folder).playlist for on in (True, False))
    assert touch is not None
    assert plain is not None
    assert touch.touch == words("en").touch
    assert plain.touch == words("en").hint


def test_an_invitation_has_one_key_in_place_of_the_faces() -> None:
    view = shown(Stage("attract", 1, "de", invites=True), touch=True)
    texts = words("de").invitation
    assert [(option.id, option.label) for option in view.options] == [("begin", texts.begin)]
    assert (view.title, view.hint) == (texts.title, texts.hint)
