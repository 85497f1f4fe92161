"""What a press means, case by case: the one place where the rules are written as examples.

Each case quotes the rule it works out, then plays a story: raw edges of lines, presses, or the
coming and going of contacts; its outcome is what becomes of it, in words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from agent.events.scale import CLASSES
from agent.panel.debounce import Debounce, Limits
from agent.visit.judge import Amendment, Judge
from agent.visit.ledger import Ledger, account
from agent.visit.rules import Press, Rules, Verdict, decide

Outcome = tuple[str, ...]
Story = Callable[[], Outcome]
KEYS = ("red", "yellow", "green")


@dataclass(frozen=True)
class Case:
    """A rule in its own words, a story, and what becomes of it."""

    quote: str
    story: Story
    outcome: Outcome


# -- stories -------------------------------------------------------------------------------------


def line(*edges_ms: float, until_ms: float = 20_000, held: bool = False) -> Story:
    """Play the edges of one line; it changes its level at each of them."""

    def play() -> Outcome:
        machine = Debounce(Limits(), level=held, now_s=0.0)
        changes, level = [], held
        for at_ms in edges_ms:
            level = not level
            changes += machine.edge(at_ms / 1000, level=level)
        changes += machine.tick(until_ms / 1000)
        return tuple(f"{change.name} {change.at_s * 1000:.0f}" for change in changes)

    return play


def word(verdict: Verdict) -> str:
    return " ".join((("counts",) if verdict.counts else ()) + verdict.flags)


def judged(*presses: tuple[float, str], rules: Rules | None = None, **facts: bool) -> Story:
    """Judge (second, key) of whom no camera names anybody."""
    return named(*((at_s, key, None) for at_s, key in presses), rules=rules, **facts)


def named(
    *presses: tuple[float, str, str | None], rules: Rules | None = None, **facts: bool
) -> Story:
    """Judge (second, key, contact)."""

    def play() -> Outcome:
        made = [
            replace(Press(ref, key, round(at_s * 1000), contact=contact), **facts)  # type: ignore[arg-type]
            for ref, (at_s, key, contact) in enumerate(presses, start=1)
        ]
        verdicts = decide(made, rules or Rules())
        return tuple(word(verdicts[press.ref]) for press in made)

    return play


def the_contact_is_confirmed_later() -> Outcome:
    """Ann answers green, somebody presses red 3 s later, and is then seen to be Bob."""
    judge = Judge(Rules())
    judge.press(Press(1, "green", 0, contact="ann", watched=True))
    judge.press(Press(2, "red", 3_000, watched=True))
    judge.attribute(2, "bob")
    return words(judge)


def the_stuck_key_is_found_later() -> Outcome:
    judge = Judge(Rules())
    judge.press(Press(1, "red", 0))
    judge.mark_stuck("red")
    return words(judge)


def the_contact_is_seen_at_the_second_press() -> Outcome:
    judge = Judge(Rules())
    judge.press(Press(1, "red", 0, watched=True))
    judge.press(Press(2, "red", 1_000, contact="ann", watched=True))
    return words(judge)


def words(judge: Judge) -> Outcome:
    known: tuple[Amendment, ...] = judge.known()
    return tuple(word(told.verdict) for told in known)


def make_ledger() -> Ledger:
    return Ledger(join_after_leaving_ms=10_000, settle_ms=5_000)


def a_press_after_leaving() -> Outcome:
    """Ann leaves at 5 s; a press comes at 15 s, when her entry would have been due."""
    ledger = make_ledger()
    ledger.arrive("ann", arrived_ms=0)
    ledger.leave("ann", left_ms=5_000)
    early = ledger.close_due(14_999)
    author = ledger.attribute(15_000)
    ledger.note_press(author or "nobody", at_ms=15_000)
    settled = ledger.close_due(19_999)
    (entry,) = ledger.close_due(20_000)
    return (*(e.contact for e in early + settled), f"of {author}", f"left {entry.left_ms}")


def a_press_too_long_after_leaving() -> Outcome:
    ledger = make_ledger()
    ledger.arrive("ann", arrived_ms=0)
    ledger.leave("ann", left_ms=5_000)
    return (f"of {ledger.attribute(15_001)}",)


def prompted_for(*stretches_ms: tuple[int, int]) -> Story:
    """Let a contact stay for a minute while prompts come and go."""

    def play() -> Outcome:
        ledger = make_ledger()
        ledger.arrive("ann", arrived_ms=0)
        for since_ms, until_ms in stretches_ms:
            ledger.prompt(on=True, at_ms=since_ms)
            ledger.prompt(on=False, at_ms=until_ms)
        return ("asked" if ledger.close_all(60_000)[0].asked else "not asked",)

    return play


def six_contacts() -> Counter[str]:
    return Counter(
        account(asked=asked, answered=answered, opted_out=opted_out)
        for asked, answered, opted_out in (
            (True, True, False),
            (True, False, False),
            (True, False, False),
            (False, True, False),
            (False, False, False),
            (True, True, True),
        )
    )


def served() -> Outcome:
    ledger = six_contacts()
    return (f"C {ledger.total() - ledger['opted_out']}",)


def silent() -> Outcome:
    ledger = six_contacts()
    return (f"silent {ledger['asked_silent'] + ledger['unasked_silent']}",)


def response_rate() -> Outcome:
    ledger = six_contacts()
    asked = ledger["asked_answered"] + ledger["asked_silent"]
    return (f"{ledger['asked_answered']} of {asked}",)


def the_class_of_a_contact() -> Outcome:
    """Red, then green in time: the final counting answer is green, the best of three."""
    presses = [Press(1, "red", 0, contact="ann"), Press(2, "green", 2_000, contact="ann")]
    verdicts = decide(presses, Rules())
    final = [press.key for press in presses if verdicts[press.ref].counts][-1]
    return (f"{CLASSES[3][KEYS.index(final)]:+d}",)


def who_opts_out() -> Outcome:
    ledger = make_ledger()
    ledger.arrive("ann", arrived_ms=0)
    ledger.arrive("bob", arrived_ms=1_000)
    ledger.opt_out(2_000)
    return tuple(
        account(asked=e.asked, answered=True, opted_out=e.opted_out) + f" {e.contact}"
        for e in ledger.close_all(9_000)
    )


def classes(keys: int) -> Story:
    return lambda: tuple({-1: "-", 0: "0", 1: "+"}[sentiment] for sentiment in CLASSES[keys])


# -- the cases -----------------------------------------------------------------------------------

ELECTRICAL = (
    Case(
        "accepted on its edge plus 5 ms of confirmed level",
        line(100, 300),
        ("pressed 100", "released 300"),
    ),
    Case("5 ms of confirmed level: 4.9 ms are none", line(100, 104.9), ()),
    Case(
        "20 ms lock-out after the last edge: a drop-out of 19 ms is no second press",
        line(100, 200, 219, 400),
        ("pressed 100", "released 400"),
    ),
    Case(
        "20 ms lock-out after the last edge: after 21 ms it is a second press",
        line(100, 200, 221, 400),
        ("pressed 100", "released 200", "pressed 221", "released 400"),
    ),
    Case(
        "two keys within 80 ms are a chord: none counts",
        judged((0, "red"), (0.080, "green")),
        ("chord", "chord"),
    ),
    Case(
        "two keys within 80 ms: 81 ms apart they are a change of mind",
        judged((0, "red"), (0.081, "green")),
        ("changed", "counts"),
    ),
    Case(
        "a line held 10 s is stuck: muted until released",
        line(0, 12_000),
        ("pressed 0", "stuck 10000", "released 12000", "freed 12000"),
    ),
    Case(
        "a line held at boot is stuck: muted until released",
        line(5_000, 6_000, 6_100, held=True),
        ("released 5000", "freed 5000", "pressed 6000", "released 6100"),
    ),
    Case("stuck: not counted", the_stuck_key_is_found_later, ("stuck",)),
    Case(
        "stuck: not counted, and it changes nothing about the others",
        lambda: (
            word(
                decide([Press(1, "red", 0, stuck=True), Press(2, "green", 1_000)], Rules())[2],
            ),
        ),
        ("counts",),
    ),
)

BEHAVIOURAL = (
    Case("every press: a single one counts", judged((0, "red")), ("counts",)),
    Case(
        "same key within W: acknowledged again, `repeat`, does not count",
        judged((0, "red"), (5, "red")),
        ("counts", "repeat"),
    ),
    Case(
        "the window W is 5 s after the last press: later it is the next customer",
        judged((0, "red"), (5.001, "red")),
        ("counts", "counts"),
    ),
    Case(
        "2 s with several contacts present",
        named((0, "red", "ann"), (2.001, "green", "ann"), crowd=True),
        ("counts", "late_change"),
    ),
    Case(
        "2 s with several contacts present: within them it is a change",
        named((0, "red", "ann"), (2, "green", "ann"), crowd=True),
        ("changed", "counts"),
    ),
    Case(
        "another key within W, same contact: the last one counts, the earlier is amended `changed`",
        named((0, "red", "ann"), (4, "yellow", "ann"), (8, "green", "ann")),
        ("changed", "changed", "counts"),
    ),
    Case(
        "red, green 2 s later, same contact: green counts, no alert",
        named((0, "red", "ann"), (2, "green", "ann"), watched=True),
        ("changed", "counts"),
    ),
    Case(
        "then another person presses red 3 s later: counts, once the new contact is confirmed",
        the_contact_is_confirmed_later,
        ("counts", "counts"),
    ),
    Case(
        "then another person presses red 3 s later: counts",
        named((0, "red", "ann"), (2, "green", "ann"), (5, "red", "bob"), watched=True),
        ("changed", "counts", "counts"),
    ),
    Case(
        "without a camera it falls in W and replaces green",
        judged((0, "red"), (2, "green"), (5, "red")),
        ("changed", "changed", "counts"),
    ),
    Case(
        "red, green 4 s later, no camera: green only",
        judged((0, "red"), (4, "green")),
        ("changed", "counts"),
    ),
    Case(
        "same contact, another key 20 s later: the first stands, the later is `late_change`",
        named((0, "red", "ann"), (20, "green", "ann"), watched=True),
        ("counts", "late_change"),
    ),
    Case(
        "same contact, another key 20 s later: the same key again is a `repeat`",
        named((0, "red", "ann"), (20, "red", "ann"), watched=True),
        ("counts", "repeat"),
    ),
    Case(
        "press up to 10 s after leaving the zone: joins the last unanswered contact;"
        " its `contact.ended` waits for that",
        a_press_after_leaving,
        ("of ann", "left 5000"),
    ),
    Case(
        "press up to 10 s after leaving the zone: not a later one",
        a_press_too_long_after_leaving,
        ("of None",),
    ),
    Case(
        "nobody seen: `no_contact`: counts of respondents, not of served",
        judged((0, "red"), watched=True),
        ("counts no_contact",),
    ),
    Case(
        "`no_contact`: never set while vision is off or down",
        judged((0, "red"), watched=False),
        ("counts",),
    ),
    Case(
        "press before any prompt: acknowledged; `unprompted`; counts",
        judged((0, "red"), prompted=False),
        ("counts unprompted",),
    ),
    Case(
        "`unprompted`; counts, except in profiles armed by the till",
        judged((0, "red"), prompted=False, rules=Rules(unprompted_counts=False)),
        ("unprompted",),
    ),
    Case(
        "five presses in 5 s on one key: one counts",
        judged(*((n, "red") for n in range(5))),
        ("counts", "repeat", "repeat", "repeat", "repeat"),
    ),
    Case(
        "five presses in 5 s on several: `play`, none counts",
        judged(*((n, KEYS[n % 3]) for n in range(5))),
        ("play",) * 5,
    ),
    Case(
        "`play`: chords are part of the playing they are seen in",
        judged((0, "red"), (0.5, "green"), (0.55, "yellow"), (1, "red"), (1.5, "green")),
        ("play", "chord", "chord", "play", "play"),
    ),
    Case("installer's button test: `test`, never counts", judged((0, "red"), test=True), ("test",)),
    Case(
        "installer's button test: never counts, whatever is tried",
        judged((0, "red"), (0.05, "green"), (1, "red"), test=True),
        ("test",) * 3,
    ),
    Case(
        "pressed before the camera saw them, and again: their contact has answered",
        the_contact_is_seen_at_the_second_press,
        ("counts", "repeat"),
    ),
    Case(
        "two contacts answer in turn: both count",
        named((0, "red", "ann"), (1, "green", "bob"), watched=True),
        ("counts", "counts"),
    ),
)


LEDGER = (
    Case(
        "asked = a prompt or an armed light was there for at least 1 s",
        prompted_for((5_000, 6_000)),
        ("asked",),
    ),
    Case(
        "asked: for at least 1 s, not for less",
        prompted_for((5_000, 5_999)),
        ("not asked",),
    ),
    Case(
        "asked: for at least 1 s, in pieces as well",
        prompted_for((5_000, 5_500), (9_000, 9_500)),
        ("asked",),
    ),
    Case(
        "C = asked_answered + asked_silent + unasked_answered + unasked_silent",
        served,
        ("C 5",),
    ),
    Case("silent = the two silent ones", silent, ("silent 3",)),
    Case(
        "response rate = asked_answered / (asked_answered + asked_silent)",
        response_rate,
        ("1 of 3",),
    ),
    Case(
        "A contact's class is that of its final counting answer",
        the_class_of_a_contact,
        ("+1",),
    ),
    Case(
        "`opted_out` stays outside C",
        who_opts_out,
        ("unasked_answered ann", "opted_out bob"),
    ),
)

SCALES = (
    Case("3 keys: - 0 +", classes(3), ("-", "0", "+")),
    Case("4 keys: - - + +", classes(4), ("-", "-", "+", "+")),
    Case("5 keys: - - 0 + +", classes(5), ("-", "-", "0", "+", "+")),
)


@pytest.mark.parametrize(
    "case", ELECTRICAL + BEHAVIOURAL + LEDGER + SCALES, ids=lambda case: case.quote
)
def test_worked_case(case: Case) -> None:
    assert case.story() == case.outcome
