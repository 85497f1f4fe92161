"""One customer's way through a questionnaire. Pure: it is told the time and reads no clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from agent.errors import SurveyError
from agent.events.catalogue import Answer, Channel
from agent.survey.facts import RatingFact
from agent.survey.path import Path, Plan, Step
from agent.survey.questionnaire import Questionnaire
from agent.survey.screens import Screen, screen

MOST_ANSWERS = 20
"""As many as one `response.given` holds."""

Cut = Literal["timeout", "walked_away", "interrupted", "waiting"]
"""How a session ends from outside; `waiting`: the screen is handed to the next customer."""
Ended = Literal["answered", "skipped", "timeout", "walked_away", "interrupted"]
Key = tuple[str, str | None]


class Session:
    """A survey session. Whatever was shown has an answer in the end, and nothing else has.

    `opened_s` and every `at_s` are seconds of the monotonic clock. `waiting` says that somebody
    stands behind the customer. The language may be changed at any time, to one that the
    questionnaire has.
    """

    def __init__(
        self,
        questionnaire: Questionnaire,
        *,
        version: str,
        language: str,
        opened_s: float,
        plan: Plan | None = None,
        rating: RatingFact | None = None,
        waiting: bool = False,
    ) -> None:
        self.questionnaire = questionnaire
        self.version = version
        self.waiting = waiting
        self.ending: Cut | Literal["complete"] | None = None
        """How the session ended; None while it is open."""
        self._path = Path(questionnaire, plan=plan or Plan(), rating=rating)
        self._answers: list[Answer] = []
        self._former: dict[Key, Answer] = {}
        self._spent_s: dict[Key, float] = {}
        self._since_s = opened_s
        self._step: Step | None = None
        self.speak(language)
        self._advance()

    @property
    def screen(self) -> Screen | None:
        """What is to be shown; None when the session is over."""
        if self._step is None:
            return None
        return screen(self._step.question, item=self._step.item, position=len(self._answers) + 1)

    @property
    def answers(self) -> tuple[Answer, ...]:
        """The answers so far, in the order of asking. Those taken back are not among them."""
        return tuple(self._answers)

    @property
    def former(self) -> Answer | None:
        """What the open screen was answered with before the customer went back to it."""
        return None if self._step is None else self._former.get(self._step.key)

    def speak(self, language: str) -> None:
        """Go on in another language. Raises `SurveyError` if the questionnaire has it not."""
        if language not in self.questionnaire.languages:
            raise SurveyError(
                f"questionnaire {self.questionnaire.id!r} has no language {language!r}:"
                f" choose one of {', '.join(self.questionnaire.languages)}"
            )
        self.language = language

    def answer(
        self,
        options: Sequence[str] = (),
        *,
        at_s: float,
        channel: Channel,
        text_given: bool = False,
    ) -> None:
        """Answer the open screen: with options it offers, or with a text or contact kept elsewhere.

        Raises `SurveyError`, and changes nothing, for what was not offered.
        """
        shown = self._open_screen()
        _check(shown, options, text_given=text_given)
        chosen = tuple(option for option in shown.options if option in options)
        self._take(shown, "answered", at_s=at_s, channel=channel, options=chosen)

    def skip(self, *, at_s: float, channel: Channel | None = None) -> None:
        """Leave the open screen without an answer; `SurveyError` when the session is over."""
        self._take(self._open_screen(), "skipped", at_s=at_s, channel=channel)

    def back(self, *, at_s: float) -> bool:
        """Show the screen before once more; False if there is none.

        Its answer stands until another takes its place: see `former` and `end`.
        """
        if self._step is None or not self._answers:
            return False
        self._spent_s[self._step.key] = self._shown_s(self._step.key, at_s)
        last = self._answers.pop()
        self._former[last.question, last.item] = last
        self._spent_s[last.question, last.item] = last.duration_s
        self._since_s = at_s
        self._step = self._next_step()
        return True

    def end(self, how: Cut, *, at_s: float) -> None:
        """Close the session from outside. Nothing happens when it is over already.

        Answers that the customer only went back to look at stand again, as far as the path still
        leads by them; the screen that was shown without an answer ends as `how` says.
        """
        if self._step is None:
            return
        self._spent_s[self._step.key] = self._shown_s(self._step.key, at_s)
        self._close(how)

    def _close(self, how: Cut) -> None:
        """End what was shown: what was answered stands, the next one was cut off."""
        self._restore()
        if self._step is not None and self._step.key in self._spent_s:
            ended: Ended = "interrupted" if how == "waiting" else how
            self._write(self._open_screen(), ended, self._spent_s[self._step.key])
        self._step = None
        self.ending = how

    def _restore(self) -> None:
        while self._step is not None and (former := self._former.pop(self._step.key, None)):
            position = len(self._answers) + 1
            self._answers.append(former.model_copy(update={"position": position}))
            self._step = self._next_step()

    def _open_screen(self) -> Screen:
        shown = self.screen
        if shown is None:
            raise SurveyError("the session is over: open a new one for the next answer")
        return shown

    def _take(
        self,
        shown: Screen,
        ended: Ended,
        *,
        at_s: float,
        channel: Channel | None,
        options: tuple[str, ...] = (),
    ) -> None:
        key = shown.question, shown.item
        self._write(shown, ended, self._shown_s(key, at_s), channel=channel, options=options)
        self._since_s = at_s
        self._advance()

    def _write(
        self,
        shown: Screen,
        ended: Ended,
        duration_s: float,
        *,
        channel: Channel | None = None,
        options: tuple[str, ...] = (),
    ) -> None:
        answer = Answer(
            question=shown.question,
            item=shown.item,
            options=options,
            value=shown.value(options),
            ended=ended,
            duration_s=round(duration_s, 3),
            position=shown.position,
            language=self.language,
            channel=channel,
            version=self.version,
            driver=shown.driver,
        )
        self._answers.append(answer)

    def _shown_s(self, key: Key, at_s: float) -> float:
        return self._spent_s.get(key, 0.0) + max(0.0, at_s - self._since_s)

    def _advance(self) -> None:
        step = self._next_step()
        if step is None:
            self._step, self.ending = None, "complete"
            return
        self._step = step
        if self._is_enough(step):
            self._close("waiting")

    def _next_step(self) -> Step | None:
        full = len(self._answers) == MOST_ANSWERS
        return None if full else self._path.step_behind(self._answers)

    def _is_enough(self, step: Step) -> bool:
        """Tell whether whoever waits behind need not wait for another question."""
        hurried = self.waiting and self.questionnaire.while_waiting == "first"
        return hurried and bool(self._answers) and step.question.id != self._answers[-1].question


def _check(shown: Screen, options: Sequence[str], *, text_given: bool) -> None:
    """Refuse what does not answer the screen."""
    unknown = sorted(set(options) - set(shown.options))
    if unknown:
        raise SurveyError(
            f"{shown.question!r} does not offer {', '.join(unknown)}:"
            f" choose from {', '.join(shown.options) or 'nothing, it wants words'}"
        )
    if len(set(options)) != len(options) or len(options) > shown.most:
        raise SurveyError(f"{shown.question!r} takes at most {shown.most}, each once: choose fewer")
    wants_words = shown.needs in {"text", "contact"}
    if text_given != wants_words or (not wants_words and not options):
        wanted = f"a {shown.needs}" if wants_words else "a choice and no text"
        raise SurveyError(f"{shown.question!r} wants {wanted}: give it, or skip the question")
