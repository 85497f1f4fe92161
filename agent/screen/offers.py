"""What the screen shown now offers: nothing else is accepted from a page. Pure."""

from __future__ import annotations

import re

from agent.screen.views import (
    Active,
    Back,
    Choice,
    Choices,
    ContactGiven,
    Help,
    LanguageChoice,
    MoreTime,
    Said,
    View,
    Written,
)

NOT_OFFERED = "this is not offered on the screen shown now"

# Loose on purpose: whoever writes an address knows it better than any pattern.
PATTERNS = {
    "phone": re.compile(r"\+?(?:[ ()./-]*\d){5,18}[ ()./-]*"),
    "email": re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+"),
}


def trouble(view: View, said: Choice | LanguageChoice | Said) -> str | None:
    """Return why `said` cannot be meant for `view`, in one line; None when it can."""
    if said.revision != view.revision:
        return f"revision {said.revision} is not shown: {view.revision} is"
    return _trouble_now(view, said)


def _trouble_now(view: View, said: Choice | LanguageChoice | Said) -> str | None:
    match said:
        case Choices():
            reason = _selection(view, said)
        case Written(text=text):
            reason = _text(view, text)
        case ContactGiven():
            reason = _contact(view, said)
        case _:
            reason = None if _offered(view, said) else NOT_OFFERED
    return reason


def _offered(view: View, said: Choice | LanguageChoice | Active | Back | MoreTime | Help) -> bool:
    match said:
        case Choice(option=option):
            offered = _choosable(view, option)
        case LanguageChoice(code=code):
            offered = any(language.code == code for language in view.languages)
        case Back():
            offered = view.back is not None
        case MoreTime():
            offered = view.screen == "still_there"
        case Help():
            offered = view.help is not None
        case Active():
            offered = True
    return offered


def _choosable(view: View, option: str) -> bool:
    if option == "skip" and view.skip is not None:
        return True
    return view.screen != "multiple" and any(option == each.id for each in view.options)


def _selection(view: View, said: Choices) -> str | None:
    if view.screen != "multiple" or not set(said.options) <= {each.id for each in view.options}:
        return NOT_OFFERED
    if view.most is not None and len(said.options) > view.most:
        return f"{len(said.options)} options are chosen: at most {view.most} can be"
    return None


def _text(view: View, text: str) -> str | None:
    if view.screen != "text" or view.writing is None:
        return NOT_OFFERED
    if len(text) > view.writing.most_characters:
        most = view.writing.most_characters
        return f"the text has {len(text)} characters: at most {most} are read"
    return None


def _contact(view: View, said: ContactGiven) -> str | None:
    if view.contact is None or said.way not in {each.way for each in view.contact.fields}:
        return NOT_OFFERED
    if not PATTERNS[said.way].fullmatch(said.value):
        return f"this is no {said.way} that could be answered"
    return None
