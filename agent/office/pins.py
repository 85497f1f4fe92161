"""The PINs of the office: one for each role, as hashes in a YAML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, model_validator

from agent.config.base import Settings
from agent.config.problem import ConfigFileError, Problem
from agent.config.reading import Form, read
from agent.screen.settings import LanguageCode
from agent.staff.pin import HashText, hash_pin, read_hash

Role: TypeAlias = Literal["staff", "manager", "installer"]
ROLES: tuple[Role, ...] = ("staff", "manager", "installer")


class Access(Settings):
    """How one role signs in."""

    pin: HashText
    """What `smilepost staff hash` printed."""
    language: LanguageCode | None = None
    """What its pages speak; without one what the browser asks for."""


def _with_a_key(value: object) -> object:
    return {"pin": value} if isinstance(value, str | int | float) else value


RoleAccess = Annotated[Access, BeforeValidator(_with_a_key)]
"""A hash alone, or a section with `pin` and `language`."""


class OfficePins(Settings):
    """How each role signs in. A role that is left out cannot."""

    staff: RoleAccess | None = None
    """Who stands at the till: alerts of the counter, and answers late and in batches."""
    manager: RoleAccess | None = None
    """Everything of the day, single unhappy answers too."""
    installer: RoleAccess | None = None
    """Buttons, lights, checks; no answers."""

    @model_validator(mode="after")
    def _somebody_can_sign_in(self) -> OfficePins:
        given = self.roles
        if not given:
            raise ValueError("no role has a PIN: print one with `smilepost staff hash`")
        if len({getattr(self, role).pin for role in given}) < len(given):
            raise ValueError("two roles have the same hash: give each a PIN of its own")
        return self

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles that have a PIN."""
        return tuple(role for role in ROLES if getattr(self, role) is not None)

    def matches(self, role: Role, pin: str) -> bool:
        """Tell whether it is the role's PIN. It takes its time, on purpose: not on the loop."""
        access = self._access_of(role)
        if access is None:
            hash_pin(pin)  # as long as a check takes: the time tells nothing
            return False
        return read_hash(access.pin).matches(pin)

    def language_of(self, role: Role) -> LanguageCode | None:
        """Return what the pages of a role speak; None where the file does not say."""
        access = self._access_of(role)
        return None if access is None else access.language

    def _access_of(self, role: Role) -> Access | None:
        found: Access | None = getattr(self, role)
        return found


FORM = Form(OfficePins, example="config/office.example.yaml", secret=True)
"""What the file of PINs must be."""


def office_problems(path: Path) -> list[Problem]:
    """Return everything that is wrong with a file of PINs."""
    return read(path, form=FORM)[1]


def load_pins(path: Path) -> OfficePins:
    """Read the file of PINs; ConfigFileError with every problem where it is bad."""
    pins, problems = read(path, form=FORM)
    if pins is None:
        raise ConfigFileError(problems)
    return pins
