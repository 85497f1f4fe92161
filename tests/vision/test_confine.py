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

from agent.vision import confine as module
from agent.vision.confine import allowance, confine
from agent.vision.landlock import Leave, kernel_abi
from agent.vision.settings import VisionSettings

ROOT = Path(__file__).parents[2]
PROBE = Path(__file__).with_name("confined.py")
NEEDED = {"models", "agent", "null"}
FILTERED = {"TCP", "UDP", "TCP by IPv6", "packets", "netlink", "UDP in a thread"}
BY_NUMBER = {
    "a ring of calls", "a program in the kernel", "counters", "page faults", "a key", "its keys",
    "shared memory", "messages", "a queue of messages", "namespaces", "a process of namespaces",
    "who started it, to trace", "a file by its handle",
    "their file, its attributes", "their file, its mode", "their file, its owner",
    "their file, its times", "a program from memory", "a program",
}  # fmt: skip
BY_DATAGRAM = {"a datagram", "another TCP, to another port", "data before connecting", "listening"}
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
    assert os.listxattr(theirs) == []
    assert theirs.read_bytes() == b"what customers said"
    assert sorted(path.name for path in folder.iterdir()) == ["outbox.db", "vision.sock"]


@needs_landlock
def test_it_still_loads_its_models_and_speaks_to_the_agent(found: dict[str, str]) -> None:
    assert {name: found[name] for name in NEEDED} == dict.fromkeys(NEEDED, "ok")


@pytest.fixture(scope="module")
def found_by_network(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the process of a camera on the network says of its attempts at other ports."""
    theirs = tmp_path_factory.mktemp("other") / "file"
    theirs.write_bytes(b"theirs")
    with socket.create_server(("127.0.0.1", 0)) as other:
        done = subprocess.run(
            [sys.executable, str(PROBE), "http://127.0.0.1:9/x", str(theirs),
             str(other.getsockname()[1])],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
    said: dict[str, str] = json.loads(done.stdout)
    return said


@needs_landlock
def test_a_camera_on_the_network_is_spoken_to_by_tcp_at_its_port_alone(
    found_by_network: dict[str, str],
) -> None:
    assert found_by_network["TCP"] == "ok"
    assert found_by_network["another port"] == "Permission denied"
    refused = {name: found_by_network[name] for name in sorted(BY_DATAGRAM)}
    assert refused == dict.fromkeys(sorted(BY_DATAGRAM), "Operation not permitted")


@needs_landlock
def test_it_opens_no_socket_of_any_network(found: dict[str, str]) -> None:
    assert {name: found[name] for name in FILTERED} == dict.fromkeys(
        FILTERED, "Operation not permitted"
    )


def test_nothing_by_which_it_could_reach_further_is_left_to_it(found: dict[str, str]) -> None:
    assert {name: found[name] for name in sorted(BY_NUMBER)} == dict.fromkeys(
        sorted(BY_NUMBER), "Operation not permitted"
    )


def test_a_crash_leaves_no_image_of_its_memory(found: dict[str, str]) -> None:
    assert found["an image of its memory"] == "none"


@needs_landlock
def test_it_writes_no_file_reads_no_others_and_opens_no_disk(found: dict[str, str]) -> None:
    tried = set(found) - NEEDED - FILTERED - {"who started it, to signal"}
    assert len(tried) > 30
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
    monkeypatch.setattr(module, "deny_images", lambda: None)
    monkeypatch.setattr(module, "filter_calls", lambda *, network, programs: network or programs)
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
    monkeypatch.setattr(module, "deny_images", lambda: None)
    with caplog.at_level(logging.INFO):
        confine(VisionSettings(source="0"))
    assert caplog.messages == [
        "the camera process is confined by its unit alone: the kernel refused (not in version 1)"
    ]


def test_only_libcamera_may_start_programs() -> None:
    assert allowance(VisionSettings(source="picamera2")).programs
    for source in ("0", "rtsp://192.168.1.60/stream", "/videos/a.mp4"):
        assert not allowance(VisionSettings(source=source)).programs


def test_of_other_processes_nothing_is_read() -> None:
    left = allowance(VisionSettings(source="0")).read
    assert not any(Path(f"/proc/{os.getppid()}/environ").is_relative_to(place) for place in left)
    assert Path("/proc/self") in left
