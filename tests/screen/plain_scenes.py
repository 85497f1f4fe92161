"""What a display without touch shows: questions over 2, 3 and 5 buttons, and the cursor."""

from __future__ import annotations

from dataclasses import replace

from agent.screen.asked import Asked, Buttons, ChoiceAsked, FacesAsked, StillThereAsked, Use
from agent.screen.render import render
from agent.screen.settings import ScreenSettings
from agent.screen.views import View
from agent.survey.screens import Kind, Screen
from agent.visit.hands import all_do, buttons_for
from agent.visit.settings import VisitSettings
from agent.visit.stage import Stage
from tests.screen import samples
from tests.screen.scenes import ICONS, LANGUAGES, REASON_LABELS

PLAIN = {
    "nps-3": 3,
    "nps-5": 5,
    "faces-5": 5,
    "faces-3": 3,
    "reasons-5": 5,
    "reasons-3": 3,
    "fcr-2": 2,
    "fcr-5": 5,
    "still-there-3": 3,
    "begin-5": 5,
}
"""Every scene, and how many buttons there are."""
CURSORS = {"nps-3": "7", "nps-5": "10", "faces-3": "4", "reasons-3": "option_2"}
"""Where the cursor of a scene stands in the pictures."""


def plain_question(
    name: str,
    *,
    revision: int = 1,
    language: str = "en",
    cursor: str | None = None,
    comfort: bool = False,
    after_s: float = 0.0,
) -> View:
    """Render one scene of `PLAIN`."""
    kind, count = name.rsplit("-", 1)
    asked = None if kind == "begin" else _asked(kind, language)
    buttons = _buttons(kind, asked, int(count), after_s)
    stage = Stage(
        name="attract" if kind == "begin" else "still_there" if kind == "still-there" else "survey",
        revision=revision,
        language=language,
        asked=asked,
        buttons=buttons and replace(buttons, cursor=cursor),
        invites=kind == "begin",
    )
    return render(
        stage,
        visit=VisitSettings(),
        screen=ScreenSettings(
            languages=LANGUAGES, touch=False, large_text=comfort, high_contrast=comfort
        ),
        camera_on=True,
        notice_mode="presence",
        answer_keys=("a", "b", "c"),
    )


def _asked(kind: str, language: str) -> Asked:
    labels = REASON_LABELS[language]
    if kind == "still-there":
        return StillThereAsked(topic="nps")
    if kind == "faces":
        title = samples.SETTLED_FIRST[language][0]
        return FacesAsked(title=title, place=samples.place("faces", 2), scale=5)
    if kind == "reasons":
        asked = samples.asked("multiple", language, labels[:5], ICONS[:5])
        options = getattr(asked, "options", ())
        return ChoiceAsked(
            title=samples.BETTER[language], place=samples.place("why", 1), options=options
        )
    sample = {"nps": "nps", "fcr": "choice"}[kind]
    return samples.asked(sample, language, labels, ICONS)


def _buttons(kind: str, asked: Asked | None, count: int, after_s: float) -> Buttons | None:
    if kind == "begin":
        return all_do(Use(does="begin"), count=count)
    if kind == "still-there":
        return all_do(Use(does="go_on"), count=count)
    numbers = {"nps": range(11), "faces": range(1, 6)}.get(kind, ())
    ids = tuple(str(number) for number in numbers) or tuple(
        option.id for option in getattr(asked, "options", ())
    )
    kinds: dict[str, Kind] = {"nps": "nps", "faces": "faces"}
    shown = Screen(
        question="q",
        kind=kinds.get(kind, "single"),
        item=None,
        position=2,
        options=ids,
        needs="one",
        most=1,
    )
    return buttons_for(shown, count=count, after_s=after_s)
