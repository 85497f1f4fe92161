"""Turns what a survey asks into a view: adds the words around it and the frame. Pure."""

from __future__ import annotations

from typing import Any

from agent.screen.asked import (
    Asked,
    AskedOption,
    Called,
    ChoiceAsked,
    ContactAsked,
    FacesAsked,
    MultipleAsked,
    Parting,
    Place,
    ScaleAsked,
    StillThereAsked,
    TextAsked,
)
from agent.screen.faces import faces
from agent.screen.frame import Frame, framed
from agent.screen.parts import (
    MOST_CHARACTERS,
    Card,
    Code,
    ContactField,
    ContactForm,
    Ends,
    Farewell,
    Option,
    Progress,
    Writing,
)
from agent.screen.views import ScreenName, View
from agent.screen.words import Words

MOST_CARDS = 2
MOST_LINES = 3
CONTACT_CHARACTERS = 254


def compose(asked: Asked, frame: Frame) -> View:
    """Return what the page shows where `asked` is put to the customer in this `frame`.

    ValueError (pydantic's) where a text or a number of options is beyond what fits the screen.
    """
    name, content = _content(asked, frame)
    return framed(frame, name, content)


def _content(asked: Asked, frame: Frame) -> tuple[ScreenName, dict[str, Any]]:
    texts = frame.words
    content: tuple[ScreenName, dict[str, Any]]
    match asked:
        case FacesAsked():
            content = "question", _faces(asked, texts)
        case ScaleAsked():
            content = "scale", _scale(asked, texts)
        case ChoiceAsked():
            content = "choice", _choice(asked, texts)
        case MultipleAsked():
            content = "multiple", _multiple(asked, texts)
        case TextAsked():
            content = "text", _text(asked, frame)
        case ContactAsked():
            content = "contact", _contact(asked, frame)
        case StillThereAsked():
            content = "still_there", _still_there(asked, texts)
        case Parting():
            content = "thanks", _thanks(asked, texts)
        case Called():
            content = "thanks", _called(texts)
    return content


def _placed(place: Place, texts: Words) -> dict[str, Any]:
    return {
        "topic": place.topic,
        "progress": _progress(place, texts),
        "back": texts.back if place.back else None,
        "skip": texts.skip if place.skip else None,
    }


def _progress(place: Place, texts: Words) -> Progress | None:
    if place.step is None or place.steps is None:
        return None
    label = texts.step.format(step=place.step, steps=place.steps)
    return Progress(step=place.step, steps=place.steps, label=label)


def _faces(asked: FacesAsked, texts: Words) -> dict[str, Any]:
    keys = tuple(str(number) for number in range(1, asked.scale + 1))
    return {
        "title": asked.title,
        "hint": texts.hint,
        "options": faces(keys, texts=texts),
        **_placed(asked.place, texts),
    }


def _scale(asked: ScaleAsked, texts: Words) -> dict[str, Any]:
    numbers = (str(number) for number in range(asked.first, asked.last + 1))
    return {
        "title": asked.title,
        "hint": texts.scale_hint,
        "options": tuple(Option(id=number, label=number) for number in numbers),
        "ends": Ends(low=asked.low, high=asked.high),
        **_placed(asked.place, texts),
    }


def _options(options: tuple[AskedOption, ...]) -> tuple[Option, ...]:
    return tuple(Option(id=each.id, label=each.label, icon=each.icon) for each in options)


def _choice(asked: ChoiceAsked, texts: Words) -> dict[str, Any]:
    return {
        "title": asked.title,
        "hint": texts.choice_hint,
        "options": _options(asked.options),
        **_placed(asked.place, texts),
    }


def _multiple(asked: MultipleAsked, texts: Words) -> dict[str, Any]:
    bounded = asked.most is not None and asked.most < len(asked.options)
    return {
        "title": asked.title,
        "hint": texts.most_hint.format(most=asked.most) if bounded else texts.multiple_hint,
        "options": _options(asked.options),
        "most": asked.most,
        "confirm": texts.confirm,
        **_placed(asked.place, texts),
    }


def _writing(frame: Frame, *, label: str, most: int) -> Writing:
    others = (code for code in frame.screen.languages if code != frame.language)
    return Writing(
        label=label,
        most_characters=most,
        keyboards=(frame.language, *others),
        keys=frame.words.keyboard,
    )


def _text(asked: TextAsked, frame: Frame) -> dict[str, Any]:
    texts = frame.words
    most = min(asked.most_characters, MOST_CHARACTERS)
    return {
        "title": asked.title,
        "hint": texts.text_hint,
        "writing": _writing(frame, label=texts.text_label, most=most),
        "confirm": texts.send,
        **_placed(asked.place, texts),
    }


def _contact(asked: ContactAsked, frame: Frame) -> dict[str, Any]:
    texts = frame.words
    fields = {
        "phone": ContactField(way="phone", label=texts.phone, mistaken=texts.phone_mistaken),
        "email": ContactField(way="email", label=texts.email, mistaken=texts.email_mistaken),
    }
    form = ContactForm(
        fields=tuple(fields[way] for way in asked.by),
        consent=asked.consent,
        consent_missing=texts.consent_missing,
        writing=_writing(frame, label=texts.phone, most=CONTACT_CHARACTERS),
    )
    return {
        "title": asked.title,
        "hint": texts.contact_hint,
        "contact": form,
        "confirm": texts.send,
        **_placed(asked.place, texts),
    }


def _still_there(asked: StillThereAsked, texts: Words) -> dict[str, Any]:
    return {
        "title": texts.still_there,
        "hint": texts.still_there_hint,
        "topic": asked.topic,
        "confirm": texts.go_on,
    }


def _called(texts: Words) -> dict[str, Any]:
    return {"title": texts.help.called, "hint": texts.help.called_hint, "languages": ()}


def _thanks(asked: Parting, texts: Words) -> dict[str, Any]:
    headings = texts.farewell
    code = asked.code and Code(
        path=asked.code.path, modules=asked.code.modules, label=headings.code
    )
    farewell = Farewell(
        case=asked.case,
        case_label=headings.case if asked.case else "",
        promise=asked.promise,
        code=code,
        cards=_cards(asked, texts),
    )
    return {
        "title": texts.thanks,
        "hint": asked.note or texts.thanks_hint,
        "farewell": farewell,
        "skip": texts.finish,
        "languages": (),
    }


def _cards(asked: Parting, texts: Words) -> tuple[Card, ...]:
    headings = texts.farewell
    lines = {
        headings.done: asked.done,
        headings.channels: asked.channels,
        headings.questions: asked.questions,
        headings.hours: asked.hours,
    }
    cards = [Card(title=title, lines=each[:MOST_LINES]) for title, each in lines.items() if each]
    return tuple(cards[:MOST_CARDS])
