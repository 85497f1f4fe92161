"""What the scripted customers do, and which of their presses should count. Pure.

The expectations follow reference cases of what a press means, worked out here by hand a second
time; they do not ask the kiosk's own rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

ActName = Literal["answer", "repeat", "change", "mash", "crash", "survey"]

BUTTONS = 5
"""The script is written for five; on a smaller scale neighbours fall together."""
APART_S = 5.4
"""Between two acts: more than the 5 s in which presses belong to one answer."""
SHORTEST_S = 20.0
FULL_S = 38.0
FIRST_S = 0.5
CRASH_S = 7.0
"""What a killed agent's return, the press after it and its delivery may take, at the end."""
PRESS_S = 0.3
"""From a finger's decision to the light, on a slow machine."""
PLAY_PRESSES = 5
SURVEY_S = 9.0
"""What the screens of a survey may take whoever answers all of them."""
HASTE_S = 0.1
"""A toddler's pause between two keys."""


@dataclass(frozen=True, slots=True)
class Tap:
    """One press: of which of five buttons, from the worst, and how long after the one before."""

    button: int
    pause_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Act:
    """What one customer does. In a `crash` the agent dies in the commit of the first press.

    A `survey` is answered on the page; where the page invites to it, nothing is pressed before.
    """

    name: ActName
    taps: tuple[Tap, ...]

    @property
    def thanked(self) -> tuple[Tap, ...]:
        """The presses that are acknowledged."""
        return self.taps[1:] if self.name == "crash" else self.taps


REPEAT = Act("repeat", (Tap(3), Tap(3, 0.9)))
CHANGE = Act("change", (Tap(0), Tap(4, 1.2)))
UNDECIDED = Act("change", (Tap(1), Tap(3, 0.9), Tap(3, 0.9)))
MASH = Act("mash", tuple(Tap(button, HASTE_S) for button in (0, 4, 1, 3, 2, 0, 4, 1)))
SURVEY = Act("survey", (Tap(1),))
CRASH = Act("crash", (Tap(2), Tap(2)))


def answer(button: int) -> Act:
    """Return the act of somebody who presses once."""
    return Act("answer", (Tap(button),))


def script(seconds: float, *, survey: bool = False) -> tuple[Act, ...]:
    """Return what fits into `seconds` after ready: at least 12 presses from 20 s on.

    Below that it is a shorter one, without the crash. Where a `survey` is asked, somebody answers
    it first, and there is so much less time for the others.
    """
    if survey and seconds >= FIRST_S + SURVEY_S:
        return (SURVEY, *script(seconds - SURVEY_S - APART_S))
    if seconds < SHORTEST_S:
        return _fitting((answer(4), REPEAT, CHANGE), seconds)
    acts = (UNDECIDED, MASH) if seconds < FULL_S else (answer(4), REPEAT, CHANGE, MASH)
    return (*acts, *_answers(crash_at_s(seconds) - _duration_s(acts)), CRASH)


def crash_at_s(seconds: float) -> float:
    """Return when the agent is killed: late, but with time for its return and what is left."""
    return seconds - CRASH_S


def _duration_s(acts: tuple[Act, ...]) -> float:
    """Return when the act after `acts` can begin."""
    pauses_s = sum(tap.pause_s for act in acts for tap in act.taps)
    presses = sum(len(act.taps) for act in acts)
    return FIRST_S + pauses_s + PRESS_S * presses + APART_S * len(acts)


def _answers(room_s: float) -> tuple[Act, ...]:
    """Fill the time before the crash with single answers."""
    count = max(0, int(room_s // (APART_S + PRESS_S)))
    return tuple(answer((3, 4, 2, 4, 1)[index % 5]) for index in range(count))


def _fitting(acts: tuple[Act, ...], seconds: float) -> tuple[Act, ...]:
    room_s, chosen = seconds - FIRST_S, []
    for act in acts:
        cost_s = PRESS_S * len(act.taps) + sum(tap.pause_s for tap in act.taps)
        if cost_s > room_s:
            break
        chosen.append(act)
        room_s -= cost_s + APART_S
    return tuple(chosen)


@dataclass(frozen=True, slots=True)
class Made:
    """A press that was acknowledged: its button and the contact it was taken for, if any."""

    button: int
    contact: str | None = None


def expected(acts: Sequence[Sequence[Made]]) -> list[list[bool]]:
    """Say of every press of every act whether it should count.

    Acts are more than 5 s apart. Two contacts are two people; one contact answers once.
    """
    answered: set[str] = set()
    return [
        [verdict for person in _persons(presses) for verdict in _judge(person, answered)]
        for presses in acts
    ]


def _persons(presses: Sequence[Made]) -> list[list[Made]]:
    """Split an act where the camera saw that somebody else pressed."""
    persons: list[list[Made]] = []
    for press in presses:
        if persons and not _told_apart(persons[-1][-1], press):
            persons[-1].append(press)
        else:
            persons.append([press])
    return persons


def _told_apart(earlier: Made, later: Made) -> bool:
    return earlier.contact != later.contact and None not in {earlier.contact, later.contact}


def _judge(presses: list[Made], answered: set[str]) -> list[bool]:
    """Judge one person's presses: the last change of mind counts, its repeats do not."""
    known = {press.contact for press in presses if press.contact is not None}
    buttons = [press.button for press in presses]
    if known & answered or (len(presses) >= PLAY_PRESSES and len(set(buttons)) > 1):
        return [False] * len(presses)
    answered |= known
    standing = len(buttons) - 1
    while standing and buttons[standing - 1] == buttons[standing]:
        standing -= 1
    return [index == standing for index in range(len(buttons))]
