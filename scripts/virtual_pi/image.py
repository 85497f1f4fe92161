"""Builds the guest's image in two cached layers: bare Debian, and Smilepost installed in it.

The installation is the real one: scripts/install runs in the image, in a chroot whose arm64
programs the host's qemu-user emulates. That needs root, and the network once.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from virtual_pi import guest, recipe
from virtual_pi.disks import make_disk
from virtual_pi.errors import VirtualPiError
from virtual_pi.initrd import INIT, archive, entries
from virtual_pi.machine import Boot, write_device_tree
from virtual_pi.tools import TO_BUILD, call, require

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "virtual-pi"
ROOT_MB = 1600

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Image:
    """A guest ready to be started."""

    revision: str
    """The commit that is installed in it."""
    boot: Boot
    root: Path
    """The disk image the guest boots from."""
    debian: Path
    """The folder of the bare Debian layer."""
    installed: Path
    """The folder of the layer with Smilepost installed."""


def find_revision(name: str) -> str:
    """Return the full id of a commit."""
    return call(["git", "-C", str(ROOT), "rev-parse", "--verify", f"{name}^{{commit}}"]).strip()


def locate(revision: str, *, cache: Path = CACHE) -> Image:
    """Return where the image of a commit is, or would be."""
    listing = ["git", "-C", str(ROOT), "ls-tree", "-r", revision, "--", *recipe.INSTALLED]
    installed = recipe.installed_key(call(listing))
    key = recipe.image_key(installed, guest.FILES, guest.LINKS, {"init": INIT})
    debian = cache / f"debian-{recipe.base_key()}"
    root = cache / f"pi-{key}.img"
    boot = Boot(debian / "vmlinuz", root.with_suffix(".initrd"), debian / "virtual-pi.dtb")
    return Image(revision, boot, root, debian, cache / f"installed-{installed}")


def is_built(image: Image) -> bool:
    """Tell whether nothing need be built."""
    return image.root.exists() and image.debian.exists()


def build(image: Image, *, say: Say) -> Image:
    """Build what is missing of an image; returns it. Raises VirtualPiError."""
    if is_built(image):
        return image
    require(TO_BUILD)
    if os.geteuid() != 0:
        raise VirtualPiError(
            "building the guest needs root (chroot): sudo scripts/virtual-pi build"
        )
    if not image.debian.exists():
        say("building the bare Debian layer: five to ten minutes")
        _in_place(_build_debian, image.debian)
    if not image.installed.exists():
        say(f"installing commit {image.revision[:12]} with scripts/install: two to four minutes")
        _in_place(lambda folder: _install(image, folder), image.installed)
    with tempfile.TemporaryDirectory(dir=image.root.parent) as scratch:
        _build_image(image, Path(scratch))
    return image


def _in_place(make: Callable[[Path], None], folder: Path) -> None:
    """Make a cached folder whole, or not at all."""
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    make(partial)
    partial.rename(folder)


def _build_debian(folder: Path) -> None:
    call(recipe.debootstrap_command(str(folder / "root")))
    shutil.copy(_only(folder / "root" / "boot", "vmlinuz-*"), folder / "vmlinuz")
    write_device_tree(folder / "virtual-pi.dtb")


def _install(image: Image, folder: Path) -> None:
    root = folder / "root"
    call(["cp", "-a", "--reflink=auto", str(image.debian / "root"), str(root)])
    _bring_sources(image.revision, root)
    wheel = _bring_wheels(root)
    shutil.copy("/etc/resolv.conf", root / "etc" / "resolv.conf")
    call(recipe.install_command(str(root), wheel=wheel))
    for unneeded in (recipe.WHEELS, "/var/cache/apt", "/var/lib/apt/lists", "/boot"):
        shutil.rmtree(root / unneeded.lstrip("/"))


def _build_image(image: Image, scratch: Path) -> None:
    root, partial = scratch / "root", scratch / "pi.img"
    call(["cp", "-a", "--reflink=auto", str(image.installed / "root"), str(root)])
    guest.write_files(root)
    image.boot.initrd.write_bytes(archive(entries(root)))
    make_disk(partial, label=guest.ROOT_LABEL, size_mb=ROOT_MB, content=root)
    partial.rename(image.root)


def _bring_sources(revision: str, root: Path) -> None:
    """Lay the commit down in the image, as `git clone` would on a Pi."""
    sources = root / recipe.SOURCES.lstrip("/")
    sources.mkdir(parents=True)
    archive = root / "usr" / "src" / "smilepost.tar"
    call(["git", "-C", str(ROOT), "archive", f"--output={archive}", revision])
    call(["tar", "-xf", str(archive), "-C", str(sources)])
    archive.unlink()


def _bring_wheels(root: Path) -> str:
    """Put everything pip will ask for into the image; returns the name of Smilepost's wheel."""
    sources, wheels = root / recipe.SOURCES.lstrip("/"), root / recipe.WHEELS.lstrip("/")
    wheels.mkdir(parents=True)
    lock = str(sources / recipe.LOCK)
    call(recipe.download_command(sys.executable, lock=lock, folder=str(wheels)))
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copytree(sources, Path(scratch, "tree"))
        call([
            sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps",
            "--no-build-isolation", "-w", str(wheels), str(Path(scratch, "tree")),
        ])  # fmt: skip
    return _only(wheels, "smilepost-*.whl").name


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if not found:
        raise VirtualPiError(f"{folder} has no {pattern}: build again with --rebuild")
    return found[-1]
