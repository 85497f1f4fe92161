"""The demo as a person starts it, recorded by its own subscriber and checked from the outside."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from agent.cli import main
from agent.events.export import events_schema
from agent.testing.broker import free_port

SECONDS = 25
Event = dict[str, Any]


def demo(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "agent", "demo", "--no-browser", *arguments]
    return subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finished(process: subprocess.Popen[str], *, within_s: float = 120) -> tuple[int, str]:
    output, _ = process.communicate(timeout=within_s)
    return process.returncode, output


@dataclass(frozen=True)
class Run:
    """One whole demo: what it said and what its recorder heard."""

    code: int
    output: str
    messages: list[Event]
    folder: Path

    def events(self, kind: str | None = None) -> list[Event]:
        """Every event once, by key."""
        found = {m["payload"]["id"]: m["payload"] for m in self.messages if "/event/" in m["topic"]}
        wanted = f"smilepost.{kind}.v1"
        return [e for e in found.values() if kind is None or e["type"] == wanted]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("demo")
    media = Path(__file__).parents[2] / ".cache"
    media.mkdir(exist_ok=True)
    (folder / ".cache").symlink_to(media)
    process = demo(folder, "--seconds", str(SECONDS), "--record", "out.jsonl", *port())
    code, output = finished(process)
    lines = (folder / "out.jsonl").read_text(encoding="utf-8").splitlines()
    return Run(code, output, [json.loads(line) for line in lines], folder)


def port() -> tuple[str, str]:
    return "--port", str(free_port())


def test_it_ends_well_and_says_so(run: Run) -> None:
    assert run.code == 0, run.output
    assert "DIFFERS" not in run.output
    assert "pressed 12, stored 12, delivered 12" in run.output
    assert "cut off before any light 1" in run.output
    assert "counting   2, expected 2" in run.output
    assert "kills 1, left in the outbox 0" in run.output
    assert "broker     Mosquitto" in run.output


def test_every_message_is_recorded_with_topic_payload_qos_and_retain(run: Run) -> None:
    assert all(set(m) == {"topic", "payload", "qos", "retain"} for m in run.messages)
    assert {m["qos"] for m in run.messages} == {1}
    states = [m for m in run.messages if m["topic"].endswith("/status")]
    assert states
    assert all(m["retain"] for m in states)
    assert not any(m["retain"] for m in run.messages if "/event/" in m["topic"])


def test_every_payload_is_valid(run: Run) -> None:
    validator = Draft202012Validator(events_schema())
    for message in run.messages:
        validator.validate(message["payload"])


def test_sequences_are_gapless_and_the_epochs_are_chained(run: Run) -> None:
    epochs: dict[str, list[int]] = {}
    for event in run.events():
        epochs.setdefault(event["epoch"], []).append(int(event["sequence"]))
    assert len(epochs) == 2
    for sequences in epochs.values():
        assert sorted(sequences) == list(range(1, len(sequences) + 1))
    first, second = sorted(run.events("device.started"), key=lambda e: "previous" in e["data"])
    assert "previous" not in first["data"]
    last = max(epochs[first["epoch"]])
    assert second["data"]["previous"] == {"epoch": first["epoch"], "last_sequence": last}


def test_the_ratings_are_what_was_pressed(run: Run) -> None:
    ratings = sorted(run.events("rating.given"), key=lambda e: int(e["monotonic"]))
    values = [e["data"]["value"] for e in ratings]
    assert values == [2, 4, 4, 1, 5, 2, 4, 3, 1, 5, 2, 3]
    assert {e["data"]["channel"] for e in ratings} == {"button"}


def test_what_counts_is_the_changed_answer_and_the_one_after_the_crash(run: Run) -> None:
    final = {e["id"]: e["data"] for e in run.events("rating.given")}
    amendments = sorted(run.events("rating.amended"), key=lambda e: int(e["monotonic"]))
    for amendment in amendments:
        final[amendment["data"]["rating"]] |= amendment["data"]
    counting = [data["value"] for data in final.values() if data["counts"]]
    assert counting == [4, 3]
    told = [set(data.get("flags", ())) - {"no_contact"} for data in final.values()]
    assert told[:3] == [{"changed"}, set(), {"repeat"}]
    assert told[3:11] == [{"play"}] * 8


def test_contacts_came_and_went_and_a_batch_was_measured(run: Run) -> None:
    ended = run.events("contact.ended")
    assert len(ended) >= 2
    assert not any("expression" in e["data"] or "smile" in e["data"] for e in ended)
    (batch,) = run.events("expression.measured")[:1]
    assert batch["data"]["n"] == 3
    assert 0 < batch["data"]["s"] <= batch["data"]["f"]


def test_the_killed_agents_will_reached_the_broker(run: Run) -> None:
    states = [m["payload"] for m in run.messages if m["topic"].endswith("/status")]
    assert [s["state"] for s in states] == ["online", "offline", "online", "offline"]
    assert states[0]["session"] == states[1]["session"] != states[2]["session"]


def test_it_leaves_nothing_behind(run: Run) -> None:
    assert sorted(path.name for path in run.folder.iterdir()) == [".cache", "out.jsonl"]
    assert not list((run.folder / ".cache" / "demo").glob("run-*"))
    assert not processes_of(run.folder)


def processes_of(folder: Path) -> list[str]:
    """Command lines of live processes that work in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").resolve() == folder:
                found.append((process / "cmdline").read_text(encoding="utf-8").replace("\0", " "))
        except OSError:
            continue  # it has just ended
    return found


def refused(*arguments: str) -> int:
    """Run the demo in this process: it is to end before it starts anything."""
    return main(["demo", "--no-browser", *arguments])


def test_a_taken_port_is_one_line_that_names_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as holder:
        taken = str(holder.getsockname()[1])
        assert refused("--port", taken) == 3
    assert capsys.readouterr().err == f"port {taken} is taken: choose another with --port\n"


@pytest.mark.parametrize(
    "wrong",
    [("--port", "80000"), ("--port", "-1"), ("--seconds", "-1"), ("--profile", "bogus")],
    ids=" ".join,
)
def test_wrong_usage_is_one_line_and_exit_code_2(
    wrong: tuple[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert refused(*(() if "--port" in wrong else port()), *wrong) == 2
    output = "".join(capsys.readouterr())
    assert output.count("\n") == 1
    assert output.startswith(" ".join(wrong) + ": ")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP], ids=["Ctrl-C", "hang-up"])
def test_a_signal_ends_everything_in_order(number: signal.Signals, tmp_path: Path) -> None:
    process = demo(tmp_path, "--camera", "none", "--profile", "start", *port())
    assert process.stdout is not None
    for line in process.stdout:
        if "page at" in line:
            break
    time.sleep(0.2)
    process.send_signal(number)
    code, output = finished(process)
    assert code == 0, output
    assert "pressed 0, stored 0, delivered 0" in output
    assert not processes_of(tmp_path)
    assert not list((tmp_path / ".cache" / "demo").iterdir())
