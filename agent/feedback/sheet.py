"""The built-in questionnaire: where feedback is on and none of the company's own asks for it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from agent.feedback.settings import FeedbackSettings
from agent.survey.loading import load_questionnaire
from agent.survey.offer import Sheet
from agent.survey.personal import asks_words

BUILT_IN = Path(__file__).parent / "questionnaire.yaml"


def feedback_sheet(settings: FeedbackSettings, *, beside: Iterable[Sheet]) -> Sheet | None:
    """Return the built-in questionnaire; None where feedback is off, or is asked for already.

    `beside` are the company's own questionnaires: one that asks for words takes its place.
    """
    if not settings.enabled or any(asks_words(sheet.questionnaire) for sheet in beside):
        return None
    loaded = load_questionnaire(BUILT_IN)
    return Sheet(loaded.questionnaire, loaded.version)
