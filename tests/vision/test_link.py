"""The agent's end of the vision socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.vision.link import VisionLink
from agent.vision.observations import MAX_LINE, SOCKET_NAME, Observation, Presence

HELLO = b'{"kind":"hello","protocol":1,"mode":"presence","models":{}}\n'
PRESENCE = b'{"kind":"presence","at_ms":5,"present":1}\n'


class Agent:
    """A link with what it told."""

    def __init__(self, runtime_dir: Path) -> None:
        self.path = runtime_dir / SOCKET_NAME
        self.seen: list[Observation] = []
        self.raw: list[bytes] = []
        self.lost: list[str] = []
        self.link = VisionLink(
            runtime_dir,
            on_observation=self.seen.append,
            on_lost=self.lost.append,
            on_raw=self.raw.append,
        )

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_unix_connection(self.path)

    async def until_lost(self) -> str:
        for _ in range(200):
            if self.lost:
                return self.lost[-1]
            await asyncio.sleep(0.01)
        raise AssertionError("the link did not notice")


@pytest.fixture
async def agent(tmp_path: Path) -> AsyncIterator[Agent]:
    made = Agent(tmp_path)
    await made.link.start()
    yield made
    await made.link.stop()


async def read_permit(reader: asyncio.StreamReader) -> dict[str, object]:
    permit: dict[str, object] = json.loads(await asyncio.wait_for(reader.readline(), 2))
    return permit


async def test_without_a_notice_the_first_word_is_no(agent: Agent) -> None:
    reader, _ = await agent.connect()

    assert (await read_permit(reader))["granted"] is False


async def test_a_permit_is_passed_on_and_withdrawn(agent: Agent) -> None:
    reader, _ = await agent.connect()
    await read_permit(reader)
    agent.link.permit(granted=True)
    assert (await read_permit(reader))["granted"] is True

    agent.link.permit(granted=False, reason="no page shows the notice")

    assert await read_permit(reader) == {
        "kind": "permit",
        "granted": False,
        "reason": "no page shows the notice",
    }


async def test_a_permit_given_before_the_camera_process_came_is_its_first_word(
    agent: Agent,
) -> None:
    agent.link.permit(granted=True)
    reader, _ = await agent.connect()

    assert (await read_permit(reader))["granted"] is True


async def test_a_valid_line_is_an_observation(agent: Agent) -> None:
    _, writer = await agent.connect()
    writer.write(HELLO + PRESENCE)
    await asyncio.sleep(0.05)

    assert agent.seen[1:] == [Presence(at_ms=5, present=1)]
    assert agent.raw == [HELLO, PRESENCE]


@pytest.mark.parametrize(
    "line",
    [
        b"not json\n",
        b'{"kind":"presence","at_ms":5,"present":1,"face":"aGVsbG8="}\n',
        b'{"kind":"picture","at_ms":5}\n',
        (
            b'{"kind":"expression_batch","at_ms":1,"mode":"smile","n":1,"s":1,"f":1,"ss":1,'
            b'"ff":1,"sf":1,"smiled":1,"span_s":1}\n'
        ),
        b"x" * (MAX_LINE + 10) + b"\n",
        b'{"kind":"contact_left","at_ms":9,"contact":"0123456789ab","arrived_ms":5,"left_ms":4}\n',
        b'{"kind":"contact_began","at_ms":9,"contact":"0123456789ab","arrived_ms":10}\n',
        b'{"kind":"presence","at_ms":1' + b"0" * 400 + b',"present":1}\n',
    ],
    ids=[
        "no json",
        "an extra field",
        "an unknown kind",
        "a batch of one",
        "too long",
        "left before it came",
        "came after it was told",
        "a time beyond all clocks",
    ],
)
async def test_anything_else_ends_the_connection(agent: Agent, line: bytes) -> None:
    _, writer = await agent.connect()
    writer.write(HELLO + line)

    assert "broke the protocol" in await agent.until_lost()
    assert [o.kind for o in agent.seen] == ["hello"]


async def test_who_does_not_say_hello_is_not_heard(agent: Agent) -> None:
    _, writer = await agent.connect()
    writer.write(PRESENCE)

    assert "did not say hello" in await agent.until_lost()
    assert agent.seen == []


async def test_an_observation_that_cannot_be_used_does_not_lock_the_next_process_out(
    agent: Agent,
) -> None:
    def fail(_observation: Observation) -> None:
        raise OverflowError("a bug")

    agent.link._on_observation = fail
    _, writer = await agent.connect()
    writer.write(HELLO)
    assert "a bug" in await agent.until_lost()

    agent.link._on_observation = agent.seen.append
    _, writer = await agent.connect()
    writer.write(HELLO + PRESENCE)
    await asyncio.sleep(0.05)

    assert [o.kind for o in agent.seen] == ["hello", "presence"]


async def test_the_end_of_the_process_is_noticed_and_it_may_come_back(agent: Agent) -> None:
    _, writer = await agent.connect()
    await asyncio.sleep(0.02)
    writer.close()
    assert await agent.until_lost() == "the camera process ended"

    _, writer = await agent.connect()
    writer.write(HELLO + PRESENCE)
    await asyncio.sleep(0.05)

    assert [o.kind for o in agent.seen] == ["hello", "presence"]


async def test_hanging_up_ourselves_is_no_loss(agent: Agent) -> None:
    held = await agent.connect()
    await asyncio.sleep(0.02)
    await agent.link.stop()
    held[1].close()
    await asyncio.sleep(0.05)

    assert agent.lost == []


async def test_a_process_that_never_comes_is_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.vision.link.PATIENCE_S", 0.02)
    agent = Agent(tmp_path)
    await agent.link.start()

    assert "has not come" in await agent.until_lost()
    await agent.link.stop()


async def test_silence_is_noticed(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.vision.link.SILENCE_S", 0.05)
    held = await agent.connect()

    assert await agent.until_lost() == "the camera process is silent"
    held[1].close()


async def test_a_second_process_is_turned_away(agent: Agent) -> None:
    _, first = await agent.connect()
    await asyncio.sleep(0.02)
    reader, _ = await agent.connect()

    assert await asyncio.wait_for(reader.read(), 2) == b""
    first.write(HELLO + PRESENCE)
    await asyncio.sleep(0.05)
    assert [o.kind for o in agent.seen] == ["hello", "presence"]


async def test_a_socket_left_by_a_crash_is_replaced(tmp_path: Path) -> None:
    (tmp_path / SOCKET_NAME).write_text("left over")
    agent = Agent(tmp_path)

    await agent.link.start()
    held = await agent.connect()

    assert oct((tmp_path / SOCKET_NAME).stat().st_mode)[-3:] == "660"
    held[1].close()
    await agent.link.stop()
    assert not (tmp_path / SOCKET_NAME).exists()
