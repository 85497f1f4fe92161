"""The texts of the pages for people by their parts, one class a part."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from agent.clock.moment import Trust
from agent.doctor.checks import State
from agent.feedback.status import CaseState
from agent.language import Plural
from agent.office.forms import Mistake
from agent.office.pins import Role
from agent.served.calibration import Calibrated
from agent.served.calibrator import Refusal
from agent.staff.refusals import Reason
from agent.vision.preview import Why as PreviewWhy
from agent.vision.zones import Why as ZoneWhy


class Part(BaseModel):
    """The texts of one part of a page."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_min_length=1)


class FrameWords(Part):
    """Around every page."""

    roles: dict[Role, str]
    sign_out: str
    lost: str
    back: str
    not_here: str
    no_such_page: str
    failed: str


class DoorWords(Part):
    """Signing in. `{wait}` is a duration."""

    title: str
    who: str
    pin: str
    enter: str
    choose: str
    wrong: str
    locked: Plural
    """With `{wait}`: so many wrong PINs were given."""


class TodayWords(Part):
    """What a manager reads."""

    title: str
    heading: str
    """With `{moment}`, a date and a time."""
    before: str
    nobody: str
    no_share: str
    by_hour: str
    left_out: str
    """With `{pressed}`, a number, and `{why}`."""
    nothing_asked: str
    chosen: str
    """With `{n}` and `{unhappy}`, numbers."""
    no_figures: str


class AlertWords(Part):
    """Alerts, and what can be done about them."""

    title: str
    none: str
    ago: str
    less_than_a_minute: str
    taken: str
    escalated: str
    size: str
    """With `{unhappy}` and `{n}`, numbers, and `{time}`, a duration."""
    case: str
    """With `{case}`, its number."""
    take: str
    what_was_done: str
    over: str
    is_yours: str
    is_over: str
    past: str
    taken_after: str
    over_after: str


class CaseWords(Part):
    """What customers left, by its number; never what they say."""

    title: str
    line: str
    """With `{about}`, and `{time}` of the day."""
    promised: str
    """With `{when}`."""
    states: dict[CaseState, str]
    untold: str
    none: str
    from_centre: str
    why: str


class TillWords(Part):
    """What staff read."""

    nothing: str
    why_late: str
    last: str
    shift: str
    on_duty: str
    nobody: str
    own_pin: str
    begin: str
    end: str
    begun: str
    ended: str


class StateWords(Part):
    """How a kiosk is."""

    title: str
    software: str
    broker: str
    connected: str
    not_connected: str
    store: str
    in_order: str
    in_memory: str
    not_sent: str
    events: Plural
    clock: str
    trust: dict[Trust, str]
    broken: str
    calm: str


class TrialWords(Part):
    """The button test."""

    title: str
    why: str
    begin: str
    end: str
    ends: str
    press: str
    all_work: str
    not_begun: str
    over: str
    missing: str
    all_heard: str


class SignalWords(Part):
    """Lights, sound, and what hangs on pins of the counter."""

    title: str
    no_panel: str
    none: str
    as_for_an_answer: str
    lights: Plural
    buzzer: str
    light_up: str
    beep: str
    both: str
    shown: str
    no_panel_works: str
    light_of: str
    buzzer_on: str
    at_counter: str
    light: str
    relay: str
    try_it: str
    tried: str
    not_working: str
    no_such: str
    while_tried: str


class CounterWords(Part):
    """Checking the counter by hand. `{spread}` is a figure with its interval."""

    title: str
    why: str
    """With `{least}` and `{most}`, numbers."""
    sources: dict[Calibrated, str]
    not_working: str
    unchecked: str
    recall: str
    """With `{found}` of `{n}`, numbers, and `{spread}`; `precision` too."""
    precision: str
    factor: str
    checked: str
    undated: str
    stale: str
    begin: str
    no_source: str
    tap: str
    more: Plural
    enough: str
    """With `{most}`, a number; `full` too."""
    full: str
    lost: str
    undo: str
    finish: str
    discard: str
    discarded: str
    elsewhere: str
    take_over: str
    found: dict[Calibrated, str]
    invented: Plural
    invented_none: str
    counted_nobody: str
    too_few: str
    """With `{source}`, and `{n}` of `{least}`, numbers."""
    go_on: str
    left_out: str
    not_stored: str
    refused: dict[Refusal, str]


class AimWords(Part):
    """A camera's picture, and the zones on it."""

    title: str
    why: str
    camera: str
    picture: str
    begin: str
    end: str
    faces: str
    waiting: str
    lost: str
    staff: str
    """With `{n}`, a number."""
    contact: str
    add_staff: str
    add_contact: str
    draw: str
    smallest: str
    undo: str
    remove: str
    numbers: str
    left: str
    top: str
    width: str
    height: str
    save: str
    saved: str
    no_room: str
    unsaved: str
    reset: str
    reset_done: str
    from_config: str
    drawn: str
    """With `{when}`, a date and a time in UTC."""
    undated: str
    unknown: str
    refused: dict[PreviewWhy, str]
    not_saved: dict[ZoneWhy, str]

    def on_page(self) -> dict[str, str]:
        """Return the texts that the page's script needs."""
        names = ("staff", "contact", "draw", "smallest", "waiting", "lost", "unsaved")
        sides = ("left", "top", "width", "height")
        told = {name: getattr(self, name) for name in (*names, *sides)}
        return {**told, "over": self.refused["over"]}


class CheckWords(Part):
    """The checks of `smilepost doctor`; their facts are English everywhere."""

    title: str
    run: str
    running: str
    never: str
    failed: Plural
    warnings: Plural
    all_right: str
    in_english: str
    states: dict[State, str]
    warning: str
    cannot_start: str
    took_too_long: str
    no_results: str


class RestartWords(Part):
    """Starting anew."""

    title: str
    nobody_would: str
    why: str
    sure: str
    button: str
    done: str
    not_done: str


class RefusalWords(Part):
    """Why somebody is not obeyed."""

    forms: dict[Mistake, str]
    people: dict[Reason, str]
    other: str
