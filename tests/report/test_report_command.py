"""`smilepost report`: two files from a store, read-only, beside a running agent."""

from __future__ import annotations

import csv
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from agent.cli import main
from agent.clock import Moment
from agent.events.catalogue import RatingGiven
from agent.outbox.rows import Row
from agent.outbox.store import Store
from agent.report.dating import LocalDay
from agent.report.reading import Reading, read_store
from agent.survey.loading import load_questionnaire
from tests.outbox.command_line import agent_at, content
from tests.report.shop import DAY, Shop, at, busy_day, next_day

Told = pytest.CaptureFixture[str]
CONFIG = """
device: {{tenant: acme, site: high-street, id: till-1}}
store: {{path: {folder}/outbox.db}}
runtime_dir: {folder}/run
panel: {{backend: mock, buttons: [{{id: bad, pin: 5}}, {{id: good, pin: 6}}]}}
visit:
  scale: 2
{reasons}screen: {{port: 0, languages: [en, pl]}}
"""

SOME_REASONS = """  reasons: [{id: staff, icon: person, label: {en: Our people, pl: Obsługa}}]
"""


RATING = RatingGiven(
    key="good", value=2, scale=2, sentiment=1, channel="button", counts=True, rule_version=1
)


def now() -> Moment:
    return Moment("00000000-0000-4000-8000-000000000001", 5_000, int(time.time() * 1000), "synced")


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TZ", "UTC")
    folder = tmp_path / "kiosk"
    folder.mkdir()
    path = folder / "kiosk.yaml"
    path.write_text(CONFIG.format(folder=folder, reasons=SOME_REASONS), encoding="utf-8")
    return path


def keep(config: Path, rows: list[Row]) -> Path:
    """A store that holds these rows."""
    path = config.with_name("outbox.db")
    store = Store(path)
    store.begin()
    for epoch in {row.epoch.number: row.epoch for row in rows}.values():
        store.add_epoch(epoch)
    store.add(rows)
    store.commit()
    store.close()
    return path


def report(config: Path, out: Path, *words: str) -> int:
    return main(["report", "-c", str(config), "-o", str(out), *words])


def figures(out: Path) -> dict[str, dict[str, str]]:
    (table,) = out.glob("*.csv")
    with table.open(encoding="utf-8", newline="") as stream:
        return {line["recipe"]: line for line in csv.DictReader(stream) if line["recipe"]}


def test_a_day_becomes_a_page_and_a_table(config: Path, tmp_path: Path, capsys: Told) -> None:
    keep(config, busy_day().rows)
    out = tmp_path / "out"

    assert report(config, out, "--day", DAY.isoformat()) == 0
    stem = f"smilepost-high-street-till-1-{DAY.isoformat()}"
    files = [out / f"{stem}.html", out / f"{stem}.csv"]
    assert sorted(out.iterdir()) == sorted(files)
    assert capsys.readouterr().err.splitlines() == [str(file) for file in files]
    assert figures(out)["satisfied"]["n"] == "145"


def test_the_files_are_their_owners_alone(config: Path, tmp_path: Path) -> None:
    keep(config, busy_day().rows)
    report(config, tmp_path / "out", "--day", DAY.isoformat())

    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "out").iterdir()} == {0o600}


def test_reasons_have_the_words_of_the_configuration(config: Path, tmp_path: Path) -> None:
    shop = Shop()
    shop.answer(shop.press(1, at("09:00")), at("09:01"), "staff")
    keep(config, shop.rows)
    report(config, tmp_path / "out", "--day", DAY.isoformat())

    (page,) = (tmp_path / "out").glob("*.html")
    assert "Our people" in page.read_text(encoding="utf-8")


def test_the_store_is_not_touched(config: Path, tmp_path: Path) -> None:
    path = keep(config, busy_day().rows)
    before = content(path.parent)
    report(config, tmp_path / "out", "--day", DAY.isoformat())

    assert content(path.parent) == before


def test_it_works_beside_an_agent_and_today_is_what_is_meant(config: Path, tmp_path: Path) -> None:
    with agent_at(config.with_name("outbox.db")) as outbox:
        outbox.append(RATING, at=now()).result(10)
        assert report(config, tmp_path / "out") == 0

    assert figures(tmp_path / "out")["satisfied"]["n"] == "1"


def test_a_day_to_come_is_refused(config: Path, tmp_path: Path, capsys: Told) -> None:
    keep(config, busy_day().rows)
    tomorrow = datetime.now(tz=UTC).date() + timedelta(days=1)

    assert report(config, tmp_path / "out", "--day", tomorrow.isoformat()) == 1
    assert f"{tomorrow.isoformat()} is still to come" in capsys.readouterr().err


def test_what_is_no_day_is_wrong_usage(config: Path, tmp_path: Path, capsys: Told) -> None:
    with pytest.raises(SystemExit) as ended:
        report(config, tmp_path / "out", "--day", "2026-13-01")

    assert ended.value.code == 2
    assert "2026-13-01 is no day" in capsys.readouterr().err


def test_without_a_store_it_says_so(config: Path, tmp_path: Path, capsys: Told) -> None:
    assert report(config, tmp_path / "out") == 1
    assert "outbox.db does not exist" in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_made(config: Path, tmp_path: Path) -> None:
    keep(config, busy_day().rows)
    out = tmp_path / "reports" / "2026"

    assert main(["report", "-c", str(config), "-o", str(out)]) == 0
    assert sorted(file.suffix for file in out.iterdir()) == [".csv", ".html"]
    assert out.stat().st_mode & 0o777 == 0o700


def test_a_name_of_a_page_puts_the_table_beside_it(config: Path, tmp_path: Path) -> None:
    keep(config, busy_day().rows)
    page = tmp_path / "reports" / "friday.html"

    assert main(["report", "-c", str(config), "-o", str(page)]) == 0
    assert sorted(page.parent.iterdir()) == [page.with_suffix(".csv"), page]


def test_a_file_in_the_place_of_the_folder_is_told_in_one_line(
    config: Path, tmp_path: Path, capsys: Told
) -> None:
    keep(config, busy_day().rows)
    (tmp_path / "taken").write_text("", encoding="utf-8")

    assert main(["report", "-c", str(config), "-o", str(tmp_path / "taken" / "x")]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert "cannot be made" in line
    assert "-o" in line


def test_the_language_is_the_screens_first_or_the_one_that_is_asked_for(
    config: Path, tmp_path: Path, capsys: Told
) -> None:
    keep(config, busy_day().rows)
    text = config.read_text(encoding="utf-8").replace("[en, pl]", "[pl, en]")
    config.write_text(text, encoding="utf-8")

    assert report(config, tmp_path / "a") == report(config, tmp_path / "b", "--language", "de") == 0
    first, second = (next((tmp_path / name).glob("*.html")).read_text("utf-8") for name in "ab")
    assert '<html lang="pl" dir="ltr">' in first
    assert '<html lang="de" dir="ltr">' in second
    capsys.readouterr()
    assert report(config, tmp_path / "c", "--language", "fi") == 1
    assert "no texts in language `fi`: choose among ar, de, en, pl, ru" in capsys.readouterr().err


QUESTIONNAIRE = """
id: nps
languages: [en]
entry: start
questions:
  - {id: recommend, kind: nps, subject: {en: our shop}}
"""


def test_the_words_are_those_of_the_questionnaires_and_of_their_last_good_copies(
    config: Path, tmp_path: Path
) -> None:
    copies = config.parent / "questionnaires"
    copies.mkdir()
    path = config.with_name("nps.yaml")
    with config.open("a", encoding="utf-8") as file:
        file.write("survey: {questionnaires: [nps.yaml]}\n")
    shop = Shop()
    for folder, subject in ((copies, "our shop"), (config.parent, "this shop")):
        text = QUESTIONNAIRE.replace("our shop", subject)
        (folder / "nps.yaml").write_text(text, encoding="utf-8")
        version = load_questionnaire(folder / path.name).version
        shop.answer(None, at("09:00"), "9", question="recommend", value=9, version=version)
    keep(config, shop.rows)
    text = config.read_text("utf-8").replace(SOME_REASONS, "")
    config.write_text(text, encoding="utf-8")

    assert report(config, tmp_path / "out", "--day", DAY.isoformat()) == 0
    page = next((tmp_path / "out").glob("*.html")).read_text("utf-8")
    assert "How likely are you to recommend our shop to a friend or colleague?" in page
    assert "How likely are you to recommend this shop to a friend or colleague?" in page


def test_a_damaged_row_is_left_out_told_and_ends_with_1(
    config: Path, tmp_path: Path, capsys: Told
) -> None:
    shop = Shop()
    shop.press(5, at("09:00"), language="qq")
    shop.press(5, at("09:01"))
    path = keep(config, shop.rows)
    whole = path.read_bytes()
    place = whole.index(b'"language":"qq"') + len(b'"language":"')
    path.write_bytes(whole[:place] + b"zz" + whole[place + 2 :])

    assert report(config, tmp_path / "out", "--day", DAY.isoformat()) == 1
    assert "1 damaged row was left out" in capsys.readouterr().err
    assert figures(tmp_path / "out")["satisfied"]["n"] == "1"


def test_events_of_far_days_are_not_kept_in_memory(config: Path) -> None:
    shop = Shop()
    for days in range(40):
        shop.press(5, at("09:00") + days * 86_400_000)
    shop.amend("any", at("09:00") + 40 * 86_400_000, "play")
    reading = read_store(keep(config, shop.rows), LocalDay(DAY, UTC))

    assert [message["type"].split(".")[1] for message in reading.messages] == ["rating"] * 3
    assert [message["type"].split(".")[2] for message in reading.messages] == [
        "given",
        "given",
        "amended",
    ]


def hole(shop: Shop, *, first: int, last: int) -> int:
    """What is missed of the day when these sequences are gone."""
    reading = Reading(LocalDay(DAY, UTC))
    for row in shop.rows:
        if not first <= row.sequence <= last:
            reading.take(row)
    return reading.missing


def test_events_that_may_be_of_the_day_and_are_gone_are_counted() -> None:
    shop = Shop()
    for hour in range(-24, 48, 6):  # sequences 1-4 the day before, 5-8 this day, 9-12 the next
        shop.beat(at("00:00") + hour * 3_600_000)

    assert hole(shop, first=6, last=7) == 2
    assert hole(shop, first=3, last=6) == 4
    assert hole(shop, first=1, last=2) == 0
    assert hole(shop, first=10, last=11) == 0
    assert hole(shop, first=0, last=0) == 0


def test_a_day_of_which_nothing_is_left_says_what_is_gone() -> None:
    shop = Shop()
    for hour in range(12):
        shop.press(5, at("08:00") + hour * 3_600_000)
    shop.beat(at("08:00", day=next_day()))

    assert hole(shop, first=1, last=12) == 12


def test_the_days_are_those_of_the_clocks_of_the_site(config: Path, tmp_path: Path) -> None:
    with config.open("a", encoding="utf-8") as file:
        file.write("site: {timezone: Pacific/Kiritimati}\n")
    keep(config, busy_day().rows)

    assert report(config, tmp_path / "out") == 0
    today = datetime.now(tz=ZoneInfo("Pacific/Kiritimati")).date().isoformat()
    assert [file.stem[-10:] for file in (tmp_path / "out").glob("*.csv")] == [today]
