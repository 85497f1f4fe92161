"""Questionnaires from their files, and what is asked where a file is bad."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from agent.survey.loading import Kiosk
from agent.survey.means import Means
from agent.survey.settings import SurveySettings
from agent.survey.shelf import Shelf, gather

KIOSK = Kiosk(Means(buttons=5, touch=True, screen=True), languages=("en",))
GOOD = """\
id: nps
languages: [en]
questions:
  - {id: recommend, kind: nps, subject: {en: our shop}}
"""
FACTORS = """\
factors:
  - {id: parking, icon: door, label: {en: Parking}, owner: facility}
  - {id: queue, icon: clock, label: {en: Queue}, owner: tills}
"""
BY_FACTORS = """\
id: why
languages: [en]
questions:
  - {id: why, kind: single, text: {en: "Why?"}, factors: [parking, queue]}
"""


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "nps.yaml").write_text(GOOD)
    return folder


def shelf(etc: Path, *names: str, factors: str | None = None) -> Shelf:
    settings = SurveySettings.model_validate({"questionnaires": names, "factors": factors})
    return gather(settings, beside=etc, copies=etc.parent / "copies", kiosk=KIOSK)


def ids(found: Shelf) -> list[str]:
    return [sheet.questionnaire.id for sheet in found.sheets]


def test_a_good_file_is_asked(etc: Path) -> None:
    found = shelf(etc, "nps.yaml")
    assert ids(found) == ["nps"]
    assert found.troubles == []
    assert len(found.sheets[0].version) == 64


def test_of_a_bad_file_the_last_good_one_is_asked(etc: Path) -> None:
    before = shelf(etc, "nps.yaml").sheets
    (etc / "nps.yaml").write_text(GOOD.replace("kind: nps", "kind: npz"))
    after = shelf(etc, "nps.yaml")
    assert after.sheets == before
    assert len(after.troubles) == 1
    assert "nps.yaml:4" in after.troubles[0]
    assert "did you mean `nps`" in after.troubles[0]
    assert after.troubles[0].endswith("the last good one is asked")
    (etc / "nps.yaml").write_text(GOOD.replace("our shop", "our café"))
    mended = shelf(etc, "nps.yaml")
    assert mended.troubles == []
    assert mended.sheets[0].version != before[0].version


def test_a_file_that_is_gone_is_a_bad_one(etc: Path) -> None:
    shelf(etc, "nps.yaml")
    (etc / "nps.yaml").unlink()
    found = shelf(etc, "nps.yaml")
    assert ids(found) == ["nps"]
    assert "there is no such file" in found.troubles[0]


def test_a_bad_file_that_was_never_good_is_left_out_and_the_others_are_asked(etc: Path) -> None:
    (etc / "bad.yaml").write_text("id: bad\n")
    found = shelf(etc, "bad.yaml", "nps.yaml")
    assert ids(found) == ["nps"]
    assert found.troubles[0].endswith("nothing is asked instead")


def test_the_company_s_own_factors_are_asked_about(etc: Path) -> None:
    (etc / "factors.yaml").write_text(FACTORS)
    (etc / "why.yaml").write_text(BY_FACTORS)
    assert ids(shelf(etc, "why.yaml", factors="factors.yaml")) == ["why"]
    unknown = shelf(etc, "why.yaml")
    assert "no factor `parking`" in unknown.troubles[0]
    assert ids(unknown) == [], "the copy is as bad without its factors"
    (etc / "factors.yaml").write_text("factors: []\n")
    assert ids(shelf(etc, "why.yaml", factors="factors.yaml")) == ["why"]


def test_a_questionnaire_for_another_kiosk_is_refused(etc: Path) -> None:
    french = Kiosk(KIOSK.means, languages=("en", "fr"))
    settings = SurveySettings(questionnaires=(Path("nps.yaml"),))
    found = gather(settings, beside=etc, copies=etc / "c", kiosk=french)
    assert found.sheets == []
    assert "fr" in found.troubles[0]


def test_without_room_for_copies_it_is_asked_all_the_same(etc: Path) -> None:
    (etc.parent / "copies").write_text("no folder")
    found = shelf(etc, "nps.yaml")
    assert ids(found) == ["nps"]
    assert "no copy of" in found.troubles[0]


def test_a_copy_is_whole_or_the_one_before(etc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = shelf(etc, "nps.yaml").sheets
    (etc / "nps.yaml").write_text(GOOD.replace("our shop", "us"))

    def power_cut(_path: Path, _target: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "replace", power_cut)
    assert shelf(etc, "nps.yaml").troubles
    monkeypatch.undo()
    shutil.copy(etc.parent / "copies" / "nps.yaml", etc / "nps.yaml")
    assert shelf(etc, "nps.yaml").sheets == before
