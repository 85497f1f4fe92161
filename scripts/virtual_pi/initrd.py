"""The guest's initial file system: it loads the disk's drivers and mounts the root, no more.

Debian's own starts udev and takes an emulated processor a quarter of the whole boot. The programs
are klibc's, which come with Debian's initramfs tools.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from virtual_pi.errors import VirtualPiError

ROOT_DEVICE = "/dev/vdc"
"""QEMU's `virt` board finds its disks in the reverse of their order: root is the first of three."""
MODULES = ("crc16", "crc32c_generic", "mbcache", "jbd2", "ext4", "virtio_mmio", "virtio_blk")
PROGRAMS = ("insmod", "mount", "run-init", "sh")
FOLDERS = ("bin", "dev", "lib", "modules", "root")

INIT = f"""\
#!/bin/sh
for module in {" ".join(MODULES)}; do
    insmod /modules/$module.ko
done
mount -t devtmpfs dev /dev
mount -t ext4 {ROOT_DEVICE} /root
mount -t devtmpfs dev /root/dev
exec run-init /root /sbin/init
"""

_FOLDER = 0o040755
_PROGRAM = 0o100755


@dataclass(frozen=True, slots=True)
class Entry:
    """One file or folder of the archive."""

    name: str
    mode: int
    data: bytes = b""


def entries(root: Path) -> Iterator[Entry]:
    """Yield what the archive holds, out of a Debian root file system with a kernel."""
    yield from (Entry(name, _FOLDER) for name in FOLDERS)
    yield Entry("init", _PROGRAM, INIT.encode())
    for program in PROGRAMS:
        path = root / "usr" / "lib" / "klibc" / "bin" / program
        yield Entry(f"bin/{program}", _PROGRAM, path.read_bytes())
    library = _only(root / "lib", "klibc-*.so")
    yield Entry(f"lib/{library.name}", _PROGRAM, library.read_bytes())
    for module in MODULES:
        path = _only(root / "lib" / "modules", f"*/kernel/**/{module}.ko")
        yield Entry(f"modules/{module}.ko", _PROGRAM, path.read_bytes())


def archive(contents: Iterator[Entry]) -> bytes:
    """Return a cpio archive of the `newc` kind, as the kernel unpacks it."""
    parts = [_packed(number, entry) for number, entry in enumerate(contents, start=1)]
    return b"".join((*parts, _packed(0, Entry("TRAILER!!!", 0))))


def _packed(number: int, entry: Entry) -> bytes:
    name = entry.name.encode() + b"\0"
    fields = (
        number, entry.mode, 0, 0, 1, 0, len(entry.data), 0, 0, 0, 0, len(name), 0,
    )  # fmt: skip
    head = b"070701" + b"".join(f"{field:08x}".encode() for field in fields) + name
    return _padded(head) + _padded(entry.data)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if not found:
        raise VirtualPiError(f"{folder} has no {pattern}: remove .cache/virtual-pi, build again")
    return found[-1]
