"""One power-on of the guest: QEMU started, wired up, and killed as a power cut would.

`-accel tcg`: the same everywhere, with or without virtualisation. The store's disk is opened with
`cache=none`: what the guest's kernel has not written is in no memory that outlives the kill.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from virtual_pi.errors import GuestError
from virtual_pi.qmp import Monitor
from virtual_pi.qtest import Edge, Qtest
from virtual_pi.shell import Shell
from virtual_pi.tools import call
from virtual_pi.wiring import BUTTONS, Change

BOARD = ("-M", "virt", "-cpu", "cortex-a72", "-accel", "tcg,thread=multi", "-smp", "2")
MEMORY = ("-m", "1024")
PI_4B = "0xc03115"
"""The revision code of a Raspberry Pi 4B, which makes gpiozero take the kernel's GPIO."""
PINS = "pl061"
SOCKETS_S = 20.0
KERNEL_LINE = (
    "rw console=ttyAMA0 quiet systemd.show_status=0 panic=1 net.ifnames=0"
    # An emulated processor pays for every switch of page tables.
    " nokaslr kpti=off mitigations=off audit=0"
)


@dataclass(frozen=True, slots=True)
class Disks:
    """The guest's three disks, raw images."""

    root: Path
    """Written to a scratch overlay that is thrown away with the guest."""
    store: Path
    """Survives the cut with what was flushed to it."""
    settings: Path
    """Read only."""


@dataclass(frozen=True, slots=True)
class Boot:
    """What a guest is started from."""

    kernel: Path
    initrd: Path
    device_tree: Path


def device_tree_commands(path: Path) -> list[list[str]]:
    """Return the commands that write the board's device tree and make it a Pi's."""
    return [
        ["qemu-system-aarch64", "-M", f"virt,dumpdtb={path}", *BOARD[2:], *MEMORY,
         "-display", "none", "-nodefaults"],
        ["fdtput", "-c", str(path), "/system"],
        ["fdtput", "-t", "x", str(path), "/system", "linux,revision", PI_4B],
    ]  # fmt: skip


def write_device_tree(path: Path) -> None:
    """Write the device tree the guest boots with."""
    for command in device_tree_commands(path):
        call(command)


def qemu_command(boot: Boot, disks: Disks, *, run: Path, masked: tuple[str, ...] = ()) -> list[str]:
    """Return the command that starts the guest with its sockets and console log in `run`.

    `masked` units do not start on this boot.
    """
    line = " ".join((KERNEL_LINE, *(f"systemd.mask={unit}" for unit in masked)))
    return [
        "qemu-system-aarch64", *BOARD, *MEMORY, "-nodefaults", "-display", "none", "-no-reboot",
        "-kernel", str(boot.kernel), "-initrd", str(boot.initrd), "-dtb", str(boot.device_tree),
        "-append", line,
        "-serial", f"file:{run / 'console.log'}",
        "-qmp", f"unix:{run / 'qmp'},server=on,wait=off",
        "-qtest", f"unix:{run / 'qtest'},server=on,wait=off", "-qtest-log", "/dev/null",
        "-device", "virtio-serial-device",
        "-chardev", f"socket,id=shell,path={run / 'shell'},server=on,wait=off",
        "-device", "virtconsole,chardev=shell",
        *_disk("root", disks.root, "snapshot=on,cache=unsafe"),
        *_disk("store", disks.store, "cache=none"),
        *_disk("settings", disks.settings, "readonly=on"),
        "-netdev", "user,id=wan", "-device", "virtio-net-device,netdev=wan,id=net0",
    ]  # fmt: skip


def _disk(name: str, image: Path, options: str) -> Sequence[str]:
    drive = f"file={image},id={name},if=none,format=raw,{options}"
    return "-drive", drive, "-device", f"virtio-blk-device,drive={name}"


class Machine:
    """A running guest. Use it as an asynchronous context manager: it is killed at the end."""

    monitor: Monitor
    shell: Shell

    def __init__(
        self, boot: Boot, disks: Disks, *, logs: Path, masked: tuple[str, ...] = ()
    ) -> None:
        self._boot = boot
        self._masked = masked
        self._disks = disks
        self._logs = logs
        self._pins = ""
        self._stack = contextlib.AsyncExitStack()
        self.changes: list[Change] = []
        """Every change of an output line the host has seen."""

    async def __aenter__(self) -> Self:
        run = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="virtual-pi-")))
        self._stack.callback(self._keep_log, run / "console.log")
        command = qemu_command(self._boot, self._disks, run=run, masked=self._masked)
        log = self._stack.enter_context((self._logs / "qemu.log").open("ab"))
        self._process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log)
        try:
            await self._wire(run)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cut()
        await self._stack.aclose()

    async def cut(self) -> None:
        """Cut the power: SIGKILL. What the guest had said before is heard to its end."""
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
            if hasattr(self, "_qtest"):
                await self._qtest.drained()

    async def set_line(self, line: int, *, high: bool) -> None:
        """Set an input line of the guest's GPIO controller."""
        await self._qtest.set_input(self._pins, line, high=high)

    async def press(self, key: str, *, held_s: float) -> None:
        """Connect a button's line to ground for a while, as a finger does."""
        await self.set_line(BUTTONS[key], high=False)
        await asyncio.sleep(held_s)
        await self.set_line(BUTTONS[key], high=True)

    async def _wire(self, run: Path) -> None:
        await self._sockets(run)
        self.monitor = await Monitor.connect(run / "qmp")
        self._qtest = await Qtest.connect(run / "qtest", on_edge=self._heard)
        self.shell = await Shell.connect(run / "shell")
        self._pins = await self.monitor.find(PINS)
        await self._qtest.intercept(self._pins)
        for line in BUTTONS.values():  # pulled up, as a released button is
            await self.set_line(line, high=True)

    async def _sockets(self, run: Path) -> None:
        deadline_s = asyncio.get_running_loop().time() + SOCKETS_S
        while not all((run / name).exists() for name in ("qmp", "qtest", "shell")):
            if self._process.returncode is not None:
                raise GuestError(f"QEMU ended at once: see {self._logs / 'qemu.log'}")
            if asyncio.get_running_loop().time() > deadline_s:
                raise GuestError(f"QEMU opens no sockets: see {self._logs / 'qemu.log'}")
            await asyncio.sleep(0.05)

    def _heard(self, edge: Edge, at_s: float) -> None:
        self.changes.append(Change(edge.line, edge.on, at_s))

    def _keep_log(self, console: Path) -> None:
        if console.exists():
            (self._logs / "console.log").write_bytes(console.read_bytes())
