"""The whole kiosk on mock pins, a real store, a real broker, a real page's WebSocket."""

from __future__ import annotations

import asyncio
import functools
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import jsonschema
import pytest

from agent.config.loading import load
from agent.errors import PanelError, ScreenError
from agent.events.export import events_schema
from agent.kiosk import Kiosk
from agent.testing import FaultyBroker, LocalBroker
from agent.testing.behaviour import Answer, Behaviour, on_topic
from agent.testing.broker import free_port
from agent.uplink.retries import RefusedRetry
from agent.vision.observations import SOCKET_NAME
from tests.kiosk.scene import Centre, next_permit, running, until

YAML = """
device: {{tenant: acme, site: shop, id: till}}
store: {{path: {folder}/outbox.db}}
uplink: {{port: {port}, reconnect_max_s: 0.2}}
runtime_dir: {folder}/run
panel:
  backend: mock
  buttons:
    - {{id: bad, pin: 5, light: 12}}
    - {{id: neutral, pin: 6, light: 16}}
    - {{id: good, pin: 13, light: 20}}
visit:
  scale: 3
  join_after_leaving_s: 0.1
  reasons:
    - {{id: staff, label: {{en: Staff}}}}
screen: {{port: 0}}
vision:
  mode: smile
  source: nothing.mp4
  notice: {{shown: screen}}
"""
SOURCE = "/acme/shop/till"


def write_config(folder: Path, *, port: int, text: str = YAML) -> Path:
    path = folder / "kiosk.yaml"
    path.write_text(text.format(folder=folder, port=port), encoding="utf-8")
    return path


async def test_a_press_becomes_a_message_on_the_broker(broker: LocalBroker, tmp_path: Path) -> None:
    centre = Centre(broker.port)
    async with running(write_config(tmp_path, port=broker.port)) as till:
        await till.tap("bad")
        await asyncio.sleep(0.1)
        await till.tap("good")
        await until(lambda: centre.events("rating.amended"))
    await until(lambda: centre.events("device.stopped"))
    centre.close()

    given = centre.events("rating.given")
    assert [(r["key"], r["sentiment"], r["counts"]) for r in given] == [
        ("bad", -1, True),
        ("good", 1, True),
    ]
    assert [a["flags"] for a in centre.events("rating.amended")] == [["changed"]]
    validator = jsonschema.Draft202012Validator(events_schema())
    for _, payload, _ in centre.messages:
        validator.validate(payload)


async def test_what_the_broker_denies_is_a_fault_until_it_permits_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = functools.partial(RefusedRetry, wait_s=0.3)
    monkeypatch.setattr("agent.uplink.followup.RefusedRetry", impatient)
    denied = on_topic({"*/event/rating.given": Answer(reason=0x87)})
    with FaultyBroker(Behaviour(puback=denied)) as broker:
        faults: list[dict[str, Any]] = []

        def told() -> list[str]:
            messages = [json.loads(m.payload) for m in broker.acknowledged if "fault" in m.topic]
            faults[:] = [m["data"] for m in messages if m["data"]["part"] == "uplink"]
            return [fault["state"] for fault in faults]

        async with running(write_config(tmp_path, port=broker.port)) as till:
            await till.tap("good")
            await until(lambda: told() == ["raised"])
            topic = f"smilepost/v1{SOURCE}/event/rating.given"
            assert faults[0]["fact"] == f"the broker denies to write {topic}: not authorised (0x87)"
            assert f'add "topic write smilepost/v1{SOURCE}/event/#"' in faults[0]["remedy"]
            broker.behaviour = Behaviour()
            await until(lambda: told() == ["raised", "cleared"])


async def test_sequences_are_gapless_and_epochs_chained(
    broker: LocalBroker, tmp_path: Path
) -> None:
    centre = Centre(broker.port)
    config = write_config(tmp_path, port=broker.port)

    def heard(ratings: int) -> Callable[[], bool]:
        return lambda: len(centre.events("rating.given")) == ratings

    for starts in (1, 2):
        async with running(config) as till:
            await till.tap("good")
            await until(heard(starts))
    await until(lambda: len(centre.events("device.stopped")) == 2)
    centre.close()

    events = [m for topic, m, _ in centre.messages if "/event/" in topic]
    epochs = list(dict.fromkeys(e["epoch"] for e in events))
    for epoch in epochs:
        numbers = sorted(int(e["sequence"]) for e in events if e["epoch"] == epoch)
        assert numbers == list(range(1, len(numbers) + 1))
    last = max(int(e["sequence"]) for e in events if e["epoch"] == epochs[0])
    second_start = centre.events("device.started")[1]
    assert second_start["previous"] == {"epoch": epochs[0], "last_sequence": last}


async def test_the_centre_learns_by_which_clocks_the_site_lives(
    broker: LocalBroker, tmp_path: Path
) -> None:
    centre = Centre(broker.port)
    text = YAML + "\nsite: {{timezone: Asia/Tokyo}}\n"
    config = write_config(tmp_path, port=broker.port, text=text)
    async with running(config):
        await until(lambda: centre.events("device.started"))
    centre.close()

    (started,) = centre.events("device.started")
    assert started["timezone"] == "Asia/Tokyo"


async def test_without_a_broker_answers_are_kept_and_delivered_later(
    tmp_path: Path,
) -> None:
    late = LocalBroker(port=free_port())
    config = write_config(tmp_path, port=late.port)
    async with running(config) as till:
        await till.tap("bad")
    with late:
        centre = Centre(late.port)
        async with running(config):
            await until(lambda: centre.events("rating.given"))
        centre.close()

    (rating,) = [m for t, m, _ in centre.messages if t.endswith("rating.given")]
    assert rating["replayed"] is True


async def test_the_page_answers_and_the_camera_waits_for_its_notice(
    broker: LocalBroker, tmp_path: Path
) -> None:
    centre = Centre(broker.port)
    async with running(write_config(tmp_path, port=broker.port)) as till:
        reader, writer = await asyncio.open_unix_connection(tmp_path / "run" / SOCKET_NAME)
        writer.write(b'{"kind": "hello", "protocol": 1, "mode": "smile", "models": {}}\n')
        assert await next_permit(reader) is False
        headers = {"Origin": till.page}
        async with (
            aiohttp.ClientSession(headers=headers) as web,
            web.ws_connect(f"{till.page}/ws") as page,
        ):
            await page.send_json({"type": "hello", "page": "one"})
            view = await page.receive_json()
            assert view["camera"]
            await page.send_json({"type": "painted", "revision": view["revision"]})
            assert await next_permit(reader) is True
            choice = {"type": "choice", "revision": view["revision"], "option": "good"}
            await page.send_json(choice)
            assert (await page.receive_json())["screen"] == "choice"
        assert await next_permit(reader) is False
        writer.close()
        await until(lambda: centre.events("rating.given"))
    centre.close()

    assert centre.events("rating.given")[0]["channel"] == "touch"
    assert centre.events("notice.shown") == [{"shown": "screen", "mode": "smile", "traits": False}]


def presence_of(centre: Centre) -> list[tuple[int | None, str | None]]:
    heard = (m for topic, m, _ in centre.messages if topic.endswith("/presence"))
    return [(m["present"], m["seen_by"]) for m in heard]


async def test_what_the_camera_process_sees_becomes_contacts_and_presence(
    broker: LocalBroker, tmp_path: Path
) -> None:
    centre = Centre(broker.port)
    async with running(write_config(tmp_path, port=broker.port)) as till:
        _, vision = await asyncio.open_unix_connection(tmp_path / "run" / SOCKET_NAME)
        till.kiosk.watcher.notice_painted()
        now_ms = int(time.monotonic() * 1000)
        contact = "0123456789ab"
        for line in (
            {"kind": "hello", "protocol": 1, "mode": "smile", "models": {}},
            {"kind": "camera", "at_ms": now_ms, "working": True},
            {"kind": "presence", "at_ms": now_ms, "present": 1},
            {
                "kind": "contact_began",
                "at_ms": now_ms,
                "contact": contact,
                "arrived_ms": now_ms - 1500,
            },
        ):
            vision.write(json.dumps(line).encode() + b"\n")
        await until(lambda: till.kiosk.visit.stage.name == "question")
        await until(lambda: (1, "camera") in presence_of(centre))
        await till.tap("good")
        left = {"contact": contact, "arrived_ms": now_ms - 1500, "left_ms": now_ms + 100}
        vision.write(json.dumps({"kind": "contact_left", "at_ms": now_ms + 200, **left}).encode())
        vision.write(b"\n")
        await asyncio.sleep(0.05)
        vision.close()
    await until(lambda: centre.events("contact.ended"))
    centre.close()

    (ended,) = centre.events("contact.ended")
    assert (ended["contact"], ended["answered"], ended["sentiment"]) == (contact, True, 1)
    assert (0, "camera") in presence_of(centre)


async def test_a_taken_port_is_a_fault_and_presses_are_still_counted(
    broker: LocalBroker, tmp_path: Path
) -> None:
    taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    text = YAML.replace("screen: {{port: 0}}", f"screen: {{{{port: {port}}}}}")
    centre = Centre(broker.port)
    async with running(write_config(tmp_path, port=broker.port, text=text)) as till:
        await till.tap("good")
        await until(lambda: centre.events("rating.given"))
    centre.close()
    taken.close()

    (fault,) = centre.events("device.fault")
    assert fault["part"] == "screen"
    assert str(port) in fault["fact"]


async def test_a_runtime_folder_that_cannot_be_made_is_a_fault_and_presses_are_counted(
    broker: LocalBroker, tmp_path: Path
) -> None:
    (tmp_path / "run").write_text("a file in the way")
    centre = Centre(broker.port)
    async with running(write_config(tmp_path, port=broker.port)) as till:
        await till.tap("good")
        await until(lambda: centre.events("rating.given"))
    centre.close()

    (fault,) = centre.events("device.fault")
    assert (fault["part"], "runtime_dir" in fault["fact"]) == ("vision", True)


async def test_without_pins_the_screen_still_counts(
    broker: LocalBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_pins(_backend: str) -> None:
        raise PanelError("no GPIO pins here")

    monkeypatch.setattr("agent.kiosk.pin_factory", no_pins)
    centre = Centre(broker.port)
    stop, ready = asyncio.Event(), asyncio.Event()
    kiosk = Kiosk(load(write_config(tmp_path, port=broker.port)))
    work = asyncio.create_task(kiosk.run(stop, on_ready=ready.set))
    await ready.wait()
    kiosk.visit.press("good", at_s=time.monotonic(), channel="touch")
    await until(lambda: centre.events("rating.given"))
    stop.set()
    await work
    centre.close()

    assert [f["part"] for f in centre.events("device.fault")] == ["panel"]


async def test_with_neither_pins_nor_screen_there_is_nothing_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_pins(_backend: str) -> None:
        raise PanelError("no GPIO pins here")

    monkeypatch.setattr("agent.kiosk.pin_factory", no_pins)
    text = YAML.replace("screen: {{port: 0}}", "screen: {{enabled: false}}").replace(
        "mode: smile", "mode: off"
    )
    with pytest.raises(PanelError):
        Kiosk(load(write_config(tmp_path, port=1, text=text)))


async def test_a_touch_only_kiosk_whose_port_is_taken_says_so_and_ends(tmp_path: Path) -> None:
    taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    text = (
        "device: {{tenant: acme, site: shop, id: till}}\n"
        "store: {{path: {folder}/outbox.db}}\n"
        f"screen: {{{{port: {port}}}}}\n"
        "uplink: {{port: {port}}}\n"
    )
    kiosk = Kiosk(load(write_config(tmp_path, port=1, text=text)))
    with pytest.raises(ScreenError, match=str(port)):
        await kiosk.run(asyncio.Event())
    taken.close()
