"""`/installer`, the camera: its picture while somebody aims it, and the zones drawn on it. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from agent.office.page import form, hidden
from agent.office.sessions import Session
from agent.office.words import Words
from agent.report.markup import Markup, joined, tag
from agent.vision.settings import MOST_MASKS, Zone
from agent.vision.zones import Drawn

ROOM = "/installer"
SCRIPT = Markup('<script src="/aim.js" defer></script>')
HATCH = Markup(
    '<defs><pattern id="staff" width="14" height="14" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(45)"><path d="M0 0V14" stroke="#fff" stroke-width="6"'
    ' stroke-opacity="0.45"/></pattern></defs>'
)


@dataclass(frozen=True, slots=True)
class Sight:
    """One camera and what counts of its picture."""

    camera: str
    width: int
    height: int
    min_face: float
    """The smallest face that can be a contact's, as a share of the picture's height."""
    drawn: Drawn
    own: bool
    """Whether somebody drew it here; otherwise the configuration says it."""
    when: str = ""
    """When; empty where that is not known."""
    known: bool = True
    """False where what was drawn cannot be read any more."""


@dataclass(frozen=True, slots=True)
class Aim:
    """All cameras of the kiosk, and through which of them this browser looks."""

    sights: Sequence[Sight]
    looking: str | None = None


def aim_section(aim: Aim, session: Session, words: Words) -> Markup:
    """Return the section; nothing where no camera is configured."""
    if not aim.sights:
        return Markup()
    told = words.aim
    parts = (
        tag("h2", told.title),
        tag("p", told.why, class_="soft"),
        *_choice(aim, words),
        tag("p", class_="notice", id="aim-told", role="status", hidden=""),
        tag("div", _sight(aim, words), _switch(aim, session, words), class_="view"),
        tag("div", *_tools(aim, session, words), class_="tools"),
        SCRIPT,
    )
    more = {} if aim.looking is None else {"data_looking": aim.looking}
    return tag(
        "section",
        *parts,
        id="camera",
        data_sights=json.dumps([_as_json(sight, words) for sight in aim.sights]),
        data_words=json.dumps(told.on_page()),
        data_most=MOST_MASKS,
        **more,
    )


def _as_json(sight: Sight, words: Words) -> dict[str, object]:
    zone = sight.drawn.contact_zone
    return {
        "camera": sight.camera,
        "width": sight.width,
        "height": sight.height,
        "minFace": sight.min_face,
        "staff": [_corners(each) for each in sight.drawn.staff_mask],
        "contact": None if zone is None else _corners(zone),
        "source": _source(sight, words),
        "own": sight.own or not sight.known,
    }


def _corners(zone: Zone) -> list[float]:
    return [zone.x, zone.y, zone.width, zone.height]


def _source(sight: Sight, words: Words) -> str:
    if not sight.known:
        return words.aim.unknown
    if not sight.own:
        return words.aim.from_config
    return words.aim.drawn.format(when=sight.when) if sight.when else words.aim.undated


def _choice(aim: Aim, words: Words) -> list[Markup]:
    """Return what chooses a camera, where there are several."""
    if len(aim.sights) < 2:  # noqa: PLR2004 - one needs no choice
        return []
    options = [
        tag("option", sight.camera, value=sight.camera, **_chosen(sight.camera == aim.looking))
        for sight in aim.sights
    ]
    label = tag("label", words.aim.camera, for_="aim-camera")
    return [label, tag("select", *options, id="aim-camera")]


def _chosen(chosen: bool) -> dict[str, str]:  # noqa: FBT001 - of an attribute without a value
    return {"selected": ""} if chosen else {}


def _sight(aim: Aim, words: Words) -> Markup:
    """Return the picture, and what is drawn over it. No side of it is mirrored in any language."""
    first = aim.sights[0]
    size = {"width": first.width, "height": first.height}
    canvas = tag("canvas", id="aim-picture", role="img", aria_label=words.aim.picture, **size)
    over = tag("svg", HATCH, tag("g", id="aim-zones"), id="aim-over", aria_hidden="true")
    state = tag("p", "", id="aim-state", role="status")
    return tag("div", canvas, over, state, class_="sight", dir="ltr")


def _switch(aim: Aim, session: Session, words: Words) -> Markup:
    on = aim.looking is not None
    label = words.aim.end if on else words.aim.begin
    camera = aim.looking or aim.sights[0].camera
    faces = tag("p", words.aim.faces, class_="soft")
    return joined(
        form(
            f"{ROOM}/preview",
            session,
            hidden("camera", camera),
            hidden("on", "false" if on else "true"),
            tag("button", label, class_="quiet" if on else "strong"),
        ),
        *([faces] if on else []),
    )


def _tools(aim: Aim, session: Session, words: Words) -> list[Markup]:
    told, first = words.aim, aim.sights[0]
    plain = {"type": "button"}
    adding = tag(
        "div",
        tag("button", told.add_staff, id="aim-staff", aria_pressed="false", **plain),
        tag("button", told.add_contact, id="aim-contact", aria_pressed="false", **plain),
        class_="adding",
    )
    changing = tag(
        "div",
        tag("button", told.undo, id="aim-undo", disabled="", **plain),
        tag("button", told.remove, id="aim-remove", disabled="", **plain),
        class_="adding",
    )
    numbers = tag("details", tag("summary", told.numbers), tag("div", id="aim-numbers"))
    zones = (hidden("camera", first.camera), hidden("zones", ""))
    save = tag("button", told.save, class_="strong", id="aim-save", disabled="")
    reset = tag("button", told.reset, class_="quiet", id="aim-reset", disabled="")
    return [
        adding,
        tag("p", "", id="aim-hint", class_="soft", role="status"),
        changing,
        numbers,
        tag("p", "", id="aim-source", class_="soft"),
        form(f"{ROOM}/zones", session, *zones, save),
        form(f"{ROOM}/zones-of-config", session, hidden("camera", first.camera), reset),
    ]
