"""`smilepost outbox export`: messages and tables, whole, private, harmless to a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from agent.events.catalogue import DeviceFault
from agent.events.envelope import Envelope
from agent.outbox.commands.table import cell, write_csv
from agent.outbox.rows import Epoch, Row
from tests.outbox.command_line import (
    Told,
    agent_at,
    damaged_copy,
    run,
)
from tests.outbox.stores import SOURCE, keep, look
from tests.outbox.test_outbox_migrations import HISTORY, restore


def exported(path: Path, told: Told, *more: object) -> list[dict[str, object]]:
    assert run("export", path, *more) == 0
    return [json.loads(line) for line in told.readouterr().out.splitlines()]


def test_export_writes_every_event_as_its_message_in_order(store: Path, capsys: Told) -> None:
    found = exported(store, capsys)
    assert len(found) == look(store, "SELECT count(*) FROM event")[0][0]
    keys = [(e.id, e.sequence) for e in map(Envelope.model_validate, found)]
    assert len(set(keys)) == len(keys)
    epochs = [i for (i,) in look(store, "SELECT id FROM epoch ORDER BY number")]
    assert [(epochs.index(str(e["epoch"])), e["sequence"]) for e in found] == sorted(
        (epochs.index(str(e["epoch"])), e["sequence"]) for e in found
    )


def test_export_chooses_by_state_kind_and_time(store: Path, capsys: Told) -> None:
    assert len(exported(store, capsys, "--state", "rejected")) == 4
    assert len(exported(store, capsys, "--state", "rejected", "--state", "acknowledged")) == 10
    assert {e["type"] for e in exported(store, capsys, "--kind", "rating.given")} == {
        "smilepost.rating.given.v1"
    }
    everything = len(exported(store, capsys))
    assert len(exported(store, capsys, "--since", "2026-11-01")) == everything
    assert exported(store, capsys, "--since", "2036-01-01T08:00") == []


def test_rows_of_unknown_time_are_left_out_by_since_and_told(tmp_path: Path, capsys: Told) -> None:
    path = tmp_path / "outbox.db"
    restore(HISTORY[0], path)  # its last rows have no wall time
    assert run("export", path, "--since", "2026-01-01") == 0
    told = capsys.readouterr()
    assert len(told.out.splitlines()) == 4
    assert "left out: their time is not known" in told.err


def test_export_works_while_an_agent_writes(store: Path, capsys: Told) -> None:
    with agent_at(store) as outbox:
        keep(outbox, 77)
        found = exported(store, capsys)
        assert keep(outbox, 78)[0].durable
    assert any(
        e["data"] == json.loads('{"uptime_s":77.0,"presses":{},"pending":0,"resident_mb":1.0}')
        for e in found
    )


def test_export_reads_a_file_that_was_set_aside_as_far_as_it_goes(
    store: Path, capsys: Told
) -> None:
    whole = {str(e["id"]) for e in exported(store, capsys)}
    some = {str(e["id"]) for e in exported(damaged_copy(store), capsys)}
    assert some < whole
    assert len(some) > len(whole) / 2


def test_a_row_that_was_altered_is_left_out_told_and_ends_with_1(store: Path, capsys: Told) -> None:
    at = store.read_bytes().index(b'"uptime_s":1.0')
    with store.open("r+b") as file:
        file.seek(at + 11)
        file.write(b"9")
    assert run("export", store) == 1
    told = capsys.readouterr()
    assert "9.0" not in told.out
    assert "1 row left out: damaged" in told.err


def test_a_file_appears_whole_private_and_says_what_it_holds(store: Path, capsys: Told) -> None:
    out = store.with_name("out.jsonl")
    assert run("export", store, "-o", out) == 0
    lines = out.read_text().splitlines()
    assert f"{len(lines)} rows written to {out}" in capsys.readouterr().err
    assert out.stat().st_mode & 0o777 == 0o600
    assert not list(store.parent.glob("*.part"))


def test_a_file_that_cannot_be_written_is_told_and_ends_with_3(store: Path, capsys: Told) -> None:
    assert run("export", store, "-o", store.parent / "none" / "x") == 3
    assert "cannot be written" in capsys.readouterr().err


def test_an_unknown_kind_is_wrong_usage_with_the_likely_one(store: Path, capsys: Told) -> None:
    assert run("export", store, "--kind", "rating.givn") == 2
    assert "did you mean rating.given?" in capsys.readouterr().err


def table_of(rows: list[Row], kinds: frozenset[str] = frozenset()) -> list[dict[str, str]]:
    out = io.StringIO()
    write_csv(rows, out, kinds)
    return list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))


def row_with(data: str, *, kind: str = "device.fault") -> Row:
    epoch = Epoch(1, "385700e1cd9cfb70", SOURCE, "00000000-0000-4000-8000-000000000001")
    return Row(epoch.position(1), epoch, kind, 1, 5, None, "unknown", None, data)


def test_a_table_has_a_column_for_every_field_of_the_chosen_kinds() -> None:
    fault = DeviceFault(part="camera", state="raised", fact="not found", remedy="look")
    (line,) = table_of([row_with(fault.model_dump_json())], frozenset({"device.fault"}))
    assert (line["part"], line["fact"], line["kind"]) == ("camera", "not found", "device.fault")
    assert line["time"] == ""
    assert "presses" not in line
    assert line["data"] == ""


def test_what_the_catalogue_does_not_know_goes_to_the_last_column() -> None:
    (line,) = table_of([row_with('{"colour":"red"}', kind="later.kind")])
    assert json.loads(line["data"]) == {"colour": "red"}


def test_numbers_stay_numbers(store: Path, capsys: Told) -> None:
    assert run("export", store, "--format", "csv", "--kind", "rating.given") == 0
    lines = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(line["value"], line["counts"], line["key"]) for line in lines] == [
        ("4", "true", "good")
    ] * 2
    assert cell(-1) == -1


@given(text=st.text(max_size=20))
def test_no_text_can_be_run_by_a_spreadsheet(text: str) -> None:
    shown = str(cell(text))
    assert not shown.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert shown in (text, f"'{text}")


@given(fact=st.text(max_size=50))
def test_any_text_comes_back_from_the_table(fact: str) -> None:
    (line,) = table_of([row_with(json.dumps({"fact": fact}))])
    assert line["fact"] == cell(fact)


def test_every_column_has_a_name_of_its_own() -> None:
    out = io.StringIO()
    write_csv([], out)
    names = out.getvalue().strip().split(",")
    assert len(names) == len(set(names))
    assert {"state", "data.state", "boot", "data.boot"} <= set(names)
