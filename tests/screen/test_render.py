"""A stage becomes a view: words, faces, sizes, and the notice of the camera."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import ScreenError
from agent.screen.render import render
from agent.screen.settings import ScreenSettings
from agent.screen.words import FOLDER, words
from agent.vision.settings import Mode
from agent.visit.settings import VisitSettings
from agent.visit.stage import Stage
from tests.screen.scenes import LANGUAGES, REASON_LABELS, SCREENS, Screen, view

CAMERA_MODES: tuple[Mode, ...] = ("presence", "smile", "emotion")


def test_a_five_key_scale_shows_five_faces_from_worst_to_best() -> None:
    assert [o.face for o in view(scale=5).options] == [1, 2, 3, 4, 5]


def test_a_four_key_scale_has_no_neutral_face() -> None:
    assert [o.face for o in view(scale=4).options] == [1, 2, 4, 5]


def test_a_three_key_scale_takes_the_ends_and_the_middle() -> None:
    assert [o.face for o in view(scale=3).options] == [1, 3, 5]


def test_a_face_is_chosen_by_the_id_of_its_button() -> None:
    assert [o.id for o in view(scale=3).options] == ["key_1", "key_2", "key_3"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_with_three_keys_nobody_has_to_say_very(language: str) -> None:
    labels = words(language).faces
    assert [o.label for o in view(scale=3, language=language).options] == list(labels[1:4])


def test_with_four_and_five_keys_a_face_has_the_same_label() -> None:
    five = {o.face: o.label for o in view(scale=5).options}
    four = {o.face: o.label for o in view(scale=4).options}
    assert four.items() <= five.items()


def test_a_scale_of_one_answer_is_refused() -> None:
    with pytest.raises(ValueError, match="no scale of 1 answers"):
        render(
            Stage("attract", 1, "en"),
            visit=VisitSettings(scale=5),
            screen=ScreenSettings(),
            camera_on=False,
            notice_mode="off",
            answer_keys=("bad",),
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_question_of_the_configuration_wins_over_the_built_in_one(language: str) -> None:
    asked = VisitSettings(question={"en": "Did we help you?"})
    shown = view(language=language, visit_settings=asked).title
    assert shown == ("Did we help you?" if language == "en" else words(language).question)


@pytest.mark.parametrize("language", LANGUAGES)
def test_reasons_come_in_the_language_of_the_visit_and_in_their_order(language: str) -> None:
    shown = view("reasons", language=language).options
    assert tuple(o.label for o in shown) == REASON_LABELS[language]
    assert [o.id for o in shown] == [f"reason_{n}" for n in range(6)]


def test_only_the_reasons_can_be_skipped() -> None:
    skippable = [name for name in SCREENS if view(name).skip is not None]
    assert skippable == ["reasons"]


def test_languages_are_offered_by_their_own_names_while_something_is_asked() -> None:
    for name in ("attract", "question", "reasons"):
        shown = view(name, language="de").languages
        assert [item.name for item in shown] == [words(code).name for code in LANGUAGES]


def test_thanks_offer_nothing_to_choose() -> None:
    shown = view("thanks")
    assert (shown.options, shown.languages, shown.skip) == ((), (), None)


@pytest.mark.parametrize("name", SCREENS)
@pytest.mark.parametrize("mode", CAMERA_MODES)
def test_every_screen_tells_that_the_camera_is_on(name: Screen, mode: Mode) -> None:
    shown = view(name, mode=mode)
    assert shown.camera == getattr(words("en").camera, mode)


@pytest.mark.parametrize("name", SCREENS)
def test_no_screen_speaks_of_a_camera_that_is_off(name: Screen) -> None:
    assert view(name, camera_on=False).camera is None
    assert view(name, camera_on=True, mode="off").camera is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_notice_says_what_its_mode_does_and_no_more(language: str) -> None:
    notices = words(language).camera
    assert len({notices.presence, notices.smile, notices.emotion}) == 3


def test_sizes_follow_the_dots_per_inch_of_the_panel() -> None:
    assert view(dpi=254.0).px_per_mm == pytest.approx(10.0)


def test_the_time_until_a_screen_closes_is_told_in_milliseconds() -> None:
    assert view("reasons").closes_ms == 12_000
    assert view("attract").closes_ms is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text_and_five_different_face_labels(language: str) -> None:
    assert len(set(words(language).faces)) == 5


def test_all_offered_languages_have_texts() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(LANGUAGES)


def test_an_unknown_language_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ScreenError, match="`fr`: choose among ar, de, en, pl, ru"):
        words("fr")


@given(
    name=st.sampled_from(SCREENS),
    language=st.sampled_from(LANGUAGES),
    revision=st.integers(0, 2**31),
    camera_on=st.booleans(),
    scale=st.sampled_from([3, 4, 5]),
)
def test_every_view_carries_its_revision_language_and_a_title(
    name: Screen, language: str, revision: int, *, camera_on: bool, scale: Literal[3, 4, 5]
) -> None:
    shown = view(name, revision=revision, language=language, camera_on=camera_on, scale=scale)
    assert (shown.revision, shown.language) == (revision, language)
    assert shown.screen == ("choice" if name == "reasons" else name)
    assert shown.title
    assert (shown.camera is not None) is camera_on
    assert all(word for word in (shown.waiting, shown.mirror, shown.language_label))
