"""Customers who do anything at all in a session, by a seeded lot or by recorded moves."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

from agent.survey.path import Plan
from agent.survey.questionnaire import Questionnaire
from agent.survey.questions import ServperfQuestion
from agent.survey.sampling import Matrix
from agent.survey.screens import Screen
from agent.survey.session import Session


class Move(NamedTuple):
    """One thing a customer does, and how long they take."""

    what: Literal["answer", "skip", "back", "speak", "wait", "leave"]
    options: tuple[str, ...] = ()
    after_s: float = 1.0


def plan_for(form: Questionnaire, rng: random.Random) -> Plan:
    """Draw a plan that leaves out every fifth question."""
    asked = [q for q in form.questions if isinstance(q, ServperfQuestion)]
    items = {q.id: Matrix(q, rng=rng).draw() for q in asked}
    out = frozenset(q.id for q in form.questions if rng.random() < 0.2)
    return Plan(left_out=out, items=items)


def choice(screen: Screen, rng: random.Random) -> tuple[str, ...]:
    """Choose as much as the screen takes."""
    if not screen.options:
        return ()
    return tuple(rng.sample(screen.options, rng.randint(1, screen.most)))


def next_move(screen: Screen, rng: random.Random, *, backs: bool = True) -> Move:
    """Do anything; mostly, answer."""
    weights = {"answer": 12, "skip": 3, "back": 3 if backs else 0, "speak": 1, "wait": 1}
    what: Move = Move(rng.choices(list(weights), list(weights.values()))[0])  # type: ignore[arg-type]
    options = choice(screen, rng) if what.what == "answer" else ()
    return Move(what.what, options, after_s=rng.uniform(0.2, 9.0))


def do(session: Session, move: Move, at_s: float) -> None:
    """Let the customer do one thing."""
    match move.what:
        case "answer":
            words = session.screen is not None and not session.screen.options
            session.answer(move.options, at_s=at_s, channel="touch", text_given=words)
        case "skip":
            session.skip(at_s=at_s)
        case "back":
            session.back(at_s=at_s)
        case "speak":
            session.speak("de" if session.language == "en" else "en")
        case "wait":
            session.waiting = not session.waiting
        case "leave":
            session.end("walked_away", at_s=at_s)


def visit(
    session: Session, choose: Callable[[Screen], Move], *, patience: int = 60
) -> tuple[list[Screen], list[Move]]:
    """Let a customer go through a session; return the screens seen, and every move.

    Whoever runs out of patience leaves.
    """
    seen: list[Screen] = []
    moves: list[Move] = []
    at_s = 0.0
    while session.screen is not None:
        seen.append(session.screen)
        move = choose(session.screen) if len(moves) < patience else Move("leave")
        moves.append(move)
        at_s += move.after_s
        do(session, move, at_s)
    return seen, moves


def replay(session: Session, moves: Iterable[Move]) -> None:
    """Do what was done before."""
    at_s = 0.0
    for move in moves:
        at_s += move.after_s
        do(session, move, at_s)
