"""`/installer`: try the buttons, see the lights, run the checks, start anew. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.doctor.checks import Check
from agent.office.page import form, hidden, section, void
from agent.office.sessions import Session
from agent.report.markup import Markup, joined, tag
from agent.report.words import counted, duration, named

SIGNS = {"ok": "✓", "not_applicable": "–", "failed": "✗"}  # noqa: RUF001 - a dash
STATES = {"ok": "in order", "not_applicable": "not needed here", "failed": "not in order"}


@dataclass(frozen=True, slots=True)
class Scene:
    """What the page shows."""

    software: str
    facts: Mapping[str, str]
    """What works and how well, by name."""
    faults: Sequence[str]
    """Parts that are told not to work."""
    keys: Sequence[str]
    """From the worst answer to the best."""
    presses: Mapping[str, int]
    """Of the button test."""
    test_left_s: float
    """How long the button test goes on; 0 without one."""
    wiring: Sequence[tuple[int, str]]
    """Pins of lights and sound, and what is on them."""
    has_panel: bool
    checks: Sequence[Check]
    checking: bool
    check_trouble: str
    can_restart: bool


def sections(scene: Scene, session: Session) -> Markup:
    """Return the whole of it."""
    return joined(
        section("state", "How it is", *_state(scene)),
        tag("section", tag("h2", "Try the buttons"), *_test(scene, session), id="test"),
        tag("section", tag("h2", "Lights and sound"), *_signals(scene, session), id="signals"),
        tag("section", tag("h2", "Checks"), *_checks(scene, session), id="checks"),
        tag("section", tag("h2", "Start anew"), *_restart(scene, session), id="restart"),
    )


def _state(scene: Scene) -> list[Markup]:
    rows = [
        joined(tag("dt", name), tag("dd", told))
        for name, told in {"Software": scene.software, **scene.facts}.items()
    ]
    faults = [tag("li", part) for part in scene.faults]
    broken = [tag("p", "Not working:"), tag("ul", *faults, class_="faults")] if faults else []
    calm = [] if faults else [tag("p", "No part is told to be broken.", class_="calm")]
    return [tag("dl", *rows, class_="state"), *broken, *calm]


def _test(scene: Scene, session: Session) -> list[Markup]:
    on = scene.test_left_s > 0
    label = "End the test" if on else "Begin the test"
    switch = form(
        "/installer/test",
        session,
        hidden("on", "false" if on else "true"),
        tag("button", label, class_="quiet" if on else "strong"),
    )
    why = tag("p", "While it runs, presses light up here and never count.", class_="soft")
    keys = tag("ul", *(_key(key, scene.presses[key]) for key in scene.keys), class_="keys")
    return [
        why,
        tag("div", switch, id="switch", data_live=""),
        tag("div", _progress(scene), keys, id="keys", data_live=""),
    ]


def _key(key: str, pressed: int) -> Markup:
    count = tag("b", str(pressed))
    word = tag("span", named(key, {}))
    tried = "tried" if pressed else "untried"
    return tag("li", word, count, class_=tried, data_count=pressed, data_key=key)


def _progress(scene: Scene) -> Markup:
    missing = [named(key, {}) for key in scene.keys if not scene.presses[key]]
    if scene.test_left_s > 0:
        left = f"The test ends by itself in {duration(60 * -(-scene.test_left_s // 60))}."
        still = f" Press: {', '.join(missing)}." if missing else " Every key works."
        return tag("p", left, tag("b", still), role="status")
    if not sum(scene.presses.values()):
        return tag("p", "No test runs.")
    ended = f"Not pressed in the last test: {', '.join(missing)}." if missing else "All were heard."
    return tag("p", f"The test is over. {ended}", role="status")


def _signals(scene: Scene, session: Session) -> list[Markup]:
    if not scene.has_panel:
        return [tag("p", "No panel is configured, or its pins cannot be used.")]
    pins = [tag("li", f"{what[:1].upper()}{what[1:]}: pin {pin}") for pin, what in scene.wiring]
    if not pins:
        return [tag("p", "No light and no buzzer is configured.")]
    why = tag("p", "As for an answer: every light for a second, and a beep.", class_="soft")
    button = form("/installer/signals", session, tag("button", "Light up and beep"))
    return [why, button, tag("ul", *pins)]


def _checks(scene: Scene, session: Session) -> list[Markup]:
    button = form("/installer/checks", session, tag("button", "Run the checks"))
    return [button, tag("div", *_results(scene), id="results", data_live="")]


def _results(scene: Scene) -> list[Markup]:
    if scene.checking:
        return [tag("p", "They are being run. This takes some seconds.", role="status")]
    if scene.check_trouble:
        return [tag("p", scene.check_trouble, class_="notice", role="status")]
    if not scene.checks:
        return [tag("p", "They have not been run since the start.")]
    failed = sum(check.state == "failed" for check in scene.checks)
    told = f"{counted(failed, 'check')} failed." if failed else "Everything is in order."
    rows = [_check(check) for check in scene.checks]
    return [tag("p", told, role="status"), tag("ul", *rows, class_="checks")]


def _check(check: Check) -> Markup:
    state = check.level if check.state == "failed" else check.state
    sign = tag("span", SIGNS[check.state], class_="sign", aria_hidden="true")
    word = tag("span", f" {STATES[check.state]}: ", class_="unseen")
    remedy = [tag("p", check.remedy)] if check.state == "failed" and check.remedy else []
    return tag("li", sign, tag("b", check.id), word, f" {check.fact}", *remedy, class_=state)


def _restart(scene: Scene, session: Session) -> list[Markup]:
    if not scene.can_restart:
        return [tag("p", "systemd did not start this agent: nobody would start it again.")]
    why = tag(
        "p",
        "Ends the agent in order; its unit starts it again two seconds later, with a changed"
        " configuration too. Answers that are kept stay kept. You are signed out.",
        class_="soft",
    )
    tick = void("input", type="checkbox", name_="sure", value="true", id="sure", required="")
    sure = tag("div", tick, tag("label", "I am sure", for_="sure"), class_="choice")
    return [why, form("/installer/restart", session, sure, tag("button", "Restart the agent"))]
