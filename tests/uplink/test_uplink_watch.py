"""What `smilepost watch` prints, of messages made by hand and from a real broker."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from agent.errors import UplinkError
from agent.testing import LocalBroker
from agent.testing.broker import free_port
from agent.uplink.settings import UplinkSettings
from agent.uplink.topics import Topics
from agent.uplink.watch import Watch, human_line, json_line

TOPICS = Topics("acme", "high-street", "till-1")
RATING = {
    "key": "good",
    "value": 4,
    "scale": 5,
    "channel": "button",
    "counts": False,
    "flags": ["repeat"],
}


def wrapped(data: dict[str, Any], **head: Any) -> bytes:
    return json.dumps({"time": "2026-11-22T12:00:00.000Z", "data": data, **head}).encode()


@pytest.mark.parametrize(
    ("name", "payload", "facts"),
    [
        (
            "event/rating.given",
            wrapped(RATING),
            "rating.given          good, 4 of 5, button, does not count (repeat)",
        ),
        (
            "event/rating.amended",
            wrapped({"rating": "/a/b/c/0123456789abcdef/" + "0" * 19 + "7", "counts": True}),
            "rating.amended        ...000007 counts",
        ),
        (
            "event/contact.ended",
            wrapped({"dwell_s": 2.34, "asked": True, "answered": False}),
            "contact.ended         2.3 s, asked, silent",
        ),
        (
            "event/expression.measured",
            wrapped({"n": 3, "s": 1.0, "f": 4.0, "smiled": 2}),
            "expression.measured   3 contacts, 2 smiled, smile index 0.25",
        ),
        (
            "event/response.given",
            wrapped({"answers": [{"question": "reasons", "options": ["staff"], "ended": "x"}]}),
            "response.given        reasons: staff",
        ),
        (
            "event/device.fault",
            wrapped({"part": "camera", "state": "raised", "fact": "no pictures"}),
            "device.fault          camera raised: no pictures",
        ),
        (
            "event/device.health",
            wrapped({"presses": {"bad": 1, "good": 2}, "pending": 0, "resident_mb": 61.5}),
            "device.health         3 presses, 0 pending, 61.5 MB",
        ),
        (
            "alert",
            wrapped(
                {"alert": "a1", "what": "threshold", "audience": "counter", "share": 0.6, "n": 5},
                type="smilepost.alert.raised.v1",
            ),
            "alert.raised          a1 threshold: 60% of 5 unhappy",
        ),
        (
            "alert",
            wrapped(
                {"alert": "a2", "what": "case", "audience": "manager"},
                type="smilepost.alert.raised.v1",
            ),
            "alert.raised          a2 case for the manager",
        ),
        (
            "alert",
            wrapped({"alert": "a1", "after_s": 3.5}, type="smilepost.alert.escalated.v1"),
            "alert.escalated       alert=a1  after_s=3.5",
        ),
        ("alert", wrapped({"alert": "a1"}), "alert                 alert=a1"),
        ("alert", b"no json", "alert                 no json"),
        ("event/device.started", wrapped({"software": "1"}), "device.started        software=1"),
        ("status", b'{"state": "online", "session": "s"}', "status                state=online"),
        ("config/reported", b"no json", "config/reported       no json"),
        ("presence", b"", "presence"),
    ],
)
def test_a_message_is_one_line_with_the_facts_that_matter(
    name: str, payload: bytes, facts: str
) -> None:
    line = human_line(name, payload)
    assert line[10:].startswith(facts)
    assert "\n" not in line


def test_an_event_that_waited_is_marked() -> None:
    assert human_line("event/rating.given", wrapped(RATING, replayed=True)).endswith("(late)")


def test_an_event_of_unknown_time_says_so() -> None:
    payload = json.dumps({"data": RATING}).encode()
    assert human_line("event/rating.given", payload).startswith("--:--:--")


def test_json_lines_carry_topic_and_payload() -> None:
    assert json.loads(json_line("status", b'{"state": "online"}')) == {
        "topic": "status",
        "payload": {"state": "online"},
    }
    assert json.loads(json_line("odd", b"text"))["payload"] == "text"


class Watching(threading.Thread):
    """A watch in a thread, with what it printed and how it failed."""

    def __init__(self, settings: UplinkSettings) -> None:
        super().__init__(daemon=True)
        self.out, self.stop, self.error = io.StringIO(), threading.Event(), ""
        self._watch = Watch(settings, topics=TOPICS, as_json=True, out=self.out)

    def run(self) -> None:
        try:
            self._watch.run(self.stop)
        except UplinkError as error:
            self.error = str(error)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline_s, "it never came true"
        time.sleep(0.02)


def publish(port: int, topic: str, payload: bytes) -> None:
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.connect("127.0.0.1", port)
    client.loop_start()
    client.publish(topic, payload, qos=1, retain=True).wait_for_publish(10)
    client.disconnect()
    client.loop_stop()


def test_it_prints_this_devices_messages_alone(broker: LocalBroker) -> None:
    publish(broker.port, "smilepost/v1/acme/high-street/till-2/status", b'{"state": "other"}')
    publish(broker.port, f"{TOPICS.root}/status", b'{"state": "online"}')
    watching = Watching(UplinkSettings(port=broker.port))
    watching.start()
    wait_until(lambda: "online" in watching.out.getvalue())
    watching.stop.set()
    watching.join(10)
    assert "other" not in watching.out.getvalue()
    assert watching.error == ""


def test_an_absent_broker_is_one_line() -> None:
    watching = Watching(UplinkSettings(port=free_port()))
    watching.start()
    watching.join(10)
    assert "refuses connections: is it running" in watching.error


def test_a_broker_that_knows_nobody_here_is_one_line() -> None:
    with LocalBroker(kind="mosquitto", lines=("allow_anonymous false",)) as broker:
        watching = Watching(UplinkSettings(port=broker.port))
        watching.start()
        watching.join(10)
    assert "does not accept this device: Not authorized: mend uplink.username" in watching.error


def config_file(folder: Path, port: int) -> Path:
    file = folder / "kiosk.yaml"
    settings = {
        "device": {"tenant": "acme", "site": "high-street", "id": "till-1"},
        "uplink": {"port": port},
    }
    file.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return file


def test_ctrl_c_ends_it_well(tmp_path: Path, broker: LocalBroker) -> None:
    publish(broker.port, f"{TOPICS.root}/status", b'{"state": "online", "session": "s"}')
    process = subprocess.Popen(
        [sys.executable, "-m", "agent", "watch", "-c", config_file(tmp_path, broker.port)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        text=True,
    )
    assert process.stdout is not None
    assert "state=online" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    process.stdout.close()


def test_without_a_broker_the_command_ends_with_3(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "agent", "watch", "-c", config_file(tmp_path, free_port())],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
