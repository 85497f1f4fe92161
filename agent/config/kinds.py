"""Which kind of file somebody wants checked, told by its keys: none names itself."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from agent.config.reading import top_of
from agent.config.schema import KioskSettings
from agent.office.pins import ROLES

Kind = Literal["kiosk", "staff", "office"]

_STAFF = "staff"
"""A section of a kiosk and a role of the office."""
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(ROLES, "office"),
    "sellers": "staff",
    **{name: "kiosk" for name in KioskSettings.model_fields if name != _STAFF},
}


def kind_of(path: Path) -> Kind:
    """Return what a file is, misspelled keys included; what cannot be read passes for a kiosk's."""
    top = top_of(path)
    kinds = {name: kind for name in top if (kind := _meant(name)) is not None}
    by_name = [kind for name, kind in kinds.items() if name != _STAFF]
    if by_name:
        return max(sorted(set(by_name)), key=by_name.count)
    return "office" if _STAFF in top and _is_a_role(top[_STAFF]) else "kiosk"


def _meant(name: str) -> Kind | None:
    close = get_close_matches(name, _KINDS, n=1, cutoff=0.8)
    return _KINDS[close[0]] if close else None


def _is_a_role(staff: object) -> bool:
    return not isinstance(staff, Mapping) or "pin" in staff
