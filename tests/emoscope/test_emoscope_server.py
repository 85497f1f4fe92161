"""The live page's server: who gets anything from it, and what a page may say."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from agent.emoscope import server as scope_server
from agent.emoscope.server import ASKS, FILES, MAX_PAGES, ScopeServer
from agent.emoscope.watch import State
from agent.errors import EmoscopeError

WAIT_S = 5.0
FACTS: dict[str, object] = {"source": "drawn.avi", "mode": "smile"}

Socket = aiohttp.ClientWebSocketResponse


class Looking:
    """Notes what is wanted."""

    def __init__(self) -> None:
        self.wanted = False
        self.asked = 0

    def want(self, *, looking: bool) -> None:
        self.wanted = looking

    def ask(self) -> None:
        self.asked += 1


@pytest.fixture
def looking() -> Looking:
    return Looking()


@pytest_asyncio.fixture
async def server(looking: Looking) -> AsyncIterator[ScopeServer]:
    running = ScopeServer(FACTS)
    await running.start(looking)
    yield running
    await running.stop()


@pytest_asyncio.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as running:
        yield running


async def dial(session: aiohttp.ClientSession, server: ScopeServer, **options: Any) -> Socket:
    chosen = {"origin": f"http://127.0.0.1:{server.port}"} | options
    return await session.ws_connect(f"{server.url}live", **chosen)


async def heard(socket: Socket) -> dict[str, Any]:
    message = await socket.receive(timeout=WAIT_S)
    assert message.type is aiohttp.WSMsgType.TEXT, message
    return dict(json.loads(message.data))


async def greeted(session: aiohttp.ClientSession, server: ScopeServer) -> Socket:
    """Open a page and take what it is told first."""
    socket = await dial(session, server)
    assert await heard(socket) == {"facts": FACTS}
    await heard(socket)
    return socket


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not true():  # noqa: ASYNC110  the condition lies with the server
            await asyncio.sleep(0.005)


async def test_the_page_is_served_under_a_strict_policy(
    session: aiohttp.ClientSession, server: ScopeServer
) -> None:
    async with session.get(server.url) as answer:
        assert answer.status == 200
        assert "EmoScope" in await answer.text()
        policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_every_file_of_the_page_is_there_and_nothing_else(
    session: aiohttp.ClientSession, server: ScopeServer
) -> None:
    for name in FILES:
        async with session.get(server.url + name) as answer:
            assert answer.status == 200
    for name in ("none.js", "..%2Fserver.py", "%2e%2e/server.py", "live.html"):
        async with session.get(server.url + name) as answer:
            assert answer.status == 404


@pytest.mark.parametrize("path", ["/", "/live", "/index.html", "/emoscope.js", "/guess/", "//"])
async def test_without_the_key_nothing_is_found(
    session: aiohttp.ClientSession, server: ScopeServer, path: str
) -> None:
    async with session.get(f"http://127.0.0.1:{server.port}{path}") as answer:
        assert answer.status == 404
        assert "EmoScope" not in await answer.text()


async def test_a_wrong_key_opens_no_socket(
    session: aiohttp.ClientSession, server: ScopeServer, looking: Looking
) -> None:
    base = f"http://127.0.0.1:{server.port}"
    for url in (f"{base}/live", f"{base}/{'A' * 22}/live", f"{server.url[:-3]}/live"):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(url, origin=base)
        assert refused.value.status == 404
    assert not looking.wanted


async def test_the_key_is_new_with_every_start() -> None:
    keys = {ScopeServer(FACTS).url.split("/")[-2] for _ in range(20)}
    assert len(keys) == 20
    assert min(len(key) for key in keys) >= 22


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", "[::1]"])
async def test_a_request_for_another_host_is_refused(
    session: aiohttp.ClientSession, server: ScopeServer, host: str
) -> None:
    async with session.get(server.url, headers={"Host": host}) as answer:
        assert answer.status == 421


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1", None])
async def test_another_origin_cannot_open_the_socket(
    session: aiohttp.ClientSession, server: ScopeServer, looking: Looking, origin: str | None
) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await dial(session, server, origin=origin)
    assert refused.value.status == 403
    assert not looking.wanted


async def test_a_page_is_told_the_facts_and_what_is_being_done(
    session: aiohttp.ClientSession, server: ScopeServer
) -> None:
    server.tell(State("lost", "no camera: plug it in"))
    socket = await dial(session, server)
    assert await heard(socket) == {"facts": FACTS}
    assert await heard(socket) == {"state": "lost", "reason": "no camera: plug it in"}
    server.tell(State("looking"))
    assert (await heard(socket))["state"] == "looking"


async def test_a_page_gets_a_frame_only_when_it_asks_and_then_the_freshest(
    session: aiohttp.ClientSession, server: ScopeServer, looking: Looking
) -> None:
    socket = await greeted(session, server)
    for frame in (b"one", b"two", b"three"):
        server.show(frame)
    await socket.send_str("next")
    assert (await socket.receive(timeout=WAIT_S)).data == b"three"
    assert looking.asked == 1
    server.show(b"four")
    server.tell(State("looking"))
    assert (await heard(socket))["state"] == "looking"
    await socket.send_str("next")
    assert (await socket.receive(timeout=WAIT_S)).data == b"four"


async def test_one_slow_page_does_not_hold_up_another(
    session: aiohttp.ClientSession, server: ScopeServer
) -> None:
    slow = await greeted(session, server)
    quick = await greeted(session, server)
    for number in range(50):
        await quick.send_str("next")
        await until(lambda: any(viewer._ready for viewer in server._viewers))
        server.show(bytes([number]))
        assert (await quick.receive(timeout=WAIT_S)).data == bytes([number])
    assert not slow.closed


async def test_looking_lasts_as_long_as_a_page_is_open(
    session: aiohttp.ClientSession,
    server: ScopeServer,
    looking: Looking,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scope_server, "RELOAD_S", 0.02)
    assert not looking.wanted
    first, second = await greeted(session, server), await greeted(session, server)
    assert looking.wanted
    await first.close()
    await until(lambda: len(server._viewers) == 1)
    await asyncio.sleep(0.1)
    assert looking.wanted
    await second.close()
    await until(lambda: not looking.wanted)


async def test_a_page_that_is_loaded_again_does_not_close_the_camera(
    session: aiohttp.ClientSession, server: ScopeServer, looking: Looking
) -> None:
    first = await greeted(session, server)
    await first.close()
    await until(lambda: not server._viewers)
    assert looking.wanted
    await greeted(session, server)
    assert looking.wanted


async def test_pausing_is_for_every_page(
    session: aiohttp.ClientSession, server: ScopeServer, looking: Looking
) -> None:
    one, other = await greeted(session, server), await greeted(session, server)
    await one.send_str("pause")
    assert [(await heard(each))["state"] for each in (one, other)] == ["paused", "paused"]
    assert not looking.wanted
    server.tell(State("waiting"))
    assert (await heard(one))["state"] == "paused"
    await other.send_str("resume")
    assert [(await heard(each))["state"] for each in (one,)] == ["waiting"]
    assert looking.wanted


async def test_a_page_that_does_not_read_makes_nothing_pile_up(
    session: aiohttp.ClientSession, server: ScopeServer
) -> None:
    socket = await dial(session, server)
    for number in range(1000):
        server.tell(State("lost", f"reason {number}"))
        server.show(b"frame")
    (viewer,) = server._viewers
    assert len(viewer._texts) <= 2
    assert await heard(socket) == {"facts": FACTS}
    reasons = [(await heard(socket))["reason"]]
    while reasons[-1] != "reason 999":
        reasons.append((await heard(socket))["reason"])
    assert len(reasons) <= 3


async def test_what_is_no_http_is_answered_in_one_line_under_the_policy(
    server: ScopeServer,
) -> None:
    reading, writing = await asyncio.open_connection("127.0.0.1", server.port)
    writing.write(b"\x16\x03\x01 no http\r\n\r\n")
    answer = (await asyncio.wait_for(reading.read(), WAIT_S)).decode()
    writing.close()
    assert answer.split()[1] == "400"
    assert "default-src 'none'" in answer
    assert "Python" not in answer


@pytest.mark.parametrize("said", ["", "stop", "NEXT", '{"do": "next"}', b"next"])
async def test_a_page_that_says_something_else_is_told_what_it_may_say(
    session: aiohttp.ClientSession, server: ScopeServer, looking: Looking, said: str | bytes
) -> None:
    socket = await greeted(session, server)
    if isinstance(said, bytes):
        await socket.send_bytes(said)
    else:
        await socket.send_str(said)
    goodbye = await socket.receive(timeout=WAIT_S)
    assert goodbye.data == aiohttp.WSCloseCode.POLICY_VIOLATION
    assert goodbye.extra == f"say {', '.join(ASKS)}"
    assert looking.asked == 0


async def test_a_message_too_long_ends_that_page_and_no_other(
    session: aiohttp.ClientSession, server: ScopeServer
) -> None:
    other, socket = await greeted(session, server), await greeted(session, server)
    await socket.send_str("next" * 1000)
    message = await socket.receive(timeout=WAIT_S)
    assert message.type is aiohttp.WSMsgType.CLOSE
    await other.send_str("next")
    server.show(b"frame")
    assert (await other.receive(timeout=WAIT_S)).data == b"frame"


async def test_more_pages_than_anybody_needs_are_refused(
    session: aiohttp.ClientSession, server: ScopeServer
) -> None:
    pages = [await greeted(session, server) for _ in range(MAX_PAGES)]
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await dial(session, server)
    assert refused.value.status == 503
    assert not any(page.closed for page in pages)


async def test_a_port_in_use_is_an_error_that_says_what_to_mend(
    server: ScopeServer, looking: Looking
) -> None:
    with pytest.raises(EmoscopeError, match=f"port {server.port} .* choose another --port"):
        await ScopeServer(FACTS, port=server.port).start(looking)


async def test_stopping_says_goodbye_to_every_page(
    session: aiohttp.ClientSession, server: ScopeServer
) -> None:
    socket = await greeted(session, server)
    stopping = asyncio.create_task(server.stop())
    goodbye = await socket.receive(timeout=WAIT_S)
    await stopping
    assert goodbye.type is aiohttp.WSMsgType.CLOSE


async def test_it_listens_on_loopback_alone(server: ScopeServer) -> None:
    assert server._listener is not None
    assert server._listener.address == "127.0.0.1"
