"""HTML that cannot be broken by what stands in it: every text is escaped where it is put in."""

from __future__ import annotations

import html
from collections.abc import Sequence


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def tag(name: str, *children: str, **attributes: object) -> Markup:
    """Return an element. `class_` and `stroke_width` become `class` and `stroke-width`."""
    words = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for key, value in attributes.items()
    )
    return Markup(f"<{name}{words}>{joined(*children)}</{name}>")


def joined(*children: str) -> Markup:
    """Return one after the other; what is no markup is escaped."""
    return Markup(
        "".join(
            child if isinstance(child, Markup) else html.escape(child, quote=False)
            for child in children
        )
    )


def table(
    heads: tuple[str, ...],
    rows: Sequence[tuple[str, ...]],
    *,
    caption: str,
    texts: tuple[int, ...] = (0,),
    class_: str = "table",
) -> Markup:
    """Return a table whose first column names the rows; `texts` are the columns of words."""
    head = [_cell("th", text, place in texts, scope="col") for place, text in enumerate(heads)]
    body = [tag("tr", *_cells(row, texts)) for row in rows]
    named = [tag("caption", caption)] if caption else []
    shown = (*named, tag("thead", tag("tr", *head)), tag("tbody", *body))
    return tag("div", tag("table", *shown, class_=class_), class_="wide")


def _cells(row: tuple[str, ...], texts: tuple[int, ...]) -> list[Markup]:
    first, *rest = row
    name = _cell("th", first, 0 in texts, scope="row")
    return [name, *(_cell("td", cell, at in texts) for at, cell in enumerate(rest, start=1))]


def _cell(kind: str, text: str, of_words: bool, **more: str) -> Markup:  # noqa: FBT001
    return tag(kind, text, class_="text" if of_words else "number", **more)
