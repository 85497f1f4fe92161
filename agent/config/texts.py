"""The texts by language in a section. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from agent.config.base import Settings
from agent.config.problem import KeyPath


def texts_in(section: Settings, key: KeyPath) -> Iterator[tuple[KeyPath, dict[str, str]]]:
    """Yield every text of a section that stands at `key`, lists included: where, and by language.

    Every mapping in it must be one.
    """
    for field in type(section).model_fields:
        value = getattr(section, field)
        if isinstance(value, dict):
            yield (*key, field), value
        for place, entry in enumerate(value) if isinstance(value, tuple) else ():
            if isinstance(entry, Settings):
                yield from texts_in(entry, (*key, field, place))
