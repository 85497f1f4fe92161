"""The systemd units: valid, closed, and as private as the promises say."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

SYSTEMD = Path(__file__).parents[2] / "systemd"
UNITS = sorted(SYSTEMD.glob("*.service"))
# systemd-analyze counts tenths: an exposure of 2.5.
THRESHOLD = "--threshold=25"

Values = dict[str, list[str]]


def values_of(name: str) -> Values:
    found: Values = defaultdict(list)
    for line in (SYSTEMD / f"smilepost-{name}.service").read_text("utf-8").splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found[key].append(value)
    return found


def run(*command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)


@pytest.fixture
def analyze() -> str:
    program = shutil.which("systemd-analyze")
    assert program, "install systemd: its own analyzer judges the units"
    return program


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    """The units with a program that exists here: verify looks for what they start."""
    for unit in UNITS:
        text = re.sub(
            r"^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text("utf-8"), flags=re.MULTILINE
        )
        (tmp_path / unit.name).write_text(text)
    return tmp_path


def test_there_is_a_unit_for_each_process() -> None:
    assert [unit.stem for unit in UNITS] == [
        "smilepost-agent",
        "smilepost-screen",
        "smilepost-vision",
    ]


@pytest.mark.parametrize("unit", UNITS, ids=lambda u: u.stem)
def test_systemd_finds_nothing_wrong(analyze: str, copies: Path, unit: Path) -> None:
    done = run(analyze, "verify", "--man=no", f"./{unit.name}", folder=copies)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_systemd_would_find_a_misspelled_setting(analyze: str, copies: Path) -> None:
    broken = copies / "smilepost-agent.service"
    broken.write_text(broken.read_text().replace("ProtectHome=", "ProtectHaus="))
    done = run(analyze, "verify", "--man=no", f"./{broken.name}", folder=copies)
    assert "ProtectHaus" in done.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda u: u.stem)
def test_the_exposure_is_at_most_two_and_a_half(analyze: str, unit: Path) -> None:
    done = run(analyze, "security", "--offline=yes", THRESHOLD, str(unit), folder=SYSTEMD)
    assert done.returncode == 0, done.stdout.splitlines()[-1]


def test_a_unit_without_its_sandbox_would_be_caught(analyze: str, tmp_path: Path) -> None:
    bare = tmp_path / "bare.service"
    bare.write_text("[Service]\nExecStart=/bin/true\nUser=nobody\n")
    assert run(
        analyze, "security", "--offline=yes", THRESHOLD, str(bare), folder=tmp_path
    ).returncode


def test_the_agent_may_open_pins_and_no_camera() -> None:
    agent = values_of("agent")
    assert agent["DevicePolicy"] == ["closed"]
    assert agent["DeviceAllow"] == ["char-gpiochip rw"]
    assert agent["SupplementaryGroups"] == ["gpio"]


def test_vision_has_no_network() -> None:
    vision = values_of("vision")
    assert vision["PrivateNetwork"] == ["yes"]
    assert vision["RestrictAddressFamilies"] == ["AF_UNIX"]
    assert vision["IPAddressDeny"] == ["any"]


def test_vision_has_no_writable_path() -> None:
    vision = values_of("vision")
    assert vision["ProtectSystem"] == ["strict"]
    assert not {"StateDirectory", "RuntimeDirectory", "CacheDirectory", "LogsDirectory"} & set(
        vision
    )
    assert "ReadWritePaths" not in vision
    assert vision["ReadOnlyPaths"] == ["/tmp /var/tmp"]  # noqa: S108
    assert {"-/dev/shm", "-/run/lock"} <= set(vision["InaccessiblePaths"][0].split())


def test_vision_may_open_cameras_and_no_pins() -> None:
    assert values_of("vision")["DeviceAllow"] == [
        "char-video4linux rw",
        "char-media rw",
        "char-dma_heap rw",
    ]


def test_vision_may_use_the_agents_socket_and_make_nothing_beside_it() -> None:
    agent, vision = values_of("agent"), values_of("vision")
    assert agent["Group"] == vision["Group"] == ["smilepost"]
    assert agent["RuntimeDirectory"][0].split()[0] == "smilepost"
    assert agent["RuntimeDirectoryMode"] == ["0710"]
    assert agent["UMask"] == ["0007"]
    assert agent["StateDirectoryMode"] == ["0700"]


def test_the_three_processes_are_three_users() -> None:
    users = [values_of(name)["User"][0] for name in ("agent", "vision", "screen")]
    assert users == ["smilepost-agent", "smilepost-vision", "smilepost-screen"]


def test_the_agent_can_still_ask_whether_the_clock_is_synchronised() -> None:
    """ProtectClock would refuse adjtimex(), and every event would be dated `unknown`."""
    agent = values_of("agent")
    assert "ProtectClock" not in agent
    assert agent["SystemCallFilter"][-1] == "adjtimex clock_adjtime"
    assert agent["CapabilityBoundingSet"] == [""]


@pytest.mark.parametrize("name", ["agent", "vision"])
def test_a_stalled_process_is_killed_and_started_again(name: str) -> None:
    unit = values_of(name)
    assert (unit["NotifyAccess"], unit["WatchdogSec"]) == (["main"], ["30"])
    assert unit["Restart"] != ["no"]


@pytest.mark.parametrize("name", ["agent", "vision"])
def test_a_slow_start_is_no_stall(name: str) -> None:
    """The watchdog counts from `READY=1`; the start has a longer time of its own."""
    unit = values_of(name)
    assert unit["Type"] == ["notify"]
    assert int(unit["TimeoutStartSec"][0]) >= 10 * int(unit["WatchdogSec"][0])


@pytest.mark.parametrize("name", ["agent", "vision"])
def test_a_process_may_tell_systemd_that_it_is_ready(name: str) -> None:
    """systemd listens on a Unix socket."""
    assert "AF_UNIX" in values_of(name)["RestrictAddressFamilies"][0].split()


def test_whatever_dies_is_started_again_for_ever() -> None:
    for name, restart in (("agent", "always"), ("screen", "always"), ("vision", "on-failure")):
        assert values_of(name)["Restart"] == [restart]
        assert values_of(name)["StartLimitIntervalSec"] == ["0"]


def test_lgpio_has_a_folder_for_its_pipe() -> None:
    agent = values_of("agent")
    assert agent["WorkingDirectory"] == ["/run/smilepost-agent"]
    assert "LG_WD=/run/smilepost-agent" in agent["Environment"]
    assert "smilepost-agent" in agent["RuntimeDirectory"][0].split()


def test_the_browser_can_speak_to_this_machine_alone() -> None:
    screen = values_of("screen")
    assert screen["IPAddressDeny"] == ["any"]
    assert screen["IPAddressAllow"] == ["localhost"]


def test_the_browser_keeps_its_own_sandbox() -> None:
    screen = values_of("screen")
    assert set(screen["RestrictNamespaces"][0].split()) >= {"user", "pid", "net"}
    allowed = " ".join(screen["SystemCallFilter"]).split()
    assert {"chroot", "seccomp"} <= set(allowed)
    assert not any(entry.startswith("~") for entry in allowed)


def test_the_password_goes_to_the_agent_as_a_credential() -> None:
    drop_in = SYSTEMD / "smilepost-agent.service.d/broker-password.conf.example"
    text = drop_in.read_text("utf-8")
    assert "\nLoadCredential=broker-password:/etc/smilepost/broker-password\n" in text
    example = (SYSTEMD.parent / "config/kiosk.yaml").read_text("utf-8")
    assert "/run/credentials/smilepost-agent.service/broker-password" in example


def test_the_agent_may_run_checks_below_its_own_priority() -> None:
    """`nice` is refused otherwise, with @resources."""
    agent = values_of("agent")
    assert "setpriority" in agent["SystemCallFilter"]
    assert agent["CapabilityBoundingSet"] == [""]
