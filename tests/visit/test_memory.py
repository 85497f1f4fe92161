"""What a restarted agent reads back of the last presses."""

from __future__ import annotations

from typing import Any

from agent.outbox.rows import Epoch, Row
from agent.visit.memory import recall

EPOCH = Epoch(1, "0123456789abcdef", "/a/b/c", "boot")


def row(sequence: int, kind: str, data: dict[str, Any]) -> tuple[Row, dict[str, Any]]:
    position = EPOCH.position(sequence)
    return Row(position, EPOCH, kind, 1, sequence * 1000, None, "unknown", None, ""), data


def rating(sequence: int, key: str, **more: Any) -> tuple[Row, dict[str, Any]]:
    return row(sequence, "rating.given", {"key": key, "counts": True, "flags": []} | more)


def amended(sequence: int, of: int, **facts: Any) -> tuple[Row, dict[str, Any]]:
    name = f"/a/b/c/0123456789abcdef/{of:020d}"
    return row(sequence, "rating.amended", {"rating": name} | facts)


def test_the_last_word_on_a_rating_holds() -> None:
    told = recall(
        [
            rating(1, "bad"),
            amended(2, 1, counts=False, flags=["changed"]),
            amended(3, 1, counts=True, flags=[]),
        ]
    )

    assert [(t.press.key, t.verdict.counts, t.verdict.flags) for t in told] == [("bad", True, ())]


def test_an_amendment_may_name_a_contact() -> None:
    (told,) = recall(
        [
            rating(1, "bad", flags=["no_contact"]),
            amended(2, 1, counts=True, flags=[], contact="ann"),
        ]
    )

    assert (told.press.contact, told.press.watched) == ("ann", True)


def test_an_amendment_of_an_unknown_rating_is_passed_over() -> None:
    assert recall([amended(2, 1, counts=True, flags=[])]) == []


def test_ids_times_and_order_are_kept() -> None:
    told = recall([rating(4, "bad"), rating(9, "good", flags=["repeat"], counts=False)])

    assert [t.press.at_ms for t in told] == [4000, 9000]
    assert told[1].event_id == "/a/b/c/0123456789abcdef/00000000000000000009"
    assert told[0].press.ref < told[1].press.ref
