"""The round trip, against a real Mosquitto with the example's own access rules."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.doctor.broker import broker
from agent.doctor.checks import Failed
from agent.errors import UplinkError
from agent.testing import FakeClock, FaultyBroker
from agent.testing.behaviour import Answer, Behaviour, Never
from agent.uplink.settings import TlsSettings, UplinkSettings
from agent.uplink.topics import Topics
from tests.uplink.authority import Authority, at

ACL = Path(__file__).parents[2] / "config/mosquitto-acl.example"
TOPICS = Topics("acme", "high-street", "till-1")
NAME, PASSWORD = "acme/high-street/till-1", "let me in"

Start = Callable[[str], int]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port: int = holder.getsockname()[1]
        return port


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start Mosquitto with some more lines of configuration; returns its port."""
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    assert program, "install mosquitto: the broker's tests need the real one"
    running: list[subprocess.Popen[bytes]] = []

    def run(lines: str) -> int:
        port = free_port()
        config = tmp_path / "mosquitto.conf"
        config.write_text(f"user root\nlistener {port} 127.0.0.1\n{lines}\n")
        running.append(subprocess.Popen([program, "-c", config], stderr=subprocess.DEVNULL))
        wait_for(port)
        return port

    yield run
    for process in running:
        process.terminate()
        process.wait(10)


def wait_for(port: int) -> None:
    deadline_s = time.monotonic() + 10
    while time.monotonic() < deadline_s:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    pytest.fail("mosquitto did not start")


@pytest.fixture
def guarded(tmp_path: Path) -> str:
    """The lines of a broker that knows one device, with the rules of config/."""
    passwords = tmp_path / "passwd"
    subprocess.run(["mosquitto_passwd", "-c", "-b", passwords, NAME, PASSWORD], check=True)
    subprocess.run(["mosquitto_passwd", "-b", passwords, "acme/other/till-9", PASSWORD], check=True)
    rules = tmp_path / "acl"
    shutil.copy(ACL, rules)
    for file in (passwords, rules):
        file.chmod(0o600)
    return f"allow_anonymous false\npassword_file {passwords}\nacl_file {rules}"


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD}\n")
    return path


def test_the_message_comes_back_and_the_time_is_told(start: Start) -> None:
    port = start("allow_anonymous true")
    fact = broker(UplinkSettings(port=port), topics=TOPICS)
    assert fact.startswith(f"127.0.0.1:{port} answers, no TLS, there and back in ")
    assert fact.endswith(" ms")


def test_the_example_rules_let_a_device_use_its_own_prefix(
    start: Start, guarded: str, password_file: Path
) -> None:
    port = start(guarded)
    uplink = UplinkSettings(port=port, username=NAME, password_file=password_file)
    assert "there and back" in broker(uplink, topics=TOPICS)


def test_the_example_rules_keep_a_device_out_of_anothers_prefix(
    start: Start, guarded: str, password_file: Path
) -> None:
    port = start(guarded)
    uplink = UplinkSettings(port=port, username="acme/other/till-9", password_file=password_file)
    with pytest.raises(
        Failed,
        match=r"the broker denies to (read|write) smilepost/v1/acme/high-street/till-1/reply/",
    ) as caught:
        broker(uplink, topics=TOPICS, wait_s=3)
    assert "mosquitto-acl.example" in caught.value.remedy


def test_a_wrong_password_is_told_from_an_absent_broker(
    start: Start, guarded: str, password_file: Path
) -> None:
    port = start(guarded)
    password_file.write_text("guess\n")
    uplink = UplinkSettings(port=port, username=NAME, password_file=password_file)
    with pytest.raises(Failed, match="does not accept this device: Not authorized") as caught:
        broker(uplink, topics=TOPICS)
    assert "password_file" in caught.value.remedy


def test_a_missing_password_file_is_told(tmp_path: Path) -> None:
    uplink = UplinkSettings(username=NAME, password_file=tmp_path / "none")
    with pytest.raises(UplinkError, match="cannot be read"):
        broker(uplink, topics=TOPICS)


def test_nothing_listening_is_told() -> None:
    with pytest.raises(Failed, match="refuses connections") as caught:
        broker(UplinkSettings(port=free_port()), topics=TOPICS)
    assert "uplink.port" in caught.value.remedy


def test_a_name_that_does_not_exist_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> socket.socket:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "create_connection", unknown)
    with pytest.raises(Failed, match="cannot be reached: Name or service not known"):
        broker(UplinkSettings(host="broker.invalid"), topics=TOPICS)


def test_a_port_that_is_silent_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        with pytest.raises(Failed, match="does not accept this device: no answer"):
            broker(UplinkSettings(port=port), topics=TOPICS, wait_s=0.2)


def test_tls_towards_a_plain_listener_is_told(start: Start) -> None:
    port = start("allow_anonymous true")
    uplink = UplinkSettings(port=port, tls=TlsSettings())
    with pytest.raises(Failed) as caught:
        broker(uplink, topics=TOPICS, wait_s=3)
    assert "TLS" in caught.value.fact or "cannot be reached" in caught.value.fact


def test_a_certificate_of_an_unknown_authority_is_told(start: Start, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    port = start(f"certfile {certificate}\nkeyfile {key}\nallow_anonymous true")
    with pytest.raises(Failed, match="its certificate does not hold") as caught:
        broker(UplinkSettings(port=port, tls=TlsSettings()), topics=TOPICS, wait_s=3)
    assert "uplink.tls.ca" in caught.value.remedy
    known = UplinkSettings(port=port, tls=TlsSettings(ca=certificate))
    assert "answers, TLS, there and back" in broker(known, topics=TOPICS)


def test_an_expired_certificate_is_told_with_its_span_and_the_clocks_time(
    start: Start, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    certified = authority.certify("broker", begins=at(-90), ends=at(-1))
    port = start("allow_anonymous true\n" + "\n".join(certified.broker_lines()))
    uplink = UplinkSettings(port=port, tls=TlsSettings(ca=authority.pem))
    clock = FakeClock(wall_ms=int(at(0).timestamp() * 1000))
    with pytest.raises(Failed, match="its certificate has expired: it holds 20") as caught:
        broker(uplink, topics=TOPICS, clock=clock)
    assert caught.value.remedy.startswith("mend this device's clock")


def test_with_receipts_on_their_topic_is_tried_too() -> None:
    with FaultyBroker(Behaviour(suback=Answer(reason=0x87))) as denying:
        uplink = UplinkSettings(port=denying.port, receipts=True)
        with pytest.raises(Failed, match="the broker denies to read") as caught:
            broker(uplink, topics=TOPICS)
    assert "/reply/#" in caught.value.remedy


def test_a_subscription_that_hands_nothing_out_is_told() -> None:
    with (
        FaultyBroker() as mute,
        pytest.raises(Failed, match=r"the broker denies to read .*/reply/doctor-"),
    ):
        broker(UplinkSettings(port=mute.port), topics=TOPICS, wait_s=0.3)


def test_a_broker_that_says_nothing_to_a_message_is_told() -> None:
    with FaultyBroker(Behaviour(puback=Never())) as lazy:
        uplink = UplinkSettings(port=lazy.port)
        with pytest.raises(Failed, match=r"has not answered a message within 0\.3 s"):
            broker(uplink, topics=TOPICS, wait_s=0.3)
