"""The page of a display without touch: what lies over each physical button. Pure."""

from __future__ import annotations

from agent.screen.asked import Buttons, Use
from agent.screen.faces import FACES
from agent.screen.parts import ButtonUse, Playlist
from agent.screen.views import View
from agent.screen.words import Words


def plain(view: View, buttons: Buttons | None, *, texts: Words) -> View:
    """Return what a display without touch shows instead of `view`.

    Nothing on it can be touched, so the languages are left out. `buttons` is None where the
    buttons are ratings, as printed on them.
    """
    untouched = {"languages": (), "playlist": _playlist(view, buttons, texts)}
    if buttons is None:
        return view.model_copy(update=untouched)
    return view.model_copy(
        update={
            **untouched,
            "hint": _hint(view, buttons, texts),
            "buttons": _uses(view, buttons, texts),
            "cursor": buttons.cursor,
            "settles_ms": round(buttons.after_s * 1000),
        }
    )


def _playlist(view: View, buttons: Buttons | None, texts: Words) -> Playlist | None:
    words = texts.hint if buttons is None else texts.buttons.any
    return view.playlist and view.playlist.model_copy(update={"touch": words})


def _uses(view: View, buttons: Buttons, texts: Words) -> tuple[ButtonUse, ...]:
    printed = FACES[len(buttons.uses)]
    return tuple(
        ButtonUse(does=use.does, option=use.option, label=_label(view, use, texts), face=face)
        for use, face in zip(buttons.uses, printed, strict=True)
    )


def _label(view: View, use: Use, texts: Words) -> str:
    labels = {
        "left": texts.buttons.left,
        "right": texts.buttons.right,
        "confirm": texts.buttons.choose,
        "skip": texts.skip,
        "back": texts.back,
        "go_on": texts.go_on,
        "begin": texts.invitation.begin,
    }
    options = {option.id: option.label for option in view.options}
    return labels.get(use.does, options.get(use.option or "", ""))


def _hint(view: View, buttons: Buttons, texts: Words) -> str:
    does = {use.does for use in buttons.uses}
    if does & {"go_on", "begin"}:
        return texts.buttons.any
    if buttons.direct:
        return texts.buttons.direct
    return texts.buttons.cursor if "confirm" in does else view.hint
