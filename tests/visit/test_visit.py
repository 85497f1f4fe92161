"""A kiosk's visits: what is kept, what is acknowledged, what is shown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from agent.events.catalogue import (
    ContactEnded,
    PromptShown,
    RatingAmended,
    RatingGiven,
    ResponseGiven,
)
from agent.screen.views import Choice, LanguageChoice
from agent.survey.offer import Offer
from agent.testing.store import ListStore
from agent.visit import Stage, Visit
from agent.visit.judge import Press, Verdict
from agent.visit.ratings import Told
from agent.visit.reasons import reasons_sheet
from agent.visit.settings import ReasonSettings, VisitSettings
from tests.visit.till import loop_clock, now_s, offer_of, settle

STAFF = ReasonSettings(id="staff", label={"en": "Staff", "de": "Personal"})
FAST = VisitSettings(
    scale=3,
    reasons=(STAFF,),
    reasons_s=3,
    thanks_s=0.5,
    thanks_survey_s=0.5,
    join_after_leaving_s=0.05,
    repeat_window_s=0.5,
)


def offer(settings: VisitSettings) -> Offer:
    sheet = reasons_sheet(settings, languages=("en", "de"))
    return offer_of(*([] if sheet is None else [sheet]))


class Recorder:
    """Remembers acknowledgements and stages in the order they came."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.stages: list[Stage] = []

    def wait(self) -> None:
        self.seen.append("wait")

    def acknowledge(self, *, durable: bool) -> None:
        self.seen.append("kept" if durable else "in memory")

    def show(self, stage: Stage) -> None:
        self.seen.append(stage.name)
        self.stages.append(stage)


class Till:
    """A visit with everything around it faked but the event loop."""

    def __init__(self, settings: VisitSettings = FAST, *, durable: bool = True) -> None:
        self.store = ListStore(durable=durable)
        self.recorder = Recorder()
        self.visit = Visit(
            settings,
            keys=(),
            languages=("en", "de"),
            store=self.store,
            offer=offer(settings),
            clock=loop_clock(),
            acknowledgement=self.recorder,
            show=self.recorder.show,
        )
        self.visit.prompt(on=True)

    def press(self, key: str) -> None:
        self.visit.press(key, at_s=now_s())

    def choice(self, option: str) -> Choice:
        return Choice(revision=self.visit.stage.revision, option=option)


@pytest.fixture
async def till() -> AsyncIterator[Till]:
    made = Till()
    yield made
    made.store.hold = False
    made.store.release()
    await made.visit.close()


async def test_an_answer_is_committed_before_anybody_is_thanked(till: Till) -> None:
    till.store.hold = True
    till.press("good")
    await settle()
    assert till.recorder.seen == ["wait"]

    till.store.release()
    await settle()

    assert till.recorder.seen == ["wait", "kept", "survey"]


async def test_every_answer_is_acknowledged_the_same_way() -> None:
    seen = []
    for key in ("bad", "neutral", "good"):
        till = Till()
        till.press(key)
        await settle()
        seen.append((till.recorder.seen, [s.closes_s for s in till.recorder.stages]))
        await till.visit.close()

    assert seen[0] == seen[1] == seen[2]


async def test_a_rating_says_value_class_and_channel(till: Till) -> None:
    till.press("good")
    await settle()

    (rating,) = till.store.of(RatingGiven)
    assert (rating.value, rating.scale, rating.sentiment) == (3, 3, 1)
    assert (rating.channel, rating.counts, rating.flags) == ("button", True, ())


async def test_the_rating_is_dated_by_its_edge_not_by_its_commit(till: Till) -> None:
    edge_s = now_s() - 0.2
    till.visit.press("good", at_s=edge_s)
    await settle()

    moment = till.store.moments[0]
    assert moment is not None
    assert moment.monotonic_ms == int(edge_s * 1000)


async def test_a_change_of_mind_amends_the_first_rating_by_its_id(till: Till) -> None:
    till.press("bad")
    await asyncio.sleep(0.1)
    till.press("good")
    await settle()

    (amended,) = till.store.of(RatingAmended)
    assert (amended.rating, amended.counts, amended.flags) == ("event-1", False, ("changed",))


async def test_an_amendment_waits_for_the_rating_it_names(till: Till) -> None:
    till.store.hold = True
    till.press("bad")
    await asyncio.sleep(0.1)
    till.press("good")
    await settle()
    assert till.store.events == []

    till.store.hold = False
    till.store.release()
    await settle()

    kinds = [event.kind for event in till.store.events]
    assert kinds == ["rating.given", "rating.given", "rating.amended"]


async def test_a_touch_is_a_rating_of_the_touch_channel(till: Till) -> None:
    assert till.visit.choose(till.choice("bad")) is None
    await settle()

    assert [r.channel for r in till.store.of(RatingGiven)] == ["touch"]


async def test_a_stale_tap_is_refused(till: Till) -> None:
    stale = till.choice("bad")
    till.press("good")
    await settle()

    assert till.visit.choose(stale) == "this screen has been answered already"
    assert len(till.store.of(RatingGiven)) == 1


async def test_a_face_cannot_be_chosen_on_the_reasons_screen(till: Till) -> None:
    till.press("good")
    await settle()

    assert till.visit.choose(till.choice("bad")) == "bad is not offered by this question"


async def test_a_reason_belongs_to_its_rating_and_is_thanked_for(till: Till) -> None:
    till.press("bad")
    await settle()

    assert till.visit.choose(till.choice("staff")) is None
    await settle()

    (response,) = till.store.of(ResponseGiven)
    assert response.rating == "event-1"
    assert (response.answers[0].options, response.answers[0].ended) == (("staff",), "answered")
    assert till.visit.stage.name == "thanks"


async def test_a_reason_tapped_twice_is_kept_once(till: Till) -> None:
    till.press("bad")
    await settle()
    tap = till.choice("staff")

    till.visit.choose(tap)
    till.visit.choose(tap)
    await settle()

    assert len(till.store.of(ResponseGiven)) == 1


async def test_skipping_the_reasons_is_kept_as_skipped(till: Till) -> None:
    till.press("bad")
    await settle()

    assert till.visit.choose(till.choice("skip")) is None
    await settle()

    assert [r.answers[0].ended for r in till.store.of(ResponseGiven)] == ["skipped"]


async def test_reasons_close_by_themselves_and_say_so() -> None:
    till = Till(FAST.model_copy(update={"reasons_s": 0.05}))
    till.press("bad")
    await asyncio.sleep(0.15)

    assert [r.answers[0].ended for r in till.store.of(ResponseGiven)] == ["timeout"]
    assert till.visit.stage.name == "thanks"
    await till.visit.close()


async def test_a_changed_answer_keeps_its_reasons_session(till: Till) -> None:
    till.press("bad")
    await asyncio.sleep(0.1)
    till.press("good")
    await settle()
    till.visit.choose(till.choice("staff"))
    await settle()

    (response,) = till.store.of(ResponseGiven)
    assert response.rating == "event-2"


async def test_the_next_customer_interrupts_the_reasons_of_the_one_before(till: Till) -> None:
    till.press("bad")
    await asyncio.sleep(0.6)
    till.press("good")
    await settle()
    till.visit.choose(till.choice("staff"))
    await settle()

    ended = [(r.rating, r.answers[0].ended) for r in till.store.of(ResponseGiven)]
    assert ended[0] == ("event-1", "interrupted")
    assert ended[1] == ("event-2", "answered")


async def test_a_language_holds_for_the_visit_and_is_kept_with_the_answer(till: Till) -> None:
    choice = LanguageChoice(revision=till.visit.stage.revision, code="de")
    assert till.visit.speak(choice) is None
    till.press("bad")
    await settle()

    assert [r.language for r in till.store.of(RatingGiven)] == ["de"]
    assert till.visit.stage.language == "de"


async def test_a_language_that_is_not_configured_is_refused(till: Till) -> None:
    choice = LanguageChoice(revision=till.visit.stage.revision, code="pl")

    assert till.visit.speak(choice) == "language pl is not configured here"


async def test_an_answer_kept_in_memory_is_acknowledged_as_such() -> None:
    till = Till(durable=False)
    till.press("good")
    await settle()

    assert "in memory" in till.recorder.seen
    await till.visit.close()


async def test_an_answer_that_cannot_be_kept_is_not_thanked_for_and_holds_nothing_up(
    till: Till,
) -> None:
    till.store.broken = True
    till.press("bad")
    await settle()
    assert till.recorder.seen == ["wait"]

    till.store.broken = False
    till.press("good")
    await settle()
    await asyncio.wait_for(till.visit.close(), 2)

    assert [r.key for r in till.store.of(RatingGiven)] == ["good"]
    assert till.store.of(RatingAmended) == []


def arrive(till: Till, contact: str, *, ago_s: float = 0.0) -> None:
    till.visit.arrive(contact, arrived_ms=int((now_s() - ago_s) * 1000))


def leave(till: Till, contact: str) -> None:
    till.visit.leave(contact, left_ms=int(now_s() * 1000))


async def test_a_contact_is_asked_and_its_answer_attributed(till: Till) -> None:
    till.visit.prompt(on=True)
    till.visit.watch(on=True)
    arrive(till, "ann")
    assert till.visit.stage.name == "question"
    assert [p.contact for p in till.store.of(PromptShown)] == ["ann"]
    till.press("good")
    await settle()
    leave(till, "ann")
    await till.visit.close()

    (ended,) = till.store.of(ContactEnded)
    assert (ended.contact, ended.answered, ended.sentiment) == ("ann", True, 1)
    assert ended.ratings == ("event-2",)
    assert [r.contact for r in till.store.of(RatingGiven)] == ["ann"]


async def test_a_silent_contact_is_entered_by_itself(till: Till) -> None:
    till.visit.watch(on=True)
    arrive(till, "ann", ago_s=4)
    leave(till, "ann")
    await asyncio.sleep(0.15)

    (ended,) = till.store.of(ContactEnded)
    assert (ended.answered, ended.sentiment, ended.ratings) == (False, None, ())
    assert ended.dwell_s == pytest.approx(4, abs=0.2)


async def test_a_press_before_the_contact_was_confirmed_becomes_its_own(till: Till) -> None:
    till.visit.watch(on=True)
    till.press("good")
    await settle()
    assert till.store.of(RatingGiven)[0].flags == ("no_contact",)

    arrive(till, "ann", ago_s=1)
    await settle()

    (amended,) = till.store.of(RatingAmended)
    assert (amended.contact, amended.counts, amended.flags) == ("ann", True, ())


async def test_when_the_camera_is_lost_everybody_has_left(till: Till) -> None:
    till.visit.watch(on=True)
    arrive(till, "ann")
    till.visit.watch(on=False)
    await asyncio.sleep(0.15)

    assert [c.contact for c in till.store.of(ContactEnded)] == ["ann"]
    assert till.visit.stage.name == "attract"


async def test_without_a_camera_no_contact_is_never_said(till: Till) -> None:
    till.press("good")
    await settle()

    assert till.store.of(RatingGiven)[0].flags == ()


async def test_a_crash_does_not_split_an_answer(till: Till) -> None:
    before = Press(7, "bad", int(now_s() * 1000) - 200)
    till.visit.restore([Told(before, "old-id", Verdict(counts=True))])
    till.press("good")
    await settle()

    (amended,) = till.store.of(RatingAmended)
    assert (amended.rating, amended.flags) == ("old-id", ("changed",))


async def test_a_key_no_longer_configured_is_left_in_peace_at_a_restart(till: Till) -> None:
    before = Press(7, "excellent", int(now_s() * 1000) - 200)
    till.visit.restore([Told(before, "old-id", Verdict(counts=True))])
    till.press("good")
    await settle()

    assert till.store.of(RatingAmended) == []


async def test_revisions_of_two_runs_do_not_meet(till: Till) -> None:
    other = Till()

    assert abs(other.visit.stage.revision - till.visit.stage.revision) > 100
    await other.visit.close()


async def test_a_stuck_button_takes_its_rating_back(till: Till) -> None:
    till.press("good")
    await settle()
    till.visit.mark_stuck("good")
    await settle()

    assert [a.flags for a in till.store.of(RatingAmended)] == [("stuck",)]


ARMED = FAST.model_copy(update={"armed_by": "till"})


async def test_a_press_that_nobody_asked_for_is_thanked_and_counts(till: Till) -> None:
    till.visit.prompt(on=False)
    till.press("good")
    await settle()

    (rating,) = till.store.of(RatingGiven)
    assert (rating.counts, rating.flags) == (True, ("unprompted",))
    assert till.recorder.seen == ["wait", "kept", "survey"]


async def test_armed_by_the_till_only_what_it_asked_for_counts() -> None:
    till = Till(ARMED)
    till.press("bad")
    till.visit.arm(on=True)
    till.press("good")
    till.visit.arm(on=False)
    await settle()

    ratings = [(r.key, r.counts, r.flags) for r in till.store.of(RatingGiven)]
    assert ratings[0] == ("bad", False, ("unprompted",))
    assert ratings[1][0] == "good"
    assert till.recorder.seen.count("kept") == 2, "both are acknowledged the same way"
    await till.visit.close()


async def test_an_answer_at_an_armed_till_does_not_take_in_what_was_pressed_before() -> None:
    till = Till(ARMED)
    till.press("bad")
    await asyncio.sleep(0.1)
    till.visit.arm(on=True)
    till.press("good")
    await settle()

    assert [r.counts for r in till.store.of(RatingGiven)] == [False, True]
    assert till.store.of(RatingAmended) == []
    await till.visit.close()


async def test_a_tried_button_is_kept_and_acknowledged_and_asks_nothing(till: Till) -> None:
    till.visit.watch(on=True)
    arrive(till, "ann")
    till.visit.begin_trial()
    before = till.visit.stage
    till.press("good")
    till.press("good")
    await settle()

    assert [(r.counts, r.flags, r.contact) for r in till.store.of(RatingGiven)] == [
        (False, ("test",), None)
    ] * 2
    assert till.visit.trial.presses == {"good": 2}
    assert till.visit.presses == {}
    assert till.recorder.seen[-2:] == ["kept", "kept"]
    assert till.visit.stage == before


async def test_after_the_button_test_presses_count_again(till: Till) -> None:
    till.visit.begin_trial()
    till.press("good")
    till.visit.end_trial()
    till.press("good")
    await settle()

    assert [r.counts for r in till.store.of(RatingGiven)] == [False, True]
    assert till.visit.presses == {"good": 1}


async def test_a_face_tapped_during_the_button_test_is_tried_too(till: Till) -> None:
    till.visit.begin_trial()

    assert till.visit.choose(till.choice("bad")) is None
    await settle()

    assert [(r.channel, r.flags) for r in till.store.of(RatingGiven)] == [("touch", ("test",))]


async def test_who_wants_no_camera_is_entered_as_such(till: Till) -> None:
    till.visit.watch(on=True)
    arrive(till, "ann", ago_s=2)
    assert till.visit.opt_out() == "ann"
    till.press("good")
    leave(till, "ann")
    await asyncio.sleep(0.15)

    (ended,) = till.store.of(ContactEnded)
    assert (ended.opted_out, ended.answered, ended.ratings) == (True, False, ())
    assert [r.flags for r in till.store.of(RatingGiven)] == [("no_contact",)]


async def test_with_nobody_seen_nobody_can_be_taken_out_of_the_count(till: Till) -> None:
    assert till.visit.opt_out() is None


async def test_of_who_plays_for_long_a_hundred_ratings_are_named_and_the_answer_is_one(
    till: Till,
) -> None:
    till.visit.watch(on=True)
    arrive(till, "ann")
    began_s = now_s() - 130 * 0.6
    for number in range(130):
        till.visit.press("good", at_s=began_s + number * 0.6)
    leave(till, "ann")
    await asyncio.sleep(0.6)

    (ended,) = till.store.of(ContactEnded)
    assert ended.answered
    assert len(ended.ratings) == 100
    assert ended.ratings[0] == "event-2", "behind prompt.shown the first press, which counts"


async def test_several_contacts_are_told_with_the_press(till: Till) -> None:
    till.visit.watch(on=True)
    arrive(till, "ann")
    till.press("good")
    arrive(till, "bob")
    till.press("bad")
    await settle()

    assert [r.crowd for r in till.store.of(RatingGiven)] == [None, True]
