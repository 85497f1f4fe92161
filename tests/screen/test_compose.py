"""What a survey asks becomes a view: words, numbers, ends, places, and what fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.screen.asked import (
    ContactAsked,
    FacesAsked,
    Parting,
    Place,
    QrCode,
    ScaleAsked,
    TextAsked,
)
from agent.screen.compose import compose
from agent.screen.frame import Frame
from agent.screen.settings import AttractSettings, ScreenSettings, ThemeSettings, contrast
from agent.screen.words import words
from tests.screen.samples import KINDS
from tests.screen.scenes import LANGUAGES, question, view


def frame(language: str = "en") -> Frame:
    return Frame(revision=1, language=language, screen=ScreenSettings(languages=LANGUAGES))


def test_a_scale_has_every_number_between_its_ends() -> None:
    shown = question("nps")
    assert [o.label for o in shown.options] == [str(n) for n in range(11)]
    assert [o.id for o in shown.options] == [o.label for o in shown.options]
    assert all(o.face is None for o in shown.options)


@pytest.mark.parametrize("scale", [3, 4, 5])
def test_faces_in_a_survey_are_those_of_the_rating_numbered_from_the_worst(scale: int) -> None:
    asked = FacesAsked(title="How?", place=Place(topic="q.how"), scale=scale)  # type: ignore[arg-type]
    shown = compose(asked, frame())
    assert shown.screen == "question"
    assert [o.id for o in shown.options] == [str(n) for n in range(1, scale + 1)]
    assert (shown.options[0].face, shown.options[-1].face) == (1, 5)
    assert shown.skip


def test_the_ends_of_a_scale_say_what_they_mean() -> None:
    ends = question("nps").ends
    assert ends is not None
    assert (ends.low, ends.high) == ("Not at all likely", "Extremely likely")


def test_a_question_says_where_it_stands() -> None:
    progress = question("nps", language="de").progress
    assert progress is not None
    assert (progress.step, progress.steps, progress.label) == (2, 5, "2 von 5")


def test_a_question_alone_says_nothing_of_steps() -> None:
    asked = TextAsked(title="Why?", place=Place(topic="why"))
    assert compose(asked, frame()).progress is None


def test_the_way_back_and_the_way_out_are_offered_where_they_exist() -> None:
    shown = compose(TextAsked(title="Why?", place=Place(topic="w", skip=False)), frame())
    assert (shown.back, shown.skip) == (None, None)
    assert (question("text").back, question("text").skip) == ("Back", "Skip")


def test_a_bound_on_several_options_is_told() -> None:
    assert question("multiple").hint == "Choose up to 3."


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_keyboard_begins_with_the_language_of_the_visit(language: str) -> None:
    writing = question("text", language=language).writing
    assert writing is not None
    assert writing.keyboards[0] == language
    assert sorted(writing.keyboards) == sorted(LANGUAGES)


def test_no_question_takes_more_text_than_a_message_holds() -> None:
    shown = compose(TextAsked(title="Why?", place=Place(topic="w"), most_characters=9999), frame())
    assert shown.writing is not None
    assert shown.writing.most_characters == 2000


def test_only_the_wanted_ways_of_contact_are_offered() -> None:
    asked = ContactAsked(title="How?", place=Place(topic="c"), consent="Yes.", by=("email",))
    form = compose(asked, frame()).contact
    assert form is not None
    assert [field.way for field in form.fields] == ["email"]


def test_of_many_cards_two_are_shown_and_three_lines_of_each() -> None:
    parting = Parting(done=("a", "b", "c", "d"), channels=("x",), hours=("y",), questions=("z",))
    shown = compose(parting, frame()).farewell
    assert shown is not None
    assert [card.title for card in shown.cards] == ["You said, we did", "Other ways to reach us"]
    assert shown.cards[0].lines == ("a", "b", "c")


def test_thanks_without_a_case_do_not_speak_of_one() -> None:
    shown = compose(Parting(), frame()).farewell
    assert shown is not None
    assert (shown.case, shown.case_label, shown.cards) == ("", "", ())


def test_a_code_can_only_be_a_drawing() -> None:
    parting = Parting(code=QrCode(path='M0 0"/><script>', modules=29))
    with pytest.raises(ValidationError, match="path"):
        compose(parting, frame())


def test_a_scale_too_long_for_a_row_of_keys_is_refused() -> None:
    asked = ScaleAsked(title="?", place=Place(topic="s"), first=0, last=12, low="a", high="b")
    with pytest.raises(ValidationError, match="options"):
        compose(asked, frame())


@given(kind=st.sampled_from(KINDS), language=st.sampled_from(LANGUAGES))
def test_every_kind_in_every_language_has_its_words_and_its_direction(
    kind: str, language: str
) -> None:
    shown = question(kind, language=language)
    assert shown.title
    assert shown.hint
    assert shown.camera == words(language).camera.presence
    assert shown.direction == ("rtl" if language == "ar" else "ltr")
    assert shown.screen in (kind, "scale", "thanks")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_patterns_of_every_language_name_their_numbers(language: str) -> None:
    texts = words(language)
    assert {"1", "7"} <= set(texts.step.format(step=1, steps=7))
    assert "4" in texts.most_hint.format(most=4)


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#123456", "#123456") == 1.0


@pytest.mark.parametrize(
    ("theme", "reason"),
    [
        ({"ink": "#777777"}, r"ink on paper has a contrast of 4\.\d: .* at least 7"),
        ({"accent": "#f0c000"}, "accent on card has a contrast"),
        ({"paper": "#18212f"}, "ink on paper has a contrast of 1.0"),
        ({"ink": "black"}, "pattern"),
    ],
)
def test_a_theme_that_cannot_be_read_is_refused_with_its_contrast(
    theme: dict[str, str], reason: str
) -> None:
    with pytest.raises(ValidationError, match=reason):
        ThemeSettings.model_validate(theme)


def test_a_dark_theme_is_a_theme() -> None:
    dark = ThemeSettings(paper="#101418", card="#1c232b", ink="#f4f6f8", accent="#8fd3e0")
    look = question("nps", theme=dark).look
    assert look is not None
    assert (look.paper, look.logo) == ("#101418", False)


def test_eight_languages_at_most_are_offered() -> None:
    with pytest.raises(ValidationError, match="at most 8"):
        ScreenSettings(languages=("en",) * 9)


def test_the_playlist_stands_at_attract_alone() -> None:
    with pytest.raises(ValidationError, match="folder"):
        AttractSettings.model_validate({})
    assert all(view(name).playlist is None for name in ("attract", "question", "thanks"))
