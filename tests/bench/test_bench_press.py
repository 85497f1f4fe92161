"""`smilepost bench press`: a short run of everything, and the form of what it tells."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.bench import command, runs
from agent.bench.durable import STEPS, fsync
from agent.bench.figures import Figure, Report, compared, percentile
from agent.bench.runs import PressSizes, run_press
from agent.cli import main
from agent.errors import StoreError
from tests.outbox.stores import look

FEW = PressSizes(presses=5, paints=0, idle_s=0.2)


@pytest.fixture(autouse=True, scope="module")
def _folders_of_tests_count_as_disk() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "filesystem_of", lambda _folder: "ext4")
        yield


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("agent.bench.idle.SETTLE_S", 0.0)
        patch.setattr("agent.bench.presses.find_browser", lambda: None)
        return run_press(tmp_path_factory.mktemp("bench"), sizes=FEW)


def test_a_short_run_measures_the_whole_path_of_a_press(report: Report) -> None:
    assert [(row.metric, row.peer) for row in report.rows] == [
        ("agent, resident memory", "its libraries alone"),
        ("agent, idle CPU", None),
        ("press to commit, p50", "a bare timer, write + fsync"),
        ("press to commit, p99", "a bare timer, write + fsync"),
        ("press to commit, p99", "5 ms + 1.5 x fsync p99"),
        ("commit to light, p50", None),
        ("commit to light, p99", None),
    ]
    assert all(row.ours >= 0 for row in report.rows)
    memory = next(row for row in report.rows if row.metric == "agent, resident memory")
    assert memory.theirs is not None
    assert memory.ours > memory.theirs > 10
    committed = next(row for row in report.rows if row.metric == "press to commit, p50")
    assert committed.ours >= 5, "a press is confirmed for 5 ms"
    assert committed.theirs is not None
    assert committed.theirs >= 5, "and so is what it is compared with"


def test_the_json_has_the_form_of_every_benchmark(
    report: Report, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "run_press", lambda *_, **__: report)
    assert main(["bench", "press", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told.keys() == {"bench", "machine", "rows"}
    assert told["bench"] == "press"
    columns = {"metric", "unit", "ours", "peer", "theirs", "ratio"}
    assert all(row.keys() == columns for row in told["rows"])


def test_the_table_names_every_metric(
    report: Report, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "run_press", lambda *_, **__: report)
    monkeypatch.setenv("COLUMNS", "160")
    assert main(["bench", "press"]) == 0
    shown = capsys.readouterr().out
    assert all(row.metric in shown for row in report.rows)


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "measure_idle", lambda *_, **__: [])
        patch.setattr("agent.bench.presses.find_browser", lambda: None)
        run_press(tmp_path / "bench", sizes=PressSizes(presses=1, paints=0))
    assert list((tmp_path / "bench").iterdir()) == []


def test_memory_is_no_disk_to_measure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "filesystem_of", lambda _folder: "tmpfs")
    with pytest.raises(StoreError, match="is on tmpfs: run the benchmark in another folder"):
        run_press(tmp_path, sizes=FEW)


@pytest.mark.parametrize(
    ("name", "file"), [("outbox", "append.db"), ("raw", "raw.db"), ("default", "default.db")]
)
def test_appends_are_really_appended(name: str, file: str, tmp_path: Path) -> None:
    with STEPS[name](tmp_path) as append:
        for _ in range(7):
            append()
    rows = look(tmp_path / file, "SELECT data FROM event WHERE data LIKE '%very_good%'")
    assert len(rows) == 7


def test_a_sync_writes_a_page(tmp_path: Path) -> None:
    with fsync(tmp_path) as sync:
        sync()
        sync()
    assert (tmp_path / "fsync.bin").stat().st_size == 2 * 4096


def test_a_ratio_is_ours_by_theirs() -> None:
    [half, all_] = compared("x", [1.0, 3.0], peer="y", theirs_ms=[2.0, 2.0])
    assert (half.metric, half.ours, half.ratio) == ("x, p50", 1.0, 0.5)
    assert (all_.metric, all_.ours, all_.ratio) == ("x, p99", 3.0, 1.5)
    assert Figure("x", "ms", 1.0).ratio is None
    assert Figure("x", "ms", 1.0, "nothing", 0.0).ratio is None


@given(values=st.lists(st.floats(0, 1e6), min_size=1), percent=st.integers(1, 100))
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(
    values: list[float], percent: int
) -> None:
    found = percentile(values, percent)
    assert found in values
    assert sum(value <= found for value in values) * 100 >= percent * len(values)
