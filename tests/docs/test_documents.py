"""What the documents point to is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target]

    assert [t for t in local if not (document.parent / t).exists()] == []


def test_the_readme_names_no_pin_the_example_does_not_use() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    example = (ROOT / "config" / "kiosk.yaml").read_text(encoding="utf-8")
    used = set(re.findall(r"\b(?:pin|light|buzzer): (\d+)", example))

    assert set(re.findall(r"GPIO (\d+) \(", readme)) == used
