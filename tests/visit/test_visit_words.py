"""What is written in a visit: taken once, handed over whatever ends it, and thanked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from agent.errors import StoreError
from agent.events.catalogue import ResponseGiven
from agent.feedback.desk import Behind
from agent.feedback.leaving import Left
from agent.screen.asked import ContactAsked, Parting, TextAsked
from agent.screen.views import Back, ContactGiven, MoreTime, Written
from agent.survey.offer import Sheet
from agent.visit import dialogue, visit
from tests.feedback.forms import FCR, KIND, REPLY, WORDS, form
from tests.visit import till as tills
from tests.visit.till import SETTINGS, now_s, settle

THANKS = Parting(case="KE55X-2RF7R")


class Desk:
    """Remembers what is handed over; `broken`: it can keep nothing."""

    def __init__(self) -> None:
        self.taken: list[tuple[Left, Behind]] = []
        self.notes: list[tuple[Left | None, str]] = []
        self.broken = False

    async def note(self, left: Left | None, *, behind: Behind) -> None:
        self.notes.append((left, behind.case))

    async def take(self, left: Left, *, behind: Behind) -> Parting:
        if self.broken:
            raise StoreError("the store is broken")
        self.taken.append((left, behind))
        await asyncio.sleep(0)
        return THANKS


class Till(tills.Till):
    """A till whose questionnaire asks for words, and a desk."""

    def __init__(self, *questions: dict[str, object]) -> None:
        self.desk = Desk()
        super().__init__(Sheet(form(*(questions or (KIND, WORDS, REPLY))), "v1"), desk=self.desk)

    async def write(self, text: str) -> str | None:
        return await self.hear(Written(revision=self.stage.revision, text=text))

    async def leave_contact(self, value: str) -> str | None:
        revision = self.stage.revision
        return await self.hear(
            ContactGiven(revision=revision, way="email", value=value, consent=True)
        )

    async def reach_words(self) -> None:
        await self.press()
        await self.choose("complaint")
        assert isinstance(self.stage.asked, TextAsked)

    @property
    def texts(self) -> list[str]:
        return [left.text for left, _ in self.desk.taken]


@pytest.fixture
async def till() -> AsyncIterator[Till]:
    made = Till()
    yield made
    await made.visit.close()


async def test_words_and_contact_go_to_the_desk_and_nowhere_else(till: Till) -> None:
    await till.reach_words()
    assert await till.write("Too slow.") is None
    assert isinstance(till.stage.asked, ContactAsked)
    assert await till.leave_contact("ann@example.com") is None

    ((left, behind),) = till.desk.taken
    assert (left.text, left.contact, left.about) == ("Too slow.", "ann@example.com", "complaint")
    assert (behind.rating, behind.response, behind.there) == ("event-1", "event-4", True)
    assert "Too slow." not in str([event.model_dump() for event in till.store.events])
    assert till.signals.kept == 4, "each is acknowledged, the press as well"


async def test_the_thanks_are_the_desks_and_stand_long_enough_to_be_written_down(
    till: Till,
) -> None:
    await till.reach_words()
    await till.write("Too slow.")
    await till.choose("skip")

    assert (till.stage.name, till.stage.asked) == ("thanks", THANKS)
    assert till.stage.closes_s == dialogue.FAREWELL_S
    assert await till.choose("skip") is None
    assert till.stage.name == "attract"


async def test_ordinary_thanks_cannot_be_skipped(till: Till) -> None:
    await till.press()
    await till.choose("skip")
    await till.choose("skip")
    await till.choose("skip")

    assert (till.stage.name, till.stage.asked) == ("thanks", None)
    assert await till.choose("skip") == "skip cannot be chosen here"
    assert till.desk.taken == []


async def test_no_words_reach_a_screen_that_asks_for_none(till: Till) -> None:
    await till.press()
    assert await till.write("Hello.") == "nothing is to be written here"
    await till.choose("complaint")
    assert await till.leave_contact("ann@example.com") == "nothing is to be written here"
    assert till.store.of(ResponseGiven)[-1].answers[-1].question == "kind"


async def test_a_second_text_for_the_same_screen_changes_nothing(till: Till) -> None:
    await till.reach_words()
    for text in ("first", "second"):
        till.visit.hear(Written(revision=till.stage.revision, text=text))
    await settle()
    await till.choose("skip")

    assert till.texts == ["first"]


async def test_who_says_nothing_more_has_left_what_they_sent(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialogue, "WRITING_IDLE_S", 0.05)
    monkeypatch.setattr(dialogue, "STILL_THERE_S", 0.05)
    await till.reach_words()
    await till.write("Too slow.")
    await asyncio.sleep(0.3)

    ((left, behind),) = till.desk.taken
    assert (left.text, left.wants_reply, behind.there) == ("Too slow.", False, False)
    assert till.stages[-1].asked is None, "nobody is there to read a case number"


async def test_who_answers_the_warning_goes_on_writing(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialogue, "WRITING_IDLE_S", 0.05)
    await till.reach_words()
    await asyncio.sleep(0.1)
    assert till.stage.name == "still_there"
    await till.hear(MoreTime(revision=till.stage.revision))
    await till.write("Too slow.")
    await till.choose("skip")

    assert till.texts == ["Too slow."]


async def test_the_next_customer_does_not_see_the_thanks_of_the_one_before(till: Till) -> None:
    await till.reach_words()
    await till.write("Too slow.")
    await till.press("bad", later_s=SETTINGS.repeat_window_s + 0.1)

    assert till.texts == ["Too slow."]
    assert till.stage.name == "survey"
    for _ in range(3):
        await till.choose("skip")
    assert (till.stage.name, till.stage.asked) == ("thanks", None)


async def test_stopping_hands_over_what_was_sent_and_nothing_that_was_not() -> None:
    till = Till()
    await till.reach_words()
    await till.write("Too slow.")
    await till.visit.close()
    assert till.texts == ["Too slow."]

    silent = Till(WORDS)
    await silent.press()
    await silent.visit.close()
    assert silent.desk.taken == []


async def test_words_that_could_not_be_kept_are_not_thanked_for(
    till: Till, caplog: pytest.LogCaptureFixture
) -> None:
    till.desk.broken = True
    await till.reach_words()
    await till.write("secret")
    await till.choose("skip")

    assert till.stage.name == "survey", "no thanks without a commit"
    assert "an answer could not be kept" in caplog.text
    assert "secret" not in caplog.text


async def test_a_store_that_keeps_nothing_does_not_keep_the_kiosk_from_stopping(
    till: Till, caplog: pytest.LogCaptureFixture
) -> None:
    till.desk.broken = True
    await till.reach_words()
    await till.write("secret")
    await till.visit.close()

    assert "an answer could not be kept" in caplog.text


async def test_answers_that_could_not_be_kept_do_not_take_the_words_with_them() -> None:
    till = Till(WORDS)
    await till.press()
    till.store.broken = True
    await till.write("Too slow.")

    assert till.texts == ["Too slow."]
    await till.visit.close()


async def test_until_the_session_is_over_the_desk_has_a_note_of_what_was_sent() -> None:
    till = Till(KIND, WORDS, REPLY, FCR)
    await till.reach_words()
    await till.write("Too slow.")
    await till.leave_contact("ann@example.com")
    noted = [(left and left.text, left and left.contact) for left, _ in till.desk.notes]
    assert noted == [("Too slow.", ""), ("Too slow.", "ann@example.com")]

    await till.choose("no")
    ((_, behind),) = till.desk.taken
    assert {case for _, case in till.desk.notes} == {behind.case}
    assert len(till.desk.notes) == 2, "what is filed at once needs no note"
    await till.visit.close()


async def test_the_note_goes_when_the_customer_takes_everything_back() -> None:
    till = Till(WORDS, REPLY)
    await till.press()
    await till.write("Too slow.")
    await till.hear(Back(revision=till.stage.revision))
    await till.choose("skip")
    await till.choose("skip")

    assert [left for left, _ in till.desk.notes][1:] == [None]
    assert till.desk.taken == []
    await till.visit.close()


async def test_a_questionnaire_without_words_leaves_nothing_at_the_desk() -> None:
    till = Till(FCR)
    await till.press()
    await till.choose("no")
    await till.visit.close()

    assert till.desk.taken == []


async def test_who_was_seen_to_leave_takes_the_farewell_along(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visit, "GONE_S", 0.05)
    till.visit.watch(on=True)
    now_ms = round(now_s() * 1000)
    till.visit.arrive("ann", arrived_ms=now_ms - 5000)
    await till.reach_words()
    await till.write("Too slow.")
    await till.choose("skip")
    till.visit.leave("ann", left_ms=now_ms)
    assert till.stage.asked == THANKS, "they may only have bowed"
    await asyncio.sleep(0.2)

    assert till.stage.name == "attract"
