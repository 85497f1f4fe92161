"""The broker of the testing kit: both kinds, stopped, killed and started again."""

from __future__ import annotations

import gc
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from agent.errors import UplinkError
from agent.testing import LocalBroker
from agent.testing.broker import Kind, available_broker, free_port


def connected(port: int, *, on_message: Callable[[str, bytes], None] = lambda *_: None) -> Client:
    """A paho client that has subscribed to everything."""
    ready: list[bool] = []
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)

    def heard(_client: Client, _data: object, message: MQTTMessage) -> None:
        on_message(message.topic, bytes(message.payload))

    client.on_message = heard
    client.on_subscribe = lambda *_: ready.append(True)
    client.connect("127.0.0.1", port)
    client.loop_start()
    client.subscribe("#", 1)
    wait_until(lambda: bool(ready))
    return client


def wait_until(condition: Callable[[], bool], *, for_s: float = 10.0) -> None:
    deadline_s = time.monotonic() + for_s
    while not condition():
        assert time.monotonic() < deadline_s, "it never came true"
        time.sleep(0.01)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("kind", ["mosquitto", "iotcore"])
def test_it_carries_mqtt_5_messages_with_retain(kind: Kind) -> None:
    heard: list[tuple[str, bytes]] = []
    with LocalBroker(kind=kind) as broker:
        first = connected(broker.port)
        first.publish("shop/sign", b"open", qos=1, retain=True).wait_for_publish(5)
        second = connected(broker.port, on_message=lambda *message: heard.append(message))
        wait_until(lambda: heard == [("shop/sign", b"open")])
        for client in (first, second):
            client.disconnect()
            client.loop_stop()


def test_mosquitto_is_preferred() -> None:
    assert available_broker() == "mosquitto"
    assert LocalBroker().name == "Mosquitto"


def test_without_any_broker_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.testing.broker._mosquitto", lambda: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(UplinkError, match="apt install mosquitto"):
        LocalBroker()


def test_iotcore_takes_the_place_of_a_missing_mosquitto(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.testing.broker._mosquitto", lambda: None)
    assert LocalBroker().kind == "iotcore"


def test_a_stopped_broker_comes_back_on_its_port_with_its_retained_messages() -> None:
    heard: list[tuple[str, bytes]] = []
    with LocalBroker(kind="mosquitto") as broker:
        port = broker.port
        client = connected(port)
        client.publish("shop/sign", b"open", qos=1, retain=True).wait_for_publish(5)
        client.disconnect()
        client.loop_stop()
        broker.stop()
        assert not listens(port)
        broker.start()
        assert broker.port == port
        again = connected(port, on_message=lambda *message: heard.append(message))
        wait_until(lambda: heard == [("shop/sign", b"open")])
        again.disconnect()
        again.loop_stop()


def test_a_killed_broker_is_gone_at_once() -> None:
    with LocalBroker() as broker:
        broker.kill()
        assert not broker.running
        assert not listens(broker.port)
        broker.start()
        assert listens(broker.port)


def test_leaving_the_block_ends_the_process_and_removes_its_files() -> None:
    with LocalBroker() as broker:
        pid, folder, port = broker.pid, broker.folder, broker.port
        assert pid is not None
        assert folder.is_dir()
    assert not listens(port)
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_broker_that_is_only_made_makes_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    broker = LocalBroker()
    assert not list(tmp_path.iterdir())
    with broker:
        assert broker.folder.parent == tmp_path
    assert not list(tmp_path.iterdir())


def test_a_broker_that_is_forgotten_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    broker = LocalBroker().start()
    port = broker.port
    assert len(list(tmp_path.iterdir())) == 1
    del broker
    gc.collect()
    assert not listens(port)
    assert not list(tmp_path.iterdir())


def test_a_broker_whose_owner_is_killed_leaves_nothing(tmp_path: Path) -> None:
    owner_code = """
import time
from agent.testing import LocalBroker
broker = LocalBroker().start()
print(broker.port, flush=True)
time.sleep(60)
"""
    owner = subprocess.Popen(
        [sys.executable, "-c", owner_code],
        stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert owner.stdout is not None
    port = int(owner.stdout.readline())
    assert len(list(tmp_path.iterdir())) == 1
    owner.kill()
    owner.communicate()
    wait_until(lambda: not listens(port) and not list(tmp_path.iterdir()))


def test_a_folder_of_the_callers_is_kept(tmp_path: Path) -> None:
    with LocalBroker(folder=tmp_path / "broker"):
        pass
    assert (tmp_path / "broker" / "broker.log").is_file()


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(UplinkError, match=f"port {port} is taken"):
            LocalBroker(kind="mosquitto", port=port).start()


def test_lines_go_into_mosquittos_configuration(tmp_path: Path) -> None:
    refused: list[bool] = []
    rules = tmp_path / "acl"
    rules.write_text("topic read #\n", encoding="utf-8")
    rules.chmod(0o600)
    with LocalBroker(kind="mosquitto", lines=(f"acl_file {rules}",)) as broker:
        client = connected(broker.port)
        client.on_publish = lambda _c, _u, _m, reason, _p: refused.append(reason.is_failure)
        client.publish("shop/sign", b"open", qos=1)
        wait_until(lambda: refused == [True])
        client.disconnect()
        client.loop_stop()


def test_starting_twice_is_starting_once() -> None:
    with LocalBroker(port=free_port()) as broker:
        pid = broker.pid
        assert broker.start().pid == pid
