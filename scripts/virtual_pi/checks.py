"""What only a whole machine shows: units under a real systemd, their sandboxes, the watchdog.

A sandbox is probed in the very unit: a drop-in puts a probe in the place of its program and
leaves all else as it is installed. The camera is the kernel's `vivid` test driver.
"""

from __future__ import annotations

import asyncio
import base64
import inspect
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from virtual_pi import probe
from virtual_pi.errors import GuestError
from virtual_pi.machine import Machine
from virtual_pi.settings import CAMERA, kiosk_yaml
from virtual_pi.wiring import acknowledgements

AGENT, VISION = "smilepost-agent", "smilepost-vision"
BOOT_S = 400.0
UNIT_S = 400.0
WATCHDOG_S = 30
LIT_S = 5.0
RESTARTED_S = 10.0
"""By then a unit that is to be started again has been."""
PYTHON = "/opt/smilepost/venv/bin/python"
PROBE = "/usr/local/lib/probe.py"
OFF = "/run/no-camera.yaml"
_OFF = f"""\
[Service]
ExecStart=
ExecStart=/opt/smilepost/venv/bin/smilepost vision -c {OFF}
"""
_PROBING = f"""\
[Service]
Type=oneshot
ExecStart=
ExecStart={PYTHON} -S {PROBE}
Restart=no
WatchdogSec=0
TimeoutStartSec=600
"""


@dataclass(frozen=True, slots=True)
class Check:
    """One promise, and what the guest showed."""

    promise: str
    kept: bool
    fact: str


async def examine(machine: Machine) -> AsyncIterator[Check]:
    """Yield every check. The guest has just been switched on, with a camera in its settings."""
    await machine.shell.ready(within_s=BOOT_S)
    await _sure(machine, f"systemctl stop {VISION}")  # two starts at once take long here
    yield await _starts(machine, AGENT)
    yield await _off(machine)
    await _sure(machine, "modprobe vivid n_devs=1 node_types=0x1 && udevadm settle")
    yield await _starts(machine, VISION)
    yield await _looks(machine)
    yield await _watchdog(machine, VISION, promise="a stalled camera process is restarted as well")
    yield await _press(machine, "a press on the kernel's GPIO lights the light")
    yield await _watchdog(machine, AGENT, promise="a stalled agent is restarted by its watchdog")
    yield await _press(machine, "after that restart the buttons work again")
    async for check in _sandboxes(machine):
        yield check


async def _starts(machine: Machine, unit: str) -> Check:
    """See a unit become ready at its first try; one that is starting already is waited for."""
    began_s = time.monotonic()
    await machine.shell.run(f"systemctl start {unit}", within_s=UNIT_S)
    state = await _settled(machine, unit)
    facts = await _show(machine, unit, "NRestarts", "User")
    fact = f"{state}, {facts['NRestarts']} restarts, user {facts['User']}"
    kept = state == "active" and facts["NRestarts"] == "0"
    return Check(f"{unit} starts", kept, f"{fact}, waited {time.monotonic() - began_s:.0f} s")


async def _off(machine: Machine) -> Check:
    """See the camera process end at once where it is switched off, and stay ended."""
    folder = f"/run/systemd/system/{VISION}.service.d"
    await _write(machine, OFF, kiosk_yaml(port=1))
    await _write(machine, f"{folder}/off.conf", _OFF)
    await _sure(machine, "systemctl daemon-reload")
    started = await machine.shell.run(f"systemctl start {VISION}", within_s=UNIT_S)
    await _until(machine, f"! systemctl is-active -q {VISION}")
    await asyncio.sleep(RESTARTED_S)
    facts = await _show(machine, VISION, "ActiveState", "Result", "NRestarts", "ExecMainStatus")
    await _sure(machine, f"rm -r {folder} {OFF} && systemctl daemon-reload")
    return off_check(facts, refused=started.output)


def off_check(facts: dict[str, str], *, refused: str) -> Check:
    """Judge a camera process that is off: what systemd says of it, and of its start."""
    quiet = {"ActiveState": "inactive", "Result": "success", "NRestarts": "0"}
    kept = facts == quiet | {"ExecMainStatus": "0"} and not refused
    fact = f"{facts['ActiveState']}, {facts['Result']}, {facts['NRestarts']} restarts"
    return Check("a camera that is off leaves no failed unit", kept, refused or fact)


async def _looks(machine: Machine) -> Check:
    """See the camera open, and no silence told for longer than a silent one would go untold."""
    opened_s = await _until(machine, f"journalctl -u {VISION} | grep -q 'may be open'")
    pid = (await _show(machine, VISION, "MainPID"))["MainPID"]
    held = await _until(machine, f"ls -l /proc/{pid}/fd | grep -q /dev/video0")
    silence_s = int(str(CAMERA["capture_timeout_s"]))
    await asyncio.sleep(silence_s + 5)
    lost = await machine.shell.run(f"journalctl -u {VISION} | grep 'camera lost'")
    kept = opened_s is not None and held is not None and lost.status != 0
    fact = f"/dev/video0 open, no silence of {silence_s} s in {silence_s + 5} s"
    return Check("the camera process sees pictures", kept, fact if kept else lost.output)


async def _press(machine: Machine, promise: str) -> Check:
    seen, began_s = len(machine.changes), time.monotonic()
    await machine.press("good", held_s=0.15)
    await asyncio.sleep(LIT_S)
    told = acknowledgements(machine.changes[seen:])
    kept = len(told) == 1 and told[0].kept
    fact = f"no steady light in {LIT_S:.0f} s"
    if told:
        fact = f"light after {told[0].at_s - began_s:.2f} s"
    return Check(promise, kept, fact)


async def _watchdog(machine: Machine, unit: str, *, promise: str) -> Check:
    before = await _show(machine, unit, "MainPID", "NRestarts")
    await _sure(machine, f"systemctl kill --signal=STOP {unit}")
    stalled_s = time.monotonic()
    stopped_s = await _until(
        machine, f"journalctl -b -u {unit} | grep -q 'Watchdog timeout'", within_s=120
    )
    state = await _settled(machine, unit)
    back_s = time.monotonic() - stalled_s
    after = await _show(machine, unit, "MainPID", "NRestarts")
    kept = (
        stopped_s is not None
        and stopped_s <= 2 * WATCHDOG_S
        and state == "active"
        and after["MainPID"] != before["MainPID"]
        and int(after["NRestarts"]) == int(before["NRestarts"]) + 1
    )
    when = "never" if stopped_s is None else f"after {stopped_s:.0f} s"
    fact = f"noticed {when} (WatchdogSec={WATCHDOG_S}), {state} again after {back_s:.0f} s"
    return Check(promise, kept, fact)


async def _sandboxes(machine: Machine) -> AsyncIterator[Check]:
    await _write(machine, PROBE, inspect.getsource(probe))
    # File modes shall forbid nothing here: what is refused is refused by the sandbox.
    await _sure(machine, "chmod 0666 /dev/video0 /dev/gpiochip0")
    for check in vision_checks(await _probe(machine, VISION)):
        yield check
    for check in agent_checks(await _probe(machine, AGENT)):
        yield check


SOCKETS = ("AF_INET", "AF_INET6", "AF_PACKET", "AF_NETLINK", "UDP")


def vision_checks(found: dict[str, Any]) -> list[Check]:
    """Judge a probe of the camera process's sandbox."""
    refused = {family: found[family] for family in SOCKETS}
    sockets = ", ".join(f"{family}: {reason}" for family, reason in refused.items())
    return [
        _works("vision can open its camera", found["camera"]),
        _works("vision can open a Unix socket", found["AF_UNIX"]),
        Check("vision cannot open a network socket", "ok" not in refused.values(), sockets),
        Check(
            "vision has no network interface but its own loopback",
            found["interfaces"] == ["lo"],
            ", ".join(found["interfaces"]) or "none",
        ),
        Check(
            "vision cannot write a file anywhere",
            not found["writable"],
            ", ".join(found["writable"]) or "every folder refused it",
        ),
        _refused("vision cannot open the pins", found["pins"]),
        _none("vision can open no disk, memory, keyboard or microphone", found["devices"]),
        _none("vision can look into no store and no home", found["readable"]),
        _refused("vision can signal no process of others", found["init"]),
    ]


STORE = "/var/lib/smilepost"
OWN = ("/dev/mqueue", "/dev/shm", "/run/smilepost", "/run/smilepost-agent", "/tmp", "/var/tmp")  # noqa: S108
"""Where else the agent may write; the temporary folders and shared memory are private to it."""


def agent_checks(found: dict[str, Any]) -> list[Check]:
    """Judge a probe of the agent's sandbox."""
    elsewhere = [f for f in found["writable"] if not Path(f).is_relative_to(STORE) and f not in OWN]
    return [
        _works("the agent can open the pins", found["pins"]),
        _works("the agent can open a network socket", found["AF_INET"]),
        _refused("the agent cannot open a camera", found["camera"]),
        Check(
            "the agent writes to its store and its own runtime folders only",
            not elsewhere and STORE in found["writable"],
            ", ".join(elsewhere or found["writable"]),
        ),
    ]


def _works(promise: str, outcome: str) -> Check:
    return Check(promise, outcome == "ok", outcome)


def _refused(promise: str, outcome: str) -> Check:
    return Check(promise, outcome != "ok", outcome)


def _none(promise: str, found: list[str]) -> Check:
    return Check(promise, not found, ", ".join(found) or "all were refused")


async def _probe(machine: Machine, unit: str) -> dict[str, Any]:
    """Run the probe in a unit's sandbox."""
    await _sure(machine, f"systemctl stop {unit}")
    await _write(machine, f"/run/systemd/system/{unit}.service.d/probing.conf", _PROBING)
    await _sure(machine, f"systemctl daemon-reload; systemctl start {unit}", within_s=600)
    said = await machine.shell.run(f"journalctl -b -u {unit} -o cat | grep ^PROBE | tail -n 1")
    if not said.output.startswith("PROBE "):
        raise GuestError(f"the probe in {unit} said nothing: see its journal")
    found: dict[str, Any] = json.loads(said.output.removeprefix("PROBE "))
    return found


async def _write(machine: Machine, path: str, text: str) -> None:
    await _sure(machine, f"mkdir -p {Path(path).parent}; : > {path}.64")
    encoded = base64.b64encode(text.encode()).decode()
    for at in range(0, len(encoded), 2000):  # a terminal's line holds 4,095 characters
        await _sure(machine, f"printf %s {encoded[at : at + 2000]} >> {path}.64")
    await _sure(machine, f"base64 -d {path}.64 > {path}; rm {path}.64; chmod 0644 {path}")


async def _sure(machine: Machine, command: str, *, within_s: float = 120.0) -> None:
    result = await machine.shell.run(command, within_s=within_s)
    if result.status != 0:
        raise GuestError(
            f"in the guest {command[:80]!r} ended with {result.status}: {result.output}"
        )


async def _show(machine: Machine, unit: str, *names: str) -> dict[str, str]:
    result = await machine.shell.run(f"systemctl show {unit} -p {','.join(names)}")
    return dict(line.split("=", 1) for line in result.output.splitlines() if "=" in line)


async def _settled(machine: Machine, unit: str) -> str:
    """Return a unit's state once it is neither starting nor stopping."""
    passing = {"activating", "deactivating", "reloading"}
    state = await _wait(
        lambda: machine.shell.run(f"systemctl is-active {unit}"),
        lambda result: result.output not in passing,
        within_s=UNIT_S,
    )
    return "still starting" if state is None else str(state.output)


async def _until(machine: Machine, command: str, *, within_s: float = UNIT_S) -> float | None:
    """Return after how many seconds a command succeeded, or None."""
    began_s = time.monotonic()
    done = await _wait(
        lambda: machine.shell.run(command), lambda result: result.status == 0, within_s=within_s
    )
    return None if done is None else time.monotonic() - began_s


async def _wait(
    look: Callable[[], Any], good: Callable[[Any], bool], *, within_s: float
) -> Any | None:
    deadline_s = time.monotonic() + within_s
    while time.monotonic() < deadline_s:
        if good(result := await look()):
            return result
        await asyncio.sleep(1.0)
    return None
