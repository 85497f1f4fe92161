"""`/installer`: try the buttons, see the lights, run the checks, start anew. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.doctor.checks import Check
from agent.events.catalogue import DeviceFault
from agent.office.aim import Aim, aim_section
from agent.office.counter import Counter, counter_section
from agent.office.page import form, hidden, section, void
from agent.office.sessions import Session
from agent.office.signals import Wiring, signals
from agent.office.words import Words
from agent.report.markup import Markup, joined, tag
from agent.report.words import plain

SIGNS = {
    "ok": "✓",
    "not_applicable": "–",  # noqa: RUF001 - a dash
    "failed": "✗",
    "warning": "!",
}


@dataclass(frozen=True, slots=True)
class Scene:
    """What the page shows."""

    software: str
    facts: Mapping[str, str]
    """What works and how well, by name."""
    faults: Sequence[DeviceFault]
    """What was told of the parts that do not work."""
    keys: Sequence[str]
    """From the worst answer to the best."""
    presses: Mapping[str, int]
    """Of the button test."""
    test_left_s: float
    """How long the button test goes on; 0 without one."""
    wiring: Wiring
    counter: Counter
    aim: Aim
    checks: Sequence[Check]
    checking: bool
    check_trouble: str
    can_restart: bool


def sections(scene: Scene, session: Session, words: Words) -> Markup:
    """Return the whole of it."""
    test = (tag("h2", words.trial.title), *_test(scene, session, words))
    lights = (tag("h2", words.signals.title), *signals(scene.wiring, session, words))
    checks = (tag("h2", words.checks.title), *_checks(scene, session, words))
    restart = (tag("h2", words.restart.title), *_restart(scene, session, words))
    counter = counter_section(scene.counter, session, words)
    first, later = (counter, "") if scene.counter.here else ("", counter)
    return joined(
        first,
        section("state", words.state.title, *_state(scene, words)),
        tag("section", *test, id="test"),
        tag("section", *lights, id="signals"),
        aim_section(scene.aim, session, words),
        later,
        tag("section", *checks, id="checks"),
        tag("section", *restart, id="restart"),
    )


def _state(scene: Scene, words: Words) -> list[Markup]:
    rows = [
        joined(tag("dt", name), tag("dd", told))
        for name, told in {words.state.software: scene.software, **scene.facts}.items()
    ]
    faults = [_fault(fault) for fault in scene.faults]
    foreign = [tag("p", words.checks.in_english, class_="soft")] if words.code != "en" else []
    told = [tag("p", words.state.broken), *foreign, tag("ul", *faults, class_="faults")]
    calm = [tag("p", words.state.calm, class_="calm")]
    return [tag("dl", *rows, class_="state"), *(told if faults else calm)]


def _fault(fault: DeviceFault) -> Markup:
    told = [text for text in (fault.fact, fault.remedy) if text]
    lines = (tag("p", text, lang="en", dir="ltr") for text in told)
    return tag("li", tag("b", tag("bdi", fault.part)), " ", *lines)


def _test(scene: Scene, session: Session, words: Words) -> list[Markup]:
    on = scene.test_left_s > 0
    switch = form(
        "/installer/test",
        session,
        hidden("on", "false" if on else "true"),
        tag(
            "button",
            words.trial.end if on else words.trial.begin,
            class_="quiet" if on else "strong",
        ),
    )
    keys = (_key(key, scene.presses[key], words) for key in scene.keys)
    progress = (_progress(scene, words), tag("ul", *keys, class_="keys"))
    return [
        tag("p", words.trial.why, class_="soft"),
        tag("div", switch, id="switch", data_live=""),
        tag("div", *progress, id="keys", data_live=""),
    ]


def named(key: str, words: Words) -> str:
    """Return what a button says, else its id in plain letters."""
    return words.report.keys.get(key) or plain(key)


def _key(key: str, pressed: int, words: Words) -> Markup:
    count = tag("b", words.number(pressed))
    word = tag("span", named(key, words))
    tried = "tried" if pressed else "untried"
    return tag("li", word, count, class_=tried, data_count=pressed, data_key=key)


def _progress(scene: Scene, words: Words) -> Markup:
    trial = words.trial
    missing = words.report.listed(named(key, words) for key in scene.keys if not scene.presses[key])
    if scene.test_left_s > 0:
        left = trial.ends.format(time=words.duration(60 * -(-scene.test_left_s // 60)))
        still = trial.press.format(keys=missing) if missing else trial.all_work
        return tag("p", left, " ", tag("b", still), role="status")
    if not sum(scene.presses.values()):
        return tag("p", trial.not_begun)
    ended = trial.missing.format(keys=missing) if missing else trial.all_heard
    return tag("p", f"{trial.over} {ended}", role="status")


def _checks(scene: Scene, session: Session, words: Words) -> list[Markup]:
    button = form("/installer/checks", session, tag("button", words.checks.run))
    return [button, tag("div", *_results(scene, words), id="results", data_live="")]


def _results(scene: Scene, words: Words) -> list[Markup]:
    if scene.checking:
        return [tag("p", words.checks.running, role="status")]
    if scene.check_trouble:
        return [tag("p", scene.check_trouble, class_="notice", role="status")]
    if not scene.checks:
        return [tag("p", words.checks.never)]
    told = tag("p", " ".join(_summary(scene.checks, words)), role="status")
    foreign = [tag("p", words.checks.in_english, class_="soft")] if words.code != "en" else []
    return [told, *foreign, tag("ul", *(_check(c, words) for c in scene.checks), class_="checks")]


def _summary(checks: Sequence[Check], words: Words) -> list[str]:
    bad = [check.level for check in checks if check.state == "failed"]
    failed, warnings = bad.count("essential"), bad.count("advisory")
    told = [words.count(words.checks.failed, failed)] if failed else []
    told += [words.count(words.checks.warnings, warnings)] if warnings else []
    return told or [words.checks.all_right]


def _check(check: Check, words: Words) -> Markup:
    bad = check.state == "failed"
    warns = bad and check.level == "advisory"
    sign = SIGNS["warning" if warns else check.state]
    state = words.checks.warning if warns else words.checks.states[check.state]
    fact = tag("span", tag("b", check.id), f" {check.fact}", lang="en", dir="ltr")
    remedy = [tag("p", check.remedy, lang="en", dir="ltr")] if bad and check.remedy else []
    return tag(
        "li",
        tag("span", sign, class_="sign", aria_hidden="true"),
        tag("span", f"{state}: ", class_="unseen"),
        fact,
        *remedy,
        class_=check.level if bad else check.state,
    )


def _restart(scene: Scene, session: Session, words: Words) -> list[Markup]:
    told = words.restart
    if not scene.can_restart:
        return [tag("p", told.nobody_would)]
    tick = void("input", type="checkbox", name_="sure", value="true", id="sure", required="")
    sure = tag("div", tick, tag("label", told.sure, for_="sure"), class_="choice")
    button = tag("button", told.button)
    return [tag("p", told.why, class_="soft"), form("/installer/restart", session, sure, button)]
