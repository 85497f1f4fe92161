"""The floor that is baked into a wheel."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from agent.clock import RELEASE_FLOOR_MS
from agent.clock.built import BUILT_MS


def test_a_checkout_has_the_release_as_its_floor() -> None:
    assert BUILT_MS == 0
    assert RELEASE_FLOOR_MS > 0


def test_a_wheel_carries_the_time_it_was_built(repository: Path, tmp_path: Path) -> None:
    environment = os.environ | {"SMILEPOST_SKIP_PAGE": "1", "SOURCE_DATE_EPOCH": "1900000000"}
    copy = tmp_path / "source"
    copy.mkdir()
    for name in ("agent", "models", "setup.py", "pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        (copy / name).symlink_to(repository / name)
    built = tmp_path / "built"

    subprocess.run(
        [sys.executable, "setup.py", "-q", "build_py", "--build-lib", built],
        cwd=copy,
        env=environment,
        check=True,
        capture_output=True,
    )

    found = re.findall(r"BUILT_MS = (\d+)", (built / "agent/clock/built.py").read_text("utf-8"))
    assert found == ["1900000000000"]
    assert "BUILT_MS = 0" in (repository / "agent/clock/built.py").read_text("utf-8")
