"""What is no HTTP: a short answer under the policy, one line in the log, and no traceback."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import cast

import pytest
from aiohttp import web

from agent.http.connection import Connection, Manners
from agent.http.headers import stamp

HEADERS = {"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff"}
WAIT_S = 5.0
MALFORMED = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9.9\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 9000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET /secret\x00 HTTP/1.1\r\n\r\n",
]


async def listen_to(request: web.Request) -> web.Response:
    """Take a body, fail over `/fault`, answer anything else."""
    await request.read()
    if request.path == "/fault":
        raise RuntimeError("our own mistake")
    return web.Response(text="heard")


@asynccontextmanager
async def serving() -> AsyncIterator[int]:
    app = web.Application()
    app.on_response_prepare.append(stamp(HEADERS))
    app.router.add_route("*", "/{anything:.*}", listen_to)
    runner = web.AppRunner(app)
    await runner.setup()
    server = cast("web.Server", runner.server)
    manners = Manners(headers=HEADERS, idle_s=2.0, linger_s=0.2)
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(
        lambda: Connection(server, manners=manners), "127.0.0.1", 0
    )
    yield int(listening.sockets[0].getsockname()[1])
    listening.close()
    await runner.cleanup()


async def say(port: int, said: bytes) -> tuple[int, dict[str, str], str]:
    """Return status, headers and body of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with closing(writer):
        writer.write(said)
        async with asyncio.timeout(WAIT_S):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().splitlines()
            headers = dict(line.split(": ", 1) for line in lines)
            body = await reader.readexactly(int(headers["Content-Length"]))
    return int(first.split()[1]), headers, body.decode()


@pytest.mark.parametrize("said", MALFORMED)
async def test_what_is_malformed_gets_a_short_answer_with_every_header(said: bytes) -> None:
    async with serving() as port:
        status, headers, body = await say(port, said)

    assert (status, body) == (400, "this is no request that can be read\n")
    assert headers.items() >= HEADERS.items()
    assert "Server" not in headers


async def test_behind_it_nothing_more_is_read() -> None:
    async with serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with closing(writer):
            writer.write(MALFORMED[0] + b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            async with asyncio.timeout(WAIT_S):
                heard = await reader.read()

    assert heard.count(b"HTTP/1.") == 1
    assert b" 400 " in heard


async def test_a_flood_of_it_is_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with serving() as port:
        for said in MALFORMED:
            await say(port, said)

    told = [record for record in caplog.records if record.levelno >= logging.INFO]
    assert [record.getMessage() for record in told] == [
        "what 127.0.0.1 sent is no HTTP: refused (0 more since the last line)"
    ]
    assert told[0].exc_info is None
    assert "secret" not in caplog.text


async def test_our_own_mistake_is_told_with_its_traceback_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with serving() as port:
        answers = [await say(port, b"GET /fault HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(3)]

    assert [status for status, _, _ in answers] == [500] * 3
    assert all(headers.items() >= HEADERS.items() for _, headers, _ in answers)
    assert all("mistake" not in body for _, _, body in answers)
    [told] = caplog.records
    assert told.getMessage() == "a request from 127.0.0.1 failed"
    assert told.exc_info is not None


async def test_an_ordinary_answer_has_the_headers_and_names_no_software() -> None:
    async with serving() as port:
        status, headers, body = await say(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        expecting = b"GET / HTTP/1.1\r\nHost: x\r\nExpect: the-moon\r\n\r\n"
        refused, refused_headers, _ = await say(port, expecting)

    assert (status, body, refused) == (200, "heard", 417)
    for each in (headers, refused_headers):
        assert each.items() >= HEADERS.items()
        assert "Server" not in each
