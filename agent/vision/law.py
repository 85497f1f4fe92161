"""What the law wants before a camera may measure, as far as a configuration can show it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from agent.events.catalogue import Reason

if TYPE_CHECKING:
    from agent.vision.settings import VisionSettings

Asked = Literal["presence", "smile", "emotion", "traits"]


class Breach(NamedTuple):
    """One thing that is missing."""

    asked: Asked | None
    """For what; None: for whatever mode is configured."""
    reason: Reason
    text: str
    """One line that says what to mend."""


class UnlawfulError(ValueError):
    """A camera section that asks for what may not be done as it stands."""

    def __init__(self, breaches: Sequence[Breach]) -> None:
        self.breaches = tuple(breaches)
        super().__init__("\n".join(breach.text for breach in self.breaches))


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that a configuration asks for and does not get."""

    mode: Asked
    reasons: tuple[Reason, ...]
    fact: str
    """What is missing, in one line."""


def breaches(vision: VisionSettings) -> Iterator[Breach]:
    """Return everything that is missing for the mode, and for the traits, that are configured."""
    mode = vision.mode
    if mode != "off" and vision.notice is None:
        yield Breach(
            mode,
            "no_notice",
            f"mode {mode} needs a notice: add `notice: {{shown: screen}}`, or a printed"
            " one with attested_by and attested_on",
        )
    if mode == "emotion":
        if not vision.emotion_attestation:
            text = "mode emotion needs emotion_attestation; mode smile does not"
            yield Breach(mode, "no_attestation", text)
        yield from _unmasked(vision, mode)
    if vision.traits is not None:
        yield from _of_traits(vision, attestation=vision.traits.attestation)


def _of_traits(vision: VisionSettings, *, attestation: str | None) -> Iterator[Breach]:
    if vision.mode == "off":
        text = "traits needs a camera mode with its notice: mode presence is enough"
        yield Breach("traits", "no_notice", text)
    if not attestation:
        text = "traits needs traits.attestation: who confirmed that it is lawful here, and why"
        yield Breach("traits", "no_attestation", text)
    yield from _unmasked(vision, "traits")


def _unmasked(vision: VisionSettings, asked: Literal["emotion", "traits"]) -> Iterator[Breach]:
    name = f"mode {asked}" if asked == "emotion" else asked
    if not vision.staff_mask:
        text = f"{name} needs a staff_mask: employees may not be measured"
        yield Breach(asked, "no_staff_mask", text)
    bare = [one.id for one in vision.cameras if not one.staff_mask]
    if bare:
        text = f"{name} needs a staff_mask for camera {bare[0]}, too: employees may not be measured"
        yield Breach(asked, "no_staff_mask", text)


def refusals(found: Sequence[Breach], *, mode: Asked) -> tuple[Refusal, ...]:
    """Return what is refused, each thing that was asked for once. `mode` is the configured one."""
    missing: dict[Asked, list[Breach]] = {}
    for breach in found:
        missing.setdefault(breach.asked or mode, []).append(breach)
    return tuple(
        Refusal(
            asked,
            tuple(dict.fromkeys(breach.reason for breach in those)),
            "; ".join(breach.text for breach in those),
        )
        for asked, those in missing.items()
    )
