"""The locks hold what pyproject.toml asks for, with hashes and nothing of this machine."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
DEVICES = [f"{os}-{cpu}" for os in ("bookworm", "trixie") for cpu in ("aarch64", "x86_64")]
PYTHON = {"bookworm": "3.11", "trixie": "3.13", "dev": "3.11", "build": "3.11"}

_PIN = re.compile(r"^([a-z0-9-]+)==([^ ;]+)( ; [^\\]*)? \\$", re.MULTILINE)


def text_of(name: str) -> str:
    return (ROOT / f"locks/{name}.txt").read_text("utf-8")


def pins_of(name: str) -> dict[str, str]:
    return {match[1]: match[2] for match in _PIN.finditer(text_of(name))}


def needs_of(name: str) -> list[Requirement]:
    build = PROJECT["build-system"]["requires"]
    if name == "build":
        return [Requirement(line) for line in build]
    extras = ["vision", "gpio"]
    lines = list(PROJECT["project"]["dependencies"])
    if name == "dev":
        extras += ["demo", "test"]
        lines += build
    return [Requirement(line) for line in lines + [li for e in extras for li in EXTRAS[e]]]


@pytest.mark.parametrize("name", [*DEVICES, "dev", "build"])
def test_everything_pyproject_asks_for_is_pinned_within_its_bounds(name: str) -> None:
    pins = pins_of(name)
    python = PYTHON[name.split("-", maxsplit=1)[0]]
    for need in needs_of(name):
        if need.marker and not need.marker.evaluate({"python_version": python}):
            assert canonicalize_name(need.name) not in pins
            continue
        pinned = pins.get(canonicalize_name(need.name))
        assert pinned, f"{need.name} is not in locks/{name}.txt: run scripts/lock"
        assert need.specifier.contains(pinned, prereleases=True), (
            f"locks/{name}.txt has {need.name} {pinned}, pyproject.toml wants {need.specifier}:"
            " run scripts/lock"
        )


@pytest.mark.parametrize("name", [*DEVICES, "dev", "build"])
def test_every_pin_has_hashes(name: str) -> None:
    blocks = re.split(r"^(?=[a-z0-9])", text_of(name), flags=re.MULTILINE)[1:]
    assert len(blocks) == len(pins_of(name)) > 0
    assert all("--hash=sha256:" in block for block in blocks)


@pytest.mark.parametrize("name", [*DEVICES, "dev", "build"])
def test_a_lock_names_no_index_and_no_path(name: str) -> None:
    assert not re.search(r"://|--index|--find-links|(^|\s)[./]", text_of(name), re.MULTILINE)


@pytest.mark.parametrize("name", DEVICES)
def test_devices_run_the_versions_the_tests_run_with(name: str) -> None:
    tested = pins_of("dev")
    for package, version in pins_of(name).items():
        assert tested.get(package, version) == version


def test_bookworms_picamera2_gets_a_jpeg_library_for_numpy_2() -> None:
    assert pins_of("bookworm-aarch64")["simplejpeg"] == "1.9.0"


def test_trixie_leaves_lgpio_to_the_system() -> None:
    """For Python 3.13 the index has an old pure-Python lgpio only, which drives no pins."""
    assert "lgpio" not in pins_of("trixie-aarch64")
    assert "python3-lgpio" in (ROOT / "scripts/install").read_text("utf-8")
