"""What the page is built from: pinned, checked by hash, and nothing third-party in the tree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from agent.bench.weights import KEYBOARD, page_files
from agent.screen.server import STATIC

WEB = Path(__file__).resolve().parents[2] / "agent" / "screen" / "web"


def lock() -> dict[str, Any]:
    return dict(json.loads((WEB / "package-lock.json").read_text(encoding="utf-8")))


def test_every_locked_package_has_an_integrity_hash_and_names_no_host() -> None:
    packages = {name: entry for name, entry in lock()["packages"].items() if name}
    assert packages
    for name, entry in packages.items():
        assert entry["integrity"].startswith("sha512-"), name
        assert "resolved" not in entry, name
    assert "://" not in (WEB / "package-lock.json").read_text(encoding="utf-8")


def test_the_packages_asked_for_are_pinned_to_one_version() -> None:
    asked = json.loads((WEB / "package.json").read_text(encoding="utf-8"))
    versions = {**asked["dependencies"], **asked["devDependencies"]}
    assert set(versions) == {"preact", "simple-keyboard", "esbuild"}
    for name, version in versions.items():
        assert version == lock()["packages"][f"node_modules/{name}"]["version"]


def test_the_source_is_plain_text_of_our_own() -> None:
    files = [p for p in WEB.rglob("*") if p.is_file() and "node_modules" not in p.parts]
    suffixes = {path.suffix for path in files if path.name != ".npmrc"}
    assert suffixes == {".css", ".html", ".js", ".json", ".jsx", ".svg"}


def test_the_page_is_small_before_the_keyboard_is_asked_for() -> None:
    files = page_files()
    assert {"index.html", "app.css", "app.js", KEYBOARD} <= files.keys()
    assert sum(files.values()) - files[KEYBOARD] <= 50_000


def test_the_keyboard_is_no_part_of_what_is_loaded_first() -> None:
    assert "hg-button" not in (STATIC / "app.js").read_text(encoding="utf-8")
    assert "hg-button" in (STATIC / "keyboard.js").read_text(encoding="utf-8")


def test_the_built_page_needs_no_inline_code() -> None:
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    assert "<script>" not in page
    assert "style=" not in page
    assert "://" not in page
