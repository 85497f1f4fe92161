"""The Mosquitto configuration that operators are given, as it stands: killed, and counted."""

from __future__ import annotations

import contextlib
import json
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from agent.outbox import Outbox, Reader, State
from agent.testing import LocalBroker
from agent.uplink.connection import Callbacks, Connection
from agent.uplink.errors import ClientCertificateError
from agent.uplink.settings import TlsSettings, UplinkSettings
from agent.uplink.tls import tls_context
from tests.uplink.authority import Authority, Certified
from tests.uplink.scene import TOPICS, append, refusal, running, settings, wait_until

CONFIG = Path(__file__).parents[2] / "config"
EXAMPLE = (CONFIG / "mosquitto.conf.example").read_text(encoding="utf-8")


class OperatorsBroker(LocalBroker):
    """A broker with the example file; `without` names settings that are left out of it."""

    def __init__(
        self, folder: Path, authority: Authority, *, without: tuple[str, ...] = ()
    ) -> None:
        super().__init__(kind="mosquitto", folder=folder / "broker")
        self._place, self._authority, self._without = folder, authority, without
        self.certs = folder / "certs"
        self.certs.mkdir()
        certified = authority.certify("broker", file=f"broker-{folder.name}")
        shutil.copy(certified.certificate, self.certs / "broker.pem")
        shutil.copy(certified.key, self.certs / "broker.key")
        shutil.copy(authority.pem, self.certs / "devices-ca.pem")
        shutil.copy(CONFIG / "mosquitto-acl.example", folder / "acl")
        (folder / "acl").chmod(0o600)

    def _config(self) -> str:
        text = "\n".join(
            line for line in EXAMPLE.splitlines() if line.partition(" ")[0] not in self._without
        )
        text = text.replace("listener 8883", f"listener {self.port} 127.0.0.1")
        text = text.replace("/var/lib/mosquitto/", f"{self.folder}/")
        return f"user root\n{text.replace('/etc/mosquitto', str(self._place))}\n"

    def wait_until_saved(self) -> None:
        """Wait until it has written what it means to write."""
        file, before, now = self.folder / "mosquitto.db", -1, 0
        while before != now:
            time.sleep(0.3)
            before, now = now, file.stat().st_mtime_ns if file.exists() else 0


@dataclass(frozen=True, slots=True)
class Papers:
    """Who is who: the authority, a device's certificate, the centre's."""

    authority: Authority
    device: Certified
    centre: Certified

    def tls(self, holder: Certified) -> TlsSettings:
        return TlsSettings(ca=self.authority.pem, certificate=holder.certificate, key=holder.key)

    def client(self, name: str, holder: Certified) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTProtocolVersion.MQTTv5
        )
        client.tls_set_context(tls_context(self.tls(holder)))
        client.reconnect_delay_set(1, 1)
        return client


class Consumer:
    """A central server with a lasting session; it confirms what it stores when told to."""

    def __init__(self, port: int, papers: Papers, *, confirms: bool = False) -> None:
        self.events: list[dict[str, Any]] = []
        self._port, self._confirms = port, confirms
        self._present, self._caught_up = threading.Event(), threading.Event()
        self._client = papers.client("centre", papers.centre)
        self._client.on_message = self._note
        self._client.on_connect = lambda client, *_: client.subscribe("smilepost/v1/#", 1)
        self._client.on_subscribe = lambda *_: self._present.set()

    @property
    def marks(self) -> set[int]:
        """The numbers of the marked events."""
        data = [event["data"] for event in self.events]
        return {int(fields["uptime_s"]) for fields in data if "uptime_s" in fields}

    def catch_up(self) -> None:
        """Wait until everything that was queued has come: a message of our own comes behind it."""
        self._client.publish(f"{TOPICS.root}/config/desired", b"{}", qos=1)
        assert self._caught_up.wait(60)

    def _note(self, client: Client, _data: object, message: MQTTMessage) -> None:
        if message.topic.endswith("/config/desired"):
            self._caught_up.set()
        if "/event/" not in message.topic:
            return
        event = json.loads(message.payload)
        self.events.append(event)
        if self._confirms:
            sequence = int(event["sequence"])
            receipt = {"epoch": event["epoch"], "ranges": [[sequence, sequence]]}
            client.publish(TOPICS.receipt, json.dumps(receipt), qos=1)

    def __enter__(self) -> Self:
        lasting = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        lasting.SessionExpiryInterval = 86_400
        self._client.connect("127.0.0.1", self._port, clean_start=False, properties=lasting)
        self._client.loop_start()
        assert self._present.wait(20)
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        self._present.clear()


@pytest.fixture(autouse=True)
def _acknowledgements_are_written_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.outbox.work.ACK_LINGER_S", 0.05)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    authority = Authority(tmp_path_factory.mktemp("authority"))
    device = authority.certify("acme/north/till-1", "DNS:till", file="device")
    return Papers(authority, device, authority.certify("centre", "DNS:centre"))


@pytest.fixture
def broker(tmp_path: Path, papers: Papers) -> Iterator[OperatorsBroker]:
    with OperatorsBroker(tmp_path, papers.authority) as started:
        yield started


def uplink(broker: OperatorsBroker, papers: Papers, **changes: Any) -> UplinkSettings:
    tls = papers.tls(papers.device).model_dump()
    return settings(broker.port, tls=tls, reconnect_max_s=0.2, **changes)


def states(path: Path) -> dict[State, int]:
    with contextlib.closing(Reader(path)) as reader:
        return reader.count_by_state()


# -- who may connect -------------------------------------------------------------------------------


def test_whoever_has_no_certificate_stays_outside(broker: OperatorsBroker, papers: Papers) -> None:
    nameless = settings(broker.port, tls={"ca": str(papers.authority.pem)})
    assert isinstance(refusal(nameless), ClientCertificateError)


def test_the_common_name_opens_the_devices_own_topics_and_no_others(
    broker: OperatorsBroker, papers: Papers, outbox: Outbox, path: Path
) -> None:
    with running(outbox, uplink(broker, papers, receipts=True)) as own:
        append(outbox, *range(5))
        wait_until(lambda: outbox.pending == 0)
        assert own.state.reason == ""
    outbox.close()
    assert set(states(path)) == {State.ACKNOWLEDGED}
    reasons: list[int] = []
    callbacks = Callbacks(answered=lambda _id, reason: reasons.append(reason))
    connection = Connection(uplink(broker, papers), client_id="x", callbacks=callbacks)
    connection.open()
    connection.publish(f"{TOPICS.root}2/event/device.health", b"{}")
    wait_until(lambda: connection.turn(timeout_s=0.05, wake=None) and reasons)
    assert reasons == [0x87]
    connection.close()


# -- what survives a crash of the broker -----------------------------------------------------------


def test_a_broker_killed_in_mid_flow_loses_nothing_that_is_not_sent_again(
    broker: OperatorsBroker, papers: Papers, outbox: Outbox, path: Path
) -> None:
    consumer = Consumer(broker.port, papers, confirms=True)
    with consumer:
        pass  # its session is there from now on
    with running(outbox, uplink(broker, papers, receipts=True, receipt_wait_s=1.0)):
        for round_ in range(3):
            append(outbox, *range(round_ * 40, round_ * 40 + 40))
            broker.kill()
            broker.start()
        with consumer:
            wait_until(lambda: consumer.marks == set(range(120)), for_s=60)
            wait_until(lambda: set(states(path)) == {State.CONFIRMED}, for_s=60)


def found_after_a_kill(broker: OperatorsBroker, papers: Papers, outbox: Outbox) -> set[int]:
    """What a consumer finds that was away while the broker took 100 events and was killed."""
    consumer = Consumer(broker.port, papers)
    with consumer:
        pass
    with running(outbox, uplink(broker, papers)):
        append(outbox, *range(100))
        wait_until(lambda: outbox.pending == 0)
    broker.wait_until_saved()
    broker.kill()
    broker.start()
    with consumer:
        consumer.catch_up()
    return consumer.marks


def test_what_waits_for_a_consumer_that_is_away_survives_the_kill_of_the_broker(
    broker: OperatorsBroker, papers: Papers, outbox: Outbox
) -> None:
    assert found_after_a_kill(broker, papers, outbox) == set(range(100))


def test_with_mosquittos_own_saving_times_all_of_it_is_gone(
    tmp_path: Path, papers: Papers, outbox: Outbox
) -> None:
    """So the test above can fail."""
    without = ("autosave_on_changes", "autosave_interval")
    with OperatorsBroker(tmp_path, papers.authority, without=without) as careless:
        assert found_after_a_kill(careless, papers, outbox) == set()


# -- what waits for a consumer that is away --------------------------------------------------------


@pytest.mark.parametrize(
    ("without", "kept"), [((), 1200), (("max_queued_messages", "max_queued_bytes"), 1000)]
)
def test_mosquittos_own_queue_drops_what_this_one_keeps(
    tmp_path: Path, papers: Papers, without: tuple[str, ...], kept: int
) -> None:
    # How often it is saved is another matter, and would take its time here.
    unsaved = ("autosave_on_changes", "autosave_interval")
    with OperatorsBroker(tmp_path, papers.authority, without=(*without, *unsaved)) as broker:
        consumer = Consumer(broker.port, papers)
        with consumer:
            pass
        publish(broker, papers, count=1200)
        with consumer:
            consumer.catch_up()
        assert len(consumer.events) == kept


def publish(broker: OperatorsBroker, papers: Papers, *, count: int) -> None:
    client = papers.client("till", papers.device)
    client.max_inflight_messages_set(100)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    sent = [
        client.publish(TOPICS.event("device.health"), b'{"data": {}}', qos=1) for _ in range(count)
    ]
    for message in sent:
        message.wait_for_publish(20)
        assert message.rc == 0, "acknowledged, dropped or not"
    client.disconnect()
    client.loop_stop()
