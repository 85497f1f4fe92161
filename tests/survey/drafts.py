"""Questionnaires for tests, in the words of a file, and what the checks say of them."""

from __future__ import annotations

from typing import Any

from agent.config.problem import KeyPath, dotted
from agent.survey.catalogue import Catalogue, built_in_catalogue
from agent.survey.checking import findings
from agent.survey.questionnaire import Questionnaire

Section = dict[str, Any]


def draft(*questions: Section, **settings: Any) -> Questionnaire:
    """Return a questionnaire in English; questions without texts get some."""
    content = {"id": "draft", "languages": ["en"], "questions": list(questions), **settings}
    return Questionnaire.model_validate(content)


def fcr(name: str, **more: Any) -> Section:
    """Return a question that needs no words of its own."""
    return {"id": name, "kind": "fcr", **more}


def faces(name: str, **more: Any) -> Section:
    return {"id": name, "kind": "faces", "text": {"en": "How was it?"}, **more}


def nps(name: str, **more: Any) -> Section:
    return {"id": name, "kind": "nps", "subject": {"en": "this shop"}, **more}


def text(name: str, **more: Any) -> Section:
    return {"id": name, "kind": "text", "text": {"en": "In your words?"}, **more}


def option(name: str, **more: Any) -> Section:
    return {"id": name, "label": {"en": name}, **more}


def choice(name: str, *options: Section | str, kind: str = "single", **more: Any) -> Section:
    """Return a question with options; a plain name is an option that leads on."""
    sections = [option(one) if isinstance(one, str) else one for one in options]
    words: Section = {"id": name, "kind": kind, "text": {"en": "Which?"}, **more}
    return {**words, "options": sections} if sections else words


def found(questionnaire: Questionnaire, *, catalogue: Catalogue | None = None) -> dict[str, str]:
    """Return what the checks say, by the key as a file writes it."""
    told = findings(questionnaire, catalogue=catalogue or built_in_catalogue())
    return {_written(key): words for key, words in told}


def _written(key: KeyPath) -> str:
    return dotted(key)
