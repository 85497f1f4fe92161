"""The systemd units: valid, closed, and as private as the promises say."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from agent.vision.unit import WrongUnitError

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
        "smilepost-vision-ip@",
        "smilepost-vision",
        "smilepost-vision@",
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


@pytest.mark.parametrize("name", ["vision", "vision@"])
def test_vision_has_no_network(name: str) -> None:
    vision = values_of(name)
    assert vision["PrivateNetwork"] == ["yes"]
    assert vision["RestrictAddressFamilies"] == ["AF_UNIX"]
    assert vision["IPAddressDeny"] == ["any"]


@pytest.mark.parametrize("name", ["vision", "vision@", "vision-ip@"])
def test_vision_has_no_writable_path(name: str) -> None:
    vision = values_of(name)
    assert vision["ProtectSystem"] == ["strict"]
    assert not {"StateDirectory", "RuntimeDirectory", "CacheDirectory", "LogsDirectory"} & set(
        vision
    )
    assert "ReadWritePaths" not in vision
    assert vision["ReadOnlyPaths"] == ["/tmp /var/tmp"]  # noqa: S108
    assert {"-/dev/shm", "-/run/lock"} <= set(vision["InaccessiblePaths"][0].split())


@pytest.mark.parametrize("name", ["agent", "vision", "vision@", "vision-ip@"])
def test_no_picture_is_left_in_a_core_file_or_in_swap(name: str) -> None:
    unit = values_of(name)
    assert unit["LimitCORE"] == ["0"]
    assert unit["MemorySwapMax"] == ["0"]


@pytest.mark.parametrize("name", ["vision", "vision@", "vision-ip@"])
def test_vision_finds_no_service_that_asks_the_network_for_it(name: str) -> None:
    hidden = {path for line in values_of(name)["InaccessiblePaths"] for path in line.split()}
    assert {"-/run/dbus", "-/run/avahi-daemon", "-/run/systemd/resolve"} <= hidden


@pytest.mark.parametrize("name", ["vision", "vision@", "vision-ip@"])
def test_vision_may_give_up_more_by_itself(name: str) -> None:
    """Without these calls its own Landlock would be refused: agent/vision/confine.py."""
    allowed = " ".join(values_of(name)["SystemCallFilter"]).split()
    landlock = {"landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"}
    assert landlock <= set(allowed)


@pytest.mark.parametrize("name", ["vision", "vision@"])
def test_vision_may_open_cameras_and_no_pins(name: str) -> None:
    assert values_of(name)["DeviceAllow"] == [
        "char-video4linux rw",
        "char-media rw",
        "char-dma_heap rw",
    ]


def test_a_further_camera_has_the_sandbox_of_the_first() -> None:
    first, further = values_of("vision"), values_of("vision@")
    for own in ("Description", "ExecStart"):
        del first[own], further[own]
    assert further == first


def test_a_camera_on_the_network_has_the_sandbox_of_the_others_but_for_its_address() -> None:
    first, remote = values_of("vision"), values_of("vision-ip@")
    differs = {key for key in {*first, *remote} if first.get(key) != remote.get(key)}
    assert differs == {
        *("Description", "After", "ExecStart", "User", "SupplementaryGroups"),
        *("DeviceAllow", "PrivateDevices", "PrivateNetwork", "RestrictAddressFamilies"),
        *("TemporaryFileSystem", "BindReadOnlyPaths"),
    }


def test_a_camera_on_the_network_is_spoken_to_alone_and_no_device_is_opened() -> None:
    remote = values_of("vision-ip@")
    assert remote["IPAddressDeny"] == ["any"]
    assert "IPAddressAllow" not in remote, "a drop-in of the camera's own allows its address"
    assert set(remote["RestrictAddressFamilies"][0].split()) == {"AF_UNIX", "AF_INET", "AF_INET6"}
    assert (remote["DevicePolicy"], remote["PrivateDevices"]) == (["closed"], ["yes"])
    assert not {"DeviceAllow", "SupplementaryGroups"} & set(remote)


def test_a_camera_on_the_network_sees_no_password_or_hash_of_others() -> None:
    remote = values_of("vision-ip@")
    assert remote["TemporaryFileSystem"] == ["/etc/smilepost:ro"]
    assert remote["BindReadOnlyPaths"] == ["/etc/smilepost/kiosk.yaml"]


def test_every_camera_process_is_told_which_camera_it_is() -> None:
    starts = {name: values_of(name)["ExecStart"][0] for name in ("vision@", "vision-ip@")}
    assert starts["vision@"].endswith(" vision -c /etc/smilepost/kiosk.yaml --camera %i")
    assert starts["vision-ip@"].endswith(" vision -c /etc/smilepost/kiosk.yaml --camera %i --ip")


@pytest.mark.parametrize("name", ["vision", "vision@", "vision-ip@"])
def test_a_unit_that_is_not_for_a_camera_is_not_started_again_and_again(name: str) -> None:
    assert values_of(name)["RestartPreventExitStatus"] == [str(WrongUnitError.exit_code)]


def test_the_drop_in_of_a_camera_is_sound(analyze: str, copies: Path) -> None:
    example = SYSTEMD / "smilepost-vision-ip@.service.d/camera.conf.example"
    folder = copies / "smilepost-vision-ip@.service.d"
    folder.mkdir()
    (folder / "camera.conf").write_text(example.read_text("utf-8"))
    done = run(analyze, "verify", "--man=no", "./smilepost-vision-ip@.service", folder=copies)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    settings = [
        line for line in example.read_text("utf-8").splitlines() if not line.startswith("#")
    ]
    assert settings == [
        "[Service]",
        "IPAddressAllow=192.168.1.60",
        "LoadCredential=camera-password:/etc/smilepost/desk-camera-password",
    ]


def test_vision_may_use_the_agents_socket_and_make_nothing_beside_it() -> None:
    agent = values_of("agent")
    for name in ("vision", "vision@", "vision-ip@"):
        assert values_of(name)["Group"] == agent["Group"] == ["smilepost"]
    assert agent["RuntimeDirectory"][0].split()[0] == "smilepost"
    assert agent["RuntimeDirectoryMode"] == ["0710"]
    assert agent["UMask"] == ["0007"]
    assert agent["StateDirectoryMode"] == ["0700"]


def test_every_process_that_differs_in_what_it_may_do_is_another_user() -> None:
    users = [values_of(name)["User"][0] for name in ("agent", "vision", "vision-ip@", "screen")]
    assert len(set(users)) == len(users)
    assert values_of("vision@")["User"] == values_of("vision")["User"]


def test_the_agent_can_still_ask_whether_the_clock_is_synchronised() -> None:
    """ProtectClock would refuse adjtimex(), and every event would be dated `unknown`."""
    agent = values_of("agent")
    assert "ProtectClock" not in agent
    assert agent["SystemCallFilter"][-1] == "adjtimex clock_adjtime"
    assert agent["CapabilityBoundingSet"] == [""]


@pytest.mark.parametrize("name", ["agent", "vision", "vision@", "vision-ip@"])
def test_a_stalled_process_is_killed_and_started_again(name: str) -> None:
    unit = values_of(name)
    assert (unit["NotifyAccess"], unit["WatchdogSec"]) == (["main"], ["30"])
    assert unit["Restart"] != ["no"]


@pytest.mark.parametrize("name", ["agent", "vision", "vision@", "vision-ip@"])
def test_a_slow_start_is_no_stall(name: str) -> None:
    """The watchdog counts from `READY=1`; the start has a longer time of its own."""
    unit = values_of(name)
    assert unit["Type"] == ["notify"]
    assert int(unit["TimeoutStartSec"][0]) >= 10 * int(unit["WatchdogSec"][0])


@pytest.mark.parametrize("name", ["agent", "vision", "vision@", "vision-ip@"])
def test_a_process_may_tell_systemd_that_it_is_ready(name: str) -> None:
    """systemd listens on a Unix socket."""
    assert "AF_UNIX" in values_of(name)["RestrictAddressFamilies"][0].split()


def test_whatever_dies_is_started_again_for_ever() -> None:
    restarts = dict.fromkeys(("agent", "screen"), "always")
    restarts |= dict.fromkeys(("vision", "vision@", "vision-ip@"), "on-failure")
    for name, restart in restarts.items():
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
