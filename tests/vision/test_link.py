"""The agent's end of the vision socket."""

from __future__ import annotations

import asyncio
import json
import os
import pwd
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from agent.vision.link import VisionLink, peer
from agent.vision.observations import MAX_LINE, SOCKET_NAME, Observation, Permit, Presence

DOOR = b'{"kind":"hello","camera":"door","protocol":1,"mode":"presence","models":{}}\n'
HELLO = b'{"kind":"hello","protocol":1,"mode":"presence","models":{}}\n'
PRESENCE = b'{"kind":"presence","at_ms":5,"present":1}\n'


class Agent:
    """A link with what it told."""

    def __init__(self, runtime_dir: Path) -> None:
        self.path = runtime_dir / SOCKET_NAME
        self.seen: list[Observation] = []
        self.raw: list[bytes] = []
        self.now_s = 0.01
        self.lost: list[str] = []
        self.by: list[str] = []
        self.lost_by: list[str] = []
        self.bug: Exception | None = None
        self.link = VisionLink(
            runtime_dir,
            cameras=("main", "door"),
            on_observation=self._hear,
            on_lost=self.lose,
            on_raw=self.raw.append,
            min_dwell_s=1.0,
            clock=lambda: self.now_s,
        )

    def _hear(self, camera: str, observation: Observation) -> None:
        if self.bug is not None:
            raise self.bug
        self.seen.append(observation)
        self.by.append(camera)

    def lose(self, camera: str, why: str) -> None:
        self.lost.append(why)
        self.lost_by.append(camera)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_unix_connection(self.path)

    async def until_lost(self) -> str:
        await self.until(lambda: bool(self.lost))
        return self.lost[-1]

    async def until_heard(self, *kinds: str) -> None:
        """Wait for these observations, in this order, since `seen` was empty."""
        await self.until(lambda: [said.kind for said in self.seen] == list(kinds))

    async def until(self, condition: Callable[[], bool]) -> None:
        for _ in range(500):
            if condition():
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"the link did not notice: {self.seen}, {self.lost}")


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
    reader, writer = await agent.connect()
    writer.write(HELLO)

    assert (await read_permit(reader))["granted"] is False


async def test_a_permit_is_passed_on_and_withdrawn(agent: Agent) -> None:
    reader, writer = await agent.connect()
    writer.write(HELLO)
    await read_permit(reader)
    agent.link.permit(granted=True)
    assert (await read_permit(reader))["granted"] is True

    agent.link.permit(granted=False, reason="no page shows the notice")

    assert await read_permit(reader) == {
        "kind": "permit",
        "granted": False,
        "reason": "no page shows the notice",
        "forget": False,
    }


async def test_a_permit_given_before_the_camera_process_came_is_its_first_word(
    agent: Agent,
) -> None:
    agent.link.permit(granted=True)
    reader, writer = await agent.connect()
    writer.write(HELLO)

    assert (await read_permit(reader))["granted"] is True


async def test_a_valid_line_is_an_observation(agent: Agent) -> None:
    _, writer = await agent.connect()
    writer.write(HELLO + PRESENCE)
    await agent.until_heard("hello", "presence")

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


async def test_who_does_not_say_hello_is_not_heard(
    agent: Agent, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        reader, writer = await agent.connect()
        writer.write(PRESENCE)
        assert await asyncio.wait_for(reader.read(), 2) == b""

    assert (agent.seen, agent.lost) == ([], [])
    assert caplog.messages == ["a camera process was turned away: it did not say hello"]


async def test_an_observation_that_cannot_be_used_does_not_lock_the_next_process_out(
    agent: Agent,
) -> None:
    agent.bug = OverflowError("a bug")
    _, writer = await agent.connect()
    writer.write(HELLO)
    assert "a bug" in await agent.until_lost()

    agent.bug = None
    _, writer = await agent.connect()
    writer.write(HELLO + PRESENCE)
    await agent.until_heard("hello", "presence")


async def test_the_end_of_the_process_is_noticed_and_it_may_come_back(agent: Agent) -> None:
    _, writer = await agent.connect()
    writer.write(HELLO)
    await agent.until_heard("hello")
    writer.close()
    assert await agent.until_lost() == "the camera process ended"
    agent.seen.clear()

    _, writer = await agent.connect()
    writer.write(HELLO + PRESENCE)
    await agent.until_heard("hello", "presence")


async def test_hanging_up_ourselves_is_no_loss(agent: Agent) -> None:
    held = await agent.connect()
    held[1].write(HELLO)
    await agent.until_heard("hello")
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
    assert agent.lost_by == ["main", "door"]
    await agent.link.stop()


async def test_silence_is_noticed(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.vision.line.SILENCE_S", 0.05)
    held = await agent.connect()
    held[1].write(HELLO)

    assert await agent.until_lost() == "the camera process is silent"
    held[1].close()


async def test_a_second_process_of_a_camera_is_turned_away(
    agent: Agent, caplog: pytest.LogCaptureFixture
) -> None:
    _, first = await agent.connect()
    first.write(HELLO)
    await agent.until_heard("hello")
    for _ in range(2):
        reader, second = await agent.connect()
        second.write(HELLO)
        assert await asyncio.wait_for(reader.read(), 2) == b""

    first.write(PRESENCE)
    await agent.until_heard("hello", "presence")
    assert caplog.messages == ["a second process of camera `main` was turned away: stop its unit"]


async def test_a_process_of_an_unknown_camera_is_turned_away(
    agent: Agent, caplog: pytest.LogCaptureFixture
) -> None:
    reader, writer = await agent.connect()
    writer.write(HELLO.replace(b'{"kind"', b'{"camera":"roof","kind"'))

    assert await asyncio.wait_for(reader.read(), 2) == b""
    assert agent.seen == []
    assert caplog.messages == [
        (
            "a process of camera `roof` was turned away: the cameras are main, door; add it to"
            " vision.cameras, or stop its unit"
        )
    ]


@pytest.mark.parametrize(
    ("user", "heard"), [("smilepost-vision", 1), ("smilepost-vision-ip", 0), ("somebody", 1)]
)
async def test_a_process_of_another_units_user_is_no_process_of_this_camera(
    tmp_path: Path, user: str, heard: int
) -> None:
    """Of a camera on the network, for example, that has taken its own process over."""
    seen: list[str] = []
    link = VisionLink(
        tmp_path,
        on_observation=lambda camera, _: seen.append(camera),
        on_lost=lambda *_: None,
        users={"main": "smilepost-vision"},
        user_at=lambda _: user,
    )
    await link.start()
    reader, writer = await asyncio.open_unix_connection(tmp_path / "vision.sock")
    writer.write(HELLO)
    said = await asyncio.wait_for(reader.readline(), 2)
    await link.stop()
    writer.close()
    assert (len(seen), bool(said)) == (heard, bool(heard))


async def test_who_is_at_the_other_end_is_known(tmp_path: Path) -> None:
    found: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    server = await asyncio.start_unix_server(
        lambda _, writer: found.set_result(peer(writer)), path=tmp_path / "any.sock"
    )
    _, writer = await asyncio.open_unix_connection(tmp_path / "any.sock")
    assert await asyncio.wait_for(found, 2) == pwd.getpwuid(os.getuid()).pw_name
    writer.close()
    server.close()


async def test_a_process_that_never_reads_is_hung_up_on(agent: Agent) -> None:
    _, writer = await agent.connect()
    writer.write(HELLO)
    await agent.until_heard("hello")
    for turn in range(20_000):
        agent.link.permit(granted=bool(turn % 2), reason="x" * 200)
        if not turn % 1000:
            await asyncio.sleep(0)

    assert await agent.until_lost() == "the camera process ended"
    assert agent.link.connected == frozenset()


async def test_every_camera_has_a_line_of_its_own(agent: Agent) -> None:
    _, main = await agent.connect()
    _, door = await agent.connect()
    main.write(HELLO)
    await agent.until_heard("hello")
    door.write(DOOR)
    await agent.until_heard("hello", "hello")
    assert agent.link.connected == {"main", "door"}
    door.close()

    assert await agent.until_lost() == "the camera process ended"
    main.write(PRESENCE)
    await agent.until_heard("hello", "hello", "presence")
    assert agent.lost_by == ["door"]
    assert agent.by == ["main", "door", "main"]
    assert agent.link.connected == {"main"}


async def test_a_permit_may_be_for_one_camera_alone(agent: Agent) -> None:
    readers = []
    for hello in (HELLO, DOOR):
        reader, writer = await agent.connect()
        writer.write(hello)
        await read_permit(reader)
        readers.append((reader, writer))

    agent.link.permit(granted=True, camera="door")
    agent.link.permit(granted=False, reason="all of them")

    assert (await read_permit(readers[0][0]))["reason"] == "all of them"
    assert [(await read_permit(readers[1][0]))["granted"] for _ in range(2)] == [True, False]


async def test_what_one_camera_is_told_the_others_do_not_hear(agent: Agent) -> None:
    said = Permit(granted=False, reason="any message")
    assert not agent.link.tell("door", said), "nobody is there"
    assert not agent.link.tell("roof", said), "no such camera"
    reader, writer = await agent.connect()
    writer.write(DOOR)
    await read_permit(reader)

    assert agent.link.tell("door", said)
    assert not agent.link.tell("main", said)
    assert (await read_permit(reader))["reason"] == "any message"


async def test_a_camera_that_is_caught_takes_no_other_down(agent: Agent) -> None:
    agent.now_s = 5000.0
    agent.link.permit(granted=True)
    main_reader, main = await agent.connect()
    main.write(HELLO)
    assert (await read_permit(main_reader))["granted"] is True
    _, door = await agent.connect()
    door.write(DOOR + began(arrived_ms=0, at_ms=2**53))
    await agent.until_lost()

    main.write(began(arrived_ms=4_998_000, at_ms=5_000_000))
    await agent.until(lambda: agent.seen[-1].kind == "contact_began")
    assert agent.lost_by == ["door"]
    assert (agent.by[-1], agent.seen[-1].kind) == ("main", "contact_began")
    assert agent.link.connected == {"main"}
    assert not agent.link.tell("door", Permit(granted=True)), "who is not believed is told no more"


async def test_strangers_who_say_nothing_keep_nobody_out(
    agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.vision.line.SILENCE_S", 0.1)
    mute = [await agent.connect() for _ in range(20)]
    for reader, _ in mute:
        assert await asyncio.wait_for(reader.read(), 2) == b""

    reader, writer = await agent.connect()
    writer.write(HELLO)
    assert (await read_permit(reader))["kind"] == "permit"


async def test_a_socket_left_by_a_crash_is_replaced(tmp_path: Path) -> None:
    (tmp_path / SOCKET_NAME).write_text("left over")
    agent = Agent(tmp_path)

    await agent.link.start()
    held = await agent.connect()

    assert oct((tmp_path / SOCKET_NAME).stat().st_mode)[-3:] == "660"
    held[1].close()
    await agent.link.stop()
    assert not (tmp_path / SOCKET_NAME).exists()


# -- what cannot be true ---------------------------------------------------------------------------

ID = "0123456789ab"


def began(*, arrived_ms: int, at_ms: int, contact: str = ID) -> bytes:
    said = {"kind": "contact_began", "at_ms": at_ms, "contact": contact, "arrived_ms": arrived_ms}
    return json.dumps(said).encode() + b"\n"


async def test_a_contact_from_before_all_times_is_not_counted_and_the_camera_is_closed(
    agent: Agent,
) -> None:
    agent.now_s = 5000.0
    agent.link.permit(granted=True)
    reader, writer = await agent.connect()
    writer.write(HELLO)
    assert (await read_permit(reader))["granted"] is True
    writer.write(began(arrived_ms=0, at_ms=2**53))

    reason = "the camera process is not to be believed"
    assert await agent.until_lost() == f"{reason}: it tells of a time that is still to come"
    assert await read_permit(reader) == {
        "kind": "permit",
        "granted": False,
        "reason": reason,
        "forget": False,
    }
    assert [o.kind for o in agent.seen] == ["hello"]
    assert agent.link.refused == 1


async def test_what_comes_from_a_process_that_was_caught_is_thrown_away_for_a_while(
    agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.vision.line.GULP_S", 0.001)
    agent.now_s = 5000.0
    agent.link.permit(granted=True)
    _, writer = await agent.connect()
    writer.write(HELLO + began(arrived_ms=0, at_ms=2**53))
    await agent.until_lost()
    writer.write((HELLO + began(arrived_ms=4_998_000, at_ms=5_000_000)) * 20)
    await asyncio.sleep(0.02)
    writer.close()
    await agent.until(lambda: not agent.link._lines["main"].held)

    reader, again = await agent.connect()
    again.write(HELLO)
    assert (await read_permit(reader))["granted"] is False
    agent.now_s = 5031.0
    again.write(HELLO)
    assert await asyncio.wait_for(reader.read(), 2) == b"", "it starts over"
    reader, anew = await agent.connect()
    anew.write(HELLO)
    assert (await read_permit(reader))["granted"] is True
    anew.write(began(arrived_ms=5_030_000, at_ms=5_031_000))
    await agent.until_heard("hello", "hello", "contact_began")
    assert agent.link.refused == 1
    assert len(agent.lost) == 1, "told once"


async def test_a_permit_is_not_passed_on_to_a_process_that_was_caught(agent: Agent) -> None:
    agent.now_s = 5000.0
    reader, writer = await agent.connect()
    writer.write(HELLO + began(arrived_ms=0, at_ms=5_000_000))
    await agent.until_lost()
    agent.link.permit(granted=True)

    permits = [(await read_permit(reader))["granted"] for _ in range(3)]
    assert permits == [False, False, False]


async def test_a_flood_of_contacts_ends_at_what_a_touchpoint_can_see(agent: Agent) -> None:
    agent.now_s = 5000.0
    _, writer = await agent.connect()
    flood = (
        began(arrived_ms=4_998_000, at_ms=5_000_000, contact=f"{number:012x}")
        for number in range(1000)
    )
    writer.write(HELLO + b"".join(flood))

    assert "more than 2 contacts a second" in await agent.until_lost()
    assert len(agent.seen) == 1 + 20
