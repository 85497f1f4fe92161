"""`smilepost doctor` as a whole."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from agent.config.loading import load
from agent.doctor import command
from agent.doctor.command import doctor_command, examine_all

KIOSK = """\
device: {tenant: acme, site: high-street, id: till-1}
uplink: {host: 127.0.0.1, port: 9}
panel: {backend: mock}
screen: {port: 0}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "kiosk.yaml"
    path.write_text(f"{KIOSK}store: {{path: {tmp_path}/outbox.db}}\n")
    return path


@pytest.fixture
def no_tmpfs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.doctor.storage.filesystem_of", lambda _folder: "ext4")


def with_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "broker", lambda _uplink, *, topics: f"{topics.root} answers")


@pytest.mark.usefixtures("no_tmpfs")
def test_an_absent_broker_is_a_failed_essential(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert doctor_command(config, as_json=False) == 3
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("✗ broker") and "refuses connections" in line for line in lines)


@pytest.mark.usefixtures("no_tmpfs")
def test_everything_in_order_is_green_and_zero(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_broker(monkeypatch)
    assert doctor_command(config, as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is True
    states = {check["id"]: check["state"] for check in found["checks"]}
    assert states["broker"] == states["store"] == states["configuration"] == "ok"
    assert states["camera"] == states["pins"] == "not_applicable"


def test_a_bad_configuration_is_shown_with_its_lines_and_nothing_is_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "kiosk.yaml"
    path.write_text("device: {tenant: a, site: b}\nuplnk: {}\n")
    assert doctor_command(path, as_json=True) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is False
    assert [check["id"] for check in found["checks"]] == ["configuration", "configuration"]
    assert found["checks"][1]["fact"].startswith(f"{path}:2: uplnk is not a known key")


@pytest.mark.usefixtures("no_tmpfs")
def test_every_check_of_the_list_is_run(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_broker(monkeypatch)
    assert [check.id for check in examine_all(load(config))] == [
        "configuration", "python", "pins", "store", "commit-time", "store-blocks",
        "dead-letters", "disk", "broker",
        "files", "private", "camera", "camera-units", "zones", "models",
        "runtime-dir", "screen-port", "office", "clock",
    ]  # fmt: skip


@pytest.mark.usefixtures("no_tmpfs")
def test_every_camera_is_checked_by_its_name(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_broker(monkeypatch)
    config.write_text(
        f"{config.read_text()}vision: {{mode: presence, notice: {{shown: screen}}, source: '98',"
        " cameras: [{id: door, source: '97'}]}\n"
    )
    facts = {check.id: check.fact for check in examine_all(load(config))}
    assert facts["camera"] == "there is no /dev/video98"
    assert facts["camera:door"] == "there is no /dev/video97"


@pytest.mark.usefixtures("no_tmpfs")
def test_a_touch_only_kiosk_cannot_do_without_its_screen(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_broker(monkeypatch)
    levels = {check.id: check.level for check in examine_all(load(config))}
    assert levels["screen-port"] == "essential"


def test_the_doctor_does_not_load_what_the_camera_process_loads() -> None:
    code = "import agent.doctor.command, sys; sys.exit('cv2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
