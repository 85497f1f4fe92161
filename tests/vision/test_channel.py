"""The camera process's end of the socket."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.vision.channel import AgentGone, Channel
from agent.vision.observations import MAX_LINE, OBSERVATION, SOCKET_NAME, Permit, Presence

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


def line(permit: Permit) -> bytes:
    return permit.model_dump_json().encode() + b"\n"


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
    assert channel.permit(wait_s=WAIT_S) == Permit(granted=True)


def test_of_several_permits_the_last_holds(pair: tuple[Channel, socket.socket]) -> None:
    channel, agent = pair
    agent.sendall(line(Permit(granted=True)) + line(Permit(granted=False, reason="page gone")))
    assert channel.permit(wait_s=WAIT_S) == Permit(granted=False, reason="page gone")


def test_a_permit_may_arrive_in_pieces(pair: tuple[Channel, socket.socket]) -> None:
    channel, agent = pair
    whole = line(Permit(granted=True))
    agent.sendall(whole[:7])
    assert channel.permit(wait_s=0.01) is None
    agent.sendall(whole[7:])
    assert channel.permit(wait_s=WAIT_S) == Permit(granted=True)


def test_no_word_is_no_permit(pair: tuple[Channel, socket.socket]) -> None:
    assert pair[0].permit(wait_s=0) is None


def test_an_agent_that_hangs_up_is_gone(pair: tuple[Channel, socket.socket]) -> None:
    channel, agent = pair
    agent.close()
    with pytest.raises(AgentGone, match="hung up"):
        channel.permit(wait_s=WAIT_S)


def test_telling_an_agent_that_hung_up_fails(pair: tuple[Channel, socket.socket]) -> None:
    channel, agent = pair
    agent.close()
    with pytest.raises(AgentGone, match="hung up"):
        channel.send(Presence(at_ms=1, present=0))


@pytest.mark.parametrize("text", [b"hello\n", b'{"granted": true}x\n', b"[]\n"])
def test_what_is_no_permit_ends_the_connection(
    pair: tuple[Channel, socket.socket], text: bytes
) -> None:
    channel, agent = pair
    agent.sendall(text)
    with pytest.raises(AgentGone, match="something else"):
        channel.permit(wait_s=WAIT_S)


def test_a_line_without_an_end_ends_the_connection(pair: tuple[Channel, socket.socket]) -> None:
    channel, agent = pair
    agent.sendall(b"x" * (2 * MAX_LINE))
    with pytest.raises(AgentGone, match="without an end"):
        channel.permit(wait_s=WAIT_S)


def test_where_nobody_listens_the_remedy_is_told(tmp_path: Path) -> None:
    with pytest.raises(AgentGone, match=r"vision\.sock.*smilepost run"):
        Channel(tmp_path)
