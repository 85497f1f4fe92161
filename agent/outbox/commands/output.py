"""Where a command writes: the terminal, a file that appears whole, or what is no file as it is.

What `-o` names is replaced, so it must never be a store, nor one of the files that belong to one.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from agent.errors import ConfigError, StoreError
from agent.outbox.commands.target import find
from agent.outbox.progress import SUFFIX
from agent.outbox.store import ASIDE

_MAGIC = b"SQLite format 3\0"
_BESIDE = ("-wal", "-shm", "-journal", ".lock", ASIDE, ".salvaged-", SUFFIX, ".requests")
"""What the names of the files and the folder beside a store begin with, behind its own."""
_PRIVATE = 0o600


class OutputRefusedError(StoreError, ValueError):
    """The output would destroy a store."""

    exit_code = 1


def refuse_stores(out: Path, *, stores: Sequence[Path], config: Path) -> None:
    """Refuse an output that is a store, or that belongs to one. Raises OutputRefusedError.

    `stores` are those that the command reads or writes; the configured one is added.
    """
    target = _resolved(out)
    known = [*stores, *_configured(config), *_likely_stores(target)]
    for place in (target, target.parent):
        for store in map(_resolved, known):
            if _belongs(place, store):
                raise OutputRefusedError(f"{out} belongs to the store {store}: name another output")
    if _is_database(target):
        raise OutputRefusedError(f"{out} is an SQLite database: name another output, or remove it")


def _configured(config: Path) -> list[Path]:
    try:
        return [find(None, config=config).path]
    except ConfigError:  # a named store needs no configuration
        return []


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except RuntimeError as error:  # how Python 3.11 tells of links that lead to each other
        raise StoreError(f"{path} cannot be reached: its links lead in a circle") from error


def _likely_stores(target: Path) -> Iterator[Path]:
    """Name the databases that a file would belong to, going by its own name."""
    for suffix in _BESIDE:
        name, found, _ = target.name.partition(suffix)
        if name and found and _is_database(target.with_name(name)):
            yield target.with_name(name)


def _belongs(place: Path, store: Path) -> bool:
    if place.parent != store.parent:
        return False
    name = store.name.partition(ASIDE)[0]
    ours = {store.name, name}
    return place.name in ours or place.name.startswith(
        tuple(one + suffix for one in ours for suffix in _BESIDE)
    )


def _is_database(path: Path) -> bool:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # to open a pipe would wait for its writer
            return False
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError:  # not there, or not ours to read: then writing tells
        return False


@contextlib.contextmanager
def written(path: Path) -> Iterator[TextIO]:
    """Write a file that only its owner may read; it appears under its name when it is whole.

    A link is followed. A pipe or a character device is written to as it is.
    Raises StoreError when it cannot be written.
    """
    try:
        with _replaced(path.resolve()) if _is_plain(path) else _straight(path) as stream:
            yield stream
    except OSError as error:
        if isinstance(error, StoreError):
            raise
        raise StoreError(f"{path} cannot be written: {error.strerror}") from error


def _is_plain(path: Path) -> bool:
    """Tell whether an output is an ordinary file, or will be one."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return True
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)):
        raise StoreError(f"{path} cannot be written: it is neither a file nor a pipe")
    return stat.S_ISREG(mode)


@contextlib.contextmanager
def _straight(path: Path) -> Iterator[TextIO]:
    handle = os.open(path, os.O_WRONLY | os.O_NOCTTY | os.O_CLOEXEC)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
        yield stream


@contextlib.contextmanager
def _replaced(path: Path) -> Iterator[TextIO]:
    draft = path.with_name(f".{path.name[:200]}.{secrets.token_hex(4)}.part")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _PRIVATE)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            yield stream
            stream.flush()
            os.fsync(handle)
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)


@contextlib.contextmanager
def terminal() -> Iterator[TextIO]:
    """Write to standard output; a reader that has seen enough (`| head`) is no error.

    Raises StoreError when it cannot be written.
    """
    try:
        yield sys.stdout
        sys.stdout.flush()
    except BrokenPipeError:
        _let_go()
    except OSError as error:
        if isinstance(error, StoreError):
            raise
        _let_go()
        raise StoreError(f"the output cannot be written: {error.strerror}") from error


def tell(line: str) -> None:
    """Write a line to standard output. Raises StoreError."""
    with terminal() as out:
        out.write(f"{line}\n")


def _let_go() -> None:
    """Send what is left nowhere: Python would try, and complain, once more at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
