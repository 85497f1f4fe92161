"""`smilepost check FILE` and `smilepost schema config`, `questionnaire`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from agent.config.kinds import Kind, kind_of
from agent.config.loading import FORM
from agent.config.named import named_problems
from agent.config.problem import Problem
from agent.config.reading import draft
from agent.config.schema import KioskSettings
from agent.office.pins import office_problems
from agent.staff.roster import roster_problems
from agent.survey.loading import survey_problems
from agent.survey.questionnaire import Questionnaire


def check_command(path: str, *, factors: Path | None = None) -> int:
    """Print every problem of a file; return the exit code, 0 when it is good.

    A file with `questions` at its top is a questionnaire, one with `factors` their catalogue, one
    with `sellers` the staff's, one with roles the office's; every other is a kiosk's configuration,
    with all the files that it names. `factors` is the catalogue to check a questionnaire with.
    """
    found = survey_problems(Path(path), factors=factors)
    if found is None:
        found = _CHECKS[kind_of(Path(path))](Path(path))
    sys.stdout.writelines(f"{problem}\n" for problem in found)
    return 1 if found else 0


def kiosk_problems(path: Path) -> list[Problem]:
    """Return what is wrong with a kiosk's configuration and with the files that it names."""
    found = draft(path, form=FORM)
    problems = [*found.problems, *named_problems(found, path)]
    return sorted(problems, key=lambda one: (one.file != path, str(one.file), one.line))


_CHECKS: dict[Kind, Callable[[Path], list[Problem]]] = {
    "kiosk": kiosk_problems,
    "staff": roster_problems,
    "office": office_problems,
}


def config_schema() -> dict[str, Any]:
    """Return the JSON Schema of the kiosk's file, for editors that complete and underline."""
    return _schema(KioskSettings)


def questionnaire_schema() -> dict[str, Any]:
    """Return the JSON Schema of a questionnaire's file, for editors."""
    return _schema(Questionnaire)


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
