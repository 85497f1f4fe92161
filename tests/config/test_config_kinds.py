"""`smilepost check` knows a staff's and an office's file from a kiosk's."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.cli import main
from agent.config.kinds import kind_of
from agent.staff.pin import hash_pin

PIN = hash_pin("314152")
SELLER = f"sellers:\n  - {{seller: heron, pin: {PIN}}}\n"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (SELLER, "staff"),
        ("sellers: []\n", "staff"),
        ("seller:\n  - {seller: heron}\n", "staff"),
        (f"manager: {PIN}\n", "office"),
        (f"manger: {PIN}\n", "office"),
        (f"staff: {PIN}\n", "office"),
        (f"staff: {PIN}\ninstaller: {PIN}\n", "office"),
        ("staff: 123456\n", "office"),
        (f"staff: {{pin: {PIN}}}\n", "office"),
        ("staff: {file: staff.yaml}\n", "kiosk"),
        ("staff: {file: staff.yaml}\ndevcie: {}\n", "kiosk"),
        ("device: {}\nmanager: 1\nscreen: {}\n", "kiosk"),
        ("colour: red\n", "kiosk"),
        ("", "kiosk"),
        ("- a\n", "kiosk"),
        ("a: [\n", "kiosk"),
    ],
)
def test_a_file_is_known_by_its_keys(tmp_path: Path, text: str, kind: str) -> None:
    path = tmp_path / "any.yaml"
    path.write_text(text, "utf-8")
    assert kind_of(path) == kind


def test_a_file_that_is_not_there_passes_for_a_kiosks(tmp_path: Path) -> None:
    assert kind_of(tmp_path / "none") == "kiosk"


@pytest.mark.parametrize("name", ["staff.example.yaml", "office.example.yaml"])
def test_the_examples_pass_as_what_they_are(
    name: str, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(repository / "config" / name)]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"manager: {PIN}\ninstaler: {PIN}\n", "2: instaler is not a known key: did you mean"),
        (f"{SELLER}    languge: en\n", "not YAML"),
        (
            f"{SELLER}  - {{seller: Anna, pin: {PIN}}}\n",
            "3: sellers[1].seller must be small letters",
        ),
    ],
)
def test_their_mistakes_are_told_in_their_own_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    path = tmp_path / "any.yaml"
    path.write_text(text, "utf-8")
    assert main(["check", str(path)]) == 1
    out = capsys.readouterr().out
    assert told in out
    assert "device" not in out
