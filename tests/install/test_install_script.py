"""scripts/install: says what is wrong with the machine, lays files out, keeps settings."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from agent.config.loading import load, problems
from agent.survey.fitting import questionnaire_problems
from agent.survey.loading import survey_problems
from tests.config.attested import filled_in

ROOT = Path(__file__).parents[2]
INSTALL = ROOT / "scripts/install"


class Machine:
    """A make-believe machine: its release file, and `dpkg` and `id` that answer as told."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self.bin = folder / "bin"
        self.bin.mkdir(parents=True)
        (self.root / "etc").mkdir(parents=True)
        self.become(codename="bookworm", architecture="arm64")
        self.program("apt-cache", "exit 0")

    def become(self, *, codename: str, architecture: str, user: int = 0) -> None:
        (self.root / "etc/os-release").write_text(f'ID=debian\nVERSION_CODENAME="{codename}"\n')
        self.program("dpkg", f"echo {architecture}")
        self.program("id", f"echo {user}")

    def program(self, name: str, line: str) -> None:
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o755)

    def install(self, *options: str) -> subprocess.CompletedProcess[str]:
        return self.run(INSTALL, *options)

    def run(self, script: Path, *options: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PATH": f"{self.bin}:{os.environ['PATH']}"}
        command = [str(script), *options]
        return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)

    def lay_out(self, *options: str) -> subprocess.CompletedProcess[str]:
        return self.install("--prefix-root", str(self.root), *options)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_files_land_where_the_units_look_for_them(machine: Machine) -> None:
    assert machine.lay_out().returncode == 0
    root = machine.root
    assert os.access(root / "opt/smilepost/bin/kiosk-browser", os.X_OK)
    assert problems(root / "etc/smilepost/kiosk.yaml") == []
    assert (root / "etc/smilepost/kiosk.schema.json").is_file()
    assert (root / "opt/smilepost/share/profiles/start.yaml").is_file()
    for name in ("agent", "vision", "vision@", "vision-ip@", "screen"):
        assert (root / f"etc/systemd/system/smilepost-{name}.service").is_file()


def test_what_a_camera_on_the_network_needs_lies_ready_and_does_not_hold_yet(
    machine: Machine,
) -> None:
    machine.lay_out()
    folder = machine.root / "etc/systemd/system/smilepost-vision-ip@.service.d"
    assert [file.name for file in folder.iterdir()] == ["camera.conf.example"]


def test_the_group_of_the_agent_may_use_the_pins(machine: Machine) -> None:
    machine.lay_out()
    rule = (machine.root / "etc/udev/rules.d/60-smilepost-pins.rules").read_text("utf-8")
    unit = (machine.root / "etc/systemd/system/smilepost-agent.service").read_text("utf-8")
    assert 'SUBSYSTEM=="gpio"' in rule
    assert 'GROUP="gpio"' in rule
    assert "SupplementaryGroups=gpio\n" in unit


def test_every_program_the_units_start_is_one_the_installer_brings(machine: Machine) -> None:
    machine.lay_out()
    brought = {"/opt/smilepost/venv/bin/smilepost", "/usr/bin/cage"}
    for unit in (machine.root / "etc/systemd/system").glob("*.service"):
        (start,) = [
            li for li in unit.read_text("utf-8").splitlines() if li.startswith("ExecStart=")
        ]
        words = start.removeprefix("ExecStart=").split()
        assert words[0] in brought
        for word in words[1:]:
            if word.startswith("/opt/"):
                assert (machine.root / word[1:]).exists()


def test_settings_are_never_overwritten(machine: Machine) -> None:
    machine.lay_out()
    settings = machine.root / "etc/smilepost/kiosk.yaml"
    settings.write_text("# mine\n")
    assert machine.lay_out().returncode == 0
    assert settings.read_text() == "# mine\n"


def test_questionnaires_and_factors_lie_beside_the_settings_and_are_never_overwritten(
    machine: Machine,
) -> None:
    machine.lay_out()
    settings = machine.root / "etc/smilepost"
    for file in ("surveyor.yaml", "nps.yaml"):
        assert survey_problems(settings / "questionnaires" / file) == []
    assert (settings / "questionnaire.schema.json").is_file()
    mine = settings / "questionnaires/nps.yaml"
    mine.write_text("# mine\n")
    (settings / "factors.yaml").write_text("# mine, too\n")
    assert machine.lay_out().returncode == 0
    assert mine.read_text() == "# mine\n"
    assert (settings / "factors.yaml").read_text() == "# mine, too\n"


def test_a_profile_that_was_copied_to_the_settings_finds_its_questionnaires(
    machine: Machine,
) -> None:
    machine.lay_out()
    for profile in (machine.root / "opt/smilepost/share/profiles").glob("*.yaml"):
        copy = machine.root / "etc/smilepost/kiosk.yaml"
        shutil.copy(filled_in(profile, machine.root), copy)
        assert questionnaire_problems(load(copy)) == []


def test_a_second_run_brings_the_units_up_to_date(machine: Machine) -> None:
    machine.lay_out()
    unit = machine.root / "etc/systemd/system/smilepost-agent.service"
    unit.write_text("old\n")
    machine.lay_out()
    assert unit.read_text("utf-8") == (ROOT / "systemd/smilepost-agent.service").read_text("utf-8")


def test_screen_and_camera_can_be_left_out(machine: Machine) -> None:
    machine.lay_out("--no-screen", "--no-camera")
    units = sorted(p.name for p in (machine.root / "etc/systemd/system").glob("*.service"))
    assert units == ["smilepost-agent.service"]


def test_laying_files_out_touches_nothing_else(machine: Machine) -> None:
    for name in ("apt-get", "useradd", "groupadd", "systemctl", "python3"):
        machine.program(name, f"echo {name} must not run >&2; exit 9")
    assert machine.lay_out().returncode == 0


def test_a_dry_run_says_everything_and_does_nothing(machine: Machine) -> None:
    for name in ("apt-get", "useradd", "groupadd", "python3"):
        machine.program(name, f"echo {name} must not run >&2; exit 9")
    done = machine.install("--dry-run")
    assert done.returncode == 0, done.stderr
    said = done.stdout
    assert "must not run" not in said + done.stderr
    assert "python3-venv" in said
    assert "python3-picamera2" in said
    assert "venv --system-site-packages /opt/smilepost/venv" in said
    assert "systemctl enable -q smilepost-agent.service smilepost-vision.service" in said
    for user in ("smilepost-vision", "smilepost-vision-ip"):
        assert f"--shell /usr/sbin/nologin {user}\n" in said
    assert said.endswith("install: dry run, nothing was changed\n")


@pytest.mark.parametrize(("architecture", "name"), [("arm64", "aarch64"), ("amd64", "x86_64")])
def test_the_lock_of_this_machine_is_chosen(machine: Machine, architecture: str, name: str) -> None:
    codename = platform.freedesktop_os_release()["VERSION_CODENAME"]
    machine.become(codename=codename, architecture=architecture)
    assert f"-r {ROOT}/locks/{codename}-{name}.txt" in machine.install("--dry-run").stdout


def test_a_machine_without_a_lock_is_told(machine: Machine) -> None:
    (machine.root / "scripts").mkdir()
    lonely = machine.root / "scripts/install"
    shutil.copy(INSTALL, lonely)
    done = machine.run(lonely, "--prefix-root", str(machine.root))
    assert_one_line(done, "take a whole checkout of Smilepost", code=1)


def test_the_dry_run_without_screen_and_camera_needs_less(machine: Machine) -> None:
    said = machine.install("--dry-run", "--no-screen", "--no-camera").stdout
    assert "chromium" not in said
    assert "cage" not in said
    assert "smilepost-vision" not in said


def test_a_wheel_at_hand_is_not_built_again(machine: Machine, tmp_path: Path) -> None:
    wheel = tmp_path / "smilepost-1-py3-none-any.whl"
    wheel.touch()
    said = machine.install("--dry-run", "--wheel", str(wheel)).stdout
    assert "pip wheel" not in said
    assert str(wheel) in said


def assert_one_line(done: subprocess.CompletedProcess[str], words: str, *, code: int) -> None:
    last = done.stderr.strip().splitlines()[-1]
    assert (done.returncode, last[:9]) == (code, "install: "), done.stderr
    assert words in last


def test_another_release_is_refused(machine: Machine) -> None:
    machine.become(codename="bullseye", architecture="arm64")
    done = machine.lay_out()
    assert_one_line(done, "this is bullseye: use Raspberry Pi OS bookworm or trixie", code=1)
    assert done.stderr.count("\n") == 1


def test_32_bits_are_refused(machine: Machine) -> None:
    machine.become(codename="bookworm", architecture="armhf")
    assert_one_line(machine.lay_out(), "flash the 64-bit Raspberry Pi OS", code=1)


def test_a_missing_wheel_is_told(machine: Machine) -> None:
    done = machine.lay_out("--wheel", "/nowhere.whl")
    assert_one_line(done, "there is no wheel /nowhere.whl", code=1)


def test_installing_needs_root(machine: Machine) -> None:
    machine.become(codename="bookworm", architecture="arm64", user=1000)
    assert_one_line(machine.install(), "run this as root", code=1)


def test_an_unknown_option_is_wrong_usage(machine: Machine) -> None:
    assert_one_line(machine.install("--fast"), "unknown option --fast", code=2)


def test_help_names_every_option(machine: Machine) -> None:
    said = machine.install("--help").stdout
    for option in ("--wheel", "--no-screen", "--no-camera", "--dry-run", "--prefix-root"):
        assert option in said


@pytest.mark.parametrize("name", ["install", "kiosk-browser"])
def test_the_scripts_are_sound_shell(name: str) -> None:
    assert subprocess.run(["bash", "-n", ROOT / "scripts" / name], check=False).returncode == 0
    if checker := shutil.which("shellcheck"):
        assert subprocess.run([checker, ROOT / "scripts" / name], check=False).returncode == 0


def test_the_browser_without_an_address_says_what_it_needs() -> None:
    done = subprocess.run(
        [ROOT / "scripts/kiosk-browser"], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "give the address of the page" in done.stderr


def test_the_browser_waits_for_the_page_and_opens_it_full_screen(tmp_path: Path) -> None:
    chromium = tmp_path / "chromium"
    chromium.write_text('#!/bin/sh\necho "$@"\n')
    chromium.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "XDG_RUNTIME_DIR": str(tmp_path)}
    with socket.create_server(("127.0.0.1", 0)) as page:
        address = f"http://127.0.0.1:{page.getsockname()[1]}"
        command = [str(ROOT / "scripts/kiosk-browser"), address]
        said = subprocess.check_output(command, text=True, env=environment, timeout=30)
    assert said.split()[0] == "--kiosk"
    assert said.split()[-1] == address
