"""Turns a stage of the visit into a view: adds the words, the faces and the sizes. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agent.screen.frame import Frame, framed
from agent.screen.parts import Option, Playlist, PlaylistItem
from agent.screen.settings import ScreenSettings
from agent.screen.views import ScreenName, View
from agent.screen.words import Words
from agent.vision.settings import Mode
from agent.visit.settings import VisitSettings
from agent.visit.stage import Stage

FACES: dict[int, tuple[int, ...]] = {2: (1, 5), 3: (1, 3, 5), 4: (1, 2, 4, 5), 5: (1, 2, 3, 4, 5)}
"""Which of the five faces stand on a scale; four keys have no neutral one."""

LABELS: dict[int, tuple[int, ...]] = {2: (2, 4), 3: (2, 3, 4), 4: (1, 2, 4, 5), 5: (1, 2, 3, 4, 5)}
"""Which of the five labels stand below them; with three keys nobody has to say `very`."""


@dataclass(frozen=True, slots=True)
class _Scene:
    stage: Stage
    visit: VisitSettings
    screen: ScreenSettings
    words: Words
    answer_keys: tuple[str, ...]
    playlist: tuple[PlaylistItem, ...]


def render(
    stage: Stage,
    *,
    visit: VisitSettings,
    screen: ScreenSettings,
    camera_on: bool,
    notice_mode: Mode,
    answer_keys: tuple[str, ...],
    playlist: tuple[PlaylistItem, ...] = (),
) -> View:
    """Return what the page shows at `stage`, in the stage's language.

    `answer_keys` are the ids of the faces from the worst to the best, as many as `visit.scale`
    (ValueError otherwise, and for the stages of a survey: `compose` makes their views). The notice
    is there whenever the camera is on, on every screen. The `playlist` runs at `attract` alone.
    """
    frame = Frame(
        revision=stage.revision,
        language=stage.language,
        screen=screen,
        camera_mode=notice_mode if camera_on else "off",
        closes_s=stage.closes_s,
    )
    scene = _Scene(stage, visit, screen, frame.words, answer_keys, playlist)
    name, content = _content(scene)
    return framed(frame, name, content)


def _content(scene: _Scene) -> tuple[ScreenName, dict[str, Any]]:
    texts = scene.words
    match scene.stage.name:
        case "attract":
            return "attract", {**_asking(scene), "playlist": _playlist(scene)}
        case "question":
            return "question", _asking(scene)
        case "thanks":
            return "thanks", _parting(texts.thanks, texts.thanks_hint)
        case "out_of_order":
            return "out_of_order", _parting(texts.out_of_order, texts.out_of_order_hint)
        case other:
            raise ValueError(f"stage {other} shows what a survey asks: compose that")


def _asking(scene: _Scene) -> dict[str, Any]:
    question = scene.visit.question.get(scene.stage.language, scene.words.question)
    return {"title": question, "hint": scene.words.hint, "options": _faces(scene)}


def _playlist(scene: _Scene) -> Playlist | None:
    settings = scene.screen.attract
    if settings is None or not scene.playlist:
        return None
    return Playlist(items=scene.playlist, touch=scene.words.touch, again_s=settings.again_s)


def _faces(scene: _Scene) -> tuple[Option, ...]:
    labels = (scene.words.faces[rank - 1] for rank in LABELS[scene.visit.scale])
    keys = zip(scene.answer_keys, labels, FACES[scene.visit.scale], strict=True)
    return tuple(Option(id=key, label=label, face=face) for key, label, face in keys)


def _parting(title: str, hint: str) -> dict[str, Any]:
    return {"title": title, "hint": hint, "languages": ()}
