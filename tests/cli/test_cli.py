"""The command line: what it says, and what it ends with."""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agent import __version__
from agent.cli import main, make_parser
from agent.testing import LocalBroker

CONFIG = """
device: {{tenant: acme, site: shop, id: till}}
store: {{path: {folder}/outbox.db}}
runtime_dir: {folder}/run
uplink: {{port: {port}}}
panel:
  backend: mock
  buttons: [{{id: bad, pin: 5}}, {{id: good, pin: 6}}]
visit: {{scale: 2}}
screen: {{port: 0}}
"""


def write_config(folder: Path, *, port: int = 1) -> Path:
    path = folder / "kiosk.yaml"
    path.write_text(CONFIG.format(folder=folder, port=port), encoding="utf-8")
    return path


def commands() -> dict[str, argparse.ArgumentParser]:
    (subparsers,) = (a for a in make_parser()._actions if isinstance(a, argparse._SubParsersAction))
    return dict(subparsers.choices)


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_stands_in_the_readme(name: str, repository: Path) -> None:
    assert f"`smilepost {name}" in (repository / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])

    assert ended.value.code == 0
    assert name in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["dance"],
        ["check"],
        ["schema", "cars"],
        ["run", "--fast"],
        ["bench", "x"],
        ["emoscope", "--port", "x"],
    ],
)
def test_wrong_usage_ends_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)

    assert ended.value.code == 2
    assert "usage: smilepost" in capsys.readouterr().err


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])

    assert capsys.readouterr().out == f"smilepost {__version__}\n"


def test_a_good_configuration_is_silent_and_ends_with_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(write_config(tmp_path))]) == 0
    assert capsys.readouterr().out == ""


def test_a_bad_configuration_is_told_with_its_line_and_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_config(tmp_path)
    path.write_text(path.read_text().replace("scale", "scael"), encoding="utf-8")

    assert main(["check", str(path)]) == 1
    assert f"{path}:9: " in capsys.readouterr().out


@pytest.mark.parametrize("contract", ["config", "events", "questionnaire"])
def test_a_contract_is_one_json_schema(contract: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", contract]) == 0
    assert json.loads(capsys.readouterr().out)["$schema"].endswith("2020-12/schema")


@pytest.mark.parametrize("command", ["run", "vision", "watch"])
def test_a_missing_configuration_is_one_line_and_ends_with_1(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "-c", str(tmp_path / "none.yaml")]) == 1

    told = capsys.readouterr().err.strip()
    assert "none.yaml" in told
    assert "\n" not in told


@pytest.mark.parametrize("words", [["none.db"], ["-c", "none.yaml"], ["-c", "kiosk.yaml"]])
def test_a_missing_store_is_told_with_what_to_name_instead(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_config(tmp_path)
    *flag, file = words

    assert main(["outbox", "status", *flag, str(tmp_path / file)]) == 1
    [told] = capsys.readouterr().err.splitlines()
    missing = tmp_path / ("outbox.db" if file == "kiosk.yaml" else file)
    assert told.startswith(f"{missing} does not exist: name the ")
    assert "(STORE)" in told
    assert "(-c FILE)" in told


def test_a_missing_video_is_one_line_and_ends_with_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["look", str(tmp_path / "none.mp4")]) == 3

    told = capsys.readouterr().err.strip().splitlines()[-1]
    assert "none.mp4" in told


def test_an_absent_broker_ends_watch_with_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["watch", "-c", str(write_config(tmp_path))]) == 3
    assert "broker 127.0.0.1:1" in capsys.readouterr().err


def test_the_agent_runs_until_it_is_asked_to_stop(broker: LocalBroker, tmp_path: Path) -> None:
    config = write_config(tmp_path, port=broker.port)
    agent = subprocess.Popen(
        [sys.executable, "-m", "agent", "run", "-c", str(config)],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert agent.stderr is not None
    for line in agent.stderr:
        if "screen at" in line:
            break
    agent.send_signal(signal.SIGTERM)

    assert agent.wait(timeout=15) == 0
    agent.stderr.close()


def test_the_agent_loads_neither_models_nor_numbers_it_does_not_need() -> None:
    code = (
        "import sys, agent.kiosk;"
        "print({'cv2', 'numpy', 'rich', 'sqlite_utils', 'ai_edge_litert'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)

    assert ran.stdout.strip() == "set()"


def without(module: str, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a Python that lacks a module."""
    program = (
        f"import sys; sys.modules[{module!r}] = None; from agent.cli import console; console()"
    )
    return subprocess.run(
        [sys.executable, "-c", program, *command], check=False, capture_output=True, text=True
    )


@pytest.mark.parametrize("command", ["look", "emoscope"])
def test_without_the_libraries_of_a_camera_one_line_says_how_to_get_them(command: str) -> None:
    ended = without("cv2", command, "a.mp4")
    assert ended.returncode == 3
    assert ended.stderr == (
        "a camera needs cv2, which this Python does not have: run scripts/install again,"
        " or `pip install '.[vision]'` in the checkout\n"
    )


def test_any_other_module_that_is_missing_is_a_fault_of_ours() -> None:
    ended = without("agent.vision.look", "look", "a.mp4")
    assert ended.returncode == 1
    assert "ModuleNotFoundError" in ended.stderr
