"""Writes a model's card: what it is, where it comes from, what was measured."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path


def write_card(path: Path, model: Path, facts: dict[str, object]) -> None:
    """Write the card of `model` as JSON; hash and size are taken from the file itself."""
    content = model.read_bytes()
    card = {
        "id": facts["id"],
        "file": model.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
    }
    path.write_text(json.dumps(card | facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
