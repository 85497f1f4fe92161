"""The profiles of the camera: real faces before it, and what the centre hears of them.

Three people stand side by side, go, and one man comes who smiles: seconds of a recording, played
to the real camera process with its real models.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import cv2
import pytest

from agent.config.loading import load_to_run
from agent.testing import LocalBroker
from tests.config.attested import filled_in
from tests.kiosk.customer import Customer, customer_at
from tests.kiosk.profiles import PROFILES, camera_process, press_good, validate, write_profile
from tests.kiosk.scene import Centre, Running, running, until

SHARED = Path(__file__).parents[3] / "shared/data/video/counter_composition.mp4"
FPS = 15
THREE, NOBODY, ONE = (6.5, 12.0), (17.0, 20.0), (27.0, 31.0)
"""From where to where in the recording, in seconds."""
WHO_STANDS_LEFT = {"x": 0.0, "y": 0.0, "width": 0.3, "height": 1.0}
LEFT_S = 30.0
"""By then everybody has left, on a busy machine too."""

pytestmark = pytest.mark.skipif(
    not SHARED.is_file(), reason="the measured videos (../shared/data) are not on this machine"
)


@pytest.fixture(scope="module")
def visits(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Cut a playlist of 12.5 s of the recording, and nobody after it."""
    cut = tmp_path_factory.mktemp("visits") / "visits.avi"
    film = cv2.VideoCapture(str(SHARED))
    writer = cv2.VideoWriter(str(cut), cv2.VideoWriter.fourcc(*"FFV1"), FPS, (640, 360))
    for start_s, end_s in (THREE, NOBODY, ONE):
        film.set(cv2.CAP_PROP_POS_FRAMES, round(start_s * FPS))
        for _ in range(round((end_s - start_s) * FPS)):
            writer.write(film.read()[1])
    writer.release()
    film.release()
    return f"{cut},pause:60"


@asynccontextmanager
async def watching(config: Path) -> AsyncIterator[Running]:
    """Run kiosk and camera process; the page has painted the notice."""
    async with (
        running(config) as kiosk,
        camera_process(config),
        customer_at(kiosk.page) as customer,
    ):
        await customer.send("painted")
        looking = asyncio.create_task(_keep_looking(customer))
        yield kiosk
        looking.cancel()


async def _keep_looking(customer: Customer) -> None:
    """Stay, as an open page does: one that does not answer the server's pings is gone."""
    while True:
        await customer.socket.receive()


def presences(centre: Centre) -> list[int]:
    """Return how many were told to be there, each number once until the next."""
    heard = [m["present"] for topic, m, _ in centre.messages if topic.endswith("/presence")]
    told = [present for present in heard if present is not None]
    return [now for before, now in zip([None, *told], told, strict=False) if before != now]


async def all_left(centre: Centre, number: int) -> list[dict[str, Any]]:
    """Wait until so many contacts have ended, and for what would be one too many."""
    await until(lambda: len(centre.events("contact.ended")) >= number, within_s=LEFT_S)
    await asyncio.sleep(0.5)
    return centre.events("contact.ended")


async def test_the_counter_counts_every_customer_once_and_who_said_nothing(
    broker: LocalBroker, centre: Centre, tmp_path: Path, visits: str
) -> None:
    profile = PROFILES / "counter.yaml"
    config = write_profile(profile, tmp_path, port=broker.port, vision={"source": visits})
    async with watching(config) as kiosk:
        await until(lambda: 3 in presences(centre), within_s=LEFT_S)
        sign = Centre(broker.port, name="sign")  # switched on while somebody is there
        await until(lambda: presences(sign), within_s=LEFT_S)
        await until(lambda: presences(centre)[-2:] == [0, 1], within_s=LEFT_S)
        await press_good(kiosk)
        contacts = await all_left(centre, 4)
    sign.close()
    assert len({contact["contact"] for contact in contacts}) == len(contacts) == 4
    assert sorted(contact["answered"] for contact in contacts) == [False, False, False, True]
    assert all(contact["asked"] for contact in contacts)
    assert {contact["served_by"] for contact in contacts} == {"camera"}
    (rating,) = centre.events("rating.given")
    assert rating["contact"] == next(c["contact"] for c in contacts if c["answered"])
    topic, first, retained = next(m for m in sign.messages if m[0].endswith("/presence"))
    assert (topic, retained) == ("smilepost/v1/acme/high-street/reception/presence", True)
    assert first["present"] >= 1
    assert presences(centre)[-1] == 0
    assert centre.events("expression.measured") == []
    _tells_the_notice(centre, mode="presence")
    await until(lambda: centre.events("served.counted"))
    assert sum(c["counts"].get("camera", 0) for c in centre.events("served.counted")) == 4
    validate(centre)


async def test_the_emotion_monitor_tells_classes_of_three_customers_together_and_none_of_staff(
    broker: LocalBroker, centre: Centre, tmp_path: Path, visits: str
) -> None:
    profile = filled_in(PROFILES / "emotion-monitor.yaml", tmp_path)
    vision = {"source": visits, "batch_contacts": 3, "staff_mask": [WHO_STANDS_LEFT]}
    config = write_profile(profile, tmp_path, port=broker.port, vision=vision)
    async with watching(config):
        contacts = await all_left(centre, 3)
        await until(lambda: centre.events("expression.measured"))
    assert len(contacts) == 3, "who stands where staff stand is not looked at"
    (batch,) = centre.events("expression.measured")
    assert (batch["mode"], batch["n"]) == ("emotion", 3)
    classes = [batch["classes"][name] for name in ("positive", "neutral", "negative")]
    assert sum(classes) == pytest.approx(batch["f"], rel=0.02)
    assert min(classes[0], classes[1] + classes[2]) > 1, "one smiled for seconds, two did not"
    assert batch["model"]["sha256"]
    told = {name for contact in contacts for name in contact}
    assert {"smile", "classes", "expression", "s"}.isdisjoint(told)
    _tells_the_notice(centre, mode="emotion")
    validate(centre)


async def test_the_emotion_monitor_as_it_stands_looks_at_nobody_and_counts_presses(
    broker: LocalBroker, centre: Centre, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.kiosk.scene.load", load_to_run)
    profile = PROFILES / "emotion-monitor.yaml"
    async with running(write_profile(profile, tmp_path, port=broker.port)) as kiosk:
        await press_good(kiosk)
        await until(lambda: centre.events("rating.given") and centre.events("camera.refused"))
    (refused,) = centre.events("camera.refused")
    assert set(refused["reasons"]) == {"no_attestation", "no_staff_mask"}
    assert centre.events("notice.shown") == []
    validate(centre)


def _tells_the_notice(centre: Centre, *, mode: str) -> None:
    (notice,) = centre.events("notice.shown")
    assert (notice["shown"], notice["mode"]) == ("screen", mode)
