"""The peers live in an environment of their own; without it the rest is measured all the same."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent.bench import environment
from agent.bench.environment import peer_python, program, surroundings, versions
from agent.bench.servants import Servant, told
from agent.errors import StoreError


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Stands in for pip and venv: `calls` are what it was asked, `code` is how it ends."""
    stand_in = SimpleNamespace(calls=[], code=0)

    def run(command: list[str], **_: Any) -> Any:
        stand_in.calls.append(command)
        return SimpleNamespace(returncode=stand_in.code, stderr="no\nERROR: no network\n")

    monkeypatch.setattr(environment, "subprocess", SimpleNamespace(run=run))
    monkeypatch.setattr("venv.create", lambda folder, **_: Path(folder).mkdir(exist_ok=True))
    return stand_in


def test_every_peer_is_pinned() -> None:
    assert versions().keys() == {"huey", "litequeue", "paho-mqtt", "persist-queue"}
    assert all(re.fullmatch(r"\d+(\.\d+)+", version) for version in versions().values())


def test_the_environment_is_made_once(tmp_path: Path, pip: SimpleNamespace) -> None:
    folder = tmp_path / "peers"
    assert peer_python(folder) == folder / "bin" / "python"
    assert peer_python(folder) == folder / "bin" / "python"
    assert len(pip.calls) == 1
    assert pip.calls[0][-1].endswith("requirements.txt")


def test_it_is_made_anew_for_other_versions(tmp_path: Path, pip: SimpleNamespace) -> None:
    folder = tmp_path / "peers"
    peer_python(folder)
    (folder / "requirements.txt").write_text("huey==1.0\n", encoding="utf-8")
    peer_python(folder)
    assert len(pip.calls) == 2


def test_without_a_network_the_peers_are_left_out_in_one_line(
    tmp_path: Path, pip: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    pip.code = 1
    with caplog.at_level(logging.WARNING):
        assert peer_python(tmp_path / "peers") is None
    assert caplog.messages == ["the peers are left out: pip cannot install them: ERROR: no network"]
    pip.code = 0
    assert peer_python(tmp_path / "peers") is not None, "it is tried again the next time"


def test_a_peer_sees_our_package_and_none_of_our_libraries(tmp_path: Path) -> None:
    code = "import agent.bench.peers.stores, sys; print('pydantic' in sys.modules, sys.path[1])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=surroundings(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["False", str(tmp_path / "code")]
    assert [path.name for path in (tmp_path / "code").iterdir()] == ["agent"]


def test_a_process_that_fails_is_told_in_one_line(tmp_path: Path) -> None:
    command = program(None, "agent.bench.peers.appending", "no-such-store", tmp_path)
    with (
        pytest.raises(StoreError, match=r"^a measured process has failed: KeyError: 'no-such"),
        Servant(command, scratch=tmp_path) as servant,
    ):
        servant.ask("alone 1")


def test_a_program_that_fails_is_told_in_one_line(tmp_path: Path) -> None:
    command = program(None, "agent.bench.peers.publishing", "dance", 1, 1, __file__)
    with pytest.raises(StoreError, match=r"^a measured process has failed: ConnectionRefused"):
        told(command, scratch=tmp_path)
