"""Why the broker is not there: one line each, that says what is wrong and what mends it."""

from __future__ import annotations

import errno
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import UplinkError
from agent.testing import FaultyBroker, LocalBroker
from agent.testing.behaviour import Answer, Behaviour, Raw
from agent.testing.broker import free_port
from agent.uplink.connection import Connection
from agent.uplink.diagnosis import Place, refused, unreachable
from agent.uplink.errors import (
    BrokerBusyError,
    LastingError,
    LoginRefusedError,
    NoAnswerError,
    NobodyListensError,
    PassingError,
    TroubleError,
    UnknownHostError,
    UnsuitableBrokerError,
)
from tests.uplink.scene import connect, refusal, settings

PLACE = Place("broker.example", 1883, tls=False)


# -- the road there -------------------------------------------------------------------------------


def test_a_port_where_nobody_listens() -> None:
    port = free_port()
    error = refusal(settings(port))
    assert isinstance(error, NobodyListensError)
    expected = f"broker 127.0.0.1:{port} refuses connections: is it running, is uplink.port right?"
    assert str(error) == expected


def test_a_name_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> socket.socket:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "create_connection", unknown)
    error = refusal(settings(1883, host="broker.invalid"))
    assert isinstance(error, UnknownHostError)
    assert str(error) == (
        "broker broker.invalid:1883 cannot be reached: Name or service not known:"
        " check uplink.host and the DNS"
    )


def test_no_name_server_is_told_from_an_unknown_name() -> None:
    error = unreachable(PLACE, socket.gaierror(socket.EAI_AGAIN, "Temporary failure"))
    assert isinstance(error, UnknownHostError)
    assert "no name server answers: check the network" in str(error)


def test_a_listener_that_never_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        error = refusal(settings(port), wait_s=0.3)
    assert isinstance(error, NoAnswerError)
    assert str(error).startswith(f"broker 127.0.0.1:{port} does not accept this device: no answer")


def test_a_machine_that_does_not_answer_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def silence(*_: object, **__: object) -> socket.socket:
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket, "create_connection", silence)
    error = refusal(settings(1883))
    assert isinstance(error, NoAnswerError)
    assert str(error).endswith("does not answer: check the network and uplink.host")


@pytest.mark.parametrize("number", [errno.ENETUNREACH, errno.EHOSTUNREACH])
def test_a_device_without_a_network(number: int) -> None:
    error = unreachable(PLACE, OSError(number, "Network is unreachable"))
    assert isinstance(error, NoAnswerError)
    assert error.remedy == "check this device's network"


# -- the login ------------------------------------------------------------------------------------


def password_file(folder: Path, text: str | bytes) -> str:
    file = folder / "password"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(file)


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[LocalBroker]:
    """A broker that knows the user `till` with the password `secret`."""
    users = tmp_path / "users"
    subprocess.run(
        ["mosquitto_passwd", "-b", "-c", str(users), "till", "secret"], check=True, timeout=20
    )
    users.chmod(0o600)
    with LocalBroker(
        kind="mosquitto", lines=("allow_anonymous false", f"password_file {users}")
    ) as broker:
        yield broker


def test_a_wrong_password(guarded: LocalBroker, tmp_path: Path) -> None:
    file = password_file(tmp_path, "guess\n")
    error = refusal(settings(guarded.port, username="till", password_file=file))
    assert isinstance(error, LoginRefusedError)
    assert error.code == 0x87
    assert (
        error.fact == f"broker 127.0.0.1:{guarded.port} does not accept this device: Not authorized"
    )
    assert error.remedy.startswith("mend uplink.username and password_file")


def test_the_right_password_is_the_files_first_line(guarded: LocalBroker, tmp_path: Path) -> None:
    file = password_file(tmp_path, "secret\r\nnot this\n")
    connection = connect(settings(guarded.port, username="till", password_file=file))
    assert connection.up
    connection.close()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(None, "cannot be read: No such file or directory"), (b"\xff\xfe", "is not UTF-8 text")],
)
def test_a_password_file_that_cannot_be_used(
    tmp_path: Path, content: bytes | None, complaint: str
) -> None:
    file = str(tmp_path / "password") if content is None else password_file(tmp_path, content)
    error = refusal(settings(1, username="till", password_file=file))
    assert str(error) == f"uplink.password_file {file} {complaint}"


REFUSALS: dict[int, tuple[type[TroubleError], str]] = {
    0x80: (LoginRefusedError, "Unspecified error: see the broker's log"),
    0x84: (UnsuitableBrokerError, "does not speak MQTT 5 (Unsupported protocol version)"),
    0x85: (LoginRefusedError, "device.tenant, site and id make the client id"),
    0x86: (LoginRefusedError, "Bad user name or password: mend uplink.username"),
    0x87: (LoginRefusedError, "Not authorized: mend uplink.username"),
    0x88: (BrokerBusyError, "Server unavailable: tried again"),
    0x89: (BrokerBusyError, "Server busy: tried again"),
    0x8A: (LoginRefusedError, "it has banned this device"),
    0x8C: (LoginRefusedError, "Bad authentication method: mend"),
    0x95: (UnsuitableBrokerError, "takes no packet as large as our will"),
    0x9A: (UnsuitableBrokerError, "keeps no retained messages"),
    0x9B: (UnsuitableBrokerError, "does not take QoS 1"),
    0x9C: (LoginRefusedError, "set uplink.host to the broker it names"),
    0x9F: (BrokerBusyError, "Connection rate exceeded"),
}


@pytest.mark.parametrize("code", REFUSALS, ids=hex)
def test_every_refusal_of_a_broker_has_its_error(code: int) -> None:
    kind, words = REFUSALS[code]
    with FaultyBroker(Behaviour(connack=Answer(reason=code))) as broker:
        error = refusal(settings(broker.port))
    assert type(error) is kind
    assert words in str(error)
    assert getattr(error, "code", None) == code


def test_what_a_broker_adds_is_told_in_one_line() -> None:
    said = Answer(reason=0x87, properties={"reason_string": "ask\nthe\x1b[31m owner"})
    with FaultyBroker(Behaviour(connack=said)) as broker:
        error = refusal(settings(broker.port))
    assert "Not authorized, ask the [31m owner: mend" in str(error)


def test_a_broker_of_mqtt_3_is_told() -> None:
    old = Raw(bytes([0x20, 2, 0, 1]), then_close=True)
    with FaultyBroker(Behaviour(connack=old)) as broker:
        error = refusal(settings(broker.port))
    assert isinstance(error, UnsuitableBrokerError)
    assert "does not speak MQTT 5" in str(error)


def test_a_broker_that_acknowledges_nothing_is_not_used() -> None:
    with LocalBroker(kind="mosquitto", lines=("max_qos 0",)) as broker:
        error = refusal(settings(broker.port))
    assert isinstance(error, UnsuitableBrokerError)
    assert "QoS" in str(error)


def test_a_maximum_qos_of_0_is_heeded_also_where_the_will_was_taken() -> None:
    with FaultyBroker(Behaviour(connack=Answer(properties={"maximum_qos": 0}))) as broker:
        error = refusal(settings(broker.port))
    assert isinstance(error, UnsuitableBrokerError)
    assert "takes QoS 0 only: it would acknowledge nothing" in str(error)


@given(code=st.integers(0x80, 0xFF), told=st.none() | st.text(max_size=600))
def test_any_refusal_is_one_printable_line(code: int, told: str | None) -> None:
    text = str(refused(PLACE, code=code, name="a reason", told=told))
    assert text.isprintable()
    assert len(text) <= 602


@given(number=st.integers(1, 133), words=st.text(max_size=80), tls=st.booleans())
def test_any_error_of_the_network_has_its_line(number: int, words: str, tls: bool) -> None:  # noqa: FBT001
    error = unreachable(Place("h", 1, tls), OSError(number, words))
    assert isinstance(error, PassingError | LastingError)
    assert str(error).isprintable()
    assert "h:1" in str(error)


def test_what_is_no_mqtt_at_all_is_one_line() -> None:
    web = Raw(b"HTTP/1.1 400 Bad Request\r\n\r\n", then_close=True)
    with FaultyBroker(Behaviour(connack=web)) as broker:
        error = refusal(settings(broker.port))
    assert isinstance(error, UplinkError)


def test_a_connection_without_a_will_leaves_nothing_behind() -> None:
    with FaultyBroker() as broker:
        connection = Connection(settings(broker.port), client_id="doctor")
        connection.open()
        connection.close()
        packet = broker.connects[0].packet
    assert packet.will is None
    assert packet.clean_start
    assert packet.properties["session_expiry_interval"] == 0
