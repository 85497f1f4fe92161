"""Events of every class, and stores that are filled by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agent.events.catalogue import (
    ContactEnded,
    DeviceFault,
    DeviceStarted,
    EventData,
    ExpressionMeasured,
    ModelRef,
    RatingGiven,
)
from agent.outbox.chores import Chore, Step
from agent.outbox.eviction import Class
from agent.outbox.rows import Draft, Epoch, Row, State, number_draft
from agent.outbox.store import Store
from agent.testing import FakeClock
from tests.outbox.stores import SOURCE, marked

EPOCH = Epoch(1, "00000000000000aa", SOURCE, "boot-1")


def rating(key: str = "good") -> RatingGiven:
    return RatingGiven(
        key=key, value=3, scale=3, sentiment=1, channel="button", counts=True, rule_version=1
    )


EXPRESSION = ExpressionMeasured(
    mode="smile",
    n=10,
    s=1.0,
    f=2.0,
    ss=1.0,
    ff=4.0,
    sf=2.0,
    smiled=3,
    span_s=60.0,
    model=ModelRef(id="m", sha256="0" * 64),
)
OF_CLASS: dict[Class, EventData] = {
    "expression": EXPRESSION,
    "contacts": ContactEnded(contact="c", dwell_s=1.0, asked=True, answered=False),
    "health": marked(1),
    "device": DeviceFault(part="camera", state="raised", fact="it is dark"),
    "answers": rating(),
    "record": DeviceStarted(software="1.2.3"),
}


def row(
    sequence: int,
    name: Class = "health",
    *,
    state: State = State.PENDING,
    reason: int | None = None,
    epoch: Epoch = EPOCH,
) -> Row:
    draft = Draft(OF_CLASS[name], FakeClock(monotonic_s=float(sequence)).moment())
    return number_draft(draft, epoch=epoch, sequence=sequence)._replace(state=state, reason=reason)


def filled(path: Path, rows: Sequence[Row], *, epoch: Epoch = EPOCH) -> Store:
    """A store of one epoch with rows in any state."""
    store = Store(path)
    store.begin()
    store.add_epoch(epoch)
    store.add(rows)
    store.commit()
    return store


def work_off(store: Store, chore: Chore) -> list[Step]:
    """Do a chore to its end; returns what its steps did."""
    rest: Chore | None = chore
    steps = []
    while rest is not None:
        store.begin()
        steps.append(rest.step(store))
        store.commit()
        rest = steps[-1].rest
    return steps


def states(store: Store) -> dict[int, int]:
    """State by sequence, of the first epoch."""
    found = store._db.execute("SELECT position, state FROM event").fetchall()
    return {position - EPOCH.position(0): state for position, state in found}
