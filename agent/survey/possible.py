"""Which answers a condition leaves possible, and the longest way of a customer. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations

from agent.events.scale import sentiment
from agent.survey.conditions import RATING, AllOf, AnyOf, Condition, NoneOf, OfAnswer
from agent.survey.facts import Fact, Facts, holds
from agent.survey.questionnaire import Questionnaire
from agent.survey.questions import (
    AnyQuestion,
    FacesQuestion,
    MultipleQuestion,
    ServperfQuestion,
    WomiQuestion,
)
from agent.survey.routes import branches, routes, with_followers
from agent.survey.screens import SCALES, offered

MAX_STEPS = 5_000
"""Beyond so many steps the ways through a questionnaire are not counted."""

Answers = frozenset[Fact | None]
"""What may be known of a question; None: it was not answered."""
World = Mapping[str, Answers]

UNANSWERED: Answers = frozenset({None})

SCALE_SIZES = (2, 3, 4, 5)


def answers_to(question: AnyQuestion) -> Answers:
    """Return everything that may become known of a question."""
    options = offered(question)
    if question.kind in SCALES:
        faces = question.scale if isinstance(question, FacesQuestion) else None
        return frozenset({None, *(_scale_fact(int(value), faces) for value in options)})
    if isinstance(question, MultipleQuestion):
        counts = range(1, len(options) + 1)
        chosen = (several for count in counts for several in combinations(options, count))
        return frozenset({None, *(Fact(options=several) for several in chosen)})
    return frozenset({None, *(Fact(options=(option,)) for option in options or ("",))})


def world_of(questionnaire: Questionnaire) -> dict[str, Answers]:
    """Return what may become known of each question, and of the rating in front."""
    rating = UNANSWERED
    if questionnaire.entry == "rating" and not questionnaire.discreet:
        sizes = [(value, size) for size in SCALE_SIZES for value in range(1, size + 1)]
        rating = frozenset(_scale_fact(value, size) for value, size in sizes)
    return {RATING: rating, **{q.id: answers_to(q) for q in questionnaire.questions}}


def narrowed(world: World, condition: Condition | None) -> World | None:
    """Return the world in which a condition holds; None where it cannot hold.

    Only parts about a single question narrow it, so it never says None of what can hold.
    """
    narrow = dict(world)
    for part in _parts(condition):
        names = {about.question for about in abouts(part)}
        if len(names) != 1 or not names <= narrow.keys():
            continue
        (name,) = names
        narrow[name] = frozenset(fact for fact in narrow[name] if _holds(part, name, fact))
        if not narrow[name]:
            return None
    return narrow


def abouts(condition: Condition | None) -> Iterator[OfAnswer]:
    """Return what a condition says about single questions, at any depth."""
    match condition:
        case OfAnswer():
            yield condition
        case AllOf(all=parts) | AnyOf(any=parts) | NoneOf(none=parts):
            for part in parts:
                yield from abouts(part)


def most_screens(questionnaire: Questionnaire) -> int:
    """Return how many screens the longest way has if all conditions hold; there is no circle."""
    ways = routes(questionnaire)
    weights = {question.id: screens_of(question) for question in questionnaire.questions}

    @cache
    def behind(name: str) -> int:
        return weights.get(name, 0) + max(map(behind, ways.get(name, ())), default=0)

    return behind(questionnaire.questions[0].id)


def longest_way(questionnaire: Questionnaire, *, enough: int) -> tuple[str, ...] | None:
    """Return the ids of the screens on the longest way, one for each screen.

    The search ends with the first way of `enough` screens, and with None where there are too many
    ways to count. Conditions that exclude each other are not both met. The questionnaire must have
    no circle.
    """
    search = _Search(questionnaire, enough=enough)
    world = world_of(questionnaire)
    unasked = {name: world[name] if name == RATING else UNANSWERED for name in world}
    search.walk(questionnaire.questions[0].id, unasked, ())
    return None if search.gave_up else search.longest


class _Search:
    """Every way through a questionnaire, until one is long enough."""

    def __init__(self, questionnaire: Questionnaire, *, enough: int) -> None:
        self.longest: tuple[str, ...] = ()
        self.gave_up = False
        self._enough = enough
        self._steps = 0
        self._questions = {q.id: (q, follower) for q, follower in with_followers(questionnaire)}

    def walk(self, name: str, world: World, shown: tuple[str, ...]) -> None:
        self._steps += 1
        if len(shown) > len(self.longest):
            self.longest = shown
        if len(self.longest) >= self._enough or name not in self._questions:
            return
        if self._steps > MAX_STEPS:
            self.gave_up = True
            return
        question, follower = self._questions[name]
        asked = narrowed(world, question.when)
        if asked is not None:
            self._ask(question, follower, asked, (*shown, *(name,) * screens_of(question)))
        if question.when is not None:
            self.walk(follower, world, shown)

    def _ask(
        self, question: AnyQuestion, follower: str, world: World, shown: tuple[str, ...]
    ) -> None:
        name, known = question.id, answers_to(question)
        elsewhere = branches(question)
        for target in dict.fromkeys(elsewhere.values()):
            chosen = {option for option, behind in elsewhere.items() if behind == target}
            kept: Answers = frozenset(f for f in known if f and not chosen.isdisjoint(f.options))
            self.walk(target, {**world, name: kept}, shown)
        kept = frozenset(f for f in known if not f or elsewhere.keys().isdisjoint(f.options))
        self.walk(follower, {**world, name: kept}, shown)


def screens_of(question: AnyQuestion) -> int:
    """Return how many screens a question takes."""
    match question:
        case WomiQuestion():
            return 2
        case ServperfQuestion():
            return question.items
        case _:
            return 1


def _scale_fact(value: int, faces: int | None) -> Fact:
    return Fact(value, (str(value),), None if faces is None else sentiment(value, scale=faces))


def _parts(condition: Condition | None) -> Iterator[Condition]:
    """Return parts that all hold where the condition does."""
    match condition:
        case None:
            return
        case AllOf(all=parts):
            for part in parts:
                yield from _parts(part)
        case NoneOf(none=parts):
            yield from (NoneOf(none=(part,)) for part in parts)
        case _:
            yield condition


def _holds(condition: Condition, name: str, fact: Fact | None) -> bool:
    return holds(condition, Facts({} if fact is None else {name: fact}))
