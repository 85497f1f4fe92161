"""A configuration as a kiosk runs with it: what the law refuses is left out, and all else works.

`smilepost check` fails on a camera without its notice, attestation or staff mask. A kiosk that is
to start must not, because presses are counted whatever else is wrong: it starts with the camera
off, and tells what was refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from pydantic import (
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)

from agent.config.agreement import disagreements, notice_without_screen
from agent.config.problem import clash_error
from agent.config.schema import KioskSettings
from agent.vision.law import Asked, Breach, UnlawfulError, refusals
from agent.vision.settings import VisionSettings


class LawfulVision(VisionSettings):
    """The camera processes, as far as they may work."""

    @model_validator(mode="wrap")
    @classmethod
    def _without_what_is_refused(
        cls, given: Any, handler: ModelWrapValidatorHandler[LawfulVision]
    ) -> LawfulVision:
        try:
            return handler(given)
        except ValidationError as error:
            found = list(_breaches(error))
            if not found or not isinstance(given, Mapping):
                raise
        return _refused(handler(_left(given, found)), found, mode=given.get("mode"))


class RunningSettings(KioskSettings):
    """The configuration of a kiosk that runs."""

    vision: LawfulVision = Field(default_factory=LawfulVision)

    @model_validator(mode="after")
    def _sections_agree(self) -> RunningSettings:
        lawful = self._with_a_notice()
        if found := list(disagreements(lawful, KioskSettings.model_fields, running=True)):
            raise clash_error(found)
        return lawful

    def _with_a_notice(self) -> RunningSettings:
        clash = next(notice_without_screen(self), None)
        if clash is None:
            return self
        mode = cast("Asked", self.vision.mode)
        off = self.vision.model_copy(update={"mode": "off"})
        breach = Breach(mode, "no_notice", clash.words())
        return self.model_copy(update={"vision": _refused(off, [breach], mode=mode)})


def _breaches(error: ValidationError) -> Iterator[Breach]:
    """Return what is unlawful; nothing where anything else is wrong, too."""
    causes = [one.get("ctx", {}).get("error") for one in error.errors()]
    unlawful = [cause for cause in causes if isinstance(cause, UnlawfulError)]
    if len(unlawful) == len(causes):
        for cause in unlawful:
            yield from cause.breaches


def _left(given: Mapping[str, Any], found: list[Breach]) -> dict[str, Any]:
    """Return a section without what is refused."""
    left = dict(given)
    if any(breach.asked != "traits" for breach in found):
        left["mode"] = "off"
        left.pop("notice", None)
    if left.get("mode", "off") == "off" or any(breach.asked == "traits" for breach in found):
        left.pop("traits", None)
    return left


def _refused(vision: LawfulVision, found: list[Breach], *, mode: Any) -> LawfulVision:
    """Note what was refused; with the camera off no mode was asked for."""
    asked = [breach for breach in found if breach.asked or mode not in (None, "off")]
    vision._refused = refusals(asked, mode=mode)  # noqa: SLF001 - its own class
    return vision
