"""Makes the traces of bouncing contacts in tests/panel/traces: `python -m tests.panel.make_traces`.

They are synthetic. No switch was recorded: each trace is drawn at random, with a fixed seed, from
what has been published about such contacts. J. Ganssle, "A Guide to Debouncing" (2004), measured 18
switches: one to two milliseconds of bounce are usual, most stay below ten, and single ones go
beyond a hundred; opening bounces as well as closing. Drop-outs of a corroded contact, spikes from a
motor or a mobile phone, and the pace of a hurried finger are chosen as hard as they are plausible.

A trace is edges, `microseconds,level` (1: pressed), behind a header of comments. `presses` in the
header is when the finger or the contact meant one, known from the making, not from the machine
under test.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent / "traces"
HEADER = "synthetic, drawn from published figures by tests/panel/make_traces.py; not recorded"


@dataclass
class Line:
    """One line being drawn, from its first microsecond on."""

    rng: random.Random
    at_us: int = 0
    level: bool = False
    edges: list[tuple[int, bool]] = field(default_factory=list)
    presses: list[int] = field(default_factory=list)

    def wait(self, low_ms: float, high_ms: float | None = None) -> None:
        """Let a time between the two pass."""
        self.at_us += round(self.rng.uniform(low_ms, high_ms or low_ms) * 1000)

    def turn(self) -> None:
        """Change the level."""
        self.level = not self.level
        self.edges.append((self.at_us, self.level))

    def bounce(self, for_ms: float, *, gaps_ms: tuple[float, float]) -> None:
        """Change the level, and bounce that long before it stays; every level lasts a gap."""
        goal, until_us = not self.level, self.at_us + round(for_ms * 1000)
        self.turn()
        while self.at_us < until_us or self.level != goal:
            self.wait(*gaps_ms)
            self.turn()

    def press(self, hold_ms: float, bounce_ms: float, gaps_ms: tuple[float, float]) -> None:
        """Press and release once, with bounce at both ends."""
        self.presses.append(self.at_us)
        self.bounce(bounce_ms, gaps_ms=gaps_ms)
        self.wait(hold_ms)
        self.bounce(bounce_ms * self.rng.uniform(0.3, 1.0), gaps_ms=gaps_ms)

    def drop_out(self, low_ms: float, high_ms: float) -> None:
        """Lose contact for a moment."""
        self.turn()
        self.wait(low_ms, high_ms)
        self.turn()


def arcade_micro_switch(line: Line) -> None:
    """Arcade micro switch: one to two milliseconds of bounce, five presses."""
    for _ in range(5):
        line.wait(400, 900)
        line.press(line.rng.uniform(80, 250), line.rng.uniform(1, 2), (0.03, 0.4))


def tact_switch(line: Line) -> None:
    """Tact switch: bounces of 0.2 to 6.2 ms, five light taps down to 25 ms."""
    for hold_ms, bounce_ms in ((120, 0.2), (60, 1.5), (40, 3), (30, 4.5), (25, 6.2)):
        line.wait(300, 600)
        line.press(hold_ms, bounce_ms, (0.02, 0.9))


def membrane(line: Line) -> None:
    """Membrane: the slow foil bounces for up to 10 ms, in long pieces; four presses."""
    for _ in range(4):
        line.wait(500, 800)
        line.press(line.rng.uniform(100, 300), line.rng.uniform(6, 10), (0.5, 4))


def worst_switch(line: Line) -> None:
    """The worst kind measured: 157 ms of chatter before the contact is quiet; two presses."""
    for _ in range(2):
        line.wait(600)
        line.press(300, 157, (0.05, 4.5))


def corroded_contact(line: Line) -> None:
    """Corroded contact: held for two seconds, with drop-outs of up to 15 ms; one press."""
    line.wait(200)
    line.presses.append(line.at_us)
    line.bounce(8, gaps_ms=(0.1, 2))
    for _ in range(25):
        line.wait(25, 110)
        line.drop_out(0.05, 15)
    line.wait(60)
    line.bounce(8, gaps_ms=(0.1, 2))


def broken_contact(line: Line) -> None:
    """Contact lost for 60 ms while held: no machine can tell that from a second press; two."""
    line.wait(200)
    line.press(300, 2, (0.05, 0.5))
    line.wait(60)
    line.press(300, 2, (0.05, 0.5))


def spikes(line: Line) -> None:
    """Interference: 40 spikes of up to 2 ms, some in bursts, around one true press."""
    for number in range(40):
        line.wait(*((0.5, 3) if number % 4 else (40, 300)))
        line.drop_out(0.002, 2)
        if number == 20:
            line.wait(50)
            line.press(120, 1.5, (0.03, 0.4))
            line.wait(50)


def spikes_while_held(line: Line) -> None:
    """Interference on a key that is held: 30 spikes of up to 2 ms; one press."""
    line.wait(100)
    line.presses.append(line.at_us)
    line.bounce(1.5, gaps_ms=(0.03, 0.4))
    for _ in range(30):
        line.wait(5, 60)
        line.drop_out(0.002, 2)
    line.wait(50)
    line.bounce(1.5, gaps_ms=(0.03, 0.4))


def double_press(line: Line) -> None:
    """A hurried finger: two presses 150 ms apart, three times, each 60 ms long; six presses."""
    for _ in range(3):
        line.wait(900)
        began_us = line.at_us
        line.press(60, 2, (0.03, 0.4))
        line.at_us = began_us + 150_000
        line.press(60, 2, (0.03, 0.4))


TRACES: tuple[Callable[[Line], None], ...] = (
    arcade_micro_switch,
    tact_switch,
    membrane,
    worst_switch,
    corroded_contact,
    broken_contact,
    spikes,
    spikes_while_held,
    double_press,
)


def draw(trace: Callable[[Line], None]) -> str:
    """Return one trace as the text of its file."""
    name = trace.__name__
    line = Line(random.Random(zlib.crc32(name.encode())))
    trace(line)
    return "\n".join(
        [
            f"# {HEADER}",
            f"# {trace.__doc__}",
            "# presses: " + " ".join(str(at_us) for at_us in line.presses),
            "microseconds,level",
            *(f"{at_us},{level:d}" for at_us, level in line.edges),
            "",
        ]
    )


if __name__ == "__main__":
    for made in TRACES:
        (FOLDER / f"{made.__name__}.csv").write_text(draw(made), "utf-8")
