"""Whether conditions ask what can be known when their question's turn comes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from agent.config.problem import Finding, KeyPath
from agent.config.words import did_you_mean
from agent.survey.conditions import RATING, AllOf, AnyOf, Condition, NoneOf, OfAnswer
from agent.survey.possible import narrowed, world_of
from agent.survey.questionnaire import Questionnaire
from agent.survey.questions import AnyQuestion, FacesQuestion, ServperfQuestion
from agent.survey.routes import reached, routes
from agent.survey.screens import SCALES, offered


def condition_findings(questionnaire: Questionnaire) -> Iterator[Finding]:
    """Return what is wrong with conditions: key path and one line that says what to mend."""
    ways = routes(questionnaire)
    world = world_of(questionnaire)
    known = {question.id: question for question in questionnaire.questions}
    for index, question in enumerate(questionnaire.questions):
        if question.when is None:
            continue
        key: KeyPath = ("questions", index, "when")
        earlier = {name for name in known if question.id in reached(ways, start=ways[name])}
        found = [
            (place, f"question `{question.id}`: {text}")
            for place, about in _abouts(question.when, key)
            for text in _wrong(about, questionnaire, known, earlier)
        ]
        yield from found
        if not found and narrowed(world, question.when) is None:
            yield key, f"question `{question.id}`: its condition can never hold: mend or remove it"


def _abouts(condition: Condition, key: KeyPath) -> Iterator[tuple[KeyPath, OfAnswer]]:
    """Return every part about one answer, with where it stands."""
    match condition:
        case OfAnswer():
            yield key, condition
        case AllOf(all=parts) | AnyOf(any=parts) | NoneOf(none=parts):
            (form,) = type(condition).model_fields
            for place, part in enumerate(parts):
                yield from _abouts(part, (*key, form, place))


def _wrong(
    about: OfAnswer,
    questionnaire: Questionnaire,
    known: Mapping[str, AnyQuestion],
    earlier: set[str],
) -> Iterator[str]:
    name = about.question
    if name == RATING:
        yield from _of_rating(about, questionnaire)
    elif name not in known:
        names = [*earlier, RATING]
        yield f"a condition on `{name}`, which is no question{did_you_mean(name, known=names)}"
    elif name not in earlier:
        yield f"a condition on `{name}`, which is not asked before it: ask it earlier"
    else:
        yield from _of_question(about, known[name])
    if about.answered is False and _asks_more(about):
        yield f"`{name}` unanswered has no value: leave out what stands beside `answered: false`"


def _of_rating(about: OfAnswer, questionnaire: Questionnaire) -> Iterator[str]:
    if questionnaire.entry != "rating":
        yield "a condition on the rating, but `entry: start` has none in front: use `entry: rating`"
    elif questionnaire.discreet:
        yield (
            "a condition on the rating would tell bystanders what it was: remove it, or set"
            " `discreet: false` where nobody looks on"
        )
    if about.has:
        yield "the rating has no options: use at_least, at_most or sentiment instead of `has`"


def _of_question(about: OfAnswer, question: AnyQuestion) -> Iterator[str]:
    name, bounds = question.id, (about.at_least, about.at_most)
    if isinstance(question, ServperfQuestion) and _asks_more(about):
        yield f"`{name}` asks everyone something else: only `answered` can be asked of it"
        return
    if question.kind not in SCALES and bounds != (None, None):
        yield f"`{name}` is no scale: use `has` with its options instead of at_least and at_most"
    if about.sentiment and not isinstance(question, FacesQuestion):
        yield f"`{name}` has no sentiment: only the rating and faces have one"
    if question.kind in SCALES:
        yield from _on_scale(about, question)
    else:
        yield from _among(about, question)


def _on_scale(about: OfAnswer, question: AnyQuestion) -> Iterator[str]:
    if about.has:
        yield f"`{question.id}` is a scale: use at_least and at_most instead of `has`"
    values = [int(value) for value in offered(question)]
    for field, bound in (("at_least", about.at_least), ("at_most", about.at_most)):
        if bound is not None and bound not in values:
            ends = f"{values[0]} to {values[-1]}"
            yield f"`{question.id}` is a scale from {ends}: {field} cannot be {bound}"


def _among(about: OfAnswer, question: AnyQuestion) -> Iterator[str]:
    options = offered(question)
    if about.has and not options:
        yield f"`{question.id}` has no options: only `answered` can be asked of it"
        return
    for name in about.has:
        if name not in options:
            yield f"`{question.id}` has no option `{name}`{did_you_mean(name, known=options)}"


def _asks_more(about: OfAnswer) -> bool:
    others = (about.at_least, about.at_most, about.sentiment)
    return bool(about.has) or others != (None, None, None)
