"""The office of a real kiosk: pages beside presses, and never in their way."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.testing import LocalBroker
from tests.kiosk.scene import Centre, Running, running, until
from tests.kiosk.till import of_kind
from tests.office.staging import HASHES, Caller, calling

KIOSK = {
    "device": {"tenant": "acme", "site": "shop", "id": "till"},
    "panel": {
        "backend": "mock",
        "buttons": [
            {"id": "bad", "pin": 5, "light": 12},
            {"id": "neutral", "pin": 6, "light": 16},
            {"id": "good", "pin": 13, "light": 20},
        ],
    },
    "visit": {"scale": 3},
    "screen": {"port": 0},
}


def write_config(folder: Path, *, broker: int, **office: Any) -> Path:
    (folder / "office.yaml").write_text(yaml.safe_dump(HASHES), encoding="utf-8")
    opened = {"enabled": True, "port": 0, "address": "127.0.0.1", "pins": "office.yaml"}
    more = {
        "store": {"path": f"{folder}/outbox.db"},
        "uplink": {"port": broker, "reconnect_max_s": 0.2},
        "runtime_dir": f"{folder}/run",
        "office": opened | office,
    }
    path = folder / "kiosk.yaml"
    path.write_text(yaml.safe_dump(KIOSK | more), encoding="utf-8")
    return path


def ratings(folder: Path) -> list[dict[str, Any]]:
    """What the store holds, as any other reader sees it."""
    with sqlite3.connect(f"file:{folder}/outbox.db?mode=ro", uri=True) as db:
        rows = db.execute("SELECT data FROM event WHERE kind = 'rating.given'").fetchall()
    return [json.loads(data) for (data,) in rows]


async def tap(till: Running, key: str) -> None:
    """Press in the button test, where no press is counted."""
    pin = till.factory.pin({"bad": 5, "neutral": 6, "good": 13}[key])
    before = till.kiosk.visit.trial.presses[key]
    pin.drive_low()
    await until(lambda: till.kiosk.visit.trial.presses[key] > before)
    pin.drive_high()
    await asyncio.sleep(0.03)


async def test_buttons_are_tried_on_the_page_and_nothing_counts(
    broker: LocalBroker, tmp_path: Path
) -> None:
    async with (
        running(write_config(tmp_path, broker=broker.port)) as till,
        calling(till.kiosk.office, tmp_path) as caller,
    ):
        await caller.sign_in("installer")
        await caller.press("/installer", "test", on="true")
        for key in ("bad", "neutral", "good"):
            await tap(till, key)
        _, text = await caller.get("/installer")
        assert "Every key works." in text
        assert text.count('data-count="1"') == 3
        await caller.press("/installer", "test", on="false")
        await until(lambda: len(ratings(tmp_path)) == 3)
        await till.tap("good")
        await until(lambda: len(ratings(tmp_path)) == 4)
        await caller.sign_in("manager")
        assert "<b>1</b> answer" in await today(caller)

    assert [(r["counts"], r["flags"]) for r in ratings(tmp_path)] == [
        (False, ["test"]),
        (False, ["test"]),
        (False, ["test"]),
        (True, []),
    ]


async def today(caller: Caller) -> str:
    return (await caller.get("/today"))[1]


async def test_a_customer_who_asks_for_someone_is_taken_on_from_the_page(
    broker: LocalBroker, tmp_path: Path
) -> None:
    centre = Centre(broker.port)
    async with (
        running(write_config(tmp_path, broker=broker.port)) as till,
        calling(till.kiosk.office, tmp_path) as caller,
    ):
        await caller.sign_in("staff")
        assert "None is open." in await today(caller)
        await till.kiosk.post.duty.ask_for_help()
        (alert,) = till.kiosk.post.duty.open_alerts()
        assert "A customer asked for someone" in await today(caller)
        await caller.press("/today", "acknowledge", alert=alert.id)
        await caller.press("/today", "resolve", alert=alert.id, how="talked")
        assert "None is open." in await today(caller)
        await until(lambda: of_kind(centre, "resolved"))
    centre.close()

    assert [a["by"] for a in of_kind(centre, "acknowledged")] == ["counter"]
    assert [(a["by"], a["how"]) for a in of_kind(centre, "resolved")] == [("counter", "talked")]


async def test_the_lamp_at_the_counter_is_tried_from_the_page_and_nobody_is_told(
    broker: LocalBroker, tmp_path: Path
) -> None:
    config = write_config(tmp_path, broker=broker.port)
    settings = yaml.safe_load(config.read_text(encoding="utf-8"))
    config.write_text(yaml.safe_dump(settings | {"alerts": {"light_pin": 22}}), encoding="utf-8")
    async with running(config) as till, calling(till.kiosk.office, tmp_path) as caller:
        await caller.sign_in("installer")
        _, text = await caller.press("/installer", "lamp", part="alert_light")
        assert "1 lamp, pin 22" in text
        assert till.factory.pin(22).state == 1
        assert till.kiosk.post.duty.open_alerts() == ()

    assert ratings(tmp_path) == []


async def test_a_manager_reads_what_the_centre_said_of_a_case(
    broker: LocalBroker, tmp_path: Path
) -> None:
    async with (
        running(write_config(tmp_path, broker=broker.port)) as till,
        calling(till.kiosk.office, tmp_path) as caller,
    ):
        till.kiosk.feedback.cases.take(
            b'{"case": "KE55X2RF7R", "state": "in_progress", "revision": 2}'
        )
        await caller.sign_in("manager")
        text = await today(caller)

    assert "KE55X-2RF7R" in text
    assert "In progress" in text


async def test_a_taken_port_is_a_fault_and_presses_are_still_counted(
    broker: LocalBroker, tmp_path: Path
) -> None:
    taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    centre = Centre(broker.port)
    async with running(write_config(tmp_path, broker=broker.port, port=port)) as till:
        await till.tap("good")
        await until(lambda: centre.events("rating.given"))
    centre.close()
    taken.close()

    (fault,) = centre.events("device.fault")
    assert fault["part"] == "office"
    assert str(port) in fault["fact"]
    assert "smilepost office" in fault["remedy"]


async def test_a_restart_from_the_page_ends_the_agent_in_order(
    broker: LocalBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.kiosk.supervised", lambda: True)
    centre = Centre(broker.port)
    async with (
        running(write_config(tmp_path, broker=broker.port)) as till,
        calling(till.kiosk.office, tmp_path) as caller,
    ):
        await caller.sign_in("installer")
        token = await caller.token("/installer")
        await caller.post("/installer/restart", token=token, sure="true")
        await until(lambda: centre.events("device.stopped"))
    centre.close()

    (stopped,) = centre.events("device.stopped")
    assert stopped["reason"] == "asked to start anew"


def test_a_kiosk_loads_nothing_of_pages_that_are_off() -> None:
    program = "import sys, agent.kiosk; print('agent.office.pages' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert run.stdout == "False\n"
