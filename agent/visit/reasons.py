"""The reasons of the `visit` section as a questionnaire of one question."""

from __future__ import annotations

from collections.abc import Sequence

from agent.config.reading import canonical_sha256
from agent.screen.words import words
from agent.survey.offer import Sheet
from agent.survey.questionnaire import Questionnaire
from agent.survey.questions import Option, SingleQuestion
from agent.visit.settings import VisitSettings

REASONS = "reasons"


def reasons_sheet(settings: VisitSettings, *, languages: Sequence[str]) -> Sheet | None:
    """Return what `visit.reasons` asks behind every answer; None where there are none.

    Every reason has a label in each of the kiosk's `languages`; the question is built in.
    """
    if not settings.reasons:
        return None
    options = tuple(
        Option(id=reason.id, label=dict(reason.label), icon=reason.icon)
        for reason in settings.reasons
    )
    question = SingleQuestion(
        kind="single",
        id=REASONS,
        text={language: words(language).reasons for language in languages},
        options=options,
    )
    questionnaire = Questionnaire(id=REASONS, languages=tuple(languages), questions=(question,))
    return Sheet(questionnaire, canonical_sha256(questionnaire.model_dump(mode="json")))
