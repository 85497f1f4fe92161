"""The camera process that estimates traits: it says sums over contacts, and nothing of any one."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from agent.errors import ModelError
from agent.events.catalogue import ModelRef
from agent.vision import process
from agent.vision.detector import Pixels
from agent.vision.eye import Eye
from agent.vision.models import TRAITS
from agent.vision.nets import Nets
from agent.vision.observations import ContactBegan, ContactLeft, Hello, TraitsBatch
from agent.vision.process import Vision, run_process
from agent.vision.settings import NoticeSettings, TraitsSettings, VisionSettings, Zone
from agent.vision.traits import Traits
from tests.vision.test_process import Agent, OneFace, Scene

MOST = 6
"""A batch of three closes with the fifth contact at the latest; the next one's coming tells it."""
REF = ModelRef(id="traits-1", sha256="0" * 64)
SETTINGS = VisionSettings(
    mode="presence",
    notice=NoticeSettings(shown="screen"),
    traits=TraitsSettings(attestation="data protection officer, 2026-04-14"),
    staff_mask=(Zone(x=0, y=0, width=0.01, height=0.01),),
    min_dwell_s=0.2,
    batch_contacts=3,
)


class Textured(Scene):
    """A scene in which the face has something to be sharp about."""

    def read(self) -> Pixels:
        picture = super().read()
        picture[40:80:4, 50:110, 1] = 0
        return picture


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Agent]:
    agent = Agent(tmp_path)
    yield agent
    agent.close()


@pytest.fixture
def looking(tmp_path: Path, listening: Agent) -> Iterator[None]:
    """The process's work in a thread, connected."""
    nets = Nets(
        cast("Any", OneFace()),
        None,
        {TRAITS: REF},
        traits=cast("Any", lambda _picture, _face: Traits(age_years=40, male=0.5)),
    )
    eye = Eye(Textured(), timeout_s=5, live=True)
    vision = Vision(SETTINGS, nets=nets, runtime_dir=tmp_path, eye=eye)
    stop = threading.Event()
    thread = threading.Thread(target=vision.run, args=(stop,))
    thread.start()
    listening.accept()
    yield
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


@pytest.mark.usefixtures("looking")
def test_a_batch_of_contacts_is_told_and_no_single_one(listening: Agent) -> None:
    assert listening.hear(Hello).models == {TRAITS: REF}
    contacts = 0
    while not any(isinstance(told, TraitsBatch) for told in listening.told):
        contacts += 1
        assert contacts <= MOST
        listening.permit(granted=True)
        listening.hear(ContactBegan)
        listening.permit(granted=False)
        listening.hear(ContactLeft)

    (batch,) = [told for told in listening.told if isinstance(told, TraitsBatch)]
    assert 3 <= batch.n <= 5
    assert batch.bands["30-44"] == batch.n
    assert batch.sex.male == pytest.approx(batch.n / 2)


@pytest.mark.parametrize("on", [True, False])
def test_the_net_is_loaded_where_it_is_asked_for_alone(
    monkeypatch: pytest.MonkeyPatch, *, on: bool
) -> None:
    asked: dict[str, object] = {}

    def note(_folder: object, **wanted: object) -> Nets:
        asked.update(wanted)
        raise ModelError("enough is known")

    monkeypatch.setattr(process, "open_nets", note)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    vision = SETTINGS if on else SETTINGS.model_copy(update={"traits": None})
    with pytest.raises(ModelError):
        run_process(cast("Any", type("Kiosk", (), {"vision": vision, "runtime_dir": "/"})))

    assert asked["traits"] is on
