"""The steps a customer is led through: attract, question, survey, thanks. Pure.

Buttons, touch, keyboard and timers all end up here, so the kiosk behaves the same with a screen,
without touch, or with no screen at all. The steps after an answer never depend on the answer.
"""

from __future__ import annotations

from collections.abc import Callable

from agent.screen.asked import (
    Asked,
    Buttons,
    Called,
    ContactAsked,
    Parting,
    StillThereAsked,
    TextAsked,
    Use,
)
from agent.visit.hands import all_do
from agent.visit.settings import VisitSettings
from agent.visit.stage import Stage, StageName

QUESTION_IDLE_S = 30.0
WRITING_IDLE_S = 60.0
FAREWELL_S = 40.0
"""A case number has to be written down, a code scanned."""
STILL_THERE_S = 20.0  # WCAG 2.2.1: at least so long to extend, by a simple action


class Dialogue:
    """One kiosk's conversation. Every change makes a new revision.

    A restarted kiosk begins at another `first_revision`, so that a tap meant for a screen of the
    former run cannot match one of this. `plain_buttons` counts the physical buttons of a display
    without touch: there they answer what is asked. `inviting` tells whether there is a survey to
    invite to, in place of the rating.
    """

    def __init__(
        self,
        settings: VisitSettings,
        *,
        language: str,
        first_revision: int = 1,
        plain_buttons: int = 0,
        inviting: Callable[[], bool] = lambda: False,
    ) -> None:
        self._settings = settings
        self._plain_buttons = plain_buttons
        self._inviting = inviting
        self._first_language = language
        self.stage = Stage(name="attract", revision=first_revision, language=language)

    def look(self) -> Stage | None:
        """Invite to a survey, or ask for a rating, where the other is shown; None where not."""
        stage = self.stage
        if stage.name not in {"attract", "question"} or stage.invites == self._inviting():
            return None
        return self._go(stage.name, closes_s=stage.closes_s)

    def arrive(self) -> Stage | None:
        """Somebody is here: from the attract screen to the question."""
        return self._go("question") if self.stage.name == "attract" else None

    def depart(self) -> Stage | None:
        """Nobody is here any more: an open question goes back to attract."""
        return self._rest() if self.stage.name == "question" else None

    def ask(self, asked: Asked, *, untouched: bool, buttons: Buttons | None = None) -> Stage:
        """Put a screen of a survey; `buttons` answer it where there is no touch.

        Nothing is lost of an `untouched` survey, and another customer may be there: it closes
        soon. Whoever has begun gets time, and a warning.
        """
        patience_s = self._patience_s(asked, untouched)
        return self._go("survey", asked=asked, closes_s=patience_s, buttons=buttons)

    def warn(self) -> Stage:
        """Ask whether somebody is still there, before the survey closes."""
        topic = getattr(getattr(self.stage.asked, "place", None), "topic", "")
        return self._go(
            "still_there",
            asked=StillThereAsked(topic=topic),
            closes_s=STILL_THERE_S,
            buttons=all_do(Use(does="go_on"), count=self._plain_buttons),
        )

    def thank(self, *, survey: bool) -> Stage:
        """Thank for a rating, or longer for the answers of a `survey`."""
        settings = self._settings
        return self._go(
            "thanks", closes_s=settings.thanks_survey_s if survey else settings.thanks_s
        )

    def part(self, parting: Parting) -> Stage:
        """Thank whoever left something, with what they may want to write down."""
        return self._go("thanks", asked=parting, closes_s=FAREWELL_S)

    @property
    def parts(self) -> bool:
        """Whether a farewell is shown, which can be ended."""
        return isinstance(self.stage.asked, Parting)

    def call(self) -> Stage:
        """Say that the staff have been asked to come."""
        return self._go("thanks", asked=Called(), closes_s=self._settings.thanks_survey_s)

    def expire(self, revision: int) -> Stage | None:
        """End the question or the thanks of `revision`; None if they are long gone."""
        return self._rest() if revision == self.stage.revision else None

    def speak(self, language: str) -> Stage:
        """Change the language for the rest of this visit."""
        name: StageName = "question" if self.stage.name == "attract" else self.stage.name
        idle_s = QUESTION_IDLE_S if name == "question" else self.stage.closes_s
        stage = self.stage
        return self._go(
            name, language=language, closes_s=idle_s, asked=stage.asked, buttons=stage.buttons
        )

    def _patience_s(self, asked: Asked, untouched: bool) -> float:  # noqa: FBT001 - as `ask` has it
        if untouched:
            return self._settings.reasons_s
        return WRITING_IDLE_S if isinstance(asked, TextAsked | ContactAsked) else QUESTION_IDLE_S

    def _rest(self) -> Stage:
        return self._go("attract", language=self._first_language)

    def _go(
        self,
        name: StageName,
        *,
        language: str | None = None,
        closes_s: float | None = None,
        asked: Asked | None = None,
        buttons: Buttons | None = None,
    ) -> Stage:
        invites = self._inviting()
        self.stage = Stage(
            name=name,
            revision=self.stage.revision + 1,
            language=language or self.stage.language,
            closes_s=closes_s,
            asked=asked,
            buttons=buttons or (self._invitation(name) if invites else None),
            invites=invites,
        )
        return self.stage

    def _invitation(self, name: StageName) -> Buttons | None:
        if name not in {"attract", "question"}:
            return None
        return all_do(Use(does="begin"), count=self._plain_buttons)
