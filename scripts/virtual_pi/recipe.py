"""What the guest's image is made of, and the keys its layers are cached under. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

SUITE = "bookworm"
ARCHITECTURE = "arm64"
LOCK = "locks/bookworm-aarch64.txt"

PACKAGES = (
    "dbus",
    "initramfs-tools",
    "kmod",
    "linux-image-arm64",
    "mount",
    "passwd",
    "python3",
    "python3-venv",
    "systemd-sysv",
    "udev",
)

# The guest has none of these; without them the image is half as large.
LEFT_OUT = (
    "/usr/share/doc/*",
    "/usr/share/man/*",
    "/usr/share/locale/*",
    "/lib/modules/*/kernel/drivers/gpu/*",
    "/lib/modules/*/kernel/drivers/iio/*",
    "/lib/modules/*/kernel/drivers/infiniband/*",
    "/lib/modules/*/kernel/drivers/net/ethernet/*",
    "/lib/modules/*/kernel/drivers/net/wireless/*",
    "/lib/modules/*/kernel/drivers/staging/*",
    "/lib/modules/*/kernel/sound/*",
)

# Debian builds an initial file system in any case; the guest boots with one of its own (initrd.py),
# so this one is kept small and quick to build.
INITRAMFS = "MODULES=list\nBUSYBOX=n\nCOMPRESS=gzip\n"

INSTALLED = (
    "LICENSE", "MANIFEST.in", "NOTICE", "README.md", "agent", "config", "locks", "models",
    "pyproject.toml", "scripts/install", "scripts/kiosk-browser", "setup.py", "systemd",
)  # fmt: skip
"""What of a checkout can change an installed kiosk."""


def digest(parts: Iterable[str]) -> str:
    """Return a short key of some texts; their order and borders count."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode()
        total.update(len(data).to_bytes(8, "big") + data)
    return total.hexdigest()[:16]


def base_key() -> str:
    """Return the key of the bare Debian layer."""
    return digest((SUITE, ARCHITECTURE, *PACKAGES, *LEFT_OUT, INITRAMFS))


def installed_key(tree: str) -> str:
    """Return the key of the installed layer: Debian, and what is installed on it.

    `tree` is `git ls-tree`'s listing of what INSTALLED names: modes, content hashes, paths.
    """
    return digest((base_key(), tree))


def image_key(installed: str, *texts: Mapping[str, str]) -> str:
    """Return the key of the image: the installed layer, and the guest's own files and links."""
    named = (part for text in texts for name in sorted(text) for part in (name, text[name]))
    return digest((installed, *named))


def debootstrap_command(root: str) -> list[str]:
    """Return the command that makes the bare Debian layer in the folder `root`."""
    lines = INITRAMFS.replace("\n", "\\n")
    settings = (
        "mkdir -p $1/etc/initramfs-tools/conf.d;"
        f" printf '{lines}' > $1/etc/initramfs-tools/conf.d/virtual-pi"
    )
    return [
        "mmdebstrap", "--quiet", "--mode=root", "--variant=apt", "--format=directory",
        f"--architectures={ARCHITECTURE}", f"--include={','.join(PACKAGES)}",
        '--aptopt=APT::Install-Recommends "false"', '--aptopt=Acquire::Languages "none"',
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT),
        f"--extract-hook={settings}",
        SUITE, root,
    ]  # fmt: skip


def download_command(python: str, *, lock: str, folder: str) -> list[str]:
    """Return the command that fetches the lock's wheels for the guest, checking the hashes."""
    tags = [f"manylinux_2_{minor}_aarch64" for minor in range(36, 16, -1)]
    return [
        python, "-m", "pip", "download", "--quiet", "--require-hashes", "--no-deps",
        "--only-binary=:all:", "--implementation", "cp", "--python-version", "3.11",
        "--abi", "cp311", "--abi", "abi3", "--abi", "none",
        *(option for tag in (*tags, "manylinux2014_aarch64") for option in ("--platform", tag)),
        "-r", lock, "-d", folder,
    ]  # fmt: skip


def install_command(root: str, *, wheel: str) -> list[str]:
    """Return the command that runs scripts/install inside the image, as a processor of its kind.

    The wheels it names lie in the image: its pip asks no index.
    """
    return [
        "chroot", root, "/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL=C.UTF-8", "PIP_NO_INDEX=1", f"PIP_FIND_LINKS={WHEELS}",
        "PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_NO_CACHE_DIR=1",
        f"{SOURCES}/scripts/install", "--no-screen", "--wheel", f"{WHEELS}/{wheel}",
    ]  # fmt: skip


SOURCES = "/usr/src/smilepost"
WHEELS = "/usr/src/wheels"
