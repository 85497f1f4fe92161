"""The camera process's end of a preview: what is shown of a picture, and when it stops."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import pytest

from agent.vision import preview_sender
from agent.vision.contacts import Contact
from agent.vision.detector import Pixels
from agent.vision.measurement import Measured
from agent.vision.observations import MOST_FRAME_BYTES, PREVIEW_SOCKET, PreviewAsk
from agent.vision.pipeline import Seen
from agent.vision.preview_sender import EVERY_S, LONGEST_S, WIDTH, PreviewSender, encode
from agent.vision.settings import Zone
from tests.vision.conftest import FaceAt

KEY = "0123456789abcdef" * 2
LEFT = Zone(x=0, y=0, width=0.5, height=1)
GREY = 128


def scene(width: int = 320, height: int = 240) -> Pixels:
    return np.full((height, width, 3), GREY, np.uint8)


def decoded(jpeg: bytes) -> Pixels:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(picture, np.uint8)


@dataclass
class Wire:
    """A sender, its clock, and the agent's socket that it sends to."""

    folder: Path
    server: socket.socket
    now_s: float = 100.0
    peer: socket.socket | None = None
    rest: bytes = b""
    sender: PreviewSender = field(init=False)

    def __post_init__(self) -> None:
        self.sender = PreviewSender(self.folder, clock=lambda: self.now_s)

    def ask(self, *, for_s: float = 5.0) -> None:
        self.sender.obey(PreviewAsk(on=True, until_ms=round((self.now_s + for_s) * 1000), key=KEY))

    def accept(self) -> bytes:
        """Take the connection; returns the key that is said first."""
        self.peer, _ = self.server.accept()
        self.peer.settimeout(2)
        return self.peer.recv(len(KEY))

    def offer(self, picture: Pixels | None = None, masks: tuple[Zone, ...] = ()) -> Pixels:
        """Offer a picture when it is time for one; returns what became of it."""
        self.now_s += EVERY_S
        given = scene() if picture is None else picture
        self.sender.offer(given, masks=masks, seen=())
        return given

    def picture(self) -> Pixels:
        assert self.peer is not None
        size = int.from_bytes(self._exactly(4), "big")
        assert 0 < size <= MOST_FRAME_BYTES
        return decoded(self._exactly(size))

    def ended(self) -> bool:
        assert self.peer is not None
        return self.peer.recv(1) == b""

    def _exactly(self, size: int) -> bytes:
        assert self.peer is not None
        said = b""
        while len(said) < size:
            chunk = self.peer.recv(size - len(said))
            assert chunk
            said += chunk
        return said


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Wire]:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / PREVIEW_SOCKET))
        server.listen()
        made = Wire(tmp_path, server)
        yield made
        made.sender.close()
        if made.peer is not None:
            made.peer.close()


def test_nothing_is_sent_and_nothing_blanked_while_nobody_asks(wire: Wire) -> None:
    assert wire.offer(masks=(LEFT,)).min() == GREY
    wire.server.settimeout(0.05)
    with pytest.raises(TimeoutError):
        wire.server.accept()


def test_the_key_comes_first_and_then_the_picture(wire: Wire) -> None:
    wire.ask()
    assert wire.accept() == KEY.encode()
    wire.offer()
    assert abs(int(wire.picture().mean()) - GREY) < 3


def test_where_staff_stand_the_installer_sees_black(wire: Wire) -> None:
    wire.ask()
    wire.accept()
    wire.offer(masks=(LEFT,))
    picture = wire.picture()
    assert picture[:, :150].max() < 16
    assert picture[:, 170:].min() > GREY - 16


def test_a_picture_is_sent_five_times_a_second_at_most(wire: Wire) -> None:
    wire.ask()
    wire.accept()
    wire.offer()
    wire.picture()
    wire.sender.offer(scene(), masks=(), seen=())
    assert wire.peer is not None
    wire.peer.settimeout(0.05)
    with pytest.raises(TimeoutError):
        wire.peer.recv(1)


def test_it_ends_when_its_time_is_over(wire: Wire) -> None:
    wire.ask(for_s=5)
    wire.accept()
    wire.now_s += 4.9
    wire.sender.expire()
    wire.offer()
    wire.picture()
    wire.sender.expire()
    assert wire.ended()


def test_no_ask_lasts_longer_than_a_few_seconds(wire: Wire) -> None:
    wire.ask(for_s=10**6)
    wire.accept()
    wire.now_s += LONGEST_S
    wire.sender.expire()
    assert wire.ended()


def test_a_new_ask_goes_on_with_the_same_line(wire: Wire) -> None:
    wire.ask(for_s=5)
    wire.accept()
    wire.now_s += 4
    wire.ask(for_s=5)
    wire.now_s += 4
    wire.sender.expire()
    wire.offer()
    assert wire.picture().size


def test_it_ends_when_it_is_asked_to(wire: Wire) -> None:
    wire.ask()
    wire.accept()
    wire.sender.obey(PreviewAsk(on=False))
    assert wire.ended()


def test_an_agent_that_died_ends_it(wire: Wire) -> None:
    wire.ask()
    wire.accept()
    assert wire.peer is not None
    wire.peer.close()
    for _ in range(3):
        wire.offer()
    wire.server.settimeout(0.05)
    with pytest.raises(TimeoutError):
        wire.server.accept()


def test_without_the_agents_socket_nothing_happens(tmp_path: Path) -> None:
    sender = PreviewSender(tmp_path, clock=lambda: 1.0)
    sender.obey(PreviewAsk(on=True, until_ms=5000, key=KEY))
    sender.offer(scene(), masks=(LEFT,), seen=())
    sender.close()
    assert list(tmp_path.iterdir()) == []


def test_an_agent_that_does_not_read_holds_up_no_picture(wire: Wire) -> None:
    wire.ask(for_s=9)
    wire.accept()
    noise = np.random.default_rng(1).integers(0, 255, (480, 640, 3), dtype=np.uint8)
    for _ in range(20):
        wire.ask(for_s=9)
        wire.offer(noise.copy())
    assert wire.picture().shape == (480, 640, 3)


def test_a_large_picture_is_sent_small() -> None:
    assert decoded(encode(scene(1920, 1080), ())).shape == (360, WIDTH, 3)


def test_a_picture_that_takes_too_much_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview_sender, "MOST_FRAME_BYTES", 100)
    assert encode(scene(), ()) == b""


def test_faces_are_framed_green_where_they_count(face_at: FaceAt) -> None:
    contact = Contact("0123456789ab", 1, 0.0, 2.0, confirmed=True)
    counts = Seen(face_at(80), contact, smile=0, level=None, measured=Measured())
    passes = Seen(face_at(240), None, smile=0, level=None, measured=Measured())
    picture = decoded(encode(scene(), (counts, passes))).astype(int)
    green, white = picture[100, 50], picture[100, 210]
    assert green[1] > green[0] + 60
    assert white.min() > GREY
