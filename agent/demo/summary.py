"""How a demo ended: the figures, and whatever does not agree. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from agent.demo.presses import Pressed, Presses
from agent.demo.script import Act, Made, expected
from agent.demo.tally import Rating, Tally
from agent.demo.workplace import Stored


@dataclass(frozen=True, slots=True)
class Summary:
    """The end of a demo."""

    broker: str
    pressed: int
    cut_off: int
    too_fast: int
    stored: int
    delivered: int
    duplicates: int
    counting: int
    expected: int | None
    """Presses that should count; None when somebody pressed beside the script."""
    kills: int
    answers: int
    """Questions that were answered on the page."""
    feedback: int
    """Words that were left."""
    contacts: int
    silent: int
    smile_index: float | None
    pending: int
    differences: tuple[str, ...]

    def lines(self) -> list[str]:
        """Return it for a person."""
        smile = "-" if self.smile_index is None else f"{self.smile_index:.2f}"
        said = "" if self.expected is None else f", expected {self.expected}"
        apart = f"too fast {self.too_fast}, duplicates {self.duplicates}"
        return [
            f"broker     {self.broker}",
            f"presses    pressed {self.pressed}, stored {self.stored}, delivered {self.delivered}",
            f"apart      cut off before any light {self.cut_off}, {apart}",
            f"counting   {self.counting}{said}",
            f"page       answers {self.answers}, feedback {self.feedback}",
            f"contacts   {self.contacts}, silent {self.silent}, smile index {smile}",
            f"agent      kills {self.kills}, left in the outbox {self.pending}",
            *(f"DIFFERS    {difference}" for difference in self.differences),
        ]


def summarise(
    *,
    broker: str,
    presses: Presses,
    stored: Stored,
    tally: Tally,
    acts: Sequence[tuple[Act, list[Pressed]]],
    kills: int,
) -> Summary:
    """Compare what was pressed with what was stored, delivered and counted."""
    ratings = tally.ratings()
    contacts, silent = tally.contacts()
    pressed = presses.acknowledged(reasons=stored.reasons)
    scripted = [[press for press in made if press.thanked] for _, made in acts]
    alone = pressed == len(ratings) == sum(map(len, scripted))
    wanted = _expected(scripted, ratings) if alone else None
    return Summary(
        broker=broker,
        pressed=pressed,
        cut_off=len(presses.cut_off),
        too_fast=len(presses.too_fast),
        stored=stored.ratings,
        delivered=len(ratings),
        duplicates=tally.duplicates,
        counting=sum(rating.counts for rating in ratings),
        expected=None if wanted is None else sum(wanted),
        kills=kills,
        answers=tally.answers(),
        feedback=len(tally.of_kind("feedback.left")),
        contacts=contacts,
        silent=silent,
        smile_index=tally.smile_index(),
        pending=stored.pending,
        differences=tuple(_differences(pressed, stored, tally, wanted, presses)),
    )


def _expected(acts: list[list[Pressed]], ratings: list[Rating]) -> list[bool]:
    """Say of every rating, in order, whether it should count."""
    following = iter(ratings)
    made = [
        [Made(rating.value, rating.contact) for rating in islice(following, len(presses))]
        for presses in acts
    ]
    return [verdict for verdicts in expected(made) for verdict in verdicts]


def _differences(
    pressed: int, stored: Stored, tally: Tally, wanted: list[bool] | None, presses: Presses
) -> Iterator[str]:
    ratings = tally.ratings()
    if not pressed == stored.ratings == len(ratings):
        yield f"pressed {pressed}, stored {stored.ratings}, delivered {len(ratings)}"
    if wanted is not None:
        keys = [p.key for p in presses.thanked]
        if keys != [rating.key for rating in ratings]:
            yield "the ratings are not the presses"
        yield from _miscounted(ratings, wanted)
    if stored.pending:
        yield f"{stored.pending} events were not delivered"
    yield from tally.gaps()


def _miscounted(ratings: list[Rating], wanted: list[bool]) -> Iterator[str]:
    for number, (rating, counts) in enumerate(zip(ratings, wanted, strict=True), start=1):
        if rating.counts != counts:
            yield (
                f"press {number} ({rating.key}) should {'' if counts else 'not '}count"
                f" (flags: {', '.join(rating.flags) or 'none'})"
            )
