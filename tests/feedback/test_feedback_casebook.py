"""What a kiosk remembers of how cases stand."""

from __future__ import annotations

import json
import threading

from hypothesis import given
from hypothesis import strategies as st

from agent.feedback.casebook import CaseBook
from agent.feedback.cases import draw_case

CASE = "KE55X2RF7R"


def told(case: str = CASE, *, revision: int = 1, state: str = "received") -> bytes:
    return json.dumps({"case": case, "state": state, "revision": revision}).encode()


def test_a_case_stands_as_it_was_told() -> None:
    book = CaseBook()
    book.take(told(state="answered"))

    status = book.status(CASE)
    assert status is not None
    assert status.state == "answered"
    assert book.status(draw_case()) is None


@given(st.permutations(range(1, 6)))
def test_the_highest_revision_holds_in_whatever_order_they_come(revisions: list[int]) -> None:
    book = CaseBook()
    for revision in revisions:
        book.take(told(revision=revision))

    status = book.status(CASE)
    assert status is not None
    assert status.revision == 5


def test_what_is_no_status_is_counted_and_changes_nothing() -> None:
    book = CaseBook()
    for payload in (b"", b"{}", told("AAAAAAAAAA")):
        book.take(payload)

    assert (book.refused, book.newest()) == (3, ())


def test_the_latest_news_come_first() -> None:
    book, cases = CaseBook(), [draw_case() for _ in range(3)]
    for case in cases:
        book.take(told(case))
    book.take(told(cases[0], revision=2))

    assert [s.case for s in book.newest(most=2)] == [cases[0], cases[2]]


def test_of_too_many_the_oldest_is_forgotten() -> None:
    book, cases = CaseBook(most=2), [draw_case() for _ in range(3)]
    for case in cases:
        book.take(told(case))

    assert book.status(cases[0]) is None
    assert len(book.newest()) == 2


def test_one_thread_may_write_while_another_reads() -> None:
    book, cases = CaseBook(most=50), [draw_case() for _ in range(200)]

    def write() -> None:
        for case in cases:
            book.take(told(case))

    writer = threading.Thread(target=write)
    writer.start()
    while writer.is_alive():
        assert len(book.newest(most=50)) <= 50
    writer.join()

    assert book.newest(most=1)[0].case == cases[-1]
