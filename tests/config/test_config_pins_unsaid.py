"""A PIN that somebody writes where its hash belongs stands in no message."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cli import main
from agent.config.problem import ConfigFileError
from agent.office.pins import load_pins
from agent.staff.pin import hash_pin
from agent.staff.roster import load_roster

DEVICE = "device: {tenant: acme, site: high-street, id: till-1}\nuplink: {port: 9}\n"
HASH = hash_pin("314152")
ADVICE = "this is a PIN, not its hash: run `smilepost staff hash`, and write here what it prints"
FILES = {
    "staff": ("sellers:\n  - seller: heron\n    pin: {pin}\n", 3, "sellers[0].pin"),
    "office": ("installer: {pin}\n", 1, "installer"),
}
PINS = ["7391", "739150", "0042", "007391"]
QUOTES = ["{}", '"{}"', "'{}'"]


@pytest.fixture
def quick_doctor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.doctor.command.commit_time", lambda _folder: "not measured")
    monkeypatch.setattr("agent.doctor.command.broker", lambda _uplink, *, topics: f"{topics.root}")


def write(folder: Path, name: str, pin: str) -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(FILES[name][0].format(pin=pin), "utf-8")
    return path


@pytest.mark.parametrize("quotes", QUOTES)
@pytest.mark.parametrize("pin", PINS)
@pytest.mark.parametrize("name", FILES)
def test_it_is_told_what_it_is_and_what_to_do(
    name: str, pin: str, quotes: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, line, key = FILES[name]
    path = write(tmp_path, name, quotes.format(pin))

    assert main(["check", str(path)]) == 1
    [told] = capsys.readouterr().out.splitlines()
    assert told.startswith(f"{path}:{line}: {key}")
    assert told.endswith(f": {ADVICE}")


@pytest.mark.parametrize("quotes", QUOTES)
@pytest.mark.parametrize("pin", PINS)
@pytest.mark.usefixtures("quick_doctor")
def test_the_doctor_fails_on_it_and_does_not_say_it_either(
    pin: str, quotes: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in FILES:
        write(tmp_path, name, quotes.format(pin)).chmod(0o640)
    config = tmp_path / "kiosk.yaml"
    config.write_text(
        f"{DEVICE}panel: {{backend: mock}}\nscreen: {{port: 0}}\nstaff: {{file: staff.yaml}}\n"
        f"office: {{enabled: true, pins: office.yaml}}\nstore: {{path: {tmp_path}/store.db}}\n"
    )
    for as_json in ([], ["--json"]):
        main(["doctor", "-c", str(config), *as_json])
        lines = capsys.readouterr().out.replace(str(tmp_path), "").splitlines()
        told = [line for line in lines if ".yaml:" in line]
        assert any(f"staff.yaml:3: sellers[0].pin: {ADVICE} (and 1 more)" in line for line in told)
        assert any("office.yaml:1: installer" in line and ADVICE in line for line in told)
        assert not any(pin.lstrip("0") in line for line in told)


@pytest.mark.parametrize("load", [load_roster, load_pins])
def test_neither_an_error_nor_a_log_says_it(
    load: object, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    name = "staff" if load is load_roster else "office"
    with caplog.at_level(logging.DEBUG), pytest.raises(ConfigFileError) as caught:
        (load_roster if load is load_roster else load_pins)(write(tmp_path, name, "739150"))

    chain = [caught.value, caught.value.__cause__, caught.value.__context__]
    assert not any("739150" in f"{error!r} {error}" for error in chain)
    assert "739150" not in caplog.text


WHEREVER = [
    "{pin}: heron\n",
    "sellers: {pin}\n",
    "sellers: [{pin}]\n",
    "sellers: [[{pin}]]\n",
    "sellers:\n  - {{seller: {pin}, pin: " + f"{HASH}" + "}}\n",
    "sellers:\n  - {{seller: heron, pin: " + f"{HASH}" + ", language: {pin}}}\n",
    "sellers:\n  - {{seller: heron, {pin}: 1}}\n",
    "sellers:\n  - {{seller: heron, pin: {{{pin}: {pin}}}}}\n",
    "sellers:\n  - {{seller: heron, pin: !!int {pin}x}}\n",
    "sellers:\n  - {{seller: heron, pin: !!float {pin}}}\n",
    "sellers:\n  - {{seller: {pin}, pin: " + f"{HASH}" + "}}\n  - {{seller: {pin}, pin: x}}\n",
    "sellers:\n  - {{seller: heron, pin: *{pin}}}\n",
    "manager: [{pin}]\n",
    "manager: {pin}: {pin}\n",
    "manager: {{pin: {pin}}}\n",
    "manager: {pin}\nmanager: {pin}\n",
    "manager: {pin}\n{pin}: {pin}\n{pin}: x\n",
    "manager: '{pin}\n",
]


@pytest.mark.parametrize("text", WHEREVER)
@given(pin=st.from_regex(r"[1-9][0-9]{3,7}", fullmatch=True))
def test_wherever_it_was_put_no_problem_quotes_it(
    text: str, pin: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("pins") / "file.yaml"
    path.write_text(text.format(pin=pin), "utf-8")
    for load in (load_roster, load_pins):
        with pytest.raises(ConfigFileError) as caught:
            load(path)
        told = [problem.text for problem in caught.value.problems]
        keys = [str(part) for problem in caught.value.problems for part in problem.key]
        assert not any(pin in one for one in (*told, *keys))
