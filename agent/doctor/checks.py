"""What a check is, how one is run, and how the list is shown.

A check is a plain function that returns the fact it found, or raises `Failed` with what was found
and what mends it, or `NotApplicable`. It takes what it needs, so it can be tested anywhere.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from agent.errors import SmilepostError

log = logging.getLogger(__name__)

Level = Literal["essential", "advisory"]
State = Literal["ok", "failed", "not_applicable"]


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check."""

    id: str
    level: Level
    """An essential check that fails means: this kiosk does not do its work."""
    state: State
    fact: str
    """What was found, in one line."""
    remedy: str = ""
    """What a person can do about a failure."""


class Failed(SmilepostError, RuntimeError):  # noqa: N818  (a verdict, not a defect of the program)
    """What was checked does not hold."""

    def __init__(self, fact: str, *, remedy: str) -> None:
        super().__init__(fact)
        self.fact, self.remedy = fact, remedy


class NotApplicable(SmilepostError, RuntimeError):  # noqa: N818
    """The configuration does not ask for what was to be checked."""


def examine(name: str, level: Level, look: Callable[[], str]) -> Check:
    """Run one check; whatever happens in it becomes a result and stops no other check."""
    try:
        return Check(name, level, "ok", look())
    except NotApplicable as reason:
        return Check(name, level, "not_applicable", str(reason))
    except Failed as failure:
        return Check(name, level, "failed", failure.fact, failure.remedy)
    except SmilepostError as error:
        return Check(name, level, "failed", str(error))
    except Exception as error:  # a check that breaks must not hide what the others found
        log.debug("check %s broke", name, exc_info=True)
        fact = f"the check itself broke: {type(error).__name__}: {error}"
        return Check(name, level, "failed", fact, "report this to the makers of Smilepost")


def all_essentials_hold(checks: Sequence[Check]) -> bool:
    """Tell whether this kiosk can do its work."""
    return not any(c.level == "essential" and c.state == "failed" for c in checks)


def as_json(checks: Sequence[Check]) -> str:
    """Write the results for programs."""
    found = {"checks": [asdict(c) for c in checks], "ok": all_essentials_hold(checks)}
    return json.dumps(found, indent=2, ensure_ascii=False)


_GREEN, _RED, _YELLOW, _GREY, _PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[90m", "\x1b[0m"


def as_text(checks: Sequence[Check], *, colour: bool) -> str:
    """Write the results for people: a tick, a name and a fact a line, remedies below."""
    width = max((len(c.id) for c in checks), default=0)
    lines: list[str] = []
    for check in checks:
        paint, sign = _sign(check)
        sign = f"{paint}{sign}{_PLAIN}" if colour else sign
        lines.append(f"{sign} {check.id:<{width}}  {check.fact}")
        if check.state == "failed" and check.remedy:
            lines.append(f"{'':{width + 2}}  -> {check.remedy}")
    return "\n".join(lines)


def _sign(check: Check) -> tuple[str, str]:
    if check.state == "ok":
        return _GREEN, "✓"
    if check.state == "not_applicable":
        return _GREY, "-"
    return (_RED, "✗") if check.level == "essential" else (_YELLOW, "!")
