"""Sets a store aside again and again while others open it; a process of its own, for SIGBUS.

python tests/outbox/attaching.py FOLDER SECONDS
"""

from __future__ import annotations

import contextlib
import sqlite3
import sys
import threading
import time
from pathlib import Path

from agent.outbox.store import Reader, Store, set_aside

READERS = 3


def main(folder: Path, seconds: float) -> None:
    """Raise or die where a reader of the old file spoils the new one."""
    path, until_s = folder / "outbox.db", time.monotonic() + seconds

    def read() -> None:
        while time.monotonic() < until_s:
            with contextlib.suppress(sqlite3.Error), contextlib.closing(Reader(path)) as reader:
                reader.pending_after(0, up_to=1 << 60, limit=10)

    store = Store(path)
    readers = [threading.Thread(target=read) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    while time.monotonic() < until_s:
        store.close()
        aside = set_aside(path)
        store = Store(path)
        for old in folder.glob(f"{aside.name}*"):
            old.unlink()
    for reader in readers:
        reader.join()
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
