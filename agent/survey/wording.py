"""The locked wording of the standard indices, one YAML file a language.

Sources: Reichheld 2003 (NPS), Dixon, Freeman and Toman 2010 and CEB 2013 (CES), ForeSee 2013
(WoMI), Cronin and Taylor 1992 (SERVPERF). The 22 SERVPERF statements are in our own short words,
after the items that Parasuraman, Berry and Zeithaml put positively in 1991: so no answer is
reversed. The translations are ours, too. Figures compare among kiosks of this wording, whose hash
is part of a questionnaire's version.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from agent.config.base import Settings
from agent.config.problem import ConfigFileError
from agent.config.reading import Form, read
from agent.errors import ConfigError
from agent.survey.questions import (
    CesQuestion,
    CsatQuestion,
    FcrQuestion,
    NpsQuestion,
    Question,
    ServperfQuestion,
    WomiQuestion,
)
from agent.survey.screens import DISCOURAGE, RECOMMEND

FOLDER = Path(__file__).parent / "texts"

Text = Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]

Locked = NpsQuestion | CesQuestion | CsatQuestion | WomiQuestion | ServperfQuestion | FcrQuestion


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a customer reads on one screen of a standard question."""

    text: str
    low: str
    """Beside the lowest value; of yes and no, the no."""
    high: str
    """Beside the highest value; of yes and no, the yes."""


class ScaleWording(Settings):
    """A question or statement and the ends of its scale."""

    text: Text
    """With `{subject}` where the company's words stand."""
    low: Text
    """Beside the lowest value."""
    high: Text
    """Beside the highest value."""


class YesNoWording(Settings):
    """A question with two answers."""

    text: Text
    """The question."""
    yes: Text
    """The first answer."""
    no: Text
    """The second answer."""


class Wording(Settings):
    """The standard questions in one language."""

    nps: ScaleWording
    ces1: ScaleWording
    ces2: ScaleWording
    csat: ScaleWording
    womi_recommend: ScaleWording
    womi_discourage: ScaleWording
    servperf: ScaleWording
    """The frame of every statement: `{subject}` and `{item}`."""
    servperf_items: tuple[Text, ...] = Field(min_length=22, max_length=22)
    """The statements, in the order of their numbers."""
    fcr: YesNoWording


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that have locked wording, in the order of their codes."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


@cache
def wording(language: str) -> Wording:
    """Return the locked wording in `language`; ConfigError where there is none."""
    if language not in languages():
        known = ", ".join(languages())
        raise ConfigError(f"no locked wording in `{language}`: choose among {known}")
    path = FOLDER / f"{language}.yaml"
    found, problems = read(path, form=Form(Wording, example="texts/en.yaml"))
    if found is None:
        raise ConfigFileError(problems)
    return found


def is_locked(question: Question) -> bool:
    """Tell whether the words of a question are a standard's and not the company's."""
    return isinstance(question, Locked)


def phrase(question: Locked, *, language: str, item: str | None = None) -> Phrase:
    """Return what is read, with the subject put in.

    `item`: of WoMI `recommend` or `discourage`; of SERVPERF the statement's number, 1 to 22.
    """
    words = wording(language)
    if isinstance(question, FcrQuestion):
        return Phrase(words.fcr.text, words.fcr.no, words.fcr.yes)
    scale = scale_wording(question, words=words, item=item)
    text = scale.text
    if isinstance(question, ServperfQuestion):
        text = text.replace("{item}", statement(item, words=words))
    text = text.replace("{subject}", question.subject[language])
    return Phrase(text[:1].upper() + text[1:], scale.low, scale.high)


def scale_wording(
    question: NpsQuestion | CesQuestion | CsatQuestion | WomiQuestion | ServperfQuestion,
    *,
    words: Wording,
    item: str | None = None,
) -> ScaleWording:
    """Return the words of a scale before the subject is put in."""
    if isinstance(question, WomiQuestion):
        return words.womi_discourage if item == DISCOURAGE else words.womi_recommend
    if isinstance(question, CesQuestion):
        return words.ces1 if question.variant == 1 else words.ces2
    scale: ScaleWording = getattr(words, question.kind)
    return scale


def statement(item: str | None, *, words: Wording) -> str:
    """Return the SERVPERF statement of a number from 1 to 22; ConfigError for another."""
    numbers = [str(number) for number in range(1, len(words.servperf_items) + 1)]
    if item not in numbers:
        raise ConfigError(f"SERVPERF has no statement `{item}`: its numbers are 1 to 22")
    return words.servperf_items[numbers.index(item)]


def locked_words(question: Question, *, language: str) -> tuple[str, ...]:
    """Return every locked text that `question` may show: what its version is made of."""
    if not isinstance(question, Locked) or language not in languages():
        return ()
    words = wording(language)
    if isinstance(question, FcrQuestion):
        return (words.fcr.text, words.fcr.yes, words.fcr.no)
    items = (RECOMMEND, DISCOURAGE) if isinstance(question, WomiQuestion) else (None,)
    scales = [scale_wording(question, words=words, item=item) for item in items]
    ends = tuple(part for scale in scales for part in (scale.text, scale.low, scale.high))
    return ends + (words.servperf_items if isinstance(question, ServperfQuestion) else ())
