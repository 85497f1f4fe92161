"""What a browser may send: each form with its fields and their bounds."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Json, StringConstraints, ValidationError

from agent.config.base import Name
from agent.office.pins import Role
from agent.vision.observations import CameraId
from agent.vision.zones import Drawn

MOST_BYTES = 2048
MOST_DIGITS = 12
BODY_S = 5.0
"""How long a form may take to arrive."""
FORM_TYPE = "application/x-www-form-urlencoded"

Mistake = Literal["no_form", "late", "stale"]
"""What is wrong with a form; the text of the HTTP error, told in the reader's language."""

NO_FORM: Mistake = "no_form"
LATE: Mistake = "late"
STALE: Mistake = "stale"

Pin = Annotated[str, StringConstraints(pattern=r"^[0-9]{4,12}$")]
AlertId = Annotated[str, StringConstraints(pattern=r"^[0-9a-zA-Z_-]{1,64}$")]
Part = Literal["alert_light", "alert_relay"]
Token = Annotated[str, StringConstraints(max_length=100)]


class Form(BaseModel):
    """Fields as they stand in a page; anything else is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SignIn(Form):
    """The page before all others."""

    role: Role
    pin: Pin


class Press(Form):
    """A button that needs nothing else."""

    token: Token


class OnAlert(Press):
    """Somebody takes an alert on."""

    alert: AlertId


class OverAlert(OnAlert):
    """Somebody says what was done."""

    how: Name


class OnShift(Press):
    """Somebody begins a shift."""

    pin: Pin


class Switch(Press):
    """The button test begins or ends."""

    on: bool


class OnLamp(Press):
    """Something at the counter is tried."""

    part: Part


class OnCamera(Press):
    """Something is asked of a camera."""

    camera: CameraId


class OnPreview(OnCamera):
    """Its picture is to be seen, or no longer."""

    on: bool


class OnZones(OnCamera):
    """Its zones are to be these."""

    zones: Json[Drawn]


class Sure(Press):
    """A button that wants a tick first."""

    sure: bool


Model = TypeVar("Model", bound=Form)


async def read_form(request: web.Request, model: type[Model]) -> Model:
    """Return what a form says.

    HTTPBadRequest for anything else, HTTPRequestTimeout for one that dawdles, each with its
    `Mistake` as text; aiohttp answers 413 to one that is too large.
    """
    if request.content_type != FORM_TYPE:
        raise _mistaken()
    try:
        async with asyncio.timeout(BODY_S):
            fields = await request.post()
    except TimeoutError as error:
        raise web.HTTPRequestTimeout(text=LATE) from error
    except (ValueError, LookupError) as error:  # no text in its charset, or no such charset
        raise _mistaken() from error
    if len(fields) != len(set(fields)):
        raise _mistaken()
    try:
        return model.model_validate(dict(fields))
    except ValidationError as error:
        raise _mistaken() from error


def camera_of(request: web.Request) -> str:
    """Return which camera a request for a picture names; empty where it names none."""
    return request.query.get("camera", "")


def number_of(request: web.Request) -> int:
    """Return the number of the picture that a browser has already; 0 where it has none."""
    said = request.query.get("after", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < MOST_DIGITS else 0


def _mistaken() -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=NO_FORM)
