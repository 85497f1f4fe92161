"""A hostile page on the network: no origin, no PIN, no answer."""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
import warnings
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from agent.office import forms, listener
from agent.office.guard import COOKIE, HEADERS
from agent.office.listener import is_near
from agent.office.office import Office
from agent.staff.alert import Alert
from tests.office.staging import PINS, Caller, House, calling

WAIT_S = 5.0
SHORT_S = 0.3
SIGN_IN = {"role": "manager", "pin": PINS["manager"]}
KNOWN_AND_UNKNOWN = (
    "/today",
    "/installer",
    "/office.js",
    "/nothing",
    "/today/acknowledge",
    "/../office.pem",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/static/../server.py",
    "/office.css/../office.js",
    "/" + "a" * 3000,
)


@pytest.mark.parametrize("path", KNOWN_AND_UNKNOWN)
async def test_without_a_pin_there_is_one_answer_to_everything(caller: Caller, path: str) -> None:
    status, text = await caller.get(path)
    _, door = await caller.get("/")

    assert status == 401
    assert text == door
    assert "high-street" not in text


@pytest.mark.parametrize("path", ["/today/acknowledge", "/installer/restart", "/nothing", "/"])
async def test_without_a_pin_no_form_is_looked_at(caller: Caller, house: House, path: str) -> None:
    status, text = await caller.post(path, alert="a1", sure="true")

    assert status in {200, 401}
    assert 'name="pin"' in text
    assert (house.duty.told, house.restarts["asked"]) == ([], 0)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND"])
async def test_without_a_pin_no_other_method_is_answered(caller: Caller, method: str) -> None:
    status, text, response = await caller.ask(method, "/today")

    assert status == 401
    assert "Access-Control-Allow-Origin" not in response.headers
    assert "Today" not in text


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "https://evil.example",
        "http://localhost:{port}",
        "https://localhost",
        "https://localhost:{port}.evil.example",
        "https://127.0.0.1:{port}",
    ],
)
async def test_a_form_of_another_page_is_refused_with_the_right_pin_too(
    caller: Caller, origin: str | None
) -> None:
    foreign = origin and origin.format(port=caller.port)

    assert await caller.post("/sign-in", origin=foreign, **SIGN_IN) == (403, "")
    assert (await caller.get("/today"))[0] == 401


async def test_a_browser_that_says_it_is_another_site_is_refused(caller: Caller) -> None:
    headers = {"Origin": caller.base, "Sec-Fetch-Site": "cross-site"}
    status, _, _ = await caller.ask("POST", "/sign-in", headers=headers, data=SIGN_IN)

    assert status == 403


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "localhost", "localhost:1", "192.168.1.2:{port}", ""],
)
async def test_a_name_that_was_made_to_lead_here_is_not_answered(caller: Caller, host: str) -> None:
    host = host.format(port=caller.port)
    for method, path in (("GET", "/"), ("GET", "/office.css"), ("POST", "/sign-in")):
        headers = {"Host": host, "Origin": f"https://{host}"}
        status, text, _ = await caller.ask(method, path, headers=headers)
        assert (status, text) == (421, "")


@pytest.mark.parametrize("host", ["localhost:{port}", "LOCALHOST:{port}", "127.0.0.1:{port}"])
async def test_the_kiosk_is_asked_for_by_its_names_and_its_address(
    caller: Caller, host: str
) -> None:
    assert (await caller.get("/", Host=host.format(port=caller.port)))[0] == 200


async def test_further_names_are_configured(house: House, tmp_path: Path) -> None:
    house.office = {"names": ["kiosk.shop.example"]}
    running = house.make()
    await running.start()
    async with calling(running, tmp_path) as caller:
        assert (await caller.get("/", Host=f"kiosk.shop.example:{running.port}"))[0] == 200
    await running.stop()


@pytest.mark.parametrize("value", ["", "x", "a" * 43, '"', "..", "%00"])
async def test_a_cookie_that_was_never_given_opens_nothing(caller: Caller, value: str) -> None:
    status, _ = await caller.get("/today", Cookie=f"{COOKIE}={value}")

    assert status == 401


async def test_a_cookie_that_was_there_before_is_not_the_one_of_the_session(
    office: Office, caller: Caller, tmp_path: Path
) -> None:
    planted = "p" * 43
    headers = {"Origin": caller.base, "Cookie": f"{COOKIE}={planted}"}
    status, _, response = await caller.ask("POST", "/sign-in", headers=headers, data=SIGN_IN)

    assert status == 303
    assert response.cookies[COOKIE].value != planted
    async with calling(office, tmp_path) as planter:
        assert (await planter.get("/today", Cookie=f"{COOKIE}={planted}"))[0] == 401


async def test_the_cookie_is_bound_to_this_host_and_out_of_reach_of_scripts(
    caller: Caller,
) -> None:
    headers = {"Origin": caller.base}
    _, _, response = await caller.ask("POST", "/sign-in", headers=headers, data=SIGN_IN)
    cookie = response.cookies[COOKIE]

    assert COOKIE.startswith("__Host-")
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Strict")
    assert (cookie["path"], cookie["domain"], cookie["max-age"]) == ("/", "", "28800")


async def test_signing_in_again_ends_the_session_before(
    office: Office, caller: Caller, tmp_path: Path
) -> None:
    headers = {"Origin": caller.base}
    _, _, first = await caller.ask("POST", "/sign-in", headers=headers, data=SIGN_IN)
    await caller.sign_in("staff")

    async with calling(office, tmp_path) as thief:
        cookie = f"{COOKIE}={first.cookies[COOKIE].value}"
        assert (await thief.get("/today", Cookie=cookie))[0] == 401


async def test_who_signed_out_is_out(caller: Caller) -> None:
    await caller.sign_in("manager")
    token = await caller.token("/today")
    headers = {"Origin": caller.base}
    status, _, response = await caller.ask(
        "POST", "/sign-out", headers=headers, data={"token": token}
    )

    assert (status, response.cookies[COOKIE].value) == (303, "")
    assert (await caller.get("/today"))[0] == 401


async def test_pins_are_guessed_until_the_door_is_shut(
    caller: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    told = [await caller.post("/sign-in", role="manager", pin=f"0000{n}") for n in range(4)]

    assert [status for status, _ in told] == [401] * 4
    assert "This PIN is not right" in told[0][1]
    assert "The next one is looked at in 30 s." in told[0][1]
    assert 'id="role-manager" required="" checked=""' in told[0][1]
    assert all("A wrong PIN was given. The next one is looked at in " in t for _, t in told[1:])
    status, text = await caller.post("/sign-in", **SIGN_IN)
    assert (status, "A wrong PIN was given." in text) == (401, True)
    assert [record.getMessage() for record in caplog.records if "PIN" in record.getMessage()] == [
        "a wrong PIN for manager from 127.0.0.1"
    ]


async def test_a_manager_is_not_shut_out_by_guesses_at_the_staffs_pin(caller: Caller) -> None:
    await caller.post("/sign-in", role="staff", pin="000000")

    assert await caller.sign_in("manager") == 303


async def test_many_guesses_at_once_are_one(caller: Caller) -> None:
    guesses = [caller.post("/sign-in", role="manager", pin=f"1000{n}") for n in range(8)]
    told = await asyncio.gather(*guesses)

    assert sum("This PIN is not right" in text for _, text in told) == 1


async def test_no_pin_is_written_to_the_log(
    caller: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await caller.post("/sign-in", role="staff", pin="975310")
    await caller.sign_in("manager")

    assert "975310" not in caplog.text
    assert PINS["manager"] not in caplog.text


BAD_FORMS: list[tuple[Any, str | None, int]] = [
    ({"role": "manager"}, None, 400),
    ({"role": "god", "pin": "123456"}, None, 400),
    ({"role": "manager", "pin": "12 34"}, None, 400),
    ({"role": "manager", "pin": "１２３４５６"}, None, 400),  # noqa: RUF001 - other digits
    ({"role": "manager", "pin": "1" * 13}, None, 400),
    ({**SIGN_IN, "more": "1"}, None, 400),
    ([("role", "manager"), ("role", "manager"), ("pin", "1234")], None, 400),
    (b"\xff\xfe=\xff", "application/x-www-form-urlencoded", 400),
    (b"role=manager&pin=1", "application/x-www-form-urlencoded; charset=zzz", 400),
    (b"role=manager&pin=1", "application/x-www-form-urlencoded; charset=hex", 400),
    (b'{"role": "manager"}', "application/json", 400),
    (b"", "multipart/form-data; boundary=x", 400),
    (b"pin=" + b"1" * 3000, "application/x-www-form-urlencoded", 413),
]


@pytest.mark.parametrize(("data", "kind", "expected"), BAD_FORMS)
async def test_a_form_that_is_not_ours_is_refused_and_is_no_guess(
    caller: Caller, data: Any, kind: str | None, expected: int
) -> None:
    headers = {"Origin": caller.base} | ({"Content-Type": kind} if kind else {})
    status, _, _ = await caller.ask("POST", "/sign-in", headers=headers, data=data)

    assert status == expected
    assert await caller.sign_in("manager") == 303


async def test_a_giant_body_is_cut_off(caller: Caller) -> None:
    async def giant() -> Any:
        for _ in range(1000):
            yield b"p" * 10_000

    headers = {"Origin": caller.base, "Content-Type": "application/x-www-form-urlencoded"}
    try:
        status, _, _ = await caller.ask("POST", "/sign-in", headers=headers, data=giant())
    except aiohttp.ClientError:
        status = 413  # closed while it was still being sent
    assert status == 413
    assert await caller.sign_in("manager") == 303


async def test_a_websocket_without_a_session_is_the_page_that_asks_for_a_pin(
    caller: Caller,
) -> None:
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    status, text = await caller.get("/ws", **upgrade)

    assert (status, 'name="pin"' in text) == (401, True)


@pytest.mark.parametrize("path", ["/", "/office.css", "/today", "/nothing"])
async def test_every_answer_is_under_the_strict_policy(caller: Caller, path: str) -> None:
    for _ in range(2):
        _, _, response = await caller.ask("GET", path)
        assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
        assert not {"Strict-Transport-Security", "Server"} & set(response.headers)
        await caller.sign_in("manager")


async def test_no_page_holds_a_script_or_a_style_of_its_own(caller: Caller, house: House) -> None:
    house.duty.alerts = [Alert("a1", "case", 0)]
    for role, path in (("manager", "/today"), ("installer", "/installer")):
        await caller.sign_in(role)  # type: ignore[arg-type]
        _, text = await caller.get(path)
        assert "<style" not in text
        assert " style=" not in text
        assert not re.search(r"<[^>]*\son[a-z]+=", text)
        assert text.count("<script") == text.count('<script src="/office.js" defer>') == 1


@pytest.mark.parametrize(
    ("role", "path"), [("manager", "/installer"), ("staff", "/installer"), ("installer", "/today")]
)
async def test_a_page_of_another_role_is_not_there(caller: Caller, role: Any, path: str) -> None:
    await caller.sign_in(role)
    status, text = await caller.get(path)

    assert (status, text) == await caller.get("/nothing")
    assert status == 404


@pytest.mark.parametrize("token", ["", "x", "{other}"])
async def test_a_form_without_this_sessions_token_changes_nothing(
    office: Office, caller: Caller, house: House, tmp_path: Path, token: str
) -> None:
    house.duty.alerts = [Alert("a1", "case", 0)]
    async with calling(office, tmp_path) as other:
        await other.sign_in("manager")
        token = token.format(other=await other.token("/today"))
    await caller.sign_in("manager")
    status, text = await caller.post("/today/acknowledge", token=token, alert="a1")

    assert (status, house.duty.told) == (403, [])
    assert "open the page again" in text


async def test_what_is_kept_is_shown_as_text_whatever_stands_in_it(
    caller: Caller, house: House
) -> None:
    evil = "<img src=x onerror=alert(1)>"
    house.faults.report(f"a{evil}", f"b{evil}", remedy=f"c{evil}")
    await caller.sign_in("installer")
    _, text = await caller.get("/installer")

    assert evil not in text
    assert all(f"{place}&lt;img" in text for place in "abc")


# -- connections ----------------------------------------------------------------------------------


async def closes(reader: asyncio.StreamReader) -> bool:
    async with asyncio.timeout(WAIT_S):
        try:
            return await reader.read() == b""
        except OSError:
            return True


@pytest.mark.parametrize("said", [b"", b"G", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"])
async def test_who_does_not_speak_tls_is_answered_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(listener, "HANDSHAKE_S", SHORT_S)
    reader, writer = await asyncio.open_connection("127.0.0.1", office.port)
    with closing(writer):
        writer.write(said)
        async with asyncio.timeout(WAIT_S):
            heard = await reader.read()
    assert b"HTTP" not in heard


async def test_an_old_tls_is_refused(office: Office) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that it is old is the point
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(OSError):  # noqa: PT011 - an alert, or a closed connection
        await asyncio.open_connection("127.0.0.1", office.port, ssl=old)


@pytest.mark.parametrize("start", ["", "G", "GET / HTTP/1.1\r\nX"])
async def test_a_request_that_dawdles_is_cut_off(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str
) -> None:
    assert office.pages is not None
    door = office.pages._listener
    assert door is not None
    monkeypatch.setattr(door, "_manners", replace(door._manners, idle_s=SHORT_S))
    tls = ssl.create_default_context(cafile=str(tmp_path / "office.pem"))
    reader, writer = await asyncio.open_connection("localhost", office.port, ssl=tls)
    with closing(writer):
        writer.write(start.encode())
        assert await closes(reader)


async def test_what_is_no_http_is_answered_under_the_same_policy(
    office: Office, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tls = ssl.create_default_context(cafile=str(tmp_path / "office.pem"))
    heard = []
    for said in (b"HELO kiosk\r\n\r\n", b"GET / HTTP/1.1\r\nHost\r\n\r\n"):
        reader, writer = await asyncio.open_connection("localhost", office.port, ssl=tls)
        with closing(writer):
            writer.write(said)
            async with asyncio.timeout(WAIT_S):
                heard.append((await reader.read()).decode())

    for answer in heard:
        assert " 400 " in answer.splitlines()[0]
        assert all(f"{name}: {value}" in answer for name, value in HEADERS.items())
        assert "Server:" not in answer
    assert [record.exc_info for record in caplog.records] == [None]


async def test_a_form_that_trickles_in_is_cut_off(
    office: Office, caller: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "BODY_S", SHORT_S)
    tls = ssl.create_default_context(cafile=str(tmp_path / "office.pem"))
    reader, writer = await asyncio.open_connection("localhost", office.port, ssl=tls)
    with closing(writer):
        writer.write(
            f"POST /sign-in HTTP/1.1\r\nHost: localhost:{office.port}\r\nOrigin: {caller.base}\r\n"
            f"Content-Type: {forms.FORM_TYPE}\r\nContent-Length: 40\r\n\r\nrole".encode()
        )
        async with asyncio.timeout(WAIT_S):
            assert b"408" in await reader.readline()


async def test_a_crowd_at_the_door_is_cut_off_before_any_tls(
    office: Office, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "MAX_OF_ONE", 3)
    crowd = [await asyncio.open_connection("127.0.0.1", office.port) for _ in range(3)]
    reader, late = await asyncio.open_connection("127.0.0.1", office.port)
    assert await closes(reader)
    for _, writer in [*crowd, (reader, late)]:
        writer.close()
    async with asyncio.timeout(WAIT_S):
        while not await is_answered(caller):  # noqa: ASYNC110 - the listener tells nobody
            await asyncio.sleep(0.01)


async def is_answered(caller: Caller) -> bool:
    try:
        return (await caller.get("/"))[0] == 200
    except aiohttp.ClientError:
        return False


@pytest.mark.parametrize(
    ("address", "near"),
    [
        ("127.0.0.1", True),
        ("192.168.1.7", True),
        ("10.1.2.3", True),
        ("172.16.0.9", True),
        ("169.254.3.4", True),
        ("100.64.0.1", True),
        ("fe80::1%eth0", True),
        ("fd00::7", True),
        ("8.8.8.8", False),
        ("2001:4860:4860::8888", False),
        ("172.32.0.1", False),
    ],
)
def test_only_the_local_network_is_near(address: str, near: bool) -> None:  # noqa: FBT001
    assert is_near(address) is near


async def test_who_comes_from_the_internet_is_cut_off(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "is_near", lambda address: address != "127.0.0.1")
    reader, writer = await asyncio.open_connection("127.0.0.1", office.port)
    with closing(writer):
        assert await closes(reader)
