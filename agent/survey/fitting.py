"""The questionnaires that a kiosk's configuration names, checked for that kiosk."""

from __future__ import annotations

from agent.config.loading import Loaded
from agent.config.problem import ConfigFileError, Problem
from agent.config.schema import KioskSettings
from agent.survey.catalogue import built_in_catalogue, load_catalogue
from agent.survey.loading import Kiosk, load_questionnaire
from agent.survey.means import Means


def kiosk_of(settings: KioskSettings) -> Kiosk:
    """Return what a questionnaire must fit to be asked by this kiosk."""
    shown = settings.screen.enabled
    means = Means(
        buttons=len(settings.panel.buttons),
        touch=shown and settings.screen.touch,
        screen=shown,
        words=settings.feedback.takes,
        invites=shown,
    )
    return Kiosk(means, languages=tuple(settings.screen.languages))


def questionnaire_problems(loaded: Loaded) -> list[Problem]:
    """Return everything that is wrong in the files that `survey` names."""
    settings, beside = loaded.settings.survey, loaded.path.parent
    catalogue = built_in_catalogue()
    if settings.factors is not None:
        try:
            catalogue = load_catalogue(beside / settings.factors)
        except ConfigFileError as error:
            return list(error.problems)  # each of its factors would be missing below
    found: list[Problem] = []
    for name in settings.questionnaires:
        try:
            load_questionnaire(beside / name, catalogue=catalogue, kiosk=kiosk_of(loaded.settings))
        except ConfigFileError as error:
            found += error.problems
    return found
