"""Every camera has its unit, and a camera on the network may be spoken to."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.doctor.checks import Failed, NotApplicable
from agent.doctor.units import units
from agent.vision.settings import VisionSettings

IP = "rtsp://192.168.1.60/stream1"


def vision(**given: object) -> VisionSettings:
    return VisionSettings.model_validate(
        {"mode": "presence", "notice": {"shown": "screen"}, **given}
    )


DESK = vision(cameras=[{"id": "desk", "source": IP}])


class Systemd:
    """A folder of units."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "multi-user.target.wants").mkdir()
        (folder / "smilepost-agent.service").touch()

    def enable(self, *names: str) -> None:
        for name in names:
            (self.folder / f"multi-user.target.wants/{name}.service").touch()

    def allow(self, text: str) -> None:
        drop_ins = self.folder / "smilepost-vision-ip@desk.service.d"
        drop_ins.mkdir()
        (drop_ins / "camera.conf").write_text(f"[Service]\n{text}\n")


@pytest.fixture
def systemd(tmp_path: Path) -> Systemd:
    return Systemd(tmp_path)


def test_where_no_units_are_installed_none_is_missed(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable, match="not installed"):
        units(DESK, folder=tmp_path)


def test_with_the_camera_off_no_unit_is_needed(systemd: Systemd) -> None:
    with pytest.raises(NotApplicable, match="mode off"):
        units(VisionSettings(), folder=systemd.folder)


def test_one_camera_has_one_unit(systemd: Systemd) -> None:
    systemd.enable("smilepost-vision")
    assert units(vision(), folder=systemd.folder) == "smilepost-vision.service"


def test_a_camera_without_its_unit_is_told(systemd: Systemd) -> None:
    systemd.enable("smilepost-vision")
    with pytest.raises(Failed, match=r"smilepost-vision-ip@desk\.service is not enabled") as told:
        units(DESK, folder=systemd.folder)
    assert told.value.remedy == "systemctl enable --now smilepost-vision-ip@desk.service"


def test_a_unit_without_a_camera_is_told(systemd: Systemd) -> None:
    systemd.enable("smilepost-vision", "smilepost-vision-ip@main")
    with pytest.raises(Failed, match=r"smilepost-vision\.service is enabled, and no") as told:
        units(vision(source=IP), folder=systemd.folder)
    assert told.value.remedy == "systemctl disable --now smilepost-vision.service"


def test_a_camera_on_the_network_may_be_spoken_to_alone(systemd: Systemd) -> None:
    systemd.enable("smilepost-vision", "smilepost-vision-ip@desk")
    systemd.allow("IPAddressAllow=192.168.1.60\nLoadCredential=camera-password:/etc/x")
    assert units(DESK, folder=systemd.folder).endswith("smilepost-vision-ip@desk.service")


@pytest.mark.parametrize(
    ("allowed", "shown"),
    [
        ("", "no address"),
        ("# IPAddressAllow=192.168.1.60", "no address"),
        ("IPAddressAllow=192.168.1.61", "192.168.1.61"),
        ("IPAddressAllow=192.168.1.60\nIPAddressAllow=any", "192.168.1.60, any"),
    ],
)
def test_a_drop_in_that_allows_another_address_is_told(
    systemd: Systemd, allowed: str, shown: str
) -> None:
    systemd.enable("smilepost-vision", "smilepost-vision-ip@desk")
    systemd.allow(allowed)
    with pytest.raises(Failed, match=f"may speak to {shown}, and its camera is 192") as told:
        units(DESK, folder=systemd.folder)
    assert "IPAddressAllow=192.168.1.60" in told.value.remedy
