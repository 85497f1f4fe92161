"""A configuration that asks for an unlawful camera: presses count, and all hear of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.config.loading import load_to_run
from agent.testing import LocalBroker
from agent.vision.observations import SOCKET_NAME
from agent.vision.service import run_vision
from tests.kiosk.customer import customer_at
from tests.kiosk.profiles import validate
from tests.kiosk.scene import Centre, running, until
from tests.kiosk.till import write_config

EMOTION: dict[str, Any] = {"mode": "emotion", "notice": {"shown": "screen"}}


@pytest.fixture
def config(tmp_path: Path, broker: LocalBroker, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Emotion without attestation and staff mask, loaded as `smilepost run` does."""
    monkeypatch.setattr("tests.kiosk.scene.load", load_to_run)
    return write_config(tmp_path, port=broker.port, vision=EMOTION)


async def test_presses_count_the_camera_stays_off_and_the_refusal_is_an_event(
    config: Path, centre: Centre, tmp_path: Path
) -> None:
    async with running(config) as kiosk:
        await kiosk.tap("good")
        await until(lambda: centre.events("rating.given") and centre.events("camera.refused"))
        assert not (tmp_path / "run" / SOCKET_NAME).exists(), "no camera process is listened to"
        async with customer_at(kiosk.page) as customer:
            assert customer.view["camera"] is None
            assert customer.view["no_camera"] is None
    await until(lambda: centre.events("device.stopped"))

    (refused,) = centre.events("camera.refused")
    assert (refused["mode"], refused["reasons"]) == ("emotion", ["no_attestation", "no_staff_mask"])
    (fault,) = centre.events("device.fault")
    assert fault["part"] == "vision"
    assert "smilepost check" in fault["remedy"]
    assert centre.events("rating.given")[0]["counts"]
    assert centre.events("notice.shown") == []
    validate(centre)


def test_the_camera_process_ends_quietly(config: Path) -> None:
    assert run_vision(load_to_run(config).settings) == 0
