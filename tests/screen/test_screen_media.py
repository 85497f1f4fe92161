"""The playlist's folder and the logo: known by their bytes, bounded, and nothing else is served."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from agent.screen import media
from agent.screen.media import Medium, Shelf, content_type, examine, logo
from agent.screen.server import ScreenServer
from agent.screen.settings import AttractSettings
from tests.screen.media_files import picture, video
from tests.screen.scenes import Desk

HEADS = [
    (b"\xff\xd8\xff\xe0" + bytes(12), "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n" + bytes(8), "image/png"),
    (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "image/webp"),
    (b"\x00\x00\x00\x18ftypmp42" + bytes(4), "video/mp4"),
    (b"\x1a\x45\xdf\xa3" + bytes(12), "video/webm"),
    (b"<svg xmlns=", None),
    (b"<html><script", None),
    (b"GIF89a", None),
    (b"", None),
]


def shelf(folder: Path) -> Shelf:
    read = Shelf(AttractSettings(folder=str(folder), seconds=4, video_max_s=20))
    read.read()
    return read


@pytest.mark.parametrize(("head", "kind"), HEADS)
def test_a_file_is_known_by_its_first_bytes(head: bytes, kind: str | None) -> None:
    assert content_type(head) == kind


def test_the_playlist_has_pictures_and_videos_in_the_order_of_their_names(tmp_path: Path) -> None:
    video(tmp_path / "b.webm")
    picture(tmp_path / "c.jpg")
    picture(tmp_path / "a.png")
    items = [(item.name, item.kind, item.seconds) for item in shelf(tmp_path).items]
    assert items == [("a.png", "picture", 4), ("b.webm", "video", 20), ("c.jpg", "picture", 4)]


@pytest.mark.parametrize("name", ["a b.png", "ä.png", "-a.png", "a\n.png", "x" * 81])
def test_a_name_that_is_no_plain_name_is_left_out_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    picture(tmp_path / name)
    assert shelf(tmp_path).items == ()
    assert "letters, digits" in caplog.text
    assert len(caplog.text.splitlines()) == 1


def test_a_page_that_calls_itself_a_picture_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.png").write_text("<html>", encoding="utf-8")
    assert shelf(tmp_path).items == ()
    assert "no JPEG, PNG, WebP, MP4 or WebM: convert it" in caplog.text


def test_a_link_and_a_folder_are_left_out(tmp_path: Path) -> None:
    outside = picture(tmp_path / "outside.png")
    folder = tmp_path / "attract"
    folder.mkdir()
    (folder / "link.png").symlink_to(outside)
    (folder / "sub.png").mkdir()
    assert shelf(folder).items == ()


def test_a_file_too_large_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(media.MOST_BYTES, "picture", 10)
    found = examine(picture(tmp_path / "a.png"))
    assert isinstance(found, str)
    assert "at most 0 MB are shown" in found


def test_more_files_than_a_playlist_holds_are_left_out_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for n in range(media.MOST_ITEMS + 2):
        picture(tmp_path / f"{n:03}.png")
    assert len(shelf(tmp_path).items) == media.MOST_ITEMS
    assert "the first 50 are shown" in caplog.text


def test_a_folder_that_is_not_there_is_said_and_shows_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert shelf(tmp_path / "none").items == ()
    assert "cannot be read" in caplog.text


def test_without_a_folder_there_is_no_playlist_and_no_word(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    empty = Shelf(None)
    empty.read()
    assert (empty.items, caplog.text) == ((), "")


def test_a_logo_is_a_picture_that_is_there(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert isinstance(logo(str(picture(tmp_path / "logo.png"))), Medium)
    assert logo(None) is None
    assert caplog.text == ""
    assert logo(str(tmp_path / "none.png")) is None
    assert "check its permissions" in caplog.text
    assert logo(str(video(tmp_path / "logo.webm"))) is None
    assert "use a picture" in caplog.text


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ScreenServer]:
    folder = tmp_path / "attract"
    folder.mkdir()
    picture(folder / "a.png")
    video(folder / "b.webm")
    (tmp_path / "secret.png").write_bytes(picture(tmp_path / "x.png").read_bytes())
    desk = Desk(attract=AttractSettings(folder=str(folder)), logo=str(tmp_path / "x.png"))
    running = desk.server()
    await running.start()
    yield running
    await running.stop()


async def fetched(server: ScreenServer, path: str) -> aiohttp.ClientResponse:
    async with aiohttp.ClientSession() as session:
        response = await session.get(f"http://127.0.0.1:{server.port}{path}")
        await response.read()
        return response


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/attract/a.png", "image/png"), ("/attract/b.webm", "video/webm"), ("/logo", "image/png")],
)
async def test_a_medium_is_served_as_what_it_is(server: ScreenServer, path: str, kind: str) -> None:
    response = await fetched(server, path)
    assert (response.status, response.headers["Content-Type"]) == (200, kind)
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/attract/",
        "/attract/none.png",
        "/attract/..%2fsecret.png",
        "/attract/%2e%2e/secret.png",
        "/attract/a.png/",
        "/attract/%00",
    ],
)
async def test_nothing_beyond_the_playlist_is_served(server: ScreenServer, path: str) -> None:
    assert (await fetched(server, path)).status == 404


async def test_a_file_that_was_replaced_by_something_else_is_not_served(
    server: ScreenServer, tmp_path: Path
) -> None:
    (tmp_path / "attract" / "a.png").unlink()
    (tmp_path / "attract" / "a.png").symlink_to(tmp_path / "secret.png")
    (tmp_path / "attract" / "b.webm").write_text("<html>", encoding="utf-8")
    for path in ("/attract/a.png", "/attract/b.webm"):
        assert (await fetched(server, path)).status == 404
