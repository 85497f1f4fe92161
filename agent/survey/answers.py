"""A session's answers as the event they are published in."""

from __future__ import annotations

from agent.events.catalogue import EventId, ResponseGiven
from agent.survey.session import Session


def response(session: Session, *, session_id: str, rating: EventId | None) -> ResponseGiven:
    """Return the event of a session that showed something: whole, or what there is of it so far.

    `session_id` is random and says nothing of the customer; `rating` is the event id of the rating
    in front of the questionnaire.
    """
    return ResponseGiven(
        rating=rating,
        answers=session.answers,
        questionnaire=session.questionnaire.id,
        session=session_id,
    )
