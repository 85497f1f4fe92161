"""The page's server: who may talk to it, what it believes, and which page owns the visit."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import ScreenError
from agent.screen import server as screen_server
from agent.screen.pages import MessageError, read
from agent.screen.server import MAX_CONNECTIONS, ScreenServer
from agent.screen.views import MAX_MESSAGE
from tests.screen.scenes import Desk, view

WAIT_S = 5.0

Socket = aiohttp.ClientWebSocketResponse


class Client:
    """A page without a browser."""

    def __init__(self, session: aiohttp.ClientSession, port: int) -> None:
        self._session = session
        self.port = port

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def get(self, path: str, **headers: str) -> aiohttp.ClientResponse:
        return await self._session.get(self.url(path), headers=headers)

    async def dial(self, *, origin: str | None = None) -> Socket:
        chosen = self.url("") if origin is None else origin
        return await self._session.ws_connect(self.url("/ws"), origin=chosen or None)

    async def page(self, name: str) -> Socket:
        socket = await self.dial()
        await socket.send_json({"type": "hello", "page": name})
        return socket


async def heard(socket: Socket) -> dict[str, Any]:
    """The next message, as a mapping."""
    message = await socket.receive(timeout=WAIT_S)
    assert message.type is aiohttp.WSMsgType.TEXT, message
    return dict(json.loads(message.data))


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not true():  # noqa: ASYNC110  the condition lies with the server
            await asyncio.sleep(0.005)


def choice(revision: int, option: str = "key_1") -> dict[str, Any]:
    return {"type": "choice", "revision": revision, "option": option}


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def server(desk: Desk) -> AsyncIterator[ScreenServer]:
    running = desk.server()
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def client(server: ScreenServer) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(session, server.port)


async def test_the_page_is_served_under_a_strict_policy(client: Client) -> None:
    response = await client.get("/")
    assert response.status == 200
    assert response.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "app.js" in await response.text()


async def test_a_missing_file_is_answered_under_the_same_policy(client: Client) -> None:
    response = await client.get("/static/nothing.js")
    assert response.status == 404
    assert "Content-Security-Policy" in response.headers


async def test_the_licence_of_preact_travels_with_the_page(client: Client) -> None:
    text = await (await client.get("/static/LICENSES.txt")).text()
    assert "Preact" in text
    assert "The MIT License" in text


@pytest.mark.parametrize("name", ["a" * 5000, "a" * 256, "%61" * 300, "a/" * 200])
async def test_a_path_too_long_for_a_file_is_a_quiet_404(
    client: Client, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    response = await client.get(f"/static/{name}")
    assert response.status == 404
    assert "Content-Security-Policy" in response.headers
    assert caplog.records == []


async def test_no_file_outside_the_page_can_be_fetched(client: Client) -> None:
    response = await client.get("/static/%2e%2e/server.py")
    assert response.status in {403, 404}


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil:80"])
async def test_a_request_for_another_host_is_refused(client: Client, host: str) -> None:
    assert (await client.get("/", Host=host)).status == 421


async def test_localhost_is_another_name_of_the_page(client: Client) -> None:
    assert (await client.get("/", Host=f"localhost:{client.port}")).status == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1", ""])
async def test_another_origin_cannot_open_the_socket(client: Client, origin: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await client.dial(origin=origin)
    assert refused.value.status == 403


async def test_a_page_gets_the_view_shown_now(client: Client, server: ScreenServer) -> None:
    server.show(view(revision=7))
    assert (await heard(await client.page("a")))["revision"] == 7


async def test_a_new_view_reaches_every_page(client: Client, server: ScreenServer) -> None:
    server.show(view(revision=1))
    first, second = await client.page("a"), await client.page("b")
    await heard(first)
    await heard(second)
    server.show(view("thanks", revision=2))
    assert [(await heard(s))["screen"] for s in (first, second)] == ["thanks", "thanks"]


async def test_a_choice_of_the_owner_reaches_the_rules(
    client: Client, server: ScreenServer, desk: Desk
) -> None:
    server.show(view(revision=3))
    page = await client.page("a")
    await page.send_json(choice(3, "key_5"))
    await until(lambda: bool(desk.choices))
    assert (desk.choices[0].option, desk.choices[0].channel) == ("key_5", "touch")


async def test_skip_is_a_choice_where_it_is_offered(
    client: Client, server: ScreenServer, desk: Desk
) -> None:
    server.show(view("reasons", revision=3))
    page = await client.page("a")
    await page.send_json(choice(3, "skip"))
    await until(lambda: bool(desk.choices))
    assert desk.choices[0].option == "skip"


async def test_another_language_reaches_the_rules(
    client: Client, server: ScreenServer, desk: Desk
) -> None:
    server.show(view(revision=3))
    page = await client.page("a")
    await page.send_json({"type": "language", "revision": 3, "code": "pl"})
    await until(lambda: bool(desk.languages))
    assert desk.languages[0].code == "pl"


async def test_what_the_rules_refuse_is_told_to_the_page(
    client: Client, server: ScreenServer, desk: Desk
) -> None:
    desk.refusal = "the visit is over"
    server.show(view(revision=3))
    page = await client.page("a")
    await heard(page)
    await page.send_json(choice(3))
    assert await heard(page) == {"type": "refused", "reason": "the visit is over"}


REFUSED = [
    (choice(2), "revision 2 is not shown: 3 is"),
    (choice(4), "revision 4 is not shown: 3 is"),
    (choice(3, "key_9"), "not offered"),
    (choice(3, "skip"), "not offered"),
    ({"type": "language", "revision": 3, "code": "fr"}, "not offered"),
    ({"type": "hello", "page": "again"}, "hello was said already"),
    ({"type": "dance"}, "does not match any of the expected tags"),
    ({"type": "choice", "revision": 3}, "choice.option: Field required"),
    ({**choice(3), "extra": 1}, "Extra inputs are not permitted"),
    ({**choice(3), "revision": -1}, "greater than or equal to 0"),
    ({**choice(3), "revision": "3"}, "choice.revision: Input should be a valid integer"),
    ({"type": "painted", "revision": "3"}, "painted.revision: Input should be a valid integer"),
    ({"type": "painted", "revision": True}, "painted.revision: Input should be a valid integer"),
]


@pytest.mark.parametrize(("message", "reason"), REFUSED)
async def test_a_message_that_makes_no_sense_is_refused_with_a_reason(
    client: Client, server: ScreenServer, desk: Desk, message: dict[str, Any], reason: str
) -> None:
    server.show(view(revision=3))
    page = await client.page("a")
    await heard(page)
    await page.send_json(message)
    answer = await heard(page)
    assert answer["type"] == "refused"
    assert reason in answer["reason"]
    assert "\n" not in answer["reason"]
    assert (desk.choices, desk.languages) == ([], [])


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"hello"', "\x00", "{}" * 40])
async def test_the_connection_outlives_rubbish(
    client: Client, server: ScreenServer, desk: Desk, text: str
) -> None:
    server.show(view(revision=3))
    page = await client.page("a")
    await heard(page)
    await page.send_str(text)
    assert (await heard(page))["type"] == "refused"
    await page.send_json(choice(3))
    await until(lambda: bool(desk.choices))


async def test_a_binary_message_is_refused(client: Client) -> None:
    page = await client.page("a")
    await page.send_bytes(b"hello")
    assert (await heard(page))["reason"] == "send text messages only"


async def test_a_message_too_long_is_refused_with_its_size(client: Client) -> None:
    page = await client.page("a")
    await page.send_str("x" * (MAX_MESSAGE + 1))
    assert f"{MAX_MESSAGE + 1} bytes" in (await heard(page))["reason"]


async def test_a_huge_message_ends_the_connection_and_nothing_else(
    client: Client, server: ScreenServer
) -> None:
    server.show(view(revision=3))
    page = await client.page("a")
    await heard(page)
    await page.send_str("x" * 1_000_000)
    assert (await page.receive(timeout=WAIT_S)).type is not aiohttp.WSMsgType.TEXT
    assert page.close_code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG
    assert (await heard(await client.page("b")))["owner"] is True


async def test_a_page_that_has_not_said_hello_decides_nothing(
    client: Client, server: ScreenServer, desk: Desk
) -> None:
    server.show(view(revision=3))
    socket = await client.dial()
    await socket.send_json(choice(3))
    assert await heard(socket) == {"type": "refused", "reason": "say hello first"}
    assert desk.choices == []


async def test_before_the_first_view_nothing_can_be_chosen(client: Client) -> None:
    page = await client.page("a")
    await page.send_json(choice(0))
    assert (await heard(page))["reason"] == "nothing is shown yet"


async def test_the_first_page_owns_the_visit_and_the_others_mirror(
    client: Client, server: ScreenServer, desk: Desk
) -> None:
    server.show(view(revision=3))
    owner, mirror = await client.page("a"), await client.page("b")
    assert [(await heard(s))["owner"] for s in (owner, mirror)] == [True, False]
    await mirror.send_json(choice(3))
    assert "only mirrors" in (await heard(mirror))["reason"]
    assert desk.choices == []


async def test_when_the_owner_leaves_the_oldest_mirror_takes_over(
    client: Client, server: ScreenServer, desk: Desk
) -> None:
    server.show(view(revision=3))
    pages = [await client.page(name) for name in "abc"]
    for page in pages:
        await heard(page)
    await pages[0].close()
    again = await heard(pages[1])
    assert (again["revision"], again["owner"]) == (3, True)
    await pages[1].send_json(choice(3))
    await until(lambda: bool(desk.choices))
    await pages[2].send_json(choice(3))
    assert "only mirrors" in (await heard(pages[2]))["reason"]


async def test_a_reloaded_page_keeps_the_visit_and_gets_its_view(
    client: Client, server: ScreenServer
) -> None:
    server.show(view("reasons", revision=5))
    before, mirror = await client.page("a"), await client.page("b")
    await heard(before)
    after = await client.page("a")
    again = await heard(after)
    assert (again["screen"], again["revision"], again["owner"]) == ("choice", 5, True)
    assert (await heard(mirror))["owner"] is False
    assert (await before.receive(timeout=WAIT_S)).type is aiohttp.WSMsgType.CLOSE


async def test_a_late_page_is_told_how_much_time_is_left(
    client: Client, server: ScreenServer, desk: Desk
) -> None:
    server.show(view("reasons", revision=5))
    desk.now_s += 4.5
    assert (await heard(await client.page("a")))["closes_ms"] == 7500
    desk.now_s += 100.0
    assert (await heard(await client.page("b")))["closes_ms"] == 0


async def test_the_number_of_pages_is_told_as_they_come_and_go(client: Client, desk: Desk) -> None:
    first = await client.page("a")
    await until(lambda: desk.pages == [1])
    second = await client.page("b")
    await until(lambda: desk.pages == [1, 2])
    await first.close()
    await second.close()
    await until(lambda: desk.pages == [1, 2, 1, 0])


async def test_what_is_on_the_glass_is_told_by_the_owner_alone(
    client: Client, server: ScreenServer, desk: Desk
) -> None:
    server.show(view(revision=3))
    owner, mirror = await client.page("a"), await client.page("b")
    await heard(mirror)
    await mirror.send_json({"type": "painted", "revision": 3})
    await mirror.send_json(choice(3))
    await heard(mirror)
    await owner.send_json({"type": "painted", "revision": 3})
    await until(lambda: desk.painted == [3])


@pytest.mark.parametrize("revision", [2, 4, 103])
async def test_only_the_view_shown_now_can_be_on_the_glass(
    client: Client, server: ScreenServer, desk: Desk, revision: int
) -> None:
    server.show(view(revision=3))
    owner = await client.page("a")
    await owner.send_json({"type": "painted", "revision": revision})
    await owner.send_json({"type": "painted", "revision": 3})
    await until(lambda: bool(desk.painted))
    assert desk.painted == [3]


async def test_before_the_first_view_nothing_can_be_on_the_glass(
    client: Client, desk: Desk
) -> None:
    owner = await client.page("a")
    await owner.send_json({"type": "painted", "revision": 0})
    await owner.send_json(choice(0))
    assert (await heard(owner))["reason"] == "nothing is shown yet"
    assert desk.painted == []


async def test_a_connection_that_says_no_hello_loses_its_place(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen_server, "HELLO_S", 0.3)
    silent = [await client.dial() for _ in range(MAX_CONNECTIONS)]
    for socket in silent:
        assert (await socket.receive(timeout=WAIT_S)).type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == aiohttp.WSCloseCode.POLICY_VIOLATION
    assert not (await client.page("a")).closed


async def test_rubbish_is_no_hello(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen_server, "HELLO_S", 0.3)
    socket = await client.dial()
    await socket.send_str("{}")
    assert (await heard(socket))["type"] == "refused"
    assert (await socket.receive(timeout=WAIT_S)).type is aiohttp.WSMsgType.CLOSE


async def test_a_page_that_said_hello_stays(
    client: Client, server: ScreenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen_server, "HELLO_S", 0.3)
    page, silent = await client.page("a"), await client.dial()
    assert (await silent.receive(timeout=WAIT_S)).type is aiohttp.WSMsgType.CLOSE
    server.show(view(revision=3))
    assert (await heard(page))["revision"] == 3


async def test_more_pages_than_anybody_needs_are_refused(client: Client) -> None:
    pages = [await client.page(str(n)) for n in range(MAX_CONNECTIONS)]
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await client.page("one more")
    assert refused.value.status == 503
    assert not any(page.closed for page in pages)


async def test_a_page_that_does_not_read_holds_nobody_up(
    client: Client, server: ScreenServer
) -> None:
    deaf = await client.page("deaf")
    reader = await client.page("reader")
    for revision in range(500):
        server.show(view(revision=revision))
    last = {"revision": -1}
    while last["revision"] != 499:
        last = await heard(reader)
    assert last["owner"] is False
    assert not deaf.closed


async def test_a_port_in_use_is_an_error_that_says_what_to_mend(server: ScreenServer) -> None:
    second = Desk().server(port=server.port)
    with pytest.raises(ScreenError, match=rf"port {server.port} .*another screen\.port") as error:
        await second.start()
    assert "\n" not in str(error.value)
    await second.stop()


async def test_a_page_that_was_never_built_is_an_error_that_says_what_to_mend(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr(screen_server, "STATIC", tmp_path)
    with pytest.raises(ScreenError, match="pip install"):
        await desk.server().start()


async def test_stopping_says_goodbye_and_frees_the_port(
    client: Client, server: ScreenServer
) -> None:
    page = await client.page("a")
    port = server.port
    closed = asyncio.create_task(page.receive(timeout=WAIT_S))
    await server.stop()
    assert (await closed).type is aiohttp.WSMsgType.CLOSE
    assert page.close_code == aiohttp.WSCloseCode.GOING_AWAY
    again = Desk().server(port=port)
    await again.start()
    await again.stop()


async def test_the_server_listens_on_loopback_alone(server: ScreenServer) -> None:
    listener = server._listener
    assert listener is not None
    assert listener.address == "127.0.0.1"


@given(st.text(max_size=300))
def test_whatever_text_comes_is_read_or_refused_in_one_line(text: str) -> None:
    message = aiohttp.WSMessage(aiohttp.WSMsgType.TEXT, text, None)
    try:
        read(message)
    except MessageError as error:
        assert "\n" not in str(error)  # noqa: PT017  either outcome is right


# -- floods ----------------------------------------------------------------------------------------


async def test_a_page_that_floods_is_heard_at_its_pace_and_the_others_at_theirs(
    monkeypatch: pytest.MonkeyPatch, desk: Desk
) -> None:
    monkeypatch.setattr(screen_server, "MESSAGES_AT_ONCE", 4)
    monkeypatch.setattr(screen_server, "MESSAGES_PER_S", 1e-6)
    server = desk.server()
    await server.start()
    server.show(view(revision=3))
    async with aiohttp.ClientSession() as session:
        client = Client(session, server.port)
        owner, flooding = await client.page("a"), await client.page("b")
        assert (await heard(flooding))["type"] == "view"
        for _ in range(50):
            await flooding.send_json(choice(3))
        assert [(await heard(flooding))["type"] for _ in range(3)] == ["refused"] * 3
        await owner.send_json(choice(3))
        await until(lambda: len(desk.choices) == 1)
        with pytest.raises(TimeoutError):
            await flooding.receive(timeout=0.1)
    await server.stop()


async def test_pings_are_answered_at_the_pace_of_messages(
    monkeypatch: pytest.MonkeyPatch, desk: Desk
) -> None:
    monkeypatch.setattr(screen_server, "MESSAGES_AT_ONCE", 3)
    monkeypatch.setattr(screen_server, "MESSAGES_PER_S", 1e-6)
    server = desk.server()
    await server.start()
    base = f"http://127.0.0.1:{server.port}"
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{base}/ws", origin=base, autoping=False) as socket,
    ):
        for number in range(20):
            await socket.ping(b"%d" % number)
        answers = [await socket.receive(timeout=WAIT_S) for _ in range(3)]
        assert [(a.type, bytes(a.data)) for a in answers] == [
            (aiohttp.WSMsgType.PONG, b"%d" % number) for number in range(3)
        ]
        with pytest.raises(TimeoutError):
            await socket.receive(timeout=0.1)
    await server.stop()


async def test_requests_beyond_the_pace_wait(monkeypatch: pytest.MonkeyPatch, desk: Desk) -> None:
    monkeypatch.setattr(screen_server, "REQUESTS_AT_ONCE", 2)
    monkeypatch.setattr(screen_server, "REQUESTS_PER_S", 1e-6)
    server = desk.server()
    await server.start()
    async with aiohttp.ClientSession() as session:
        client = Client(session, server.port)
        assert [(await client.get("/")).status for _ in range(2)] == [200, 200]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.get("/"), 0.1)
    await server.stop()


async def test_no_answer_names_the_software(client: Client) -> None:
    for path in ("/", "/static/nothing.js", "/ws"):
        assert "Server" not in (await client.get(path)).headers
