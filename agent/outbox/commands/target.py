"""Which store a command is about, and how it is looked into: read-only, beside a running agent."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.config.loading import load_to_run
from agent.errors import ConfigError, StoreError
from agent.outbox.lock import lock_path
from agent.outbox.progress import SUFFIX
from agent.outbox.settings import StoreSettings
from agent.outbox.store import ASIDE, SCHEMA_VERSION

_TABLES = {"event", "epoch", "progress"}


class NotAStoreError(StoreError):
    """The file is missing, is no store, or cannot be read with this release."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Target:
    """The store a command is about."""

    path: Path
    settings: StoreSettings | None
    """From the configuration; None when the file was named itself."""
    receipts: bool = False
    """Whether the configuration says that the centre confirms what it has stored."""


def find(file: Path | None, *, config: Path) -> Target:
    """Return the store that was named, else the configured one. Raises ConfigError."""
    if file is not None:
        return Target(file, None)
    if not config.exists():
        raise ConfigError(
            f"{config} does not exist: name the kiosk's configuration (-c FILE), or a store's file"
            " (STORE)"
        )
    settings = load_to_run(config).settings
    return Target(settings.store.path, settings.store, settings.uplink.receipts)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a store to look into it. Raises NotAStoreError; damage met later is one too."""
    try:
        with path.open("rb"):  # SQLite would say less clearly what is wrong
            pass
    except PermissionError as error:
        text = f"{path}: this user may not read it: run as root or as the agent's user"
        raise NotAStoreError(text) from error
    except FileNotFoundError as error:
        raise NotAStoreError(
            f"{path} does not exist: name the store's file (STORE) or the kiosk's configuration"
            " (-c FILE), unless the agent has not run yet"
        ) from error
    except OSError as error:
        raise NotAStoreError(f"{path} cannot be read: {error.strerror}") from error
    try:
        with contextlib.closing(sqlite3.connect(_uri(path), uri=True, isolation_level=None)) as db:
            _refuse_strangers(db, path)
            yield db
    except sqlite3.Error as error:
        raise NotAStoreError(_explained(error, path)) from error


def _uri(path: Path) -> str:
    """Name the store for SQLite; a closed one may lie on a card that is mounted read-only."""
    wal = path.with_name(f"{path.name}-wal")
    closed = not is_in_use(path) and (not wal.exists() or wal.stat().st_size == 0)
    still = closed and not os.access(path.parent, os.W_OK)
    return f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if still else ''}"


def _refuse_strangers(db: sqlite3.Connection, path: Path) -> None:
    found = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    if not {name for (name,) in found} >= _TABLES:
        raise NotAStoreError(f"{path} is no Smilepost store")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise NotAStoreError(
            f"{path} was written by a newer release (schema {version}, this one knows"
            f" {SCHEMA_VERSION}): update Smilepost"
        )


def _explained(error: sqlite3.Error, path: Path) -> str:
    code = getattr(error, "sqlite_errorname", "")
    if code == "SQLITE_NOTADB":
        return f"{path} is no Smilepost store, or its head is damaged: `outbox salvage` may read it"
    if code.startswith("SQLITE_CORRUPT"):
        return f"{path} is damaged: `smilepost outbox salvage {path}` says what can be read"
    if code.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY")):
        return f"{path} cannot be opened here: run as root, or copy it and its -wal elsewhere"
    return f"{path} cannot be read: {error}"


def is_in_use(path: Path) -> bool:
    """Tell whether an agent has the store open for writing."""
    try:
        handle = os.open(lock_path(path), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def is_set_aside(path: Path) -> bool:
    """Tell whether a file is one that was set aside as damaged."""
    return ASIDE in path.name


def set_aside_files(path: Path) -> list[Path]:
    """Return the damaged files that were set aside for a store, by name."""
    found = path.parent.glob(f"{path.name}{ASIDE}*")
    return sorted(file for file in found if not file.name.endswith(("-wal", "-shm", SUFFIX)))
