"""The future that an append returns."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import wait
from pathlib import Path

import pytest

from agent.errors import StoreError
from agent.outbox import Receipt
from agent.outbox.work import Promise
from tests.outbox.stores import keep, marked, open_outbox, take_all

RECEIPT = Receipt("id", 1, durable=True, committed_s=2.0)


def test_every_waiting_thread_gets_the_receipt() -> None:
    promise, got = Promise(), []
    threads = [threading.Thread(target=lambda: got.append(promise.result(10))) for _ in range(5)]
    for thread in threads:
        thread.start()
    promise.set_result(RECEIPT)
    for thread in threads:
        thread.join()
    assert got == [RECEIPT] * 5
    assert promise.result() == RECEIPT, "and whoever asks later"


def test_waiting_ends_with_the_time_given() -> None:
    promise = Promise()
    with pytest.raises(TimeoutError):
        promise.result(0.01)
    with pytest.raises(TimeoutError):
        promise.result(0)
    promise.set_result(RECEIPT)
    assert promise.result(0) == RECEIPT


def test_a_refusal_rises_where_it_is_waited_for() -> None:
    promise = Promise()
    promise.set_exception(StoreError("the store is closed"))
    for _ in range(2):
        with pytest.raises(StoreError, match="closed"):
            promise.result(1)
    assert isinstance(promise.exception(), StoreError)


def test_it_cannot_be_cancelled() -> None:
    promise = Promise()
    assert not promise.cancel()
    assert not promise.cancelled()
    promise.set_result(RECEIPT)
    assert promise.result() == RECEIPT


def test_it_serves_wherever_a_future_does() -> None:
    promise = Promise()
    called: list[object] = []
    promise.add_done_callback(called.append)
    assert not promise.done()
    promise.set_result(RECEIPT)
    assert called == [promise]
    assert wait([promise], timeout=1).done == {promise}


def test_a_callback_may_ask_what_came_of_it() -> None:
    kept, refused = Promise(), Promise()
    told: list[object] = []
    kept.add_done_callback(lambda promise: told.append(promise.result()))
    refused.add_done_callback(lambda promise: told.append(str(promise.exception())))

    def write() -> None:
        kept.set_result(RECEIPT)
        refused.set_exception(StoreError("the store is closed"))

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    writer.join(10)
    assert told == [RECEIPT, "the store is closed"], "the writer waits for nobody"
    assert kept.result(1) == RECEIPT


async def test_it_can_be_awaited() -> None:
    promise = Promise()
    threading.Timer(0.01, promise.set_result, [RECEIPT]).start()
    assert await asyncio.wrap_future(promise) == RECEIPT


async def test_an_event_whose_writer_gave_up_waiting_is_kept_all_the_same(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path / "outbox.db")
    waiting = asyncio.ensure_future(outbox.keep(marked(7)))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    keep(outbox, 8)
    assert [row.data.count('"uptime_s":7.0') for row in take_all(outbox)] == [0, 1, 0]
    outbox.close()


def test_after_closing_an_append_is_refused(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path / "outbox.db")
    outbox.close()
    with pytest.raises(StoreError, match="closed"):
        outbox.append(marked(1)).result(10)
