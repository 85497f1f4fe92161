"""The PINs of the office: one for each role, as hashes in a YAML file."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import model_validator

from agent.config.base import Settings
from agent.config.problem import ConfigFileError, Problem
from agent.config.reading import Form, read
from agent.staff.pin import HashText, hash_pin, read_hash

Role: TypeAlias = Literal["staff", "manager", "installer"]
ROLES: tuple[Role, ...] = ("staff", "manager", "installer")


class OfficePins(Settings):
    """What `smilepost staff hash` printed, by role. A role that is left out cannot sign in."""

    staff: HashText | None = None
    """Who stands at the till: alerts of the counter, and answers late and in batches."""
    manager: HashText | None = None
    """Everything of the day, single unhappy answers too."""
    installer: HashText | None = None
    """Buttons, lights, checks; no answers."""

    @model_validator(mode="after")
    def _somebody_can_sign_in(self) -> OfficePins:
        given = self.roles
        if not given:
            raise ValueError("no role has a PIN: print one with `smilepost staff hash`")
        if len({getattr(self, role) for role in given}) < len(given):
            raise ValueError("two roles have the same hash: give each a PIN of its own")
        return self

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles that have a PIN."""
        return tuple(role for role in ROLES if getattr(self, role) is not None)

    def matches(self, role: Role, pin: str) -> bool:
        """Tell whether it is the role's PIN. It takes its time, on purpose: not on the loop."""
        known: str | None = getattr(self, role)
        if known is None:
            hash_pin(pin)  # as long as a check takes: the time tells nothing
            return False
        return read_hash(known).matches(pin)


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
