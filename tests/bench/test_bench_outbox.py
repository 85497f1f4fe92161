"""`smilepost bench outbox`: which parts run, how much of each, and the form of what is told."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any, Self

import pytest

from agent.bench import command, runs
from agent.bench.figures import Figure, Report
from agent.bench.runs import PARTS, OutboxSizes, run_outbox
from agent.cli import main
from agent.errors import StoreError

ROWS = [
    Figure("one durable append, p50", "ms", 0.3, "raw sqlite3", 0.25),
    Figure("events twice after the key check", "events", 0.0),
]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[OutboxSizes]:
    """Stands in for the run; keeps the sizes it was asked for."""
    sizes_asked: list[OutboxSizes] = []

    def run(_folder: Path, *, sizes: OutboxSizes) -> Report:
        sizes_asked.append(sizes)
        return Report("a machine", ROWS)

    monkeypatch.setattr(command, "run_outbox", run)
    return sizes_asked


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stands in for the measurements; keeps the names of those that ran."""
    ran: list[str] = []

    def measured(name: str) -> Any:
        def measure(place: Path, **_: Any) -> list[Figure]:
            assert place.is_dir()
            ran.append(name)
            return [Figure(name, "ms", 1.0)]

        return measure

    for name in ("measure_stores", "measure_live", "measure_drain", "measure_kills"):
        monkeypatch.setattr(runs, name, measured(name))
    monkeypatch.setattr(runs, "filesystem_of", lambda _folder: "ext4")
    monkeypatch.setattr(runs, "peer_python", lambda _folder: None)
    return ran


@pytest.mark.usefixtures("asked")
def test_the_json_has_the_form_of_every_benchmark(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "outbox", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {
        "bench": "outbox",
        "machine": "a machine",
        "rows": [
            {
                "metric": "one durable append, p50",
                "unit": "ms",
                "ours": 0.3,
                "peer": "raw sqlite3",
                "theirs": 0.25,
                "ratio": 1.2,
            },
            {
                "metric": "events twice after the key check",
                "unit": "events",
                "ours": 0.0,
                "peer": None,
                "theirs": None,
                "ratio": None,
            },
        ],
    }


def test_everything_is_measured_unless_told_otherwise(asked: list[OutboxSizes]) -> None:
    main(["bench", "outbox"])
    [sizes] = asked
    assert (sizes.parts, sizes.events, sizes.kills) == (PARTS, 100_000, 20)


def test_a_part_can_be_measured_alone_and_with_other_sizes(asked: list[OutboxSizes]) -> None:
    main(["bench", "outbox", "--only", "kills", "--kills", "100", "--events", "7"])
    [sizes] = asked
    assert (sizes.parts, sizes.events, sizes.kills) == (("kills",), 7, 100)


@pytest.mark.parametrize("words", [["--kills", "0"], ["--events", "many"], ["--only", "luck"]])
def test_a_size_that_makes_no_sense_is_wrong_usage(
    words: list[str], asked: list[OutboxSizes], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["bench", "outbox", *words])
    assert ended.value.code == 2
    assert words[0] in capsys.readouterr().err
    assert asked == []


def test_a_run_measures_its_parts_in_order_and_leaves_nothing(
    tmp_path: Path, parts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "available_broker", lambda: "mosquitto")
    monkeypatch.setattr(runs, "LocalBroker", _NoBroker)
    report = run_outbox(tmp_path / "bench", sizes=OutboxSizes())
    assert parts == ["measure_stores", "measure_live", "measure_drain", "measure_kills"]
    assert [row.metric for row in report.rows] == parts
    assert list((tmp_path / "bench").iterdir()) == []


class _NoBroker:
    port = 1

    def __init__(self, *, kind: str, lines: tuple[str, ...]) -> None:
        assert kind == "mosquitto"
        assert lines == ("set_tcp_nodelay true",)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None


def test_without_mosquitto_the_store_is_measured_and_a_line_says_what_is_missing(
    tmp_path: Path,
    parts: list[str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(runs, "available_broker", lambda: "iotcore")
    with caplog.at_level(logging.WARNING):
        run_outbox(tmp_path, sizes=OutboxSizes())
    assert parts == ["measure_stores"]
    assert [message.split(":")[0] for message in caplog.messages] == [
        "Mosquitto is not installed"
    ] * 2


def test_memory_is_no_disk_to_measure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "filesystem_of", lambda _folder: "tmpfs")
    with pytest.raises(StoreError, match="is on tmpfs: run the benchmark in another folder"):
        run_outbox(tmp_path, sizes=OutboxSizes())
