"""Answers and complaints that have been heard, and when they may be told. Pure.

Nobody at the till may learn a single answer from the time at which something is told. So an answer
settles first: its window has closed, its customer has gone, and 15 s more have passed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from agent.events.scale import Sentiment

SETTLE_MS = 15_000
MEMORY_MS = 3_600_000  # amendments come within minutes
MOST_ANSWERS = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """One rating, as far as known."""

    rating: str
    """Its event id."""
    at_ms: int
    """When the key was pressed, on the monotonic clock."""
    sentiment: Sentiment
    counts: bool = True
    contact: str | None = None
    """Whose it is, where a camera counts."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """Feedback that complains."""

    feedback: str
    """Its event id."""
    at_ms: int
    rating: str | None = None
    """The rating it belongs to, if there is one."""
    contact: str | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """How long what was heard is kept back."""

    window_ms: int = 5_000
    """The longest time in which a customer may change the answer: `visit.repeat_window_s`."""
    settle_ms: int = SETTLE_MS


class Heard:
    """The answers and complaints of the last hour, and the contacts that have ended."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._answers: dict[str, Answer] = {}
        self._complaints: dict[str, Complaint] = {}
        self._ended: dict[str, int] = {}
        self._told: dict[str, int] = {}
        self._all_gone_ms: int | None = None

    def add(self, answer: Answer) -> None:
        """Take a rating, whether it counts or not: it may come to count.

        Of a key that chatters for an hour not all can be remembered: those that do not count go
        first, the oldest before the others.
        """
        self._answers[answer.rating] = answer
        if len(self._answers) > MOST_ANSWERS:
            oldest = next(iter(self._answers))
            uncounted = (k for k, a in self._answers.items() if not a.counts)
            del self._answers[next(uncounted, oldest)]

    def amend(self, rating: str, *, counts: bool, contact: str | None) -> None:
        """Take what became known of a rating; one that is not remembered is passed over."""
        if rating in self._answers:
            answer = self._answers[rating]
            self._answers[rating] = replace(answer, counts=counts, contact=contact)

    def complain(self, complaint: Complaint) -> None:
        """Take a complaint; the answer it belongs to is told with it, not by itself."""
        self._complaints[complaint.feedback] = complaint
        if complaint.rating is not None:
            self._told.setdefault(complaint.rating, complaint.at_ms)

    def end(self, contact: str, *, at_ms: int) -> None:
        """Note that a contact has gone."""
        self._ended[contact] = at_ms

    def end_all(self, *, at_ms: int) -> None:
        """Note that whoever was there before has gone: nobody was watching for a while."""
        self._all_gone_ms = at_ms

    def note_told(self, event: str, *, at_ms: int) -> None:
        """Remember that a rating or a complaint was told: it is never told again."""
        self._told[event] = at_ms

    def cases(self, now_ms: int) -> list[Answer]:
        """Return the settled unhappy answers that were not told yet, in order of time."""
        settled = (a for a in self._settled(now_ms) if a.sentiment < 0)
        return sorted((a for a in settled if a.rating not in self._told), key=lambda a: a.at_ms)

    def complaints(self, now_ms: int) -> list[Complaint]:
        """Return the complaints that may be told now, in order of time."""
        due = [c for c in self._untold() if _has_come(self._complaint_ms(c), now_ms)]
        return sorted(due, key=lambda c: c.at_ms)

    def recent(self, now_ms: int, *, window_ms: int) -> list[Answer]:
        """Return the settled counting answers given within the last `window_ms`."""
        return [a for a in self._settled(now_ms) if now_ms - a.at_ms < window_ms]

    def next_due_ms(self, now_ms: int, *, window_ms: int) -> int | None:
        """Return when the next thing settles, or leaves the window of `recent`."""
        settling = [self._answer_ms(a) for a in self._answers.values() if a.counts]
        settling += [self._complaint_ms(c) for c in self._untold()]
        leaving = [a.at_ms + window_ms for a in self.recent(now_ms, window_ms=window_ms)]
        return min((t for t in (*settling, *leaving) if t is not None and t > now_ms), default=None)

    def forget(self, now_ms: int, *, window_ms: int) -> None:
        """Drop what can matter no more; what was not told yet stays."""
        oldest_ms = now_ms - max(MEMORY_MS, window_ms)
        waiting = {c.rating for c in self._untold()} | {
            a.rating for a in self._answers.values() if self._waits(a)
        }
        self._answers = {
            k: a for k, a in self._answers.items() if a.at_ms > oldest_ms or k in waiting
        }
        self._complaints = {c.feedback: c for c in self._untold()}
        kept = {a.contact for a in self._answers.values()} | {
            c.contact for c in self._complaints.values()
        }
        self._ended = {c: at for c, at in self._ended.items() if at > oldest_ms or c in kept}
        self._told = {k: at for k, at in self._told.items() if at > oldest_ms or k in self._answers}

    def _waits(self, answer: Answer) -> bool:
        return answer.counts and answer.sentiment < 0 and answer.rating not in self._told

    def _untold(self) -> Iterator[Complaint]:
        return (c for c in self._complaints.values() if c.feedback not in self._told)

    def _settled(self, now_ms: int) -> list[Answer]:
        counting = (a for a in self._answers.values() if a.counts)
        return [a for a in counting if _has_come(self._answer_ms(a), now_ms)]

    def _answer_ms(self, answer: Answer) -> int | None:
        """Return when an answer may be told; None while its customer is there."""
        closed_ms = answer.at_ms + self._pace.window_ms
        return self._free_ms(closed_ms, answer.contact, since_ms=answer.at_ms)

    def _complaint_ms(self, complaint: Complaint) -> int | None:
        answer = self._answers.get(complaint.rating or "")
        contact = complaint.contact or (answer.contact if answer else None)
        return self._free_ms(complaint.at_ms, contact, since_ms=complaint.at_ms)

    def _free_ms(self, at_ms: int, contact: str | None, *, since_ms: int) -> int | None:
        gone_ms = self._gone_ms(contact, since_ms=since_ms)
        return None if gone_ms is None else max(at_ms, gone_ms) + self._pace.settle_ms

    def _gone_ms(self, contact: str | None, *, since_ms: int) -> int | None:
        """Return when a customer went; of one nobody saw, long ago; None while present."""
        if contact is None:
            return since_ms
        if contact in self._ended:
            return self._ended[contact]
        gone_ms = self._all_gone_ms
        return gone_ms if gone_ms is not None and gone_ms >= since_ms else None


def _has_come(due_ms: int | None, now_ms: int) -> bool:
    return due_ms is not None and due_ms <= now_ms
