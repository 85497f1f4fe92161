"""A good file becomes settings; YAML's traps are not ours."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.config.commands import check_command
from agent.config.loading import Loaded, fingerprint, load
from agent.config.problem import ConfigFileError
from agent.outbox.settings import StoreSettings
from agent.panel.settings import PanelSettings

DEVICE = "device: {tenant: acme, site: high-street, id: till-1}\n"


def loaded(path: Path, text: str = "", *, device: str = DEVICE) -> Loaded:
    path.write_text(device + text, "utf-8")
    return load(path)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kiosk.yaml"


def test_three_names_are_a_whole_configuration(file: Path) -> None:
    settings = loaded(file).settings
    assert (settings.device.tenant, settings.uplink.port, settings.visit.scale) == ("acme", 1883, 5)


def test_off_is_the_word_off(file: Path) -> None:
    assert loaded(file, "vision: {mode: off}\n").settings.vision.mode == "off"


def test_no_is_a_language_and_not_false(file: Path) -> None:
    with pytest.raises(ConfigFileError, match=r"visit.question.no must be one of en, .*not `no`"):
        loaded(file, "visit: {question: {no: Hei, en: Hi}}\n")


def test_a_leading_zero_does_not_make_octal(file: Path) -> None:
    assert loaded(file, "panel: {buzzer: 010}\n").settings.panel.buzzer == 10


def test_a_name_of_digits_in_quotes_is_text(file: Path) -> None:
    device = 'device: {tenant: acme, site: "007", id: "1"}\n'
    assert loaded(file, device=device).settings.device.site == "007"


def test_on_and_yes_switch_a_switch(file: Path) -> None:
    assert loaded(file, "screen: {enabled: no}\npanel: {buttons: [{id: a, pin: 5},"
                        " {id: b, pin: 6}, {id: c, pin: 7}]}\nvisit: {scale: 3}\n"
                        ).settings.screen.enabled is False  # fmt: skip
    assert loaded(file, "vision: {gauge: on}\n").settings.vision.gauge is True


def test_a_date_is_a_date(file: Path) -> None:
    notice = "{shown: printed, attested_by: store manager, attested_on: 2026-03-31}"
    settings = loaded(file, f"vision: {{mode: presence, notice: {notice}}}\n").settings
    assert settings.vision.notice is not None
    assert settings.vision.notice.attested_on == date(2026, 3, 31)


def test_anchors_save_typing(file: Path) -> None:
    text = (
        "visit:\n  reasons:\n    - {id: a, label: &words {en: Same}}\n"
        "    - {id: b, label: *words}\n"
    )
    reasons = loaded(file, text).settings.visit.reasons
    assert reasons[0].label == reasons[1].label == {"en": "Same"}


def test_a_byte_order_mark_is_harmless(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + DEVICE.encode())
    assert load(file).settings.device.id == "till-1"


def test_windows_line_ends_are_harmless(file: Path) -> None:
    file.write_bytes(b"device:\r\n  tenant: a\r\n  site: b\r\n  id: c\r\n")
    assert load(file).settings.device.site == "b"


def test_the_hash_is_of_the_settings_and_not_of_their_spelling(file: Path) -> None:
    plain = loaded(file).sha256
    assert loaded(file, "# a comment\nuplink: {port: 1883}\n").sha256 == plain
    assert loaded(file, "uplink: {port: 1884}\n").sha256 != plain


@given(port=st.integers(1, 65535), days=st.integers(0, 3650))
def test_equal_settings_have_equal_hashes_and_different_ones_do_not(port: int, days: int) -> None:
    from agent.config.schema import KioskSettings  # noqa: PLC0415

    def hashed(port: int, days: int) -> str:
        device = {"tenant": "a", "site": "b", "id": "c"}
        tree = {"device": device, "uplink": {"port": port}, "store": {"keep_delivered_days": days}}
        return fingerprint(KioskSettings.model_validate(tree))

    assert hashed(port, days) == hashed(port, days)
    assert hashed(port, days) != hashed(port % 65535 + 1, days)


def test_true_is_no_pin_in_code_either() -> None:
    with pytest.raises(ValidationError, match="true and false have no meaning here"):
        PanelSettings(buzzer=True)


def test_an_infinite_number_is_no_setting() -> None:
    with pytest.raises(ValidationError):
        PanelSettings(confirm_ms=float("nan"))


def test_settings_do_not_change() -> None:
    settings = StoreSettings()
    with pytest.raises(ValidationError):
        settings.keep_delivered_days = 1  # type: ignore[misc]


def test_check_is_silent_about_a_good_file(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(DEVICE)
    assert check_command(str(file)) == 0
    assert capsys.readouterr().out == ""


def test_check_prints_each_problem_as_file_line_text(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(DEVICE + "uplink: {port: 0}\nvisit: {scale: 9}\n")
    assert check_command(str(file)) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{file}:2: uplink.port must be at least 1, not `0`",
        f"{file}:3: visit.scale must be one of 2, 3, 4, 5, not `9`",
    ]
