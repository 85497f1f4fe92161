"""`smilepost outbox status`: how full the store is, what waits in it, and what it lost."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent.clock import SystemClock
from agent.outbox.commands import words
from agent.outbox.commands.facts import Oldest, Size, Status, look
from agent.outbox.commands.output import terminal
from agent.outbox.commands.target import find, opened

_PLAIN_WIDTH = 160
_NONE = "none"


def status_command(file: Path | None, *, config: Path, check: bool, as_json: bool) -> int:
    """Print the state of a store; returns 1 where `check` finds damage. Changes nothing."""
    target = find(file, config=config)
    with opened(target.path) as db:
        status = look(db, target, now=SystemClock().moment(), check=check)
    with terminal() as out:
        if as_json:
            out.write(json.dumps(asdict(status), indent=2, ensure_ascii=False) + "\n")
        else:
            out.write(_shown(status))
    return 0 if status.damage is None else 1


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else _PLAIN_WIDTH, highlight=False)


def _shown(status: Status) -> str:
    """Return what is shown; written by itself, a terminal that is gone is no concern of rich's."""
    console = _console()
    with console.capture() as captured:
        show(status, console)
    return captured.get()


def show(status: Status, console: Console) -> None:
    """Print it for a person."""
    for name, fact in facts_of(status):
        paint = _paint(name, fact)
        console.print(Text(f"{name:<9}", style="bold"), Text(fact, style=paint), soft_wrap=True)
    if any(status.states.values()):
        console.print()
        console.print(_depths(status))


def _paint(name: str, fact: str) -> str:
    if fact.startswith("DAMAGED"):
        return "red"
    if name == "set aside" and fact.endswith(": salvaged"):
        return ""
    worth_a_look = name in ("rejected", "set aside") or (name == "dropped" and fact != _NONE)
    return "yellow" if worth_a_look else ""


def facts_of(status: Status) -> list[tuple[str, str]]:
    """Return (name, fact) lines."""
    running = "running" if status.agent_running else "not running: nobody writes this store"
    unconfirmed = status.oldest_unconfirmed
    return [
        ("store", status.store),
        ("agent", running),
        *([("asked", _asked_fact(status.requests))] if any(status.requests.values()) else []),
        ("room", _room_fact(status.size)),
        ("disk", _disk_fact(status.size)),
        ("waiting", _waiting_fact(status)),
        *([("receipts", _receipts_fact(status, unconfirmed))] if unconfirmed else []),
        *(
            ("rejected", f"{words.rows(n)}: {_reason_fact(code)}")
            for code, n in status.rejected.items()
        ),
        ("dropped", _dropped_fact(status)),
        ("purged", words.rows(status.purged) if status.purged else _NONE),
        ("epochs", _epochs_fact(status)),
        *(("set aside", _aside_fact(one)) for one in status.set_aside),
        ("integrity", _integrity_fact(status)),
    ]


def _room_fact(size: Size) -> str:
    quota = "" if size.quota is None else f" of {words.size(size.quota)}"
    file = f"the file has {words.size(size.file)}, its WAL {words.size(size.wal)}"
    return f"{words.size(size.used)}{quota} used; {file}"


def _disk_fact(size: Size) -> str:
    kept = "" if size.disk_kept_free is None else f", {words.size(size.disk_kept_free)} stay free"
    return f"{words.size(size.disk_free)} free{kept}"


def _waiting_fact(status: Status) -> str:
    oldest = status.oldest_pending
    if oldest is None:
        return "nothing"
    return f"{words.rows(status.states['pending'])}, the oldest {_since(oldest)}"


def _receipts_fact(status: Status, oldest: Oldest) -> str:
    rows = words.rows(status.states["acknowledged"])
    return f"{rows} not confirmed by the centre, the oldest {_since(oldest)}"


def _since(oldest: Oldest) -> str:
    if oldest.age_s is None:
        return "for an unknown time (no clock then)"
    label = " (by the wall clock)" if oldest.by == "wall" else ""
    return f"for {words.age(oldest.age_s)}{label}: {oldest.kind}"


def _reason_fact(code: str) -> str:
    return words.reason(None) if code == "none" else f"{words.reason(int(code))} ({code})"


def _dropped_fact(status: Status) -> str:
    each = (f"{words.rows(int(d['rows']))} of {d['class']} ({d['reason']})" for d in status.dropped)
    return ", ".join(each) or _NONE


def _epochs_fact(status: Status) -> str:
    if not status.epochs:
        return _NONE
    newest = status.epochs[-1]
    return f"{len(status.epochs):,}; the newest is {newest['id']}, at {newest['last_sequence']}"


def _asked_fact(requests: dict[str, int]) -> str:
    taken, left = requests["taken"], requests["waiting"]
    return f"{taken} under way, {left} waiting for the agent"


def _aside_fact(one: dict[str, str | int]) -> str:
    told = f"{one['file']}, {words.size(int(one['bytes']))}"
    if one["salvage"] == "under way":
        return f"{told}: being salvaged, {words.rows(int(one['rows']))} so far"
    return (
        f"{told}: salvaged" if one["salvage"] == "done" else f"{told} -> smilepost outbox salvage"
    )


def _integrity_fact(status: Status) -> str:
    if not status.checked:
        return "not checked (--check reads the whole file)"
    return "sound" if status.damage is None else f"DAMAGED: {status.damage}"


def _depths(status: Status) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("rows", style="bold")
    for state in status.states:
        table.add_column(state, justify="right")
    for name, states in (*status.classes.items(), ("all", status.states)):
        table.add_row(name, *(f"{states.get(state, 0):,}" for state in status.states))
    return table
