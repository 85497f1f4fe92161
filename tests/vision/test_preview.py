"""The agent's end of a preview: who may look, how long, and what a camera's process may send."""

from __future__ import annotations

import asyncio
import stat
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent.events.catalogue import EventData, PreviewEnded, PreviewStarted
from agent.vision import preview as of_preview
from agent.vision.observations import MOST_FRAME_BYTES, PREVIEW_SOCKET, PreviewAsk
from agent.vision.preview import Preview, PreviewError

WAIT_S = 10.0
JPEG = b"\xff\xd8picture\xff\xd9"


async def until(condition: Callable[[], object]) -> None:
    deadline_s = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline_s, "it did not happen in time"
        await asyncio.sleep(0.01)


def packed(jpeg: bytes) -> bytes:
    return len(jpeg).to_bytes(4, "big") + jpeg


@dataclass
class House:
    """A kiosk around a preview: its clock, its screen, its camera's process, its store."""

    folder: Path
    watched: bool = True
    paints: bool = True
    there: bool = True
    now_s: float = 1000.0
    asks: list[PreviewAsk] = field(default_factory=list)
    kept: list[EventData] = field(default_factory=list)
    signs: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.preview = Preview(
            self.folder,
            tell=self._tell,
            show=self._show,
            watched=self.watched,
            keep=self.kept.append,
            clock=lambda: self.now_s,
        )
        self.preview.start()
        self.preview.permit(granted=True)

    @property
    def path(self) -> Path:
        return self.folder / PREVIEW_SOCKET

    @property
    def key(self) -> bytes:
        return self.asks[-1].key.encode()

    def _tell(self, _camera: str, ask: PreviewAsk) -> bool:
        self.asks.append(ask)
        return self.there

    def _show(self) -> None:
        self.signs.append(self.preview.signed)
        if self.paints and self.preview.signed:
            self.preview.painted()

    async def camera(self) -> asyncio.StreamWriter:
        """Connect as the camera's process does."""
        _, writer = await asyncio.open_unix_connection(self.path)
        writer.write(self.key)
        return writer

    async def seen(self, *, holder: object, after: int = 0) -> bytes:
        """Look until there is a picture."""
        await until(lambda: self.preview.frame(holder, after=after))
        frame = self.preview.frame(holder, after=after)
        assert frame is not None
        return frame.jpeg


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PAUSE_S": 0.0, "SIGN_S": 0.3, "RENEW_S": 0.02}.items():
        monkeypatch.setattr(of_preview, name, value)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(tmp_path)
    yield made
    made.preview.stop("stopped")


PHONE, OTHER = object(), object()


async def test_without_somebody_who_asked_there_is_no_socket(house: House) -> None:
    assert not house.path.exists()
    await house.preview.begin("main", holder=PHONE)
    assert house.path.exists()
    house.preview.end(PHONE)
    assert not house.path.exists()


async def test_a_socket_that_a_killed_agent_left_is_removed_at_the_start(tmp_path: Path) -> None:
    (tmp_path / PREVIEW_SOCKET).touch()
    House(tmp_path)
    assert not (tmp_path / PREVIEW_SOCKET).exists()


async def test_only_owner_and_group_may_use_the_socket(house: House) -> None:
    await house.preview.begin("main", holder=PHONE)
    assert stat.S_IMODE(house.path.stat().st_mode) == 0o660


async def test_the_newest_picture_is_seen_and_each_once(house: House) -> None:
    await house.preview.begin("main", holder=PHONE)
    assert house.preview.frame(PHONE, after=0) is None
    writer = await house.camera()
    writer.write(packed(JPEG))
    assert await house.seen(holder=PHONE) == JPEG
    assert house.preview.frame(PHONE, after=1) is None
    newer = JPEG[:-2] + b" two" + JPEG[-2:]
    writer.write(packed(newer))
    assert await house.seen(holder=PHONE, after=1) == newer


async def test_every_preview_is_told_with_how_long_it_went_on(house: House) -> None:
    await house.preview.begin("main", holder=PHONE)
    assert house.kept == [PreviewStarted(camera="main", sign="screen")]
    house.now_s += 12.5
    house.preview.end(PHONE)
    assert house.kept[1:] == [PreviewEnded(camera="main", span_s=12.5, reason="closed")]


async def test_the_sign_stands_before_the_camera_is_asked_and_goes_with_the_preview(
    house: House,
) -> None:
    house.paints = False
    beginning = asyncio.create_task(house.preview.begin("main", holder=PHONE))
    await until(lambda: house.signs == [True])
    assert not any(ask.on for ask in house.asks)
    assert house.kept == []
    house.preview.painted()
    await beginning
    assert house.asks[-1].on
    house.preview.end(PHONE)
    assert house.signs == [True, False]


async def test_a_screen_that_does_not_show_the_sign_refuses_the_preview(house: House) -> None:
    house.paints = False
    with pytest.raises(PreviewError) as refused:
        await house.preview.begin("main", holder=PHONE)
    assert refused.value.why == "no_sign"
    assert (house.signs, house.kept, house.path.exists()) == ([True, False], [], False)


async def test_where_the_kiosk_has_no_screen_no_sign_is_awaited_and_the_event_says_so(
    tmp_path: Path,
) -> None:
    house = House(tmp_path, watched=False, paints=False)
    await house.preview.begin("main", holder=PHONE)
    assert house.kept == [PreviewStarted(camera="main", sign="none")]
    house.preview.stop("stopped")


async def test_without_a_permit_there_is_no_preview(house: House) -> None:
    house.preview.permit(granted=False)
    with pytest.raises(PreviewError) as refused:
        await house.preview.begin("main", holder=PHONE)
    assert refused.value.why == "no_permit"
    assert house.signs == []


async def test_without_a_camera_process_there_is_no_preview(house: House) -> None:
    house.there = False
    with pytest.raises(PreviewError) as refused:
        await house.preview.begin("main", holder=PHONE)
    assert refused.value.why == "no_camera"


async def test_a_second_phone_is_refused_and_sees_nothing(house: House) -> None:
    await house.preview.begin("main", holder=PHONE)
    with pytest.raises(PreviewError) as refused:
        await house.preview.begin("main", holder=OTHER)
    assert refused.value.why == "busy"
    with pytest.raises(PreviewError, match="over"):
        house.preview.frame(OTHER, after=0)
    house.preview.end(OTHER)
    assert house.preview.camera_of(PHONE) == "main"


async def test_two_phones_at_once_cannot_both_begin(house: House) -> None:
    house.paints = False
    first = asyncio.create_task(house.preview.begin("main", holder=PHONE))
    await until(lambda: house.signs == [True])
    with pytest.raises(PreviewError) as refused:
        await house.preview.begin("main", holder=OTHER)
    house.preview.painted()
    await first
    assert refused.value.why == "busy"


async def test_another_camera_of_the_same_phone_ends_the_first(house: House) -> None:
    await house.preview.begin("main", holder=PHONE)
    await house.preview.begin("door", holder=PHONE)
    assert house.preview.camera_of(PHONE) == "door"
    assert [type(event).kind for event in house.kept] == [
        "preview.started",
        "preview.ended",
        "preview.started",
    ]


async def test_a_phone_that_asks_no_more_ends_it(house: House) -> None:
    await house.preview.begin("main", holder=PHONE)
    house.now_s += of_preview.LEASE_S
    await until(lambda: not house.preview.signed)
    assert isinstance(house.kept[-1], PreviewEnded)
    assert house.kept[-1].reason == "left"
    assert not house.asks[-1].on


async def test_asking_renews_the_lease_and_tells_the_camera(house: House) -> None:
    await house.preview.begin("main", holder=PHONE)
    first_ms = house.asks[-1].until_ms
    house.now_s += of_preview.LEASE_S - 1
    house.preview.frame(PHONE, after=0)
    house.now_s += 2
    await asyncio.sleep(0.1)
    assert house.preview.signed
    assert house.asks[-1].until_ms == first_ms + round((of_preview.LEASE_S - 1) * 1000)


async def test_nobody_looks_longer_than_the_longest_time(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_preview, "LONGEST_S", 30.0)
    await house.preview.begin("main", holder=PHONE)
    while house.preview.camera_of(PHONE):
        house.now_s += of_preview.LEASE_S - 1
        if house.preview.camera_of(PHONE):
            house.preview.frame(PHONE, after=0)
        await asyncio.sleep(0.03)
    assert isinstance(house.kept[-1], PreviewEnded)
    assert house.kept[-1].reason == "limit"
    assert house.kept[-1].span_s >= of_preview.LONGEST_S


async def test_a_withdrawn_permit_a_closed_page_and_a_lost_process_end_it(house: House) -> None:
    ends: dict[str, Callable[[], None]] = {
        "permit": lambda: house.preview.permit(granted=False),
        "sign": house.preview.unwatched,
        "camera": lambda: house.preview.lose("main"),
        "stopped": lambda: house.preview.stop("stopped"),
    }
    for reason, end in ends.items():
        house.preview.permit(granted=True)
        await house.preview.begin("main", holder=PHONE)
        end()
        assert isinstance(house.kept[-1], PreviewEnded)
        assert house.kept[-1].reason == reason
        assert not house.path.exists()


async def test_another_cameras_process_that_is_lost_ends_nothing(house: House) -> None:
    await house.preview.begin("main", holder=PHONE)
    house.preview.lose("door")
    assert house.preview.signed


# -- what comes by the socket ----------------------------------------------------------------


async def test_who_does_not_know_the_key_is_turned_away(house: House) -> None:
    await house.preview.begin("main", holder=PHONE)
    reader, writer = await asyncio.open_unix_connection(house.path)
    writer.write(b"0" * of_preview.KEY_BYTES + packed(JPEG))
    assert await reader.read() == b""
    assert house.preview.frame(PHONE, after=0) is None
    await house.camera()
    assert house.preview.signed


async def test_a_second_line_with_the_key_is_turned_away(house: House) -> None:
    await house.preview.begin("main", holder=PHONE)
    writer = await house.camera()
    writer.write(packed(JPEG))
    await house.seen(holder=PHONE)
    reader, second = await asyncio.open_unix_connection(house.path)
    second.write(house.key + packed(JPEG))
    assert await reader.read() == b""
    assert house.preview.signed


@pytest.mark.parametrize(
    "sent",
    [
        packed(b""),
        (MOST_FRAME_BYTES + 1).to_bytes(4, "big"),
        b"\xff\xff\xff\xff",
        packed(b"GIF89a and more of it"),
        packed(JPEG[:-1]),
    ],
    ids=["empty", "oversize", "huge", "no JPEG", "cut short"],
)
async def test_what_is_no_picture_ends_the_preview(house: House, sent: bytes) -> None:
    await house.preview.begin("main", holder=PHONE)
    writer = await house.camera()
    writer.write(sent)
    await until(lambda: not house.preview.signed)
    assert isinstance(house.kept[-1], PreviewEnded)
    assert house.kept[-1].reason == "camera"
    with pytest.raises(PreviewError):
        house.preview.frame(PHONE, after=0)


async def test_a_camera_process_that_dies_ends_it(house: House) -> None:
    await house.preview.begin("main", holder=PHONE)
    writer = await house.camera()
    writer.write(packed(JPEG)[:7])
    writer.close()
    await until(lambda: not house.preview.signed)
    assert isinstance(house.kept[-1], PreviewEnded)
    assert house.kept[-1].reason == "camera"


async def test_a_picture_that_never_ends_ends_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_preview, "FRAME_S", 0.1)
    await house.preview.begin("main", holder=PHONE)
    writer = await house.camera()
    writer.write(packed(JPEG)[:7])
    await until(lambda: not house.preview.signed)


async def test_no_picture_is_found_on_the_disk_or_in_a_repr(house: House) -> None:
    await house.preview.begin("main", holder=PHONE)
    writer = await house.camera()
    writer.write(packed(JPEG))
    await house.seen(holder=PHONE)
    assert [path.name for path in house.folder.iterdir()] == [PREVIEW_SOCKET]
    assert "picture" not in repr(house.preview.frame(PHONE, after=0))
