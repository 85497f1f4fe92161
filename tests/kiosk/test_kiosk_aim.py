"""An installer aims the camera and draws zones: from the phone to the frames, and to the store."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import pytest
import yaml

from agent.office.guard import COOKIE
from agent.testing import LocalBroker
from agent.vision import preview as of_preview
from agent.vision.detector import Pixels
from agent.vision.eye import Eye
from agent.vision.faces import Face
from agent.vision.nets import Nets
from agent.vision.observations import PREVIEW_SOCKET
from agent.vision.process import Vision
from agent.vision.settings import NoticeSettings, VisionSettings
from agent.vision.zones import FILE
from tests.kiosk.customer import Customer, customer_at
from tests.kiosk.scene import Centre, Running, running, until
from tests.office.staging import HASHES, Caller, calling

LEVEL = 200
MASK = {"x": 0.0, "y": 0.0, "width": 0.5, "height": 1.0}
MASKED = json.dumps({"staff_mask": [MASK], "contact_zone": None})
EMPTY = json.dumps({"staff_mask": [], "contact_zone": None})


class Wall:
    """A camera that looks at a bright wall, with a sensor's noise."""

    def __init__(self) -> None:
        self._noise = np.random.default_rng(4)

    def read(self) -> Pixels:
        time.sleep(0.03)
        noise = self._noise.integers(0, 20, (120, 160, 3), dtype=np.uint8)
        noise[::4, ::4] //= 2
        return np.asarray(noise + LEVEL, np.uint8)

    def close(self) -> None:
        pass


class Nobody:
    """Finds no faces."""

    threshold = 0.75

    def __call__(self, _picture: Pixels) -> list[Face]:
        return []


NETS = Nets(detector=cast("Any", Nobody()), reader=None, refs={})


@contextmanager
def camera_process(folder: Path) -> Iterator[threading.Event]:
    """The camera process's work on a wall, in a thread; setting the event ends it."""
    settings = VisionSettings(mode="presence", notice=NoticeSettings())
    eye = Eye(Wall, timeout_s=2.0)
    work = Vision(settings, nets=NETS, runtime_dir=folder / "run", eye=eye)
    stop = threading.Event()
    thread = threading.Thread(target=work.run, args=(stop,))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def write_config(folder: Path, port: int, **vision: object) -> Path:
    (folder / "office.yaml").write_text(yaml.safe_dump(HASHES), encoding="utf-8")
    buttons = [{"id": key, "pin": pin} for key, pin in {"bad": 5, "okay": 6, "good": 13}.items()]
    settings = {
        "device": {"tenant": "acme", "site": "shop", "id": "till"},
        "store": {"path": str(folder / "store" / "outbox.db")},
        "uplink": {"port": port, "reconnect_max_s": 0.2},
        "runtime_dir": str(folder / "run"),
        "panel": {"backend": "mock", "buttons": buttons},
        "visit": {"scale": 3},
        "screen": {"port": 0},
        "office": {"enabled": True, "port": 0, "address": "127.0.0.1", "pins": "office.yaml"},
        "vision": {"mode": "presence", "notice": {"shown": "screen"}, **vision},
    }
    path = folder / "kiosk.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return path


class Page:
    """The customers' page: paints whatever it is shown, in the background."""

    def __init__(self, customer: Customer) -> None:
        self.customer = customer
        self.previews: list[str | None] = []

    async def paint(self) -> None:
        """Say of one view that it is on the glass."""
        view = self.customer.view
        self.previews.append(view["preview"])
        await self.customer.send("painted", preview=view["preview"] is not None)

    async def paint_all(self) -> None:
        """Go on for ever."""
        while True:
            await self.paint()
            await self.customer.hear()


@dataclass
class Site:
    """Everything around one kiosk."""

    till: Running
    page: Page
    phone: Caller

    async def post(self, act: str, **fields: str) -> str:
        """Send a form of the camera's section; returns what the next page tells."""
        _, text = await self.phone.press("/installer", act, **fields)
        return text

    async def show(self) -> str:
        return await self.post("preview", camera="main", on="true")

    async def picture(self, *, after: int = 0) -> tuple[int, bytes]:
        """Ask once for a picture newer than `after`."""
        return await self.phone.read(f"/installer/preview.jpg?camera=main&after={after}")

    async def seen(self) -> Pixels:
        """Ask until there is a picture."""
        deadline_s = time.monotonic() + 10
        while True:
            status, body = await self.picture()
            if status == 200:
                return decoded(body)
            assert status == 204, status
            assert time.monotonic() < deadline_s, "no picture came"


def decoded(jpeg: bytes) -> Pixels:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return np.asarray(picture, np.uint8)


@asynccontextmanager
async def site(config: Path) -> AsyncIterator[Site]:
    """A kiosk, its page open and painting, and an installer who has signed in."""
    async with running(config) as till, customer_at(till.page) as customer:
        page = Page(customer)
        painting = asyncio.create_task(page.paint_all())
        async with calling(till.kiosk.office, config.parent / "store") as phone:
            assert await phone.sign_in("installer") == 303
            yield Site(till, page, phone)
        painting.cancel()


@pytest.fixture
def config(tmp_path: Path, broker: LocalBroker) -> Path:
    return write_config(tmp_path, broker.port)


def connected(till: Running) -> bool:
    """Whether the camera's process is there and may look."""
    eyes = till.kiosk.watcher
    return all(camera.working for camera in eyes._cameras.values())


async def test_the_installer_sees_the_picture_and_the_customers_are_told(
    config: Path, tmp_path: Path, centre: Centre
) -> None:
    async with site(config) as here:
        with camera_process(tmp_path):
            await until(lambda: connected(here.till))
            assert (await here.picture())[0] == 410
            await here.show()
            picture = await here.seen()
            assert here.page.previews[-1] == (
                "The camera is being adjusted: an installer sees its picture."
            )
            await here.post("preview", camera="main", on="false")
            assert (await here.picture())[0] == 410
            await until(lambda: here.page.previews[-1] is None)
            assert not (tmp_path / "run" / PREVIEW_SOCKET).exists()
    await until(lambda: centre.events("preview.ended"))

    assert picture.shape == (120, 160)
    assert abs(int(picture.mean()) - LEVEL) < 15
    assert centre.events("preview.started") == [{"camera": "main", "sign": "screen"}]
    assert centre.events("preview.ended")[0]["reason"] == "closed"


async def test_no_picture_touches_the_store_or_the_broker(
    config: Path, tmp_path: Path, centre: Centre
) -> None:
    async with site(config) as here:
        with camera_process(tmp_path):
            await until(lambda: connected(here.till))
            await here.show()
            await here.seen()
            kept = b"".join(path.read_bytes() for path in (tmp_path / "store").iterdir())
            names = {path.name for path in (tmp_path / "run").iterdir()}
    await until(lambda: centre.events("device.stopped"))

    assert b"\xff\xd8\xff" not in kept
    assert b"JFIF" not in kept
    assert names == {"vision.sock", PREVIEW_SOCKET}
    assert all(len(json.dumps(message)) < 4096 for _, message, _ in centre.messages)


async def test_zones_drawn_on_the_phone_hold_at_once_and_after_a_restart(
    config: Path, tmp_path: Path, centre: Centre
) -> None:
    async with site(config) as here:
        with camera_process(tmp_path):
            await until(lambda: connected(here.till))
            told = await here.post("zones", camera="main", zones=MASKED)
            await here.show()
            at_once = await here.seen()
    async with site(config) as here:
        with camera_process(tmp_path):
            await until(lambda: connected(here.till))
            await here.show()
            later = await here.seen()
            await here.post("preview", camera="main", on="false")
            await here.post("zones-of-config", camera="main")
            await here.show()
            back = await here.seen()
    await until(lambda: len(centre.events("zones.changed")) == 2)

    assert "Saved: they hold from now on." in told
    for picture in (at_once, later):
        assert picture[:, :70].max() < 40
        assert picture[:, 90:].mean() > LEVEL - 15
    assert back.mean() > LEVEL - 15
    drawn, taken_back = centre.events("zones.changed")
    assert (drawn["source"], drawn["staff_masks"], drawn["staff_share"]) == ("installer", 1, 0.5)
    assert (taken_back["source"], taken_back["staff_masks"]) == ("config", 0)


async def test_in_mode_emotion_the_last_staff_mask_stays(
    tmp_path: Path, broker: LocalBroker
) -> None:
    config = write_config(
        tmp_path,
        broker.port,
        mode="emotion",
        emotion_attestation="legal counsel, 2026-01-02",
        staff_mask=[MASK],
    )
    async with site(config) as here:
        told = await here.post("zones", camera="main", zones=EMPTY)
        saved = (tmp_path / "store" / FILE).exists()

    assert "mode emotion and traits need a staff area" in told
    assert not saved


async def test_only_an_installer_sees_or_changes_anything(config: Path, tmp_path: Path) -> None:
    async with site(config) as here:
        with camera_process(tmp_path):
            await until(lambda: connected(here.till))
            await here.show()
            await here.seen()
            async with calling(here.till.kiosk.office, tmp_path / "store") as stranger:
                path = "/installer/preview.jpg?camera=main"
                statuses = [(await stranger.get(path))[0]]
                for role in ("manager", "staff"):
                    await stranger.sign_in(role)
                    statuses.append((await stranger.get(path))[0])
                    token = await stranger.token("/today")
                    for act in ("preview", "zones", "zones-of-config"):
                        fields = {"token": token, "camera": "main", "zones": EMPTY, "on": "true"}
                        statuses.append((await stranger.post(f"/installer/{act}", **fields))[0])

    assert statuses == [401] + [404] * 8


async def test_a_second_installer_is_told_that_somebody_looks(config: Path, tmp_path: Path) -> None:
    async with site(config) as here:
        with camera_process(tmp_path):
            await until(lambda: connected(here.till))
            await here.show()
            await here.seen()
            async with calling(here.till.kiosk.office, tmp_path / "store") as second:
                await second.sign_in("installer")
                _, text = await second.press("/installer", "preview", camera="main", on="true")
                status, _ = await second.read("/installer/preview.jpg?camera=main")
            still, _ = await here.picture()

    assert "Somebody else looks through a camera now." in text
    assert status == 410
    assert still in {200, 204}


async def test_a_form_of_another_page_or_without_sense_begins_nothing(
    config: Path, tmp_path: Path
) -> None:
    async with site(config) as here:
        with camera_process(tmp_path):
            await until(lambda: connected(here.till))
            token = await here.phone.token("/installer")
            wrong = [
                {"token": "guessed", "camera": "main", "on": "true"},
                {"token": token, "camera": "../main", "on": "true"},
                {"token": token, "camera": "main", "on": "true", "more": "1"},
            ]
            answers = [(await here.phone.post("/installer/preview", **each))[0] for each in wrong]
            foreign, _ = await here.phone.post(
                "/installer/preview",
                "https://elsewhere.example",
                token=token,
                camera="main",
                on="true",
            )
            unknown = await here.post("preview", camera="roof", on="true")
            socket = (tmp_path / "run" / PREVIEW_SOCKET).exists()

    assert answers == [403, 400, 400]
    assert foreign == 403
    assert "No camera process is there" in unknown
    assert not socket


async def test_a_phone_that_is_closed_ends_the_preview_by_itself(
    config: Path, tmp_path: Path, centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_preview, "LEASE_S", 1.0)
    monkeypatch.setattr(of_preview, "RENEW_S", 0.2)
    async with site(config) as here:
        with camera_process(tmp_path):
            await until(lambda: connected(here.till))
            await here.show()
            await here.seen()
            await until(lambda: centre.events("preview.ended"))
            status, _ = await here.picture()

    assert centre.events("preview.ended")[0]["reason"] == "left"
    assert status == 410


async def test_signing_out_ends_the_preview_at_once_and_a_key_of_before_opens_nothing(
    config: Path, tmp_path: Path, centre: Centre
) -> None:
    async with site(config) as here:
        with camera_process(tmp_path):
            await until(lambda: connected(here.till))
            await here.show()
            await here.seen()
            token = await here.phone.token("/installer")
            [cookie] = [each for each in here.phone._session.cookie_jar if each.key == COOKIE]
            before = f"{COOKIE}={cookie.value}"
            assert (await here.phone.post("/sign-out", token=token))[0] == 303
            socket = (tmp_path / "run" / PREVIEW_SOCKET).exists()
            async with calling(here.till.kiosk.office, tmp_path / "store") as thief:
                again, _ = await thief.get("/installer/preview.jpg?camera=main", Cookie=before)
            await until(lambda: centre.events("preview.ended"))

    assert not socket
    assert again == 401
    assert centre.events("preview.ended")[0]["reason"] == "closed"


async def test_a_camera_process_that_dies_ends_the_preview_and_comes_back_with_its_zones(
    config: Path, tmp_path: Path, centre: Centre
) -> None:
    async with site(config) as here:
        with camera_process(tmp_path) as stop:
            await until(lambda: connected(here.till))
            await here.post("zones", camera="main", zones=MASKED)
            await here.show()
            await here.seen()
            stop.set()
            await until(lambda: centre.events("preview.ended"))
            gone, _ = await here.picture()
        with camera_process(tmp_path):
            await until(lambda: connected(here.till))
            await here.show()
            again = await here.seen()

    assert centre.events("preview.ended")[0]["reason"] == "camera"
    assert gone == 410
    assert again[:, :70].max() < 40


async def test_a_customers_page_that_is_closed_ends_the_preview(
    config: Path, tmp_path: Path, centre: Centre
) -> None:
    async with site(config) as here:
        with camera_process(tmp_path):
            await until(lambda: connected(here.till))
            await here.show()
            await here.seen()
            await here.page.customer.socket.close()
            await until(lambda: centre.events("preview.ended"))
            refused = await here.show()

    assert centre.events("preview.ended")[0]["reason"] in {"permit", "sign"}
    assert "The camera is closed now" in refused


async def test_a_damaged_file_of_zones_keeps_the_camera_closed_until_somebody_decides(
    config: Path, tmp_path: Path, centre: Centre, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / FILE).write_text("{")
    async with site(config) as here:
        with camera_process(tmp_path):
            await until(lambda: centre.events("device.fault"))
            _, text = await here.phone.get("/installer")
            closed = not connected(here.till)
            await here.post("zones-of-config", camera="main")
            await until(lambda: connected(here.till))
    await until(lambda: centre.events("device.stopped"))

    assert closed
    assert "cannot be read" in text
    faults = [each["state"] for each in centre.events("device.fault") if each["part"] == "zones"]
    assert faults == ["raised", "cleared"]
    assert "choose another folder" not in caplog.text


async def test_while_the_camera_is_off_there_is_no_section(
    tmp_path: Path, broker: LocalBroker
) -> None:
    async with site(write_config(tmp_path, broker.port, mode="off")) as here:
        _, page = await here.phone.get("/installer")
        status, _ = await here.phone.get("/installer/preview.jpg?camera=main")

    assert 'id="camera"' not in page
    assert status == 404
