"""The doctor's look at the pages for people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.doctor import office as checked
from agent.doctor.checks import Check, examine
from agent.doctor.office import office
from agent.office.certificate import make_own
from tests.office.staging import House


def look(house: House) -> Check:
    settings = house.settings()
    return examine(
        "office", "advisory", lambda: office(settings, config=house.folder / "kiosk.yaml")
    )


def test_without_pages_for_people_there_is_nothing_to_check(tmp_path: Path) -> None:
    found = look(House(tmp_path, office={"enabled": False}))

    assert (found.state, found.fact) == ("not_applicable", "no pages for people configured")


def test_before_the_first_start_the_certificate_is_still_to_come(tmp_path: Path) -> None:
    found = look(House(tmp_path))

    assert found.state == "ok"
    assert found.fact == (
        "staff, manager, installer can sign in; the agent makes a certificate at its next start"
    )


def test_the_kiosks_own_certificate_is_good(tmp_path: Path) -> None:
    make_own(tmp_path / "office.pem", names=("localhost",))

    assert look(House(tmp_path)).fact.endswith("certificate of its own")


@pytest.mark.parametrize(("days", "state"), [(-1, "failed"), (13, "failed"), (15, "ok")])
def test_a_certificate_that_ends_soon_is_told_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int, state: str
) -> None:
    make_own(tmp_path / "given.pem", names=("localhost",))
    end = datetime.now(tz=UTC) + timedelta(days=days, hours=1)
    monkeypatch.setattr(checked, "ends_at", lambda _certificate: end)
    given = str(tmp_path / "given.pem")
    found = look(House(tmp_path, office={"certificate": given, "key": given}))

    assert found.state == state
    if state == "failed":
        assert found.fact == f"office.certificate ends on {end:%Y-%m-%d}"
        assert found.remedy == "renew it, then restart the agent"


def test_a_missing_file_of_pins_is_a_failure(tmp_path: Path) -> None:
    found = look(House(tmp_path, office={"pins": "nowhere.yaml"}))

    assert (found.state, "nowhere.yaml" in found.fact) == ("failed", True)


def test_a_damaged_certificate_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "office.pem").write_text("rubbish")

    assert "delete it, a new one is then made" in look(House(tmp_path)).fact
