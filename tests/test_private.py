"""What a kiosk keeps is nobody else's to look into, also where it once was."""

from __future__ import annotations

import asyncio
import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.feedback.slips import Slips
from agent.outbox.lock import StoreLock
from agent.outbox.store import Store
from agent.private import private_folder
from agent.survey.loading import Kiosk
from agent.survey.means import Means
from agent.survey.settings import SurveySettings
from agent.survey.shelf import gather
from agent.vision.link import VisionLink


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def generous_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def open_folder(tmp_path: Path) -> Path:
    """As a former release left it."""
    folder = tmp_path / "state"
    folder.mkdir(mode=0o755)
    return folder


def test_a_new_one_is_its_owners_alone(tmp_path: Path) -> None:
    private_folder(tmp_path / "a" / "b")
    assert mode(tmp_path / "a" / "b") == 0o700


def test_an_open_one_is_closed_and_so_are_the_files_in_it(open_folder: Path) -> None:
    (open_folder / "note").touch(0o644)
    (open_folder / "group").touch(0o660)
    private_folder(open_folder)

    assert mode(open_folder) == 0o700
    assert {mode(path) for path in open_folder.iterdir()} == {0o600}


def test_what_is_closed_already_is_left_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    private_folder(folder)
    assert mode(folder) == 0o500
    folder.chmod(0o700)


def test_one_that_is_not_ours_alone_is_left_to_whose_it_is_and_told(
    open_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (open_folder / "letters").touch(0o644)
    private_folder(open_folder, ours="outbox.db".__eq__)

    assert (mode(open_folder), mode(open_folder / "letters")) == (0o755, 0o644)
    assert "is open to others (drwxr-xr-x) and not ours alone, letters lies there" in caplog.text


def test_a_link_is_not_followed_to_what_lies_elsewhere(open_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").touch(0o644)
    (open_folder / "link").symlink_to(tmp_path / "elsewhere")
    private_folder(open_folder)
    assert mode(tmp_path / "elsewhere") == 0o644


def test_what_another_user_owns_is_not_touched(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: open_folder.stat().st_uid + 1)
    private_folder(open_folder)
    assert mode(open_folder) == 0o755


def test_what_cannot_be_closed_is_told_and_used(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_path: Path, _mode: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refuse)
    private_folder(open_folder)
    assert f"{open_folder} cannot be closed to others: Operation not permitted" in caplog.text


# -- who uses it ----------------------------------------------------------------------------------


def test_the_store_closes_its_folder_and_files_at_its_start(
    open_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ours = ("outbox.db", "outbox.db-wal", "outbox.db.corrupt-1", "office.pem")
    for name in ours:
        (open_folder / name).touch(0o644)
    (open_folder / "feedback").mkdir(mode=0o755)
    with caplog.at_level(logging.WARNING):
        StoreLock(open_folder / "outbox.db").release()

    assert mode(open_folder) == 0o700
    assert {mode(open_folder / name) for name in (*ours, "outbox.db.lock")} == {0o600}
    assert not caplog.records


def test_a_store_in_a_new_folder_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "new" / "outbox.db"
    Store(path).close()
    assert (mode(path.parent), mode(path)) == (0o700, 0o600)


def test_the_notes_of_customers_words_are_closed_at_the_start(open_folder: Path) -> None:
    (open_folder / "A1.slip").write_text("cut short")
    Slips(open_folder).found()
    assert mode(open_folder) == 0o700


def test_the_copies_of_questionnaires_are_closed(open_folder: Path, repository: Path) -> None:
    files = repository / "config" / "questionnaires"
    settings = SurveySettings.model_validate({"questionnaires": ["nps.yaml"]})
    (open_folder / "nps.yaml").write_bytes((files / "nps.yaml").read_bytes())
    kiosk = Kiosk(Means(buttons=5, touch=True, screen=True), languages=("en",))
    gather(settings, beside=files, copies=open_folder, kiosk=kiosk)
    assert (mode(open_folder), mode(open_folder / "nps.yaml")) == (0o700, 0o600)


@pytest.mark.parametrize(("before", "after"), [(0o777, 0o750), (0o755, 0o750), (0o710, 0o710)])
def test_the_runtime_folder_lets_the_group_pass_and_no_others(
    tmp_path: Path, before: int, after: int
) -> None:
    async def listen(folder: Path) -> None:
        link = VisionLink(folder, on_observation=lambda *_: None, on_lost=lambda *_: None)
        await link.start()
        await link.stop()

    asyncio.run(listen(tmp_path / "new"))
    assert mode(tmp_path / "new") == 0o710
    (tmp_path / "old").mkdir(mode=before)
    asyncio.run(listen(tmp_path / "old"))
    assert mode(tmp_path / "old") == after
