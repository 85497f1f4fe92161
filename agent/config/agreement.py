"""What the sections of a kiosk's configuration may have wrong together. Pure.

Each rule names the sections that it looks at. Where one of them is wrong in itself, the rule waits
until that is mended.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from typing import TYPE_CHECKING

from agent.config.problem import Clash
from agent.config.texts import texts_in
from agent.config.zoning import zones_are_inside, zones_leave_room
from agent.survey.screens import CURSOR_BUTTONS

if TYPE_CHECKING:
    from agent.config.schema import KioskSettings

Rule = Callable[["KioskSettings"], Iterator[Clash]]

_BUTTONS = ("panel", "buttons")


def disagreements(
    settings: KioskSettings, sound: Container[str], *, running: bool = False
) -> Iterator[Clash]:
    """Return what is wrong among the sections named in `sound`; the others are not looked at.

    `running` leaves out what keeps no kiosk from counting presses.
    """
    for sections, rule in _RULES if running else (*_RULES, *_OF_A_CAMERA):
        if all(section in sound for section in sections):
            yield from rule(settings)


def _buttons_fit_scale(settings: KioskSettings) -> Iterator[Clash]:
    buttons, scale = len(settings.panel.buttons), settings.visit.scale
    if buttons and buttons != scale:
        text = f"panel.buttons has {buttons} buttons but visit.scale is {scale}"
        yield Clash(_BUTTONS, f"{text}: every face needs its button", ("visit", "scale"))


def _somebody_can_answer(settings: KioskSettings) -> Iterator[Clash]:
    screen = settings.screen
    if settings.panel.buttons or (screen.enabled and screen.touch):
        return
    lacking = "touch" if screen.enabled else "enabled"
    text = f"screen.{lacking} is false and there are no panel.buttons: nobody could answer"
    yield Clash(("screen", lacking), text, _BUTTONS)


def _reasons_in_reach(settings: KioskSettings) -> Iterator[Clash]:
    buttons, reasons = len(settings.panel.buttons), len(settings.visit.reasons)
    plain = settings.screen.enabled and not settings.screen.touch
    if plain and buttons < min(reasons, CURSOR_BUTTONS):
        text = (
            f"visit.reasons has {reasons} reasons, but there are {buttons} buttons and"
            f" screen.touch is false: use {CURSOR_BUTTONS} buttons or more"
        )
        yield Clash(("visit", "reasons"), text)


def _texts_of_visit(settings: KioskSettings) -> Iterator[Clash]:
    yield from _untranslated(settings, "visit")


def _texts_of_feedback(settings: KioskSettings) -> Iterator[Clash]:
    if settings.feedback.enabled:
        yield from _untranslated(settings, "feedback")


def _untranslated(settings: KioskSettings, section: str) -> Iterator[Clash]:
    for key, text in texts_in(getattr(settings, section), (section,)):
        missing = [code for code in settings.screen.languages if code not in text]
        if missing and (text or key[-1] != "question"):
            told = f"{{key}} is missing in {', '.join(missing)}: add the text"
            yield Clash(key, f"{told}, or take the language out of screen.languages")


def _one_thing_behind_a_rating(settings: KioskSettings) -> Iterator[Clash]:
    if settings.survey.questionnaires and settings.visit.reasons:
        text = "survey.questionnaires and visit.reasons both follow a rating: keep one of them"
        yield Clash(("survey", "questionnaires"), text, ("visit", "reasons"))


def _no_reasons_beside_feedback(settings: KioskSettings) -> Iterator[Clash]:
    if settings.feedback.enabled and settings.visit.reasons:
        text = (
            "feedback.enabled and visit.reasons both follow a rating: leave the reasons out,"
            " the feedback's questionnaire asks for some"
        )
        yield Clash(("feedback", "enabled"), text, ("visit", "reasons"))


def _feedback_has_touch(settings: KioskSettings) -> Iterator[Clash]:
    screen = settings.screen
    if settings.feedback.enabled and not (screen.enabled and screen.touch):
        text = "feedback.enabled needs a touch screen: set screen.enabled and screen.touch"
        yield Clash(("feedback", "enabled"), text, ("screen",))


def notice_without_screen(settings: KioskSettings) -> Iterator[Clash]:
    """Return where a notice is to stand on a page that there is not."""
    vision = settings.vision
    shown = vision.mode != "off" and vision.notice is not None and vision.notice.shown == "screen"
    if shown and not settings.screen.enabled:
        text = "vision.notice.shown is `screen` but screen.enabled is false"
        text += ": switch the screen on, or put up a sign and set `printed`"
        yield Clash(("vision", "notice", "shown"), text, ("screen", "enabled"))


def _ports_differ(settings: KioskSettings) -> Iterator[Clash]:
    office, screen = settings.office, settings.screen
    if office.enabled and screen.enabled and office.port == screen.port != 0:
        text = f"office.port and screen.port are both {office.port}: change one of them"
        yield Clash(("office", "port"), text, ("screen", "port"))


def _pins_are_free(settings: KioskSettings) -> Iterator[Clash]:
    taken: dict[int, tuple[str | int, ...]] = {
        pin: ("panel", *place) for pin, place in settings.panel.pins
    }
    for pin, place in _single_pins(settings):
        if pin in taken:
            text = f"{{key}} is {pin}, and so is {{other}} in line {{line}}"
            yield Clash(place, f"{text}: give each a pin of its own", taken[pin])
        taken.setdefault(pin, place)


def _single_pins(settings: KioskSettings) -> Iterator[tuple[int, tuple[str, ...]]]:
    alerts, served = settings.alerts, settings.served
    for name, pin in (("light_pin", alerts.light_pin), ("relay_pin", alerts.relay_pin)):
        if pin is not None:
            yield pin, ("alerts", name)
    for name, source in (("sensor", served.sensor), ("manual", served.manual)):
        if source is not None:
            yield source.pin, ("served", name, "pin")


def _holds_are_buttons(settings: KioskSettings) -> Iterator[Clash]:
    known = {button.id for button in settings.panel.buttons}
    for place, key in enumerate(settings.staff.hold):
        if key not in known:
            text = f"staff.hold names {key}, and no button of the panel has that id"
            yield Clash(("staff", "hold", place), text)


def _holds_are_short(settings: KioskSettings) -> Iterator[Clash]:
    hold_s, stuck_s = settings.staff.hold_s, settings.panel.stuck_s
    if settings.staff.hold and hold_s >= stuck_s:
        text = (
            f"staff.hold_s is {hold_s:g}, but a button held for panel.stuck_s ({stuck_s:g})"
            " counts as stuck: hold shorter"
        )
        yield Clash(("staff", "hold_s"), text, ("panel", "stuck_s"))


_RULES: tuple[tuple[tuple[str, ...], Rule], ...] = (
    (("panel", "visit"), _buttons_fit_scale),
    (("panel", "screen"), _somebody_can_answer),
    (("panel", "visit", "screen"), _reasons_in_reach),
    (("visit", "screen"), _texts_of_visit),
    (("feedback", "screen"), _texts_of_feedback),
    (("survey", "visit"), _one_thing_behind_a_rating),
    (("feedback", "visit"), _no_reasons_beside_feedback),
    (("feedback", "screen"), _feedback_has_touch),
    (("vision", "screen"), notice_without_screen),
    (("office", "screen"), _ports_differ),
    (("panel", "alerts", "served"), _pins_are_free),
    (("panel", "staff"), _holds_are_buttons),
    (("panel", "staff"), _holds_are_short),
)
_OF_A_CAMERA: tuple[tuple[tuple[str, ...], Rule], ...] = (
    (("vision",), zones_are_inside),
    (("vision",), zones_leave_room),
)
