"""The registrar: of several sources that see customers, it lets one count at a time.

    camera process ──► Watcher ──► Desk ┐
    sensor on a pin ─────────────► Desk ├──► Registrar ──► Visit, served.counted, served.disputed
    key of the staff's ──────────► Desk ┘        └──► Calibrator, which hears of every source

Answers belong to the contacts of the source that counts now. When it fails the next one takes
over, with whoever it sees just then; contacts of the one that failed have left, as far as anybody
can know.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Literal, Protocol

from agent.events.catalogue import (
    CountedHow,
    EventData,
    ModelRef,
    ServedCounted,
    ServedDisputed,
)
from agent.served.tally import Comparison, Interval, Source, Tally
from agent.visit.ledger import SeenBy


class Visitors(Protocol):
    """Who is told about contacts: the visit."""

    def watch(self, *, on: bool) -> None:
        """Learn that a source sees who comes, or that none does any more."""
        ...

    def arrive(self, contact: str, *, arrived_ms: int, seen_by: SeenBy) -> None:
        """Learn that somebody is a contact."""
        ...

    def leave(self, contact: str, *, left_ms: int) -> None:
        """Learn that a contact is gone."""
        ...


class Observer(Protocol):
    """Who hears what every source tells, and knows how well it counts here: the calibrator."""

    def works(self, source: Source, *, on: bool) -> None:
        """Learn that a source works, or no longer does."""
        ...

    def arrives(self, source: Source, contact: str, *, arrived_ms: int) -> None:
        """Learn of a contact of a source, whether or not its count holds."""
        ...

    def leaves(self, source: Source, contact: str, *, left_ms: int) -> None:
        """Learn that a contact of a source is gone."""
        ...

    def loses(self, source: Source, contacts: Collection[str]) -> None:
        """Learn that a source sees contacts no more, whether they are gone or not."""
        ...

    def how(self, source: Source) -> CountedHow | None:
        """Return how well a source counts; None where nothing is known that holds."""
        ...

    def models(self, source: Source) -> Mapping[Literal["detector", "search"], ModelRef]:
        """Return the models that a source counts with, as far as they are known."""
        ...


class _Unobserved:
    """Where nobody checks any source."""

    def works(self, source: Source, *, on: bool) -> None:
        pass

    def arrives(self, source: Source, contact: str, *, arrived_ms: int) -> None:
        pass

    def leaves(self, source: Source, contact: str, *, left_ms: int) -> None:
        pass

    def loses(self, source: Source, contacts: Collection[str]) -> None:
        pass

    def how(self, _source: Source) -> CountedHow | None:
        return None

    def models(self, _source: Source) -> Mapping[Literal["detector", "search"], ModelRef]:
        return {}


UNOBSERVED = _Unobserved()


class ShowPresence(Protocol):
    """Who shows how many are there: the uplink, for signage."""

    def __call__(self, present: int | None, /, *, seen_by: SeenBy | None) -> None:
        """Learn how many are present and who sees them; None: nobody can know any more."""
        ...


def show_nobody(_present: int | None, *, seen_by: SeenBy | None) -> None:
    """Where nobody shows who is there."""


@dataclass(slots=True)
class Desk:
    """What one source tells. Every source is told nothing of the others."""

    source: Source
    registrar: Registrar
    here: dict[str, int] = field(default_factory=dict)
    """Contacts present, and when they arrived."""

    def watch(self, *, on: bool, gone: Collection[str] = ()) -> None:
        """Tell whether this source works, and which contacts it no longer sees.

        Of two cameras one may go on seeing people while the source as a whole does not count.
        """
        self.registrar.loses(self, gone)
        for contact in gone:
            self.here.pop(contact, None)
        self.registrar.works(self, on=on)

    def arrive(self, contact: str, *, arrived_ms: int) -> None:
        """Tell of a contact."""
        self.here[contact] = arrived_ms
        self.registrar.arrives(self, contact)

    def leave(self, contact: str, *, left_ms: int) -> None:
        """Tell that a contact is gone."""
        self.here.pop(contact, None)
        self.registrar.leaves(self, contact, left_ms=left_ms)

    def blank(self, *, on: bool) -> None:
        """Tell that this source is closed because a customer wants it, or may open again."""
        self.registrar.blanks(self, on=on)

    def tick_off(self) -> None:
        """Count one customer of whom nothing else is known."""
        self.registrar.counts(self.source)


class Registrar:
    """Make one a kiosk; `desk` for each source; `close_interval` now and then."""

    def __init__(
        self,
        sources: Sequence[Source],
        *,
        visitors: Visitors,
        keep: Callable[[EventData], object],
        now_ms: Callable[[], int],
        observer: Observer = UNOBSERVED,
        show_presence: ShowPresence = show_nobody,
    ) -> None:
        self._visitors = visitors
        self._observer = observer
        self._keep = keep
        self._now_ms = now_ms
        self._sources = tuple(sources)
        self._tally = Tally(self._sources, began_ms=now_ms())
        self._comparison = Comparison()
        desks: tuple[Source, ...] = ("camera", "sensor", "manual")
        self._desks = {source: Desk(source, self) for source in desks}
        self._counting: Source | None = None
        self._closed = False
        """A source is closed because a customer wants it."""
        self._names: dict[str, str] = {}
        self._show_presence = show_presence
        self._shown: tuple[int | None, SeenBy | None] = (None, None)

    def desk(self, source: Source) -> Desk:
        """Return where a source tells what it sees; one that is not there is not believed."""
        return self._desks[source]

    def begin(self) -> None:
        """Begin the first interval now: a kiosk takes its time to start."""
        self._tally = Tally(self._sources, began_ms=self._now_ms())

    @property
    def counting(self) -> Source | None:
        """Whose contacts the answers belong to now."""
        return self._counting

    def works(self, desk: Desk, *, on: bool) -> None:
        """Take whether a source works; another may have to take over."""
        if desk.source not in self._sources:
            return
        self._tally.works(desk.source, on=on, at_ms=self._now_ms())
        self._observer.works(desk.source, on=on)
        now = self._tally.counting
        if now != self._counting:
            self._hand_over(now)
        self._show()

    def arrives(self, desk: Desk, contact: str) -> None:
        """Take a contact; it is passed on where its source counts now."""
        self._tally.count(desk.source)
        self._observer.arrives(desk.source, contact, arrived_ms=desk.here[contact])
        if desk.source == self._counting:
            self._pass_on(desk, contact)
        self._show()

    def leaves(self, desk: Desk, contact: str, *, left_ms: int) -> None:
        """Take the end of a contact; ends of contacts never passed on are nobody's business."""
        self._observer.leaves(desk.source, contact, left_ms=left_ms)
        name = self._names.pop(contact, contact)
        if desk.source == self._counting:
            self._visitors.leave(name, left_ms=left_ms)
        self._show()

    def loses(self, desk: Desk, contacts: Collection[str]) -> None:
        """Take that a source sees contacts no more, whether they are gone or not."""
        self._observer.loses(desk.source, contacts)
        for contact in contacts:
            self._names.pop(contact, None)

    def blanks(self, desk: Desk, *, on: bool) -> None:
        """Take that a source is closed because a customer wants it, or may open again."""
        if desk.source in self._sources:
            self._closed = on
            self._tally.blank(desk.source, on=on, at_ms=self._now_ms())

    def uncount(self) -> None:
        """Take a contact out again who wants not to be counted, by the source that counts now."""
        if self._counting is not None:
            self._tally.uncount(self._counting)

    def counts(self, source: Source) -> None:
        """Take one customer of whom nothing else is known."""
        self._tally.count(source)

    def close_interval(self) -> None:
        """Publish what was counted since the last time; nothing where there is no source."""
        interval = self._tally.close(self._now_ms())
        if not interval.counts:
            return
        holds = interval.counted_by
        how = None if holds is None else self._observer.how(holds)
        models = self._observer.models("camera") if "camera" in interval.counts else {}
        self._keep(_counted(interval, how, models))
        dispute = self._comparison.add(interval)
        if dispute is not None:
            self._keep(ServedDisputed(span_s=dispute.span_ms / 1000, counts=dict(dispute.counts)))

    def close(self) -> None:
        """End the last interval. Sources that end one by one behind it hand nothing on.

        Else whoever is there would be seen to come again, by a source that ends a little later.
        """
        self.close_interval()
        self._sources = ()
        if self._counting is not None:
            self._hand_over(None)
        self._show()

    def _hand_over(self, source: Source | None) -> None:
        if self._counting is not None:
            self._visitors.watch(on=False)
        self._counting = source
        seen_by = _seen_by(source)
        if seen_by is None:
            return
        self._visitors.watch(on=True)
        if self._closed:  # who is there now has been counted, or has just wished not to be
            return
        for contact in self._desks[seen_by].here:
            self._pass_on(self._desks[seen_by], contact)

    def _show(self) -> None:
        """Tell how many are there where that, or who sees them, has changed."""
        seen_by = _seen_by(self._counting)
        shown = (None if seen_by is None else len(self._desks[seen_by].here), seen_by)
        if shown != self._shown:
            self._shown = shown
            self._show_presence(shown[0], seen_by=seen_by)

    def _pass_on(self, desk: Desk, contact: str) -> None:
        """Tell the visit of a contact; one it was told of before, and lost, by a new name.

        Nothing that has ended begins again: a name stands for one `contact.ended`.
        """
        if desk.source == "manual":
            return
        self._names[contact] = contact if contact not in self._names else token_hex(6)
        arrived_ms = desk.here[contact]
        name = self._names[contact]
        self._visitors.arrive(name, arrived_ms=arrived_ms, seen_by=desk.source)


def _seen_by(source: Source | None) -> SeenBy | None:
    """Return a source where it sees who comes: a key of the staff's counts heads, nothing else."""
    return None if source == "manual" else source


def _counted(
    interval: Interval,
    how: CountedHow | None,
    models: Mapping[Literal["detector", "search"], ModelRef],
) -> ServedCounted:
    closed_ms = interval.blanked_ms.get("camera")
    return ServedCounted(
        span_s=interval.span_ms / 1000,
        counted_by=interval.counted_by,
        counts=dict(interval.counts),
        worked={source: round(share, 3) for source, share in interval.worked.items()},
        blanked_s=None if closed_ms is None else closed_ms / 1000,
        calibration=how,
        models=dict(models) or None,
    )
