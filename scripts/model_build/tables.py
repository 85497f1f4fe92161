"""The expression net's card as tables for a document. Pure: the document quotes, nobody copies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from model_build.labels import CLASSES

BEGIN = "<!-- from models/expression.json, by scripts/train_expression -->"
END = "<!-- until here -->"
TOLD = {
    "accuracy_7": "7 classes, without contempt",
    "accuracy_3": "positive, neutral, negative",
    "smile_f1": "smile, F1",
    "smile_auc": "smile, area under the ROC curve",
    "calibration_error": "calibration error (15 bins)",
    "smile_calibration_error": "calibration error of the smile",
}
RATIOS = ("smile_f1", "smile_auc")
"""Told as numbers from 0 to 1; the rest in percent."""


def written_into(document: str, card: Mapping[str, Any]) -> str:
    """Return the document with the card's tables between its two marks.

    Raises `ValueError` where a mark is missing.
    """
    head, found, rest = document.partition(BEGIN)
    _, ended, tail = rest.partition(END)
    if not (found and ended):
        raise ValueError(f"the document has no {BEGIN!r} with {END!r} after it")
    return f"{head}{BEGIN}\n\n{tables(card)}\n{END}{tail}"


def tables(card: Mapping[str, Any]) -> str:
    """Return figures, hardships, classes and the confusion matrix as Markdown."""
    told = card["figures"]
    parts = (
        _figures(told["int8"], told["float"]),
        _hardships(told["int8"], told["int8_under_hardship"]),
        _classes(told["int8_details"]["by_class"]),
        "Rows are what most people named, columns what the net says:",
        _confusion(told["int8_details"]["confusion"]),
    )
    return "\n\n".join(parts) + "\n"


def _figures(ours: Mapping[str, float], exact: Mapping[str, float]) -> str:
    rows = [(told, _value(ours, name), _value(exact, name)) for name, told in TOLD.items()]
    return _table((f"{ours['pictures']:,} pictures held out", "int8", "float"), rows)


def _hardships(plain: Mapping[str, float], spoilt: Mapping[str, Mapping[str, float]]) -> str:
    names = ("accuracy_3", "smile_f1")
    every = {"as they are": plain, **spoilt}
    rows = [(what, *(_value(found, name) for name in names)) for what, found in every.items()]
    return _table(("int8, the same pictures", *(TOLD[name] for name in names)), rows)


def _classes(by_class: Mapping[str, Mapping[str, float]]) -> str:
    rows = [
        (name, f"{row['pictures']:,}", *(f"{100 * row[k]:.1f} %" for k in ("precision", "recall")))
        for name, row in by_class.items()
    ]
    return _table(("class", "pictures", "precision", "recall"), rows)


def _confusion(counts: Sequence[Sequence[int]]) -> str:
    rows = [(f"**{name}**", *row) for name, row in zip(CLASSES, counts, strict=True)]
    return _table(("", *CLASSES), rows)


def _value(found: Mapping[str, float], name: str) -> str:
    return f"{found[name]:.3f}" if name in RATIOS else f"{100 * found[name]:.1f} %"


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)
