"""One kiosk's visits: presses and choices in, events and stages out.

The order of a press is a promise: it is judged, committed, and only then acknowledged by light,
sound and screen. Everything here runs on the event loop.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace

from agent.clock import Clock
from agent.events.catalogue import Channel, PromptShown
from agent.events.scale import DEFAULT_KEYS
from agent.outbox.work import Receipt
from agent.screen.asked import Use
from agent.screen.views import (
    Active,
    Back,
    Choice,
    Choices,
    ContactGiven,
    Help,
    LanguageChoice,
    MoreTime,
    Said,
    Written,
)
from agent.survey.facts import RatingFact
from agent.survey.offer import Offer, Opening
from agent.visit.acknowledgement import Acknowledgement
from agent.visit.dialogue import Dialogue
from agent.visit.hands import Hands, moved
from agent.visit.ledger import SeenBy
from agent.visit.presses import Presses, Rated
from agent.visit.ratings import Store, Told
from agent.visit.settings import VisitSettings
from agent.visit.stage import Stage
from agent.visit.surveys import Desk, Surveys
from agent.visit.trial import Trial
from agent.visit.underway import UnderWay, finish

REVISIONS = 1_000_000_000
SKIP = "skip"
"""What a choice names to leave a screen without an answer."""
GONE_S = 5.0
"""A farewell stands so long when its reader was seen to leave: they may only have bowed."""
BEGIN = "begin"
"""What a choice names to take up the invitation to a survey."""


class Visit:
    """The rules of a visit at work. Make it inside a running event loop.

    `keys` are the ids of the answers from the worst to the best; `offer` has the questionnaires;
    `show` is called with every stage the customer is to see. `plain` is a display without touch:
    the physical buttons answer what it asks. `desk` takes what customers write,
    `ask_for_help` is told of who asks for somebody of the staff.
    """

    def __init__(
        self,
        settings: VisitSettings,
        *,
        keys: tuple[str, ...],
        languages: tuple[str, ...],
        store: Store,
        offer: Offer,
        clock: Clock,
        acknowledgement: Acknowledgement,
        show: Callable[[Stage], None],
        plain: bool = False,
        desk: Desk | None = None,
        ask_for_help: Callable[[str | None], Coroutine[object, object, None]] | None = None,
    ) -> None:
        self._languages = languages
        self._store = store
        self._clock = clock
        self._acknowledgement = acknowledgement
        self._show = show
        self._ask_for_help = ask_for_help
        self.keys = keys or DEFAULT_KEYS[settings.scale]
        self._hands = Hands(keys if plain else ())
        self._presses = Presses(settings, keys=self.keys, store=store, clock=clock)
        self._contacts = self._presses.contacts
        self._surveys = Surveys(
            store, clock=clock, offer=offer, rating_id=self._presses.event_id, desk=desk
        )
        self._dialogue = Dialogue(
            settings,
            language=languages[0],
            first_revision=1 + secrets.randbelow(REVISIONS),
            plain_buttons=len(keys) if plain else 0,
            inviting=lambda: self._surveys.invites(languages[0]),
        )
        self._seen_off = False  # a camera saw the last one leave, and nobody has come or pressed
        self._stage_timer: asyncio.TimerHandle | None = None
        self._work = UnderWay()
        self.presses = self._presses.counts
        """How often each key was pressed in this run, button tests left out."""
        self.trial = Trial()

    @property
    def stage(self) -> Stage:
        """What the customer faces."""
        return self._dialogue.stage

    # -- answers ----------------------------------------------------------------------------

    def press(self, key: str, *, at_s: float, channel: Channel = "button") -> None:
        """Take an accepted press of a button or a face. `at_s` is monotonic.

        It is a rating, unless the display has no touch and the button answers what is shown there.
        """
        if self.trial.covers(at_s):
            self._try(key, at_s, channel)
            return
        fresh = self._surveys.untouched
        taken = self._hands.take(key, at_s=at_s, changeable=fresh) if channel == "button" else None
        if taken is None:
            self._rate(key, at_s, channel)
        else:
            self._obey(taken)

    def _rate(self, key: str, at_s: float, channel: Channel) -> None:
        self._hands.rated(key, at_s=at_s)
        self._seen_off = False
        self._acknowledgement.wait()
        language = self.stage.language
        rated = self._presses.rate(key, at_s=at_s, channel=channel, language=language)
        self._work.start(self._thank_for_rating(rated, key=key))

    def mark_stuck(self, key: str) -> None:
        """Learn that the last press of a key was never released."""
        if self._hands.last_rated(key):
            self._presses.mark_stuck(key)

    def disown(self, presses: Sequence[tuple[str, int]]) -> None:
        """Learn that presses (key, monotonic ms) were of staff who sign on: they are no answers."""
        self._presses.disown(presses)
        if not self._surveys.touched:
            self._work.start(self._surveys.end("interrupted"))
            self._rest(self.stage.revision)

    def choose(self, choice: Choice) -> str | None:
        """Take a choice from the page; returns why it is refused, or None."""
        if choice.revision != self.stage.revision:
            return "this screen has been answered already"
        if self.stage.name in {"attract", "question"}:
            return self._open(choice)
        if self.stage.name == "survey":
            return self._answer(choice.option, choice.channel)
        if choice.option == SKIP and self._dialogue.parts:
            self._rest(self.stage.revision)
            return None
        return f"{choice.option} cannot be chosen here"

    def hear(self, said: Said) -> str | None:
        """Take anything else from the screens of a survey; returns why it is refused, or None."""
        if said.revision != self.stage.revision:
            return "this screen has changed already"
        match said:
            case Choices(options=options, channel=channel):
                self._work.start(self._go_on(self._surveys.answer(options, channel=channel)))
            case Back():
                if self._surveys.back():
                    self._ask()
            case MoreTime():
                self._surveys.touch()
                self._ask()
            case Active():
                self._surveys.touch()
                self._schedule(self.stage)
            case Help():
                self._work.start(self._call_staff())
            case Written(text=words):
                return self._write(words, "text", said.channel)
            case ContactGiven(value=words):
                return self._write(words, "contact", said.channel)
        return None

    def speak(self, choice: LanguageChoice) -> str | None:
        """Take another language from the page; returns why it is refused, or None."""
        if choice.revision != self.stage.revision:
            return "this screen has changed already"
        if choice.code not in self._languages:
            return f"language {choice.code} is not configured here"
        self._surveys.speak(choice.code)
        self._surveys.touch()
        stage = self._dialogue.speak(choice.code)
        if stage.name == "survey":
            self._ask()
        else:
            self._enter(stage)
        return None

    # -- the installer's button test ---------------------------------------------------------

    def begin_trial(self, *, for_s: float = 300.0) -> None:
        """Try the buttons: presses are kept and acknowledged, but never count, for that long."""
        self.trial.begin(self._clock.monotonic(), for_s=for_s)

    def end_trial(self) -> None:
        """End the button test."""
        self.trial.end(self._clock.monotonic())

    # -- the page ---------------------------------------------------------------------------

    def painted(self) -> None:
        """Learn that the present stage is on the glass."""
        self._hands.paint(at_s=self._clock.monotonic())

    def unseen(self) -> None:
        """Learn that there is no page: the buttons are then what is printed on them."""
        self._hands.lose()

    def look(self) -> None:
        """See whether there is a survey to invite to just now; call it now and then."""
        if (stage := self._dialogue.look()) is not None:
            self._enter(stage)

    # -- presence ---------------------------------------------------------------------------

    def watch(self, *, on: bool) -> None:
        """Learn whether a camera is counting contacts."""
        self._contacts.watch(on=on)
        self._rest_if_alone()

    def prompt(self, *, on: bool) -> None:
        """Learn whether the question can be seen: a page, or buttons with a printed one."""
        self._contacts.prompt(on=on)

    def arm(self, *, on: bool) -> None:
        """Learn whether the till waits for an answer: it has armed the lights."""
        self._contacts.arm(on=on)

    def opt_out(self) -> str | None:
        """Take whoever wants no camera out of those served; returns the contact, if one is seen.

        Blanking the camera is the caller's.
        """
        return self._contacts.opt_out()

    def arrive(self, contact: str, *, arrived_ms: int, seen_by: SeenBy = "camera") -> None:
        """Take a contact that has been present long enough to be one."""
        if self._seen_off and self._hands.answer and self._surveys.untouched:
            self._work.start(self._surveys.end("walked_away"))
            self._dialogue.expire(self.stage.revision)  # a newcomer's buttons are for rating
        self._seen_off = False
        self._presses.arrive(contact, arrived_ms=arrived_ms, seen_by=seen_by)
        stage = self._dialogue.arrive()
        if stage is not None:
            self._enter(stage)
            self._store.append(PromptShown(contact=contact, language=stage.language))

    def leave(self, contact: str, *, left_ms: int) -> None:
        """Take the end of a contact's presence."""
        self._contacts.leave(contact, left_ms=left_ms)
        self._seen_off = self._contacts.present == 0
        if self._seen_off and self._dialogue.parts:
            self._schedule(replace(self.stage, closes_s=GONE_S))
        self._rest_if_alone()

    # -- start and stop ---------------------------------------------------------------------

    def restore(self, told: list[Told]) -> None:
        """Take over the presses of a former run, so that a crash does not split an answer."""
        self._presses.restore(told)

    async def close(self) -> None:
        """Finish what is under way and enter every open contact."""
        if self._stage_timer is not None:
            self._stage_timer.cancel()
        await self._work.wait()
        await finish(self._surveys.end("interrupted"))
        await self._presses.close()

    # -- inside -----------------------------------------------------------------------------

    def _try(self, key: str, at_s: float, channel: Channel) -> None:
        """Keep and acknowledge a press of the button test: no contact, no question after it."""
        self.trial.presses[key] += 1
        self._acknowledgement.wait()
        language = self.stage.language
        kept = self._presses.try_out(key, at_s=at_s, channel=channel, language=language)
        self._work.start(self._acknowledge(kept))

    async def _acknowledge(self, kept: asyncio.Future[Receipt]) -> None:
        receipt = await kept
        self._acknowledgement.acknowledge(durable=receipt.durable)

    async def _thank_for_rating(self, rated: Rated, *, key: str) -> None:
        await self._acknowledge(rated.kept)
        if rated.newcomer:  # somebody else was still being asked
            await self._surveys.end("interrupted")
        opening = Opening(
            language=self.stage.language,
            at_s=self._clock.monotonic(),
            rating=RatingFact(self.keys.index(key) + 1, len(self.keys)),
            waiting=self._contacts.present > 1,
        )
        self._surveys.open(self._presses.answer, opening)
        self._ask()

    def _open(self, choice: Choice) -> str | None:
        """Take a face, or the invitation to a survey."""
        if choice.option in self.keys and not self.stage.invites:
            self.press(choice.option, at_s=self._clock.monotonic(), channel=choice.channel)
        elif choice.option == BEGIN and self.stage.invites:
            self._begin()
        else:
            return f"{choice.option} cannot be chosen here"
        return None

    def _begin(self) -> None:
        """Open the survey that the kiosk invites to: whoever takes it up has done something."""
        opening = Opening(
            language=self.stage.language,
            at_s=self._clock.monotonic(),
            waiting=self._contacts.present > 1,
        )
        if self._surveys.open(None, opening):
            self._seen_off = False
            self._surveys.touch()
            self._ask()
        else:  # its hour has just ended, or the lots leave nothing to ask
            self._enter(self._dialogue.thank(survey=False))

    def _obey(self, use: Use) -> None:
        """Do what stood over a button."""
        match use.does:
            case "choose" | "skip":
                self._answer(use.option or SKIP, "button")
            case "back":
                self.hear(Back(revision=self.stage.revision))
            case "go_on":
                self.hear(MoreTime(revision=self.stage.revision))
            case "begin":
                self._begin()
            case "left" | "right":
                self._move(right=use.does == "right")
            case "confirm" | "nothing":  # the cursor stands nowhere, or nothing lies over it
                pass

    def _move(self, *, right: bool) -> None:
        """Move the cursor: somebody is at it."""
        session, stage = self._surveys.session, self.stage
        if session and session.screen and stage.buttons and stage.asked:
            self._surveys.touch()
            buttons = moved(session.screen, stage.buttons, right=right)
            self._enter(self._dialogue.ask(stage.asked, untouched=False, buttons=buttons))

    def _ask(self, *, answered: bool = False) -> None:
        """Put the next screen of the survey, or thank."""
        asked, session = self._surveys.asked, self._surveys.session
        if asked is None or session is None or session.screen is None:
            parting, thanks = self._surveys.parting, self._dialogue.thank
            self._enter(self._dialogue.part(parting) if parting else thanks(survey=answered))
            return
        untouched = not self._surveys.touched
        buttons = self._hands.over(session.screen, changeable=untouched)
        self._enter(self._dialogue.ask(asked, untouched=untouched, buttons=buttons))

    def _answer(self, option: str, channel: Channel) -> str | None:
        """Answer the survey's screen with one option, or leave it."""
        self._surveys.hurry(waiting=self._contacts.present > 1)
        if option == SKIP:
            self._work.start(self._skip(channel))
        elif option in self._surveys.options:
            self._work.start(self._go_on(self._surveys.answer((option,), channel=channel)))
        else:
            return f"{option} is not offered by this question"
        return None

    def _write(self, words: str, need: str, channel: Channel) -> str | None:
        if self._surveys.needs != need:
            return "nothing is to be written here"
        self._work.start(self._go_on(self._surveys.write(words, channel=channel)))
        return None

    async def _call_staff(self) -> None:
        """Ask staff to come for who is here; the page says so once that is kept."""
        who = self._contacts.ledger.attribute(round(self._clock.monotonic() * 1000))
        if self._ask_for_help is not None:
            await self._ask_for_help(who)
            self._enter(self._dialogue.call())

    async def _go_on(self, answer: Coroutine[object, object, Receipt | None]) -> None:
        receipt = await answer
        if receipt is None:
            return  # tapped twice: the first tap was kept
        self._acknowledgement.acknowledge(durable=receipt.durable)
        self._ask(answered=True)

    async def _skip(self, channel: Channel) -> None:
        if await self._surveys.skip(channel=channel) is not None:
            self._ask()

    def _enter(self, stage: Stage) -> None:
        """Show a stage and let it end by itself when it has a time."""
        self._hands.show(stage)
        self._schedule(stage)
        self._show(stage)

    def _schedule(self, stage: Stage) -> None:
        """Let a stage end by itself, counted from now."""
        if self._stage_timer is not None:
            self._stage_timer.cancel()
        if stage.closes_s is not None:
            loop = asyncio.get_running_loop()
            self._stage_timer = loop.call_later(stage.closes_s, self._expire, stage.revision)

    def _expire(self, revision: int) -> None:
        if revision != self.stage.revision:
            return
        name = self.stage.name
        if name == "survey" and self._surveys.touched and not self._seen_off:
            self._enter(self._dialogue.warn())
        elif name in {"survey", "still_there"}:
            self._work.start(self._surveys.end("walked_away" if self._seen_off else "timeout"))
            self._enter(self._dialogue.thank(survey=False))
        else:
            self._rest(revision)

    def _rest(self, revision: int) -> None:
        stage = self._dialogue.expire(revision)
        if stage is not None and self._contacts.present:
            stage = self._dialogue.arrive() or stage
        if stage is not None:
            self._enter(stage)

    def _rest_if_alone(self) -> None:
        stage = None if self._contacts.present else self._dialogue.depart()
        if stage is not None:
            self._enter(stage)
