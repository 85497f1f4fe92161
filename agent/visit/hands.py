"""The physical buttons below a display without touch: what a press means on each screen. Pure.

What the glass says, holds: a press means what stood over its button when it was pressed. As long as
a screen has not been seen, and for a moment after, nobody can have read it; and without a page the
buttons are what is printed on them, ratings.
"""

from __future__ import annotations

from dataclasses import replace

from agent.screen.asked import Buttons, Use
from agent.survey.screens import Screen
from agent.visit.stage import Stage

GUARD_S = 0.35
"""The second push of a double press is not for the screen that comes between; as on the page."""
CHANGE_S = 2.0
"""As long as a press usually has its thanks, another one changes or repeats it."""

NOTHING = Use(does="nothing")
SKIP = Use(does="skip")
BACK = Use(does="back")
CURSOR = (Use(does="left"), Use(does="confirm"), Use(does="right"))


def buttons_for(screen: Screen, *, count: int, after_s: float = 0.0) -> Buttons | None:
    """Return what `count` buttons in a row do on a screen; None where they cannot answer it.

    Options lie over the first buttons; what is left over skips and goes back. Where there are more
    options than buttons, a cursor goes round by three of them, and round by what has no button.
    """
    match screen.buttons(count):
        case "direct":
            return Buttons(uses=_direct(screen, count), after_s=after_s)
        case "cursor":
            return Buttons(uses=_cursor(screen, count), after_s=after_s)
        case _:
            return None


def all_do(use: Use, *, count: int) -> Buttons | None:
    """Return the buttons where any of them does the same; None where there are none."""
    return Buttons(uses=(use,) * count) if count else None


def _direct(screen: Screen, count: int) -> tuple[Use, ...]:
    chosen = tuple(Use(does="choose", option=option) for option in screen.options)
    spare = count - len(chosen)
    leaving = _leaving(screen)[:spare][::-1]
    return (*chosen, *(NOTHING,) * (spare - len(leaving)), *leaving)


def _cursor(screen: Screen, count: int) -> tuple[Use, ...]:
    can_go_back = screen.position > 1
    before = (BACK if can_go_back else NOTHING,) if count > len(CURSOR) + 1 else ()
    behind = (SKIP,) if count > len(CURSOR) else ()
    return (*before, *CURSOR, *behind)


def _leaving(screen: Screen) -> tuple[Use, ...]:
    """Return the ways out of a screen, the more needed first."""
    return (SKIP, BACK) if screen.position > 1 else (SKIP,)


def ring(screen: Screen, buttons: Buttons) -> tuple[str, ...]:
    """Return where the cursor can stand, in order: options, then ways out without a button."""
    without = [use.does for use in _leaving(screen) if use not in buttons.uses]
    return (*screen.options, *without)


def moved(screen: Screen, buttons: Buttons, *, right: bool) -> Buttons:
    """Move the cursor by one place. It begins nowhere, so that no answer is suggested."""
    places = ring(screen, buttons)
    if buttons.cursor is None:
        place = 0 if right else len(screen.options) - 1
    else:
        place = (places.index(buttons.cursor) + (1 if right else -1)) % len(places)
    return replace(buttons, cursor=places[place])


def confirmed(buttons: Buttons) -> Use:
    """Return what the cursor's button does where the cursor stands."""
    if buttons.cursor is None:
        return NOTHING
    leaving = (use for use in (SKIP, BACK) if use.does == buttons.cursor)
    return next(leaving, Use(does="choose", option=buttons.cursor))


class Hands:
    """What lies over the buttons `keys`, and since when it can be seen. Times are monotonic.

    With touch no button answers a screen: there are no `keys` then.
    """

    def __init__(self, keys: tuple[str, ...]) -> None:
        self._keys = keys
        self._stage: Stage | None = None
        self._seen_s: float | None = None
        self._rated_s = float("-inf")
        self._page = False
        self._others: set[str] = set()

    @property
    def answer(self) -> bool:
        """Whether the buttons answer surveys at all."""
        return bool(self._keys)

    def over(self, screen: Screen, *, changeable: bool) -> Buttons | None:
        """Return what lies over the buttons on a screen; None where they rate, or cannot answer."""
        after_s = CHANGE_S if changeable else 0.0
        return buttons_for(screen, count=len(self._keys), after_s=after_s)

    def show(self, stage: Stage) -> None:
        """Learn what is to be on the glass. A cursor that moves is no new screen."""
        if self._stage is None or _screen(stage) != _screen(self._stage):
            self._seen_s = None
        self._stage = stage

    def paint(self, *, at_s: float) -> None:
        """Learn that it is on the glass."""
        self._page = True
        if self._seen_s is None:
            self._seen_s = at_s

    def lose(self) -> None:
        """Learn that there is no page any more: what it showed cannot be meant."""
        self._page, self._seen_s = False, None

    def rated(self, key: str, *, at_s: float) -> None:
        """Learn that a press was a rating."""
        self._rated_s = at_s
        self._others.discard(key)

    def last_rated(self, key: str) -> bool:
        """Tell whether the last press of a key was a rating."""
        return key not in self._others

    def take(self, key: str, *, at_s: float, changeable: bool) -> Use | None:
        """Return what a press does; None where it is a rating.

        With `changeable` nothing was done but a rating: what comes before the question can have
        been read changes or repeats that.
        """
        use = self._use(key, at_s=at_s, changeable=changeable)
        if use is not None:
            self._others.add(key)
        return use

    def _use(self, key: str, *, at_s: float, changeable: bool) -> Use | None:
        stage = self._stage
        if stage is None or not self._page or key not in self._keys:
            return None
        if not (stage.buttons or (stage.invites and stage.name == "thanks")):
            return None
        if not self._is_read(at_s, within_s=GUARD_S if stage.buttons else CHANGE_S):
            return None if changeable else NOTHING
        if changeable and at_s - max(self._rated_s, self._seen_s or 0.0) < CHANGE_S:
            return None
        if stage.buttons is None:
            return Use(does="begin")
        use = stage.buttons.uses[self._keys.index(key)]
        return confirmed(stage.buttons) if use.does == "confirm" else use

    def _is_read(self, at_s: float, *, within_s: float) -> bool:
        return self._seen_s is not None and at_s - self._seen_s >= within_s


def _screen(stage: Stage) -> tuple[str, str]:
    return stage.name, getattr(getattr(stage.asked, "place", None), "topic", "")
