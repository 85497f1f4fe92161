"""What a restarted agent reads back of some kinds."""

from __future__ import annotations

from pathlib import Path

from agent.events.catalogue import AlertAcknowledged, DeviceFault, ShiftEnded
from agent.outbox import Outbox
from agent.testing import FakeClock

FAULT = DeviceFault(part="light:bad", state="raised", fact="no pin")


def opened(folder: Path) -> Outbox:
    return Outbox(folder / "outbox.db", source="/a/b/c", clock=FakeClock(), software="0")


def test_it_is_what_was_kept_of_these_kinds_oldest_first(tmp_path: Path) -> None:
    outbox = opened(tmp_path)
    for number in (1, 2):
        outbox.append(AlertAcknowledged(alert=f"a{number}", by="heron", after_s=number))
        outbox.append(FAULT)
    outbox.append(ShiftEnded(shift="s", how="closing", duration_s=1)).result(5)

    found = outbox.recall(("alert.acknowledged", "shift.ended"))

    assert [(row.kind, data.get("alert")) for row, data in found] == [
        ("alert.acknowledged", "a1"),
        ("alert.acknowledged", "a2"),
        ("shift.ended", None),
    ]
    outbox.close()


def test_it_reaches_behind_the_last_few_hundred_events(tmp_path: Path) -> None:
    outbox = opened(tmp_path)
    outbox.append(AlertAcknowledged(alert="old", by="heron", after_s=1))
    for _ in range(600):
        last = outbox.append(FAULT)
    last.result(30)

    assert [data["alert"] for _, data in outbox.recall(("alert.acknowledged",))] == ["old"]
    outbox.close()


def test_of_a_file_that_cannot_be_read_there_is_nothing(tmp_path: Path) -> None:
    outbox = opened(tmp_path)
    outbox.close()
    (tmp_path / "outbox.db").unlink()

    assert outbox.recall(("alert.raised",)) == []
