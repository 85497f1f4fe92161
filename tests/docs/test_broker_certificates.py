"""The commands that the documents give for certificates, run as they stand, and what they make."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from agent.testing import LocalBroker
from agent.testing.broker import available_broker
from agent.uplink import Topics
from agent.uplink.connection import Callbacks, Connection
from agent.uplink.errors import UnknownAuthorityError
from tests.uplink.authority import Authority
from tests.uplink.scene import refusal, settings, wait_until

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
CONFIG = ROOT / "config"
SECTION = TEXT.partition("### The certificates")[2]
OWN, ANOTHER = Topics("acme", "high-street", "till-1"), Topics("acme", "high-street", "till-2")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the commands were run; the broker's name is this machine's address."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl is installed: apt install openssl")
    commands = re.findall(r"```sh\n(.*?)```", SECTION, re.DOTALL)[0]
    folder = tmp_path_factory.mktemp("certificates")
    script = commands.replace("DNS:broker.example.org", "IP:127.0.0.1")
    subprocess.run(["sh", "-ec", script], cwd=folder, check=True, capture_output=True, timeout=60)
    return folder


class ExampleBroker(LocalBroker):
    """Mosquitto with the example files and the certificates in `place`."""

    place: Path

    def _config(self) -> str:
        text = (CONFIG / "mosquitto.conf.example").read_text(encoding="utf-8")
        text = text.replace("listener 8883", f"listener {self.port} 127.0.0.1")
        text = text.replace("/var/lib/mosquitto/", f"{self.folder}/")
        user = pwd.getpwuid(os.getuid()).pw_name
        return f"user {user}\n{text.replace('/etc/mosquitto', str(self.place))}\n"

    @property
    def said(self) -> str:
        """What it has logged."""
        return (self.folder / "broker.log").read_text(encoding="utf-8")


@pytest.fixture
def example_broker(tmp_path: Path, certificates: Path) -> Iterator[ExampleBroker]:
    if available_broker() != "mosquitto":
        pytest.skip("the example is Mosquitto's: apt install mosquitto")
    broker = ExampleBroker(kind="mosquitto", folder=tmp_path / "broker")
    broker.place = tmp_path
    shutil.copytree(certificates, tmp_path / "certs")
    shutil.copy(CONFIG / "mosquitto-acl.example", tmp_path / "acl")
    (tmp_path / "acl").chmod(0o600)
    with broker:
        yield broker


def papers(folder: Path, *, ca: Path | None = None) -> dict[str, str]:
    files = {"certificate": folder / "till-1.pem", "key": folder / "till-1.key"}
    return {name: str(file) for name, file in files.items()} | {
        "ca": str(ca or folder / "devices-ca.pem")
    }


def test_a_device_gets_in_and_may_speak_for_itself_only(
    example_broker: ExampleBroker, certificates: Path
) -> None:
    reasons: list[int] = []
    callbacks = Callbacks(answered=lambda _id, reason: reasons.append(reason))
    own = settings(example_broker.port, tls=papers(certificates))
    connection = Connection(own, client_id="till", callbacks=callbacks)
    connection.open()

    def answered(count: int) -> bool:
        connection.turn(timeout_s=0.05, wake=None)
        return len(reasons) == count

    for count, topics in enumerate((OWN, ANOTHER), start=1):
        connection.publish(topics.event("device.health"), b"{}")
        wait_until(partial(answered, count))
    connection.close()
    accepted, denied = reasons
    assert (accepted < 0x80, denied) == (True, 0x87)


def test_the_broker_finds_nothing_to_complain_of_in_its_configuration(
    example_broker: ExampleBroker,
) -> None:
    # What comes later is about who connects, such as the probe that waited for it to listen.
    about_itself, listens, _ = example_broker.said.partition("listen socket")
    words = ("recommended", "deprecated", "error", "unknown")
    assert listens
    assert [word for word in words if word in about_itself.lower()] == []


def test_devices_are_told_how_large_a_message_may_be(
    example_broker: ExampleBroker, certificates: Path
) -> None:
    own = settings(example_broker.port, tls=papers(certificates))
    connection = Connection(own, client_id="till", callbacks=Callbacks())
    connection.open()
    wait_until(lambda: connection.turn(timeout_s=0.05, wake=None) and connection.packet_maximum)
    assert connection.packet_maximum == 65536
    connection.close()


def test_a_device_of_another_authority_stays_outside(
    example_broker: ExampleBroker, certificates: Path, tmp_path: Path
) -> None:
    stranger = Authority(tmp_path, "stranger")
    own = settings(example_broker.port, tls=papers(certificates, ca=stranger.pem))
    assert isinstance(refusal(own), UnknownAuthorityError)


def test_the_example_server_gets_in_with_a_certificate_of_the_centre(
    example_broker: ExampleBroker, certificates: Path
) -> None:
    """The commands for a device, with the centre's name, as the document says."""
    commands = re.findall(r"```sh\n(.*?)```", SECTION, re.DOTALL)[0].partition("# Each device")[2]
    script = "#" + commands.replace(r"acme\/high-street\/till-1", "centre").replace(
        "till-1", "centre"
    )
    subprocess.run(["sh", "-ec", script], cwd=certificates, check=True, capture_output=True)
    words = f"fleet.db 127.0.0.1 {example_broker.port} 0.2 --ca devices-ca.pem".split()
    papers_of_the_centre = ["--cert", "centre.pem", "--key", "centre.key"]
    server = subprocess.Popen(
        [sys.executable, str(ROOT / "examples" / "subscriber.py"), *words, *papers_of_the_centre],
        cwd=certificates,
    )
    try:
        wait_until(lambda: "u'centre'" in example_broker.said)
        own = settings(example_broker.port, tls=papers(certificates))
        connection = Connection(own, client_id="till", callbacks=Callbacks())
        connection.open()
        fleet = certificates / "fleet.db"

        def set_aside() -> bool:
            connection.publish(OWN.event("device.health"), b"junk")
            connection.turn(timeout_s=0.2, wake=None)
            with contextlib.closing(sqlite3.connect(fleet)) as db:
                return bool(db.execute("SELECT count(*) FROM refused").fetchone()[0])

        wait_until(set_aside)
        connection.close()
    finally:
        server.terminate()
        server.wait(10)


@pytest.mark.parametrize("name", ["broker", "till-1"])
def test_the_certificates_hold_by_the_strict_rules_of_newer_pythons(
    certificates: Path, name: str
) -> None:
    """Python 3.13 asks for more than 3.11: what the broker shows must hold there too."""
    authority, leaf = certificates / "devices-ca.pem", certificates / f"{name}.pem"
    subprocess.run(
        ["openssl", "verify", "-x509_strict", "-CAfile", str(authority), str(leaf)],
        check=True,
        capture_output=True,
        timeout=60,
    )
