"""Turns a stage of the visit into a view: adds the words, the faces and the sizes. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agent.screen.compose import compose
from agent.screen.faces import faces
from agent.screen.frame import Frame, framed
from agent.screen.parts import Option, Playlist, PlaylistItem
from agent.screen.plain import plain
from agent.screen.settings import ScreenSettings
from agent.screen.views import ScreenName, View
from agent.screen.words import InvitationWords, Words
from agent.vision.settings import Mode
from agent.visit.settings import VisitSettings
from agent.visit.stage import Stage


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
    traits: bool = False,
    declined_s: float | None = None,
    preview: bool = False,
    answer_keys: tuple[str, ...],
    playlist: tuple[PlaylistItem, ...] = (),
    help_offered: bool = False,
) -> View:
    """Return what the page shows at `stage`, in the stage's language.

    `answer_keys` are the ids of the faces from the worst to the best, 2 to 5 (ValueError
    otherwise). The notice is there whenever the camera is on, on every screen; it names `traits`
    where they are estimated. While the camera is closed for `declined_s` more seconds that is said
    instead. That an installer sees the camera's picture (`preview`) is said, too. The `playlist`
    runs at `attract` alone. `help_offered` puts the key that asks for someone where nothing else is
    being answered.
    """
    frame = Frame(
        revision=stage.revision,
        language=stage.language,
        screen=screen,
        camera_mode=notice_mode if camera_on else "off",
        traits=traits,
        declined_s=declined_s,
        preview=preview,
        closes_s=stage.closes_s,
    )
    if stage.asked is not None:
        view = compose(stage.asked, frame)
    else:
        scene = _Scene(stage, visit, screen, frame.words, answer_keys, playlist)
        view = framed(frame, *_content(scene))
    if not screen.touch:
        return plain(view, stage.buttons, texts=frame.words)
    return _with_help(view, frame.words) if help_offered and _may_call(stage) else view


def _may_call(stage: Stage) -> bool:
    """Tell whether nothing is lost by it: a farewell with a case number is, a survey too."""
    return stage.name in {"attract", "question", "thanks"} and stage.asked is None


def _with_help(view: View, texts: Words) -> View:
    return view.model_copy(update={"help": texts.help.key})


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
            raise ValueError(f"stage {other} asks nothing, and must")


def _asking(scene: _Scene) -> dict[str, Any]:
    if scene.stage.invites:
        return _inviting(scene.words.invitation)
    own = {str(code): text for code, text in scene.visit.question.items()}
    question = own.get(scene.stage.language, scene.words.question)
    return {
        "title": question,
        "hint": scene.words.hint,
        "options": faces(scene.answer_keys, texts=scene.words),
    }


def _inviting(texts: InvitationWords) -> dict[str, Any]:
    begin = Option(id="begin", label=texts.begin)
    return {"title": texts.title, "hint": texts.hint, "options": (begin,)}


def _playlist(scene: _Scene) -> Playlist | None:
    settings = scene.screen.attract
    if settings is None or not scene.playlist:
        return None
    return Playlist(items=scene.playlist, touch=scene.words.touch, again_s=settings.again_s)


def _parting(title: str, hint: str) -> dict[str, Any]:
    return {"title": title, "hint": hint, "languages": ()}
