"""What stands beside the code goes into the package: an installed kiosk has nothing else."""

from __future__ import annotations

import ast
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES, BUILT = "agent/screen/web/", "agent/screen/static/"  # made when the package is


def patterns() -> list[str]:
    """Return what setup.py puts into the package beside Python files, as paths."""
    tree = ast.parse((ROOT / "setup.py").read_text("utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.keyword)]
    (data,) = (ast.literal_eval(node.value) for node in calls if node.arg == "package_data")
    return [
        f"{package.replace('.', '/')}/{pattern}"
        for package, told in data.items()
        for pattern in told
    ]


def beside_the_code() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "agent"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("needs the checkout's own list of files: git ls-files failed")
    names = listed.stdout.splitlines()
    return [name for name in names if not name.endswith(".py") and not name.startswith(SOURCES)]


def test_every_file_beside_the_code_is_packaged() -> None:
    told = patterns()
    left_out = [n for n in beside_the_code() if not any(fnmatch(n, pattern) for pattern in told)]
    assert left_out == []


def test_every_pattern_of_the_package_finds_a_file() -> None:
    for pattern in patterns():
        assert pattern.startswith(BUILT) or list(ROOT.glob(pattern)), pattern


def test_every_folder_of_code_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "agent").rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []
