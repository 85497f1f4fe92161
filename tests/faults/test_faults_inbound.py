"""Whatever comes in from outside: never a crash, never without bound, one line that says why."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import resource
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.config.loading import load
from agent.config.problem import ConfigFileError
from agent.events.catalogue import CATALOGUE, EventData
from agent.events.export import events_schema
from agent.screen.pages import MessageError, read
from agent.screen.server import ScreenServer
from agent.testing import FaultyBroker
from agent.testing.behaviour import Behaviour, Raw
from agent.testing.codec import encode
from agent.testing.packets import Ack, Connack, Publish
from agent.vision.link import VisionLink
from agent.vision.observations import MAX_LINE, SOCKET_NAME, Observation
from tests.faults.bench import impatient, rounds
from tests.faults.mutations import mutated
from tests.screen.scenes import Desk, view
from tests.testing.any_packet import PACKETS
from tests.uplink.scene import (
    TOPICS,
    Changes,
    append,
    open_outbox,
    running,
    wait_until,
)
from tests.uplink.scene import settings as uplink_settings

ROOT = Path(__file__).parents[2]
MEMORY_MB = rounds(60, long=300)
"""What may be taken beyond what was, the bench's own notes included."""

patiently = settings(
    max_examples=rounds(100, long=3000),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module", autouse=True)
def _hypothesis_has_its_tables() -> None:
    """Built at the first text ever drawn, they take more memory than anything tested here."""

    @settings(max_examples=1, database=None)
    @given(st.text())
    def draw(_text: str) -> None:
        pass

    draw()


@contextlib.contextmanager
def bounded_memory() -> Iterator[None]:
    """The peak of the resident memory hardly grows inside."""
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb) / 1024
    assert grown_mb < MEMORY_MB


def is_one_line(text: str, *, at_most: int = 2000) -> bool:
    return bool(text) and "\n" not in text and len(text) <= at_most


# -- the broker ---------------------------------------------------------------------------------

WELCOME = encode(Connack())
RECEIPT = json.dumps({"epoch": "9f86d081884c7d65", "ranges": [[1, 400], [402, 412]]}).encode()
SPOKEN = (
    WELCOME,
    WELCOME + encode(Ack(1)),
    WELCOME + encode(Publish(f"{TOPICS.root}/receipt", RECEIPT, qos=1, packet_id=1)),
    WELCOME + encode(Publish("a", b"b" * 100, properties={"user_property": (("a", "b"),)})),
    encode(Connack(0x87, properties={"reason_string": "no", "receive_maximum": 3})),
)
ANY_WORDS = st.one_of(
    mutated(*SPOKEN),
    st.lists(PACKETS, max_size=4).map(lambda said: WELCOME + b"".join(map(encode, said))),
    st.binary(max_size=80),
)


def test_whatever_a_broker_says_the_uplink_lives_and_delivers(tmp_path: Path) -> None:
    changes = Changes()
    outbox = open_outbox(tmp_path / "outbox.db")

    @patiently
    @given(words=ANY_WORDS)
    def hear(words: bytes) -> None:
        before = broker.accepted
        broker.behaviour = Behaviour(connack=Raw(words, then_close=True))
        broker.reset()
        wait_until(lambda: broker.accepted > before)

    with (
        impatient(),
        FaultyBroker() as broker,
        running(outbox, at_once(broker.port), changes=changes),
    ):
        append(outbox, 1, 2, 3)
        with bounded_memory():
            hear()
        broker.behaviour = Behaviour()
        append(outbox, 4)
        wait_until(lambda: outbox.pending == 0)
    outbox.close()
    assert all(is_one_line(reason) for reason in changes.reasons)
    assert not [reason for reason in changes.reasons if "the uplink failed" in reason]


def at_once(port: int, **changes: Any) -> Any:
    """Settings of an uplink that reconnects without a pause."""
    return uplink_settings(port, **changes).model_copy(update={"reconnect_max_s": 0.005})


@pytest.mark.parametrize("receipts", [False, True])
def test_whatever_is_published_to_a_device_the_uplink_stays_connected(
    tmp_path: Path,
    receipts: bool,  # noqa: FBT001 - pytest passes it by name
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A payload is no reason to hang up: it is the centre's mistake, not the broker's."""
    changes = Changes()
    outbox = open_outbox(tmp_path / "outbox.db")
    names = [f"{TOPICS.root}/{name}" for name in ("receipt", "config/desired", "command/x", "x")]

    @patiently
    @given(
        topic=st.sampled_from(names),
        payload=mutated(RECEIPT, RECEIPT * 50) | st.binary(max_size=60),
        qos=st.integers(0, 1),
    )
    def hear(topic: str, payload: bytes, qos: int) -> None:
        assert broker.push(topic, payload, qos=qos) == 1

    with (
        FaultyBroker() as broker,
        running(outbox, at_once(broker.port, receipts=receipts), changes=changes),
    ):
        changes.wait_for(online=1)
        wait_until(lambda: len(broker.subscriptions) == receipts)
        with bounded_memory():
            hear()
        append(outbox, 1)
        wait_until(lambda: outbox.pending == 0)
        assert broker.accepted == 1
    outbox.close()
    assert broker.violations == []
    assert all(is_one_line(record.getMessage()) for record in caplog.records)
    assert len(caplog.records) < 30, "each kind of trouble once, not each message"


# -- the camera process -------------------------------------------------------------------------

HELLO = b'{"kind":"hello","protocol":1,"mode":"presence","models":{}}\n'
LINES = (
    HELLO + b'{"kind":"presence","at_ms":5,"present":1}\n',
    HELLO + b'{"kind":"camera","at_ms":5,"working":false,"reason":"no frames"}\n',
    HELLO
    + b'{"kind":"contact_left","at_ms":9,"contact":"0123456789ab","arrived_ms":5,"left_ms":6}\n',
    HELLO
    + b'{"kind":"expression_batch","at_ms":1,"mode":"smile","n":3,"s":1,"f":1,"ss":1,'
    + b'"ff":1,"sf":1,"smiled":1,"span_s":1}\n',
)


@pytest.fixture
def lost() -> list[str]:
    return []


@pytest.fixture
def seen() -> list[Observation]:
    return []


@pytest.fixture
def _any_time_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that more than the first lie of each kind gets through; for believing see tests/vision."""
    for name in ("AHEAD_MS", "BEHIND_MS", "MESSAGES_PER_S"):
        monkeypatch.setattr(f"agent.vision.belief.{name}", 2**60)
    for name in ("FIRST_DISTRUST_S", "LONGEST_DISTRUST_S"):
        monkeypatch.setattr(f"agent.vision.belief.{name}", 0.0)


@pytest.fixture
async def link(
    tmp_path: Path, lost: list[str], seen: list[Observation], _any_time_is_believed: None
) -> AsyncIterator[VisionLink]:
    made = VisionLink(
        tmp_path,
        on_observation=lambda _, said: seen.append(said),
        on_lost=lambda _, why: lost.append(why),
    )
    await made.start()
    yield made
    await made.stop()


async def say_to_link(folder: Path, said: bytes) -> None:
    """Be a camera process that says `said` and leaves; waits until the link has let go of it."""
    reader, writer = await asyncio.open_unix_connection(folder / SOCKET_NAME)
    writer.write(said)
    with contextlib.suppress(ConnectionError):
        writer.write_eof()
        await reader.read()
    writer.close()


@pytest.mark.usefixtures("link")
async def test_whatever_a_camera_process_says_the_next_one_gets_in(
    tmp_path: Path, lost: list[str], seen: list[Observation]
) -> None:
    loop = asyncio.get_running_loop()

    @patiently
    @given(said=mutated(*LINES) | st.binary(max_size=MAX_LINE * 3))
    def hear(said: bytes) -> None:
        asyncio.run_coroutine_threadsafe(say_to_link(tmp_path, said), loop).result(10)

    with bounded_memory():
        await asyncio.to_thread(hear)
    seen.clear()
    await say_to_link(tmp_path, LINES[0])
    assert [observation.kind for observation in seen] == ["hello", "presence"]
    assert all(is_one_line(reason) for reason in lost)


# -- the page -----------------------------------------------------------------------------------

SAID = (
    b'{"type": "hello", "page": "one"}',
    b'{"type": "choice", "revision": 1, "option": "key_1", "channel": "touch"}',
    b'{"type": "language", "revision": 1, "code": "de"}',
    b'{"type": "painted", "revision": 1}',
)
REQUESTS = (
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n",
    b"GET /static/app.js HTTP/1.1\r\nHost: localhost:%d\r\nRange: bytes=0-9\r\n\r\n",
    (
        b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
        b"Origin: http://127.0.0.1:%d\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x81\x85\x00\x00\x00\x00hello"
    ),
    (
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"5\r\nhello\r\n0\r\n\r\n"
    ),
)


@pytest.fixture
async def server() -> AsyncIterator[ScreenServer]:
    running_server = Desk().server()
    await running_server.start()
    running_server.show(view())
    yield running_server
    await running_server.stop()


async def welcome(server: ScreenServer) -> str:
    """Be a page that comes and asks for the view; returns which screen it is shown."""
    base = f"http://127.0.0.1:{server.port}"
    async with aiohttp.ClientSession() as session, session.get(base) as response:
        assert response.status == 200
        async with session.ws_connect(f"{base}/ws", origin=base) as socket:
            await socket.send_json({"type": "hello", "page": "well-behaved"})
            while True:
                shown = await socket.receive_json(timeout=10)
                if shown["type"] == "view":
                    return str(shown["screen"])


async def test_whatever_a_page_says_it_is_answered_in_one_line(server: ScreenServer) -> None:
    loop = asyncio.get_running_loop()
    base = f"http://127.0.0.1:{server.port}"

    async def said_to_server(message: str, *, binary: bool) -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{base}/ws", origin=base) as socket,
        ):
            await socket.send_json({"type": "hello", "page": "fuzzer"})
            await socket.receive_json(timeout=10)
            await (socket.send_bytes(message.encode()) if binary else socket.send_str(message))
            # Behind it a message that is always refused: what was said is through.
            await socket.send_json({"type": "nothing"})
            while True:
                answer = await socket.receive_json(timeout=10)
                if answer["type"] == "refused":
                    assert is_one_line(answer["reason"])
                    return

    @patiently
    @given(
        message=mutated(*SAID).map(lambda raw: raw.decode(errors="replace")) | st.text(),
        binary=st.booleans(),
    )
    def hear(message: str, *, binary: bool) -> None:
        asyncio.run_coroutine_threadsafe(said_to_server(message, binary=binary), loop).result(20)

    with bounded_memory():
        await asyncio.to_thread(hear)
    assert await welcome(server) == "attract"


@patiently
@given(raw=mutated(*SAID))
def test_a_message_nearly_right_is_read_or_refused_in_one_line(raw: bytes) -> None:
    message = aiohttp.WSMessage(aiohttp.WSMsgType.TEXT, raw.decode(errors="replace"), None)
    try:
        read(message)
    except MessageError as error:
        refusal = str(error)
        assert is_one_line(refusal)


async def test_whatever_is_sent_to_the_pages_port_the_page_is_served(
    server: ScreenServer, caplog: pytest.LogCaptureFixture
) -> None:
    loop = asyncio.get_running_loop()
    requests = [request.replace(b"%d", b"%d" % server.port) for request in REQUESTS]

    async def speak(said: bytes) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(said)
        with contextlib.suppress(ConnectionError, TimeoutError):
            writer.write_eof()
            async with asyncio.timeout(0.3):
                await reader.read()
        writer.transport.abort()

    @patiently
    @given(said=mutated(*requests) | st.binary(max_size=300))
    def hear(said: bytes) -> None:
        asyncio.run_coroutine_threadsafe(speak(said), loop).result(10)

    with bounded_memory():
        await asyncio.to_thread(hear)
    assert await welcome(server) == "attract"
    assert [r.getMessage() for r in caplog.records if r.levelname == "CRITICAL"] == []


# -- the configuration --------------------------------------------------------------------------

COMMENTED = (ROOT / "config" / "kiosk.yaml").read_bytes()
BARE = b"\n".join(line for line in COMMENTED.splitlines() if not line.strip().startswith(b"#"))


@patiently
@given(raw=mutated(COMMENTED, BARE, BARE.replace(b"\n", b"\r\n")) | st.binary(max_size=200))
def test_any_configuration_is_loaded_or_a_list_of_problems(raw: bytes, tmp_path: Path) -> None:
    file = tmp_path / "kiosk.yaml"
    file.write_bytes(raw)
    try:
        load(file)
    except ConfigFileError as error:
        problems = error.problems
        assert problems
        lines = raw.count(b"\n") + raw.count(b"\r") + 1
        for problem in problems:
            assert is_one_line(problem.text)
            assert 1 <= problem.line <= lines


BOMBS = {
    "aliases": b"a: &a [x,x,x,x,x,x,x,x,x]\n"
    + b"".join(
        b"%c: &%c [%s]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 9)) for n in range(8)
    ),
    "depth": b"[" * 100_000,
    "a key without an end": b"? " * 50_000,
    "anchors": b"".join(b"k%d: &a%d x\n" % (n, n) for n in range(2000)),
    "a long word": b"a: " + b"9" * 200_000,
    "merge": b"a: &a {b: c}\nd: {<<: *a}\n",
    "a tag": b"a: !!python/object/apply:os.system [ls]\n",
    "a date": b"a: 2026-99-99\n",
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_bomb_of_a_configuration_is_a_problem_of_few_bytes(bomb: bytes, tmp_path: Path) -> None:
    file = tmp_path / "kiosk.yaml"
    file.write_bytes(bomb)
    with bounded_memory(), pytest.raises(ConfigFileError) as caught:
        load(file)
    assert all(is_one_line(problem.text) for problem in caught.value.problems)


# -- events -------------------------------------------------------------------------------------

CONTRACT = (ROOT / "docs" / "contract.md").read_text(encoding="utf-8")
EXAMPLES: list[dict[str, Any]] = [
    example
    for block in re.findall(r"```json\n(.*?)\n```", CONTRACT, re.DOTALL)
    if "data" in (example := json.loads(block))
]
CLASSES: dict[str, type[EventData]] = {event.event_type(): event for event in CATALOGUE}
VALIDATOR = jsonschema.Draft202012Validator(events_schema())
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(max_size=90),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


@patiently
@given(example=st.sampled_from(EXAMPLES), data=st.data())
def test_what_our_classes_accept_the_published_schema_accepts(
    example: dict[str, Any], data: st.DataObject
) -> None:
    """The schema a centre validates with never refuses what a device can send."""
    fields = dict(example["data"])
    for _ in range(data.draw(st.integers(1, 3))):
        name = data.draw(st.sampled_from(sorted({*fields, "surprise"})))
        fields[name] = data.draw(VALUES)
    try:
        event = CLASSES[example["type"]].model_validate(fields)
    except ValidationError:
        return
    written = json.loads(event.model_dump_json(exclude_none=True))
    VALIDATOR.validate({**example, "data": written})


@patiently
@given(example=st.sampled_from(EXAMPLES), raw=st.data())
def test_event_data_nearly_right_is_an_event_or_a_validation_error(
    example: dict[str, Any], raw: st.DataObject
) -> None:
    text = raw.draw(mutated(json.dumps(example["data"]).encode()))
    with contextlib.suppress(ValidationError):
        event = CLASSES[example["type"]].model_validate_json(text)
        assert type(event).model_validate_json(event.model_dump_json()) == event
