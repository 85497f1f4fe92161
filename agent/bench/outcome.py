"""What became of accepted events after kills, and how it is told beside a peer's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from agent.bench.figures import Figure


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one component did over all its kills."""

    kills: int
    accepted: int
    lost: int
    """Accepted, and never at the consumer."""
    duplicates: int
    """Messages whose key had come before."""
    twice: int
    """Events that came under more than one key: a check of keys cannot find these."""

    @property
    def lost_percent(self) -> float:
        """Lost of a hundred accepted."""
        return 100 * self.lost / self.accepted if self.accepted else 0.0


def judge(
    accepted: AbstractSet[str],
    *,
    copies: Mapping[str, int],
    marks: Mapping[str, float],
    kills: int,
) -> Outcome:
    """Compare what was accepted with what came: copies by key, and each key's event number."""
    keys_of = Counter(marks.values())
    return Outcome(
        kills=kills,
        accepted=len(accepted),
        lost=len(accepted - copies.keys()),
        duplicates=sum(copies.values()) - len(copies),
        twice=sum(count - 1 for count in keys_of.values()),
    )


def loss_rows(when: str, ours: Outcome, peers: Mapping[str, Outcome]) -> list[Figure]:
    """Return the rows of one kind of kill, `when` in words; ours alone without peers."""
    rows = [Figure(f"events twice after the key check, {when}", "events", ours.twice)]
    for title, theirs in peers.items():
        rows += [
            Figure(f"accepted, {when}", "events", ours.accepted, title, theirs.accepted),
            Figure(f"lost of accepted, {when}", "%", ours.lost_percent, title, theirs.lost_percent),
            Figure(
                f"duplicates a kill, {when}",
                "events",
                ours.duplicates / ours.kills,
                title,
                theirs.duplicates / theirs.kills,
            ),
        ]
    return rows
