"""The cached layers' keys, the initial file system, and disks made and read without mounting."""

from __future__ import annotations

import importlib
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest

from agent.events.catalogue import EventData, RatingGiven
from agent.outbox import Outbox
from agent.testing import FakeClock

disks: Any = importlib.import_module("virtual_pi.disks")
errors: Any = importlib.import_module("virtual_pi.errors")
guest: Any = importlib.import_module("virtual_pi.guest")
initrd: Any = importlib.import_module("virtual_pi.initrd")
recipe: Any = importlib.import_module("virtual_pi.recipe")
store: Any = importlib.import_module("virtual_pi.store")
tools: Any = importlib.import_module("virtual_pi.tools")

needs_disk_tools = pytest.mark.skipif(
    bool(tools.missing(("mke2fs", "e2fsck", "debugfs"))),
    reason="mke2fs, e2fsck and debugfs are not all here: apt install e2fsprogs",
)


# -- keys -----------------------------------------------------------------------------------------


def test_the_same_ingredients_have_the_same_key() -> None:
    assert recipe.installed_key("100644 blob 1 agent/x.py") == recipe.installed_key(
        "100644 blob 1 agent/x.py"
    )


def test_another_file_in_the_checkout_is_another_image_and_the_same_debian() -> None:
    base = recipe.base_key()

    assert recipe.installed_key("tree 1") != recipe.installed_key("tree 2")
    assert recipe.base_key() == base


def test_the_guests_own_files_do_not_cause_a_new_installation() -> None:
    installed = recipe.installed_key("tree 1")

    assert recipe.image_key(installed, {"etc/fstab": "a"}) != recipe.image_key(
        installed, {"etc/fstab": "b"}
    )


@pytest.mark.parametrize(("one", "other"), [(("ab", "c"), ("a", "bc")), (("a",), ("a", ""))])
def test_a_key_knows_where_one_part_ends(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert recipe.digest(one) != recipe.digest(other)


def test_everything_that_is_installed_exists_in_the_checkout(repository: Path) -> None:
    assert [name for name in recipe.INSTALLED if not (repository / name).exists()] == []


def test_the_wheels_are_those_of_the_guests_machine() -> None:
    command = recipe.download_command("python", lock="lock.txt", folder="wheels")

    platforms = [word for word in command if word.startswith("manylinux")]

    assert "--require-hashes" in command
    assert platforms
    assert all(platform.endswith("_aarch64") for platform in platforms)


def test_the_installer_asks_no_index_and_shows_no_screen() -> None:
    command = recipe.install_command("/image", wheel="smilepost.whl")

    assert "PIP_NO_INDEX=1" in command
    assert command[-4:] == [
        "/usr/src/smilepost/scripts/install", "--no-screen", "--wheel",
        "/usr/src/wheels/smilepost.whl",
    ]  # fmt: skip


# -- the guest's own files ------------------------------------------------------------------------


def test_the_guest_gets_its_files_and_its_masks(tmp_path: Path) -> None:
    guest.write_files(tmp_path)
    guest.write_files(tmp_path)

    assert guest.STORE_LABEL in (tmp_path / "etc/fstab").read_text("utf-8")
    masked = tmp_path / "etc/systemd/system/systemd-logind.service"
    assert str(masked.readlink()) == "/dev/null"


def test_no_part_of_the_kiosk_is_masked() -> None:
    assert [name for name in guest.LINKS if "smilepost" in name] == []


# -- the initial file system ----------------------------------------------------------------------


def test_the_archive_is_one_that_cpio_reads(tmp_path: Path) -> None:
    cpio = shutil.which("cpio")
    if cpio is None:
        pytest.skip("cpio is not installed: apt install cpio")
    contents = iter(
        [initrd.Entry("bin", 0o040755), initrd.Entry("init", 0o100755, b"#!/bin/sh\n" * 7)]
    )
    subprocess.run(
        [cpio, "-i", "--quiet"], input=initrd.archive(contents), cwd=tmp_path, check=True
    )

    assert (tmp_path / "bin").is_dir()
    assert (tmp_path / "init").read_bytes() == b"#!/bin/sh\n" * 7


def test_the_archive_ends_as_the_kernel_expects() -> None:
    data = initrd.archive(iter([initrd.Entry("init", 0o100755, b"x")]))

    assert data.count(b"070701") == 2
    assert b"TRAILER!!!\0" in data
    assert len(data) % 4 == 0


def test_a_root_without_its_kernel_is_told(tmp_path: Path) -> None:
    programs = tmp_path / "usr/lib/klibc/bin"
    programs.mkdir(parents=True)
    for name in initrd.PROGRAMS:
        (programs / name).write_bytes(b"x")
    (tmp_path / "lib/modules").mkdir(parents=True)
    (tmp_path / "lib/klibc-1.so").write_bytes(b"x")

    with pytest.raises(errors.VirtualPiError, match=r"no \*/kernel"):
        list(initrd.entries(tmp_path))


# -- disks ----------------------------------------------------------------------------------------


def rating(key: str) -> EventData:
    return RatingGiven.model_validate(
        {
            "key": key, "value": 1, "scale": 3, "sentiment": -1, "channel": "button",
            "counts": True, "flags": (), "rule_version": 1, "language": "en",
        }
    )  # fmt: skip


def a_store(folder: Path, *keys: str) -> Path:
    """A store whose log has not been checkpointed, as a power cut leaves it."""
    path = folder / "outbox.db"
    outbox = Outbox(path, source="/bench/desk/virtual-pi", clock=FakeClock(), software="test")
    for key in keys:
        outbox.append(rating(key)).result(5)
    aside = folder / "cut"
    aside.mkdir()
    for name in ("outbox.db", "outbox.db-wal"):
        shutil.copy(folder / name, aside / name)
    outbox.close()
    return aside


@needs_disk_tools
def test_the_store_is_read_from_a_disk_with_its_log_beside_it(tmp_path: Path) -> None:
    files = a_store(tmp_path, "bad", "good", "okay")
    disks.make_disk(tmp_path / "store.img", label="pi-store", size_mb=16, content=files)
    found = store.read_disk(tmp_path / "store.img")

    assert [r.key for r in found.ratings] == ["bad", "good", "okay"]
    assert {r.event_id for r in found.ratings} < found.pending
    assert len({r.boot for r in found.ratings}) == 1
    assert found.sound
    assert found.holes[found.ratings[0].boot] == 0


def test_a_number_missing_in_a_store_is_seen(tmp_path: Path) -> None:
    a_store(tmp_path, "bad", "good", "okay")
    with sqlite3.connect(next(tmp_path.rglob("outbox.db"))) as database:
        database.execute("DELETE FROM event WHERE data LIKE '%good%'")
    found = store.read_store(next(tmp_path.rglob("outbox.db")))

    assert found.holes[found.ratings[0].boot] == 1


@needs_disk_tools
def test_a_disk_without_a_store_holds_nothing(tmp_path: Path) -> None:
    disks.make_disk(tmp_path / "store.img", label="pi-store", size_mb=16)

    assert store.read_disk(tmp_path / "store.img") == store.Found()


def test_a_store_whose_tables_were_never_written_is_empty_and_not_damaged(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "outbox.db") as database:
        database.execute("CREATE TABLE other (x)")

    assert store.read_store(tmp_path / "outbox.db") == store.Found()


def test_a_damaged_store_is_told(tmp_path: Path) -> None:
    (tmp_path / "outbox.db").write_bytes(b"no database at all " * 100)

    assert not store.read_store(tmp_path / "outbox.db").sound


@needs_disk_tools
def test_the_control_image_differs_in_one_word(tmp_path: Path) -> None:
    content = tmp_path / "root"
    (content / "lib").mkdir(parents=True)
    (content / "lib" / "store.py").write_text("a = 1\nsynchronous = FULL\nb = 2\n", "utf-8")
    disks.make_disk(tmp_path / "pi.img", label="pi-root", size_mb=8, content=content)
    change = {"path": "/lib/store.py", "old": "= FULL", "new": "= NORMAL"}
    disks.patched(tmp_path / "pi.img", into=tmp_path / "control.img", **change)
    said = subprocess.run(
        ["debugfs", "-R", "cat /lib/store.py", tmp_path / "control.img"],
        capture_output=True, text=True, check=True, env={"PATH": tools.SEARCHED},
    )  # fmt: skip

    assert said.stdout == "a = 1\nsynchronous = NORMAL\nb = 2\n"


@needs_disk_tools
def test_a_control_that_would_change_nothing_is_refused(tmp_path: Path) -> None:
    disks.make_disk(tmp_path / "pi.img", label="pi-root", size_mb=8)

    with pytest.raises(errors.VirtualPiError, match="does not say"):
        disks.patched(
            tmp_path / "pi.img", into=tmp_path / "c.img", path="/x.py", old="FULL", new="NORMAL"
        )


def test_the_word_the_control_changes_stands_once_in_the_store(repository: Path) -> None:
    command: Any = importlib.import_module("virtual_pi.command")
    text = (repository / "agent" / "outbox" / "store.py").read_text("utf-8")

    assert text.count(command.SYNCHRONOUS) == 1
