"""Who opens a store while it is set aside spoils neither the old file nor the new one.

A race: without the lock one run in three fails here, by SIGBUS or an I/O error.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).with_name("attaching.py")
SECONDS = 4.0


def test_a_reader_that_opens_while_a_file_is_set_aside_kills_nobody(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(tmp_path), str(SECONDS)],
        cwd=SCRIPT.parents[2],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
