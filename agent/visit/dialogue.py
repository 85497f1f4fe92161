"""The steps a customer is led through: attract, question, reasons, thanks. Pure.

Buttons, touch, keyboard and timers all end up here, so the kiosk behaves the same with a screen,
without touch, or with no screen at all. The steps after an answer never depend on the answer.
"""

from __future__ import annotations

from agent.visit.settings import VisitSettings
from agent.visit.stage import Stage, StageName

QUESTION_IDLE_S = 30.0


class Dialogue:
    """One kiosk's conversation. Every change makes a new revision.

    A restarted kiosk begins at another `first_revision`, so that a tap meant for a screen of the
    former run cannot match one of this.
    """

    def __init__(self, settings: VisitSettings, *, language: str, first_revision: int = 1) -> None:
        self._settings = settings
        self._first_language = language
        self.stage = Stage(name="attract", revision=first_revision, language=language)

    def arrive(self) -> Stage | None:
        """Somebody is here: from the attract screen to the question."""
        return self._go("question") if self.stage.name == "attract" else None

    def depart(self) -> Stage | None:
        """Nobody is here any more: an open question goes back to attract."""
        return self._rest() if self.stage.name == "question" else None

    def press(self) -> Stage:
        """Lead on after a rating was kept: the reasons if there are any, else the thanks."""
        if self._settings.reasons:
            return self._go("reasons", closes_s=self._settings.reasons_s)
        return self._go("thanks", closes_s=self._settings.thanks_s)

    def give_reason(self) -> Stage:
        """Lead on after a reason was kept."""
        return self._go("thanks", closes_s=self._settings.thanks_survey_s)

    def skip(self) -> Stage:
        """Lead on after the customer wanted no reasons."""
        return self._go("thanks", closes_s=self._settings.thanks_s)

    def expire(self, revision: int) -> Stage | None:
        """End the stage of `revision` because its time is up; None if it is long gone."""
        if revision != self.stage.revision:
            return None
        return self.skip() if self.stage.name == "reasons" else self._rest()

    def speak(self, language: str) -> Stage:
        """Change the language for the rest of this visit."""
        name: StageName = "question" if self.stage.name == "attract" else self.stage.name
        idle_s = QUESTION_IDLE_S if name == "question" else self.stage.closes_s
        return self._go(name, language=language, closes_s=idle_s)

    def _rest(self) -> Stage:
        return self._go("attract", language=self._first_language)

    def _go(
        self, name: StageName, *, language: str | None = None, closes_s: float | None = None
    ) -> Stage:
        self.stage = Stage(
            name=name,
            revision=self.stage.revision + 1,
            language=language or self.stage.language,
            closes_s=closes_s,
        )
        return self.stage
