"""`smilepost check FILE` and `smilepost schema config`, `questionnaire`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from agent.config.loading import Loaded, load, problems
from agent.config.problem import Problem
from agent.config.schema import KioskSettings
from agent.staff.roster import roster_problems
from agent.survey.fitting import questionnaire_problems
from agent.survey.loading import survey_problems
from agent.survey.questionnaire import Questionnaire


def check_command(path: str, *, factors: Path | None = None) -> int:
    """Print every problem of a file; return the exit code, 0 when it is good.

    A file with `questions` at its top is a questionnaire, one with `factors` their catalogue, every
    other a kiosk's configuration, with the questionnaires and the staff file that it names.
    `factors` is the catalogue to check a questionnaire with.
    """
    found = survey_problems(Path(path), factors=factors)
    if found is None:
        found = problems(Path(path)) or _problems_beside(load(Path(path)))
    sys.stdout.writelines(f"{problem}\n" for problem in found)
    return 1 if found else 0


def _problems_beside(loaded: Loaded) -> list[Problem]:
    """Return what is wrong with the files that a good configuration names."""
    staff = loaded.settings.staff.file
    found = [] if staff is None else roster_problems(loaded.path.parent / staff)
    return [*questionnaire_problems(loaded), *found]


def config_schema() -> dict[str, Any]:
    """Return the JSON Schema of the kiosk's file, for editors that complete and underline."""
    return _schema(KioskSettings)


def questionnaire_schema() -> dict[str, Any]:
    """Return the JSON Schema of a questionnaire's file, for editors."""
    return _schema(Questionnaire)


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
