"""The camera process's end of the socket."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.vision.channel import AgentGone, Channel
from agent.vision.observations import (
    MAX_LINE,
    OBSERVATION,
    SOCKET_NAME,
    Permit,
    Presence,
    PreviewAsk,
    Zones,
)
from agent.vision.settings import Zone

WAIT_S = 5.0


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / SOCKET_NAME))
        server.listen()
        yield server


@pytest.fixture
def pair(listener: socket.socket, tmp_path: Path) -> Iterator[tuple[Channel, socket.socket]]:
    channel = Channel(tmp_path)
    agent, _ = listener.accept()
    yield channel, agent
    channel.close()
    agent.close()


def line(word: Permit | Zones | PreviewAsk) -> bytes:
    return word.model_dump_json().encode() + b"\n"


def test_an_observation_is_one_line_of_json(pair: tuple[Channel, socket.socket]) -> None:
    channel, agent = pair
    told = Presence(at_ms=5, present=2)
    channel.send(told)
    received = agent.recv(MAX_LINE)
    assert received.endswith(b"\n")
    assert OBSERVATION.validate_json(received) == told


def test_the_permit_arrives(pair: tuple[Channel, socket.socket]) -> None:
    channel, agent = pair
    agent.sendall(line(Permit(granted=True)))
    assert channel.hear(wait_s=WAIT_S) == (Permit(granted=True),)


def test_what_comes_together_is_heard_in_its_order(pair: tuple[Channel, socket.socket]) -> None:
    channel, agent = pair
    zone = Zone(x=0.5, y=0, width=0.5, height=1)
    words = (Zones(staff_mask=(zone,)), Permit(granted=True), PreviewAsk(on=True, until_ms=5))
    agent.sendall(b"".join(line(word) for word in words))
    assert channel.hear(wait_s=WAIT_S) == words


def test_a_permit_may_arrive_in_pieces(pair: tuple[Channel, socket.socket]) -> None:
    channel, agent = pair
    whole = line(Permit(granted=True))
    agent.sendall(whole[:7])
    assert channel.hear(wait_s=0.01) == ()
    agent.sendall(whole[7:])
    assert channel.hear(wait_s=WAIT_S) == (Permit(granted=True),)


def test_no_word_is_no_permit(pair: tuple[Channel, socket.socket]) -> None:
    assert pair[0].hear(wait_s=0) == ()


def test_an_agent_that_hangs_up_is_gone(pair: tuple[Channel, socket.socket]) -> None:
    channel, agent = pair
    agent.close()
    with pytest.raises(AgentGone, match="hung up"):
        channel.hear(wait_s=WAIT_S)


def test_telling_an_agent_that_hung_up_fails(pair: tuple[Channel, socket.socket]) -> None:
    channel, agent = pair
    agent.close()
    with pytest.raises(AgentGone, match="hung up"):
        channel.send(Presence(at_ms=1, present=0))


@pytest.mark.parametrize("text", [b"hello\n", b'{"granted": true}x\n', b"[]\n"])
def test_what_is_no_word_of_ours_ends_the_connection(
    pair: tuple[Channel, socket.socket], text: bytes
) -> None:
    channel, agent = pair
    agent.sendall(text)
    with pytest.raises(AgentGone, match="no word of ours"):
        channel.hear(wait_s=WAIT_S)


def test_a_line_without_an_end_ends_the_connection(pair: tuple[Channel, socket.socket]) -> None:
    channel, agent = pair
    agent.sendall(b"x" * (2 * MAX_LINE))
    with pytest.raises(AgentGone, match="without an end"):
        channel.hear(wait_s=WAIT_S)


def test_where_nobody_listens_the_remedy_is_told(tmp_path: Path) -> None:
    with pytest.raises(AgentGone, match=r"vision\.sock.*smilepost run"):
        Channel(tmp_path)
