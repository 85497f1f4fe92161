"""`smilepost check` reads the staff file that a configuration names."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config.commands import check_command
from agent.staff.pin import hash_pin

CONFIG = """
device: {tenant: acme, site: shop, id: till}
panel:
  backend: mock
  buttons: [{id: bad, pin: 5}, {id: good, pin: 6}]
visit: {scale: 2}
staff: {file: staff.yaml, hold: [bad, good]}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "kiosk.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def write_staff(config: Path, *names: str) -> None:
    lines = [f"  - {{seller: {name}, pin: {hash_pin('121221')}}}\n" for name in names]
    config.with_name("staff.yaml").write_text("sellers:\n" + "".join(lines), encoding="utf-8")


def test_a_good_one_says_nothing(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_staff(config, "heron", "wren")

    assert check_command(str(config)) == 0
    assert capsys.readouterr().out == ""


def test_a_name_that_stands_twice_is_told_with_its_line(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_staff(config, "heron", "wren", "heron")

    assert check_command(str(config)) == 1
    assert "staff.yaml:4: sellers: heron stands twice" in capsys.readouterr().out


def test_one_that_is_not_there_is_told(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_command(str(config)) == 1
    staff = config.with_name("staff.yaml")
    assert capsys.readouterr().out == (
        f"{config}:7: staff.file: there is no file {staff}:"
        " copy config/staff.example.yaml to begin with\n"
    )
