"""The conversation with QEMU, and what the guest is started and built from."""

from __future__ import annotations

import asyncio
import importlib
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.config.loading import load
from agent.errors import SmilepostError

errors: Any = importlib.import_module("virtual_pi.errors")
guest: Any = importlib.import_module("virtual_pi.guest")
machine: Any = importlib.import_module("virtual_pi.machine")
qmp: Any = importlib.import_module("virtual_pi.qmp")
qtest: Any = importlib.import_module("virtual_pi.qtest")
settings: Any = importlib.import_module("virtual_pi.settings")
shell: Any = importlib.import_module("virtual_pi.shell")
tools: Any = importlib.import_module("virtual_pi.tools")
wiring: Any = importlib.import_module("virtual_pi.wiring")


# -- the test socket ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("OK\n", qtest.Answer(ok=True, text="")),
        ("OK 0x12\n", qtest.Answer(ok=True, text="0x12")),
        ("FAIL Unknown device\n", qtest.Answer(ok=False, text="Unknown device")),
        ("IRQ raise 4\n", qtest.Edge(4, on=True)),
        ("IRQ lower 0\n", qtest.Edge(0, on=False)),
    ],
)
def test_every_line_of_the_protocol_is_read(line: str, said: object) -> None:
    assert qtest.parse(line) == said


@pytest.mark.parametrize("line", ["", "IRQ raise x", "IRQ wobble 3", "hello"])
def test_another_line_is_an_error_and_no_edge(line: str) -> None:
    with pytest.raises(errors.GuestError, match="test socket"):
        qtest.parse(line)


async def test_edges_between_a_command_and_its_answer_are_heard(tmp_path: Path) -> None:
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readline()).decode())
        writer.write(b"IRQ raise 0\nOK\nIRQ lower 0\n")
        await writer.drain()
        writer.close()

    heard: list[Any] = []
    server = await asyncio.start_unix_server(serve, tmp_path / "qtest")
    async with server:
        client = await qtest.Qtest.connect(
            tmp_path / "qtest", on_edge=lambda edge, _at_s: heard.append(edge)
        )
        await client.set_input("/machine/pins", 5, high=True)
        await client.drained()

    assert asked == ["set_irq_in /machine/pins unnamed-gpio-in 5 1\n"]
    assert heard == [qtest.Edge(0, on=True), qtest.Edge(0, on=False)]


async def test_a_command_to_a_dead_guest_is_refused_and_does_not_hang(tmp_path: Path) -> None:
    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_unix_server(serve, tmp_path / "qtest")
    async with server:
        client = await qtest.Qtest.connect(tmp_path / "qtest", on_edge=lambda *_: None)
        with pytest.raises(errors.GuestError, match="gone"):
            await client.set_input("/machine/pins", 5, high=True)
        await client.drained()


# -- the monitor ----------------------------------------------------------------------------------


def test_the_pins_are_found_by_their_kind() -> None:
    children = [
        {"name": "device[6]", "type": "child<pl031>"},
        {"name": "device[7]", "type": "child<pl061>"},
        {"name": "sysbus", "type": "child<System>"},
    ]

    assert qmp.find_device(children, "pl061") == "/machine/unattached/device[7]"
    with pytest.raises(errors.GuestError, match="no pl061"):
        qmp.find_device(children[:1], "pl061")


# -- the shell ------------------------------------------------------------------------------------


def test_a_commands_output_is_told_from_its_echo_and_from_old_noise() -> None:
    mark = "0123456789abcdef"
    echo = shell.framed("echo hi", mark)
    text = f"boot noise\r\n{echo}\x1b[0m{mark}<\r\nhi\r\nthere\r\n{mark}>3\r\n"

    assert shell.unframed(echo, mark) is None
    assert shell.unframed(text, mark) == shell.Result(3, "hi\nthere")


def test_a_framed_command_says_what_the_frame_expects() -> None:
    mark = "0123456789abcdef"
    ended = subprocess.run(
        ["sh"], input=shell.framed("echo out; false", mark), text=True, capture_output=True,
        check=False,
    )  # fmt: skip

    assert shell.unframed(ended.stdout, mark) == shell.Result(1, "out")


# -- the board ------------------------------------------------------------------------------------


def command_of(tmp_path: Path) -> list[str]:
    boot = machine.Boot(tmp_path / "kernel", tmp_path / "initrd", tmp_path / "dtb")
    disks = machine.Disks(tmp_path / "root", tmp_path / "store", tmp_path / "settings")
    command: list[str] = machine.qemu_command(boot, disks, run=tmp_path, masked=("some.service",))
    return command


def test_the_stores_disk_bypasses_the_hosts_memory_and_the_root_is_scratch(tmp_path: Path) -> None:
    drives = [word for word in command_of(tmp_path) if word.startswith("file=")]

    assert [d for d in drives if "id=store" in d and "cache=none" in d and "snapshot" not in d]
    assert [d for d in drives if "id=root" in d and "snapshot=on" in d]


def test_a_masked_unit_stands_on_the_kernels_line(tmp_path: Path) -> None:
    command = command_of(tmp_path)

    assert command[command.index("-append") + 1].endswith("systemd.mask=some.service")


def test_the_device_tree_becomes_a_pi_4b(tmp_path: Path) -> None:
    if missing := tools.missing(("qemu-system-aarch64", "fdtput", "fdtget")):
        pytest.skip(f"not installed here: {', '.join(missing)}")
    machine.write_device_tree(tmp_path / "pi.dtb")
    fdtget = shutil.which("fdtget") or "fdtget"
    said = subprocess.run(
        [fdtget, "-t", "x", tmp_path / "pi.dtb", "/system", "linux,revision"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert said.stdout.strip() == "c03115"


@pytest.mark.parametrize("camera", [False, True])
def test_the_guests_settings_are_good_ones(tmp_path: Path, camera: bool) -> None:  # noqa: FBT001
    path = tmp_path / "kiosk.yaml"
    path.write_text(settings.kiosk_yaml(port=1883, camera=camera), encoding="utf-8")
    loaded = load(path).settings

    assert [button.id for button in loaded.panel.buttons] == list(wiring.BUTTONS)
    assert loaded.vision.mode == ("presence" if camera else "off")
    assert yaml.safe_load(path.read_text("utf-8"))["uplink"]["host"] == guest.HOST_ADDRESS


# -- the host -------------------------------------------------------------------------------------


def test_what_is_missing_is_named_with_its_package() -> None:
    with pytest.raises(errors.MissingToolError) as raised:
        tools.require(("debugfs", "qemu-system-aarch64"), find=lambda _program: None)

    assert str(raised.value) == (
        "debugfs, qemu-system-aarch64 not found: apt install e2fsprogs qemu-system-arm"
    )
    assert isinstance(raised.value, SmilepostError)
    assert raised.value.exit_code == 3


def test_every_program_has_a_package() -> None:
    assert set(tools.TO_BUILD) <= set(tools.PACKAGES)


def test_a_failing_program_is_told_by_its_last_words() -> None:
    with pytest.raises(errors.VirtualPiError, match=r"^sh ended with 4: second$"):
        tools.call(["sh", "-c", "echo first >&2; echo second >&2; exit 4"])
