"""Why the broker is not there: one line each, that says what to look at."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.errors import UplinkError
from agent.testing import LocalBroker
from agent.testing.broker import free_port
from agent.uplink.connection import Callbacks, Connection, Will
from agent.uplink.settings import UplinkSettings
from tests.uplink.scene import settings

WILL = Will("smilepost/v1/a/b/c/status", b"{}")


def connect(uplink: UplinkSettings, *, wait_s: float = 5.0) -> Connection:
    callbacks = Callbacks(answered=lambda _id, _reason: None)
    connection = Connection(uplink, client_id="till", will=WILL, callbacks=callbacks)
    try:
        connection.open(wait_s=wait_s)
    except UplinkError:
        connection.drop()
        raise
    return connection


def reason_of(uplink: UplinkSettings, *, wait_s: float = 5.0) -> str:
    with pytest.raises(UplinkError) as caught:
        connect(uplink, wait_s=wait_s)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_a_port_where_nobody_listens() -> None:
    port = free_port()
    expected = f"broker 127.0.0.1:{port} refuses connections: is it running, is uplink.port right?"
    assert reason_of(settings(port)) == expected


def test_a_name_that_does_not_exist() -> None:
    text = reason_of(settings(1883, host="broker.invalid"))
    assert text.startswith("broker broker.invalid:1883 cannot be reached: ")


def test_a_listener_that_never_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        text = reason_of(settings(port), wait_s=0.3)
    assert text == f"broker 127.0.0.1:{port} does not accept this device: no answer"


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
    text = reason_of(settings(guarded.port, username="till", password_file=file))
    expected = f"broker 127.0.0.1:{guarded.port} does not accept this device: Not authorized"
    assert text == expected


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
    text = reason_of(settings(1, username="till", password_file=file))
    assert text == f"uplink.password_file {file} {complaint}"


# -- TLS --------------------------------------------------------------------------------------


def openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=60)


class Authority:
    """A certificate authority in a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.key, self.pem = folder / f"{name}.key", folder / f"{name}.pem"
        openssl(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-days", "30", "-subj", f"/CN={name}", "-keyout", self.key, "-out", self.pem),
        )

    def certify(self, name: str, alternative: str) -> tuple[Path, Path]:
        """Return (certificate, key) of a server."""
        key, request = self.folder / f"{name}.key", self.folder / f"{name}.csr"
        pem, extension = self.folder / f"{name}.crt", self.folder / f"{name}.ext"
        extension.write_text(f"subjectAltName={alternative}\n", encoding="ascii")
        openssl(
            *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-subj", f"/CN={name}", "-keyout", key, "-out", request),
        )
        openssl(
            *("x509", "-req", "-in", request, "-CA", self.pem, "-CAkey", self.key),
            *("-CAcreateserial", "-days", "30", "-extfile", extension, "-out", pem),
        )
        return pem, key


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def authority(folder: Path) -> Authority:
    return Authority(folder, "ours")


def tls_broker(authority: Authority, name: str, alternative: str) -> LocalBroker:
    certificate, key = authority.certify(name, alternative)
    return LocalBroker(kind="mosquitto", lines=(f"certfile {certificate}", f"keyfile {key}"))


@pytest.fixture(scope="module")
def secured(authority: Authority) -> Iterator[LocalBroker]:
    with tls_broker(authority, "broker", "IP:127.0.0.1") as broker:
        yield broker


def with_tls(port: int, **tls: Any) -> UplinkSettings:
    return settings(port, tls={name: str(value) for name, value in tls.items()})


def test_a_broker_signed_by_the_configured_authority(
    secured: LocalBroker, authority: Authority
) -> None:
    connection = connect(with_tls(secured.port, ca=authority.pem))
    assert connection.up
    connection.close()


def test_a_broker_signed_by_somebody_else(secured: LocalBroker, folder: Path) -> None:
    stranger = Authority(folder, "stranger")
    text = reason_of(with_tls(secured.port, ca=stranger.pem))
    expected = "its certificate does not hold: unable to get local issuer certificate"
    assert text == f"broker 127.0.0.1:{secured.port}: {expected}"


def test_a_broker_of_another_name(authority: Authority) -> None:
    with tls_broker(authority, "other", "DNS:broker.example") as broker:
        text = reason_of(with_tls(broker.port, ca=authority.pem))
    assert "its certificate does not hold: IP address mismatch" in text


def test_tls_towards_a_plain_port(authority: Authority) -> None:
    with LocalBroker(kind="mosquitto") as broker:
        text = reason_of(with_tls(broker.port, ca=authority.pem))
    assert text.startswith(f"broker 127.0.0.1:{broker.port}")


def test_a_plain_connection_towards_a_tls_port(secured: LocalBroker) -> None:
    text = reason_of(settings(secured.port))
    assert text.endswith("does not accept this device: it closed the connection")


@pytest.mark.parametrize("content", [None, "this is no certificate"])
def test_an_authority_file_that_cannot_be_used(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content, encoding="ascii")
    assert reason_of(with_tls(1, ca=file)).startswith("uplink.tls: a file cannot be used: ")


def test_a_key_behind_a_password_is_refused_and_never_asked_for(
    tmp_path: Path, authority: Authority
) -> None:
    certificate, key = authority.certify("device", "DNS:till")
    locked = tmp_path / "locked.key"
    openssl("pkcs8", "-topk8", "-in", key, "-passout", "pass:secret", "-out", locked)
    text = reason_of(with_tls(1, ca=authority.pem, certificate=certificate, key=locked))
    assert text.startswith("uplink.tls: a file cannot be used: ")
