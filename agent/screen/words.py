"""The built-in wording of the customer's page, one YAML file a language."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints

from agent.errors import ScreenError

FOLDER = Path(__file__).parent / "texts"

Line = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class CameraNotices(BaseModel):
    """What is said about the camera, by its mode. No notice names a thing that is not done."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    presence: Line
    smile: Line
    emotion: Line


class Words(BaseModel):
    """Every text of the page in one language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Line
    question: Line
    hint: Line
    faces: tuple[Line, Line, Line, Line, Line]
    reasons: Line
    reasons_hint: Line
    skip: Line
    thanks: Line
    thanks_hint: Line
    out_of_order: Line
    out_of_order_hint: Line
    waiting: Line
    mirror: Line
    language: Line
    camera: CameraNotices


@cache
def words(language: str) -> Words:
    """Return the built-in texts of `language` (two letters); ScreenError when there are none."""
    path = FOLDER / f"{language}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in FOLDER.glob("*.yaml")))
        raise ScreenError(f"no built-in texts for language `{language}`: choose among {known}")
    content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Words.model_validate(content)
