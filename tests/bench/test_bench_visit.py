"""`smilepost bench visit`: two whole visits, and the form of what it tells."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory

from agent.bench import command, runs, visits
from agent.bench.browser import find_browser
from agent.bench.figures import Figure, Report
from agent.bench.kiosks import Bench, TimedPin, write_config
from agent.bench.runs import VisitSizes, run_visit
from agent.bench.visits import visit_sections
from agent.bench.weights import page_files, weigh_page
from agent.cli import main
from agent.config.loading import load
from agent.errors import ScreenError

needs_chromium = pytest.mark.skipif(find_browser() is None, reason="Chromium is not installed")

ROWS = [Figure("page, gz, before the keyboard", "kB", 20.0, "limit", 50.0)]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "filesystem_of", lambda _folder: "ext4")
        patch.setattr(visits, "BLOCKS", 1)
        return run_visit(tmp_path_factory.mktemp("bench"), sizes=VisitSizes(visits=2))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[VisitSizes]:
    """Stands in for the run; keeps the sizes it was asked for."""
    sizes_asked: list[VisitSizes] = []

    def run(_folder: Path, *, sizes: VisitSizes) -> Report:
        sizes_asked.append(sizes)
        return Report("a machine", ROWS)

    monkeypatch.setattr(command, "run_visit", run)
    return sizes_asked


def of(report: Report, metric: str) -> Figure:
    return next(row for row in report.rows if row.metric == metric)


@needs_chromium
def test_a_short_run_measures_the_whole_visit(report: Report) -> None:
    percentiles = [
        ("presence to playlist gone", "a bare page"),
        ("press to commit", "a bare timer, write + fsync"),
        ("commit to light", None),
        ("press to painted page", "a bare timer, write + fsync, a bare page"),
        ("tap to commit of the answer", "a bare page's touch, write + fsync"),
        ("tap to painted next screen", "a bare page's touch, write + fsync, paint"),
    ]
    told = {(row.metric, row.peer) for row in report.rows}
    wanted = {(f"{name}, p{p}", peer) for name, peer in percentiles for p in (50, 95, 99)}
    assert wanted < told
    assert told - wanted == {
        ("presence to playlist gone, p99", "limit"),
        ("commit to light, p99", "limit"),
        ("press to painted page, p95", "limit"),
        ("press to commit, p99", "5 ms + 1.5 x fsync p99"),
        ("page, gz, before the keyboard", "limit"),
        ("page, gz, with the keyboard", None),
    }


@needs_chromium
def test_what_comes_later_takes_longer(report: Report) -> None:
    committed, painted = (
        of(report, f"press to {what}, p50") for what in ("commit", "painted page")
    )
    assert 5 < committed.ours < painted.ours, "a press is confirmed for 5 ms"
    assert committed.theirs is not None
    assert painted.theirs is not None
    assert 5 < committed.theirs < painted.theirs, "and so is what it is compared with"
    kept = of(report, "tap to commit of the answer, p50")
    assert 0 < kept.ours < of(report, "tap to painted next screen, p50").ours
    assert all(row.ours > 0 for row in report.rows)


@pytest.mark.usefixtures("asked")
def test_the_json_has_the_form_of_every_benchmark(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "visit", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["bench"] == "visit"
    assert told["rows"] == [ROWS[0].as_json()]


def test_the_number_of_visits_can_be_chosen(asked: list[VisitSizes]) -> None:
    assert main(["bench", "visit", "--visits", "7"]) == 0
    assert main(["bench", "visit"]) == 0
    assert [sizes.visits for sizes in asked] == [7, 100]


def test_no_visit_is_no_benchmark(asked: list[VisitSizes]) -> None:
    with pytest.raises(SystemExit) as wrong:
        main(["bench", "visit", "--visits", "0"])
    assert (wrong.value.code, asked) == (2, [])


def test_without_a_browser_there_is_no_visit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "filesystem_of", lambda _folder: "ext4")
    monkeypatch.setattr(visits, "find_browser", lambda: None)
    with pytest.raises(ScreenError, match="Chromium is not installed: apt install chromium"):
        run_visit(tmp_path, sizes=VisitSizes(visits=1))
    assert list(tmp_path.iterdir()) == []


def test_the_kiosk_of_the_visits_asks_and_advertises(tmp_path: Path) -> None:
    sections = visit_sections(tmp_path)
    settings = load(
        write_config(tmp_path, broker_port=1883, screen_port=0, sections=sections)
    ).settings
    assert [reason.id for reason in settings.visit.reasons] == ["staff", "waiting", "prices"]
    assert settings.screen.attract is not None
    assert settings.screen.port == 0
    assert len(list(Path(settings.screen.attract.folder).iterdir())) == 2


def bench_with_light(*, lit_s: float, committed_s: list[float]) -> Bench:
    bench = Bench(MockFactory(pin_class=TimedPin))
    bench.factory.pin(12).on_s = lit_s
    bench.committed_s = committed_s
    return bench


async def test_the_commit_of_an_answer_is_the_last_before_its_light() -> None:
    bench = bench_with_light(lit_s=5.0, committed_s=[0.5, 3.0, 4.9, 5.5])
    assert await bench.thanked(since_s=1.0) == 4.9


async def test_a_light_that_asks_for_patience_is_no_thanks() -> None:
    bench = bench_with_light(lit_s=2.0, committed_s=[0.5, 3.0])
    thanked = asyncio.create_task(bench.thanked(since_s=1.0))
    await asyncio.sleep(0.02)
    assert not thanked.done()
    bench.factory.pin(12).on_s = 3.1
    bench.saw(1)
    assert await thanked == 3.0


def test_the_page_is_weighed_with_and_without_its_keyboard(tmp_path: Path) -> None:
    for name, size in (("app.js", 40), ("keyboard.js", 4000), ("app.js.map", 9000)):
        (tmp_path / name).write_bytes(bytes(range(40)) * (size // 40))
    files = page_files(tmp_path)
    assert files.keys() == {"app.js", "keyboard.js"}
    first, whole = weigh_page(tmp_path)
    assert first.ours == files["app.js"] / 1000
    assert whole.ours == sum(files.values()) / 1000
    assert (first.theirs, first.unit) == (50.0, "kB")
