"""What the camera process can no longer do once it has confined itself, tried from inside it."""

from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.vision import confine as module
from agent.vision.confine import allowance, confine
from agent.vision.landlock import Leave, kernel_abi
from agent.vision.seccomp import (
    ALLOW,
    ARCHITECTURE_AT,
    AT_LEAST,
    EQUAL,
    LOAD,
    NUMBER_AT,
    PROCESSORS,
    REFUSE,
    RETURN,
    program,
)
from agent.vision.settings import VisionSettings

ROOT = Path(__file__).parents[2]
PROBE = Path(__file__).with_name("confined.py")
NEEDED = {"models", "agent", "null"}
FILTERED = {"TCP", "UDP", "TCP by IPv6", "packets", "netlink", "UDP in a thread"}
SIGNALS_ABI = 6

needs_landlock = pytest.mark.skipif(not kernel_abi(), reason="this kernel offers no Landlock")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What a confined process says of its attempts; the file modes would allow each of them."""
    folder = tmp_path_factory.mktemp("theirs")
    theirs, address = folder / "outbox.db", folder / "vision.sock"
    theirs.write_bytes(b"what customers said")
    with socket.socket(socket.AF_UNIX) as agent:
        agent.bind(str(address))
        agent.listen()
        done = subprocess.run(
            [sys.executable, str(PROBE), "0", str(theirs), str(address)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
    yield json.loads(done.stdout)
    assert theirs.read_bytes() == b"what customers said"
    assert sorted(path.name for path in folder.iterdir()) == ["outbox.db", "vision.sock"]


@needs_landlock
def test_it_still_loads_its_models_and_speaks_to_the_agent(found: dict[str, str]) -> None:
    assert {name: found[name] for name in NEEDED} == dict.fromkeys(NEEDED, "ok")


@needs_landlock
def test_it_opens_no_socket_of_any_network(found: dict[str, str]) -> None:
    assert {name: found[name] for name in FILTERED} == dict.fromkeys(
        FILTERED, "Operation not permitted"
    )


@needs_landlock
def test_it_writes_no_file_reads_no_others_and_opens_no_disk(found: dict[str, str]) -> None:
    tried = set(found) - NEEDED - FILTERED - {"who started it, to signal"}
    assert [name for name in sorted(tried) if found[name] == "ok"] == []


@pytest.mark.skipif(kernel_abi() < SIGNALS_ABI, reason="this kernel's Landlock knows no signals")
def test_it_signals_no_other_process(found: dict[str, str]) -> None:
    assert found["who started it, to signal"] == "Operation not permitted"


def test_the_probe_would_find_what_is_allowed(tmp_path: Path) -> None:
    """In a process that is not confined the same attempts succeed."""
    from tests.vision.confined import a_picture, a_socket, in_a_thread, outcome  # noqa: PLC0415

    assert outcome(a_socket(socket.AF_INET, socket.SOCK_DGRAM)) == "ok"
    assert in_a_thread(lambda: (tmp_path / "x").write_bytes(b"x")) == "ok"
    assert outcome(a_picture(tmp_path / "frame.png")) == "ok"


def test_a_recording_leaves_no_device_but_those_that_keep_nothing() -> None:
    leave = allowance(VisionSettings(source="/videos/a.mp4,pause:3,/videos/b.mp4"))
    assert Path("/dev") not in leave.devices
    assert {Path("/videos/a.mp4"), Path("/videos/b.mp4")} <= set(leave.read)
    assert leave.ports == ()


def test_a_camera_on_the_network_leaves_its_port_and_no_device() -> None:
    settings = VisionSettings(
        source="rtsp://192.168.1.60/stream", username="kiosk", password_file=Path("/run/password")
    )
    leave = allowance(settings)
    assert leave.ports == (554,)
    assert Path("/dev") not in leave.devices
    assert Path("/run/password") in leave.read


def test_neither_the_store_nor_the_settings_are_left_to_a_usb_camera() -> None:
    left = allowance(VisionSettings(source="0")).read
    for private in ("/var/lib/smilepost", "/etc/smilepost/kiosk.yaml", "/home", "/tmp"):  # noqa: S108
        assert not any(Path(private).is_relative_to(place) for place in left)


def test_a_kernel_without_it_is_told_once_and_the_camera_works(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "kernel_abi", lambda: 0)
    monkeypatch.setattr(module, "allow_sockets", lambda *, network: bool(network))
    confine(VisionSettings(source="0"))
    (told,) = caplog.messages
    assert "no Landlock" in told
    assert "no filter of system calls" in told


def test_a_refusal_of_the_kernels_is_told_and_does_not_end_the_camera(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_leave: Leave, *, abi: int) -> None:
        raise PermissionError(1, f"not in version {abi}")

    monkeypatch.setattr(module, "kernel_abi", lambda: 1)
    monkeypatch.setattr(module, "give_up", refuse)
    with caplog.at_level(logging.INFO):
        confine(VisionSettings(source="0"))
    assert caplog.messages == [
        "the camera process is confined by its unit alone: the kernel refused (not in version 1)"
    ]


# -- the filter of system calls, run by a machine of the test's own -------------------------------


def verdict(machine: str, families: tuple[int, ...], call: dict[int, int]) -> int:
    """Run the filter on a call: words by their place in it."""
    steps, at, word = program(machine, families), 0, 0
    while True:
        code, yes, no, value = steps[at]
        at += 1
        if code == RETURN:
            return value
        if code == LOAD:
            word = call[value]
        else:
            true = {EQUAL: word == value, AT_LEAST: word >= value}[code]
            at += yes if true else no


def a_call(machine: str, number: int, first: int = 0, *, architecture: int = 0) -> dict[int, int]:
    known = PROCESSORS[machine].architecture
    return {NUMBER_AT: number, ARCHITECTURE_AT: architecture or known, 16: first}


machines = st.sampled_from(sorted(PROCESSORS))


@given(machines, st.integers(0, 60), st.lists(st.integers(1, 50), min_size=1, unique=True))
def test_exactly_the_sockets_that_were_named_can_be_made(
    machine: str, family: int, families: list[int]
) -> None:
    made = a_call(machine, PROCESSORS[machine].socket, family)
    allowed = verdict(machine, tuple(families), made) == ALLOW
    assert allowed == (family in families)


@given(machines, st.integers(0, 600))
def test_every_other_call_is_free_but_those_into_other_processes(machine: str, number: int) -> None:
    processor = PROCESSORS[machine]
    refused = {425, 438, *processor.others}
    found = verdict(machine, (1,), a_call(machine, number, first=1))
    assert found == (REFUSE if number in refused else ALLOW)


@given(machines, st.integers(0, 600))
def test_no_call_by_another_table_of_numbers_is_allowed(machine: str, number: int) -> None:
    foreign = a_call(machine, number, 1, architecture=0x40000003)
    assert verdict(machine, (1,), foreign) == REFUSE
    assert verdict(machine, (1,), a_call(machine, number + 0x40000000, 1)) == REFUSE
