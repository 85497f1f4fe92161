"""The fold: events of a store in, what is known of one local day out. Pure.

Events never change; what is learnt later is a new event. So a day is folded anew each time: the
last `rating.amended` of a rating holds, and `clock.corrected` dates what had no good time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, tzinfo

from agent.report.alerts import read_alerts
from agent.report.counter import add_smiles, count_contacts, count_feedback
from agent.report.dating import LocalDay, Message, date_facts
from agent.report.day import Day
from agent.report.listening import read_listening
from agent.report.ratings import count_presses, read_ratings
from agent.report.reasons import read_questions
from agent.report.served import read_served


def fold(messages: Sequence[Message], *, day: date, zone: tzinfo, missing: int = 0) -> Day:
    """Return what the messages of one store, in its order, tell of a day in a time zone.

    Messages of other days may be among them, and must be where they tell of this one. `missing`
    is how many events the store has lost that may be of the day.
    """
    local = LocalDay(day, zone)
    facts = date_facts(messages)
    ratings = read_ratings(facts)
    return Day(
        local=local,
        source=messages[-1]["source"] if messages else "",
        presses=count_presses(ratings, local),
        questions=read_questions(facts, ratings, local),
        contacts=count_contacts(facts, ratings, local),
        served=read_served(facts, ratings, local),
        smiles=add_smiles(facts, local),
        feedback=count_feedback(facts, ratings, local),
        alerts=read_alerts(facts, local),
        listening=read_listening(facts, local),
        missing=missing,
    )
