"""Age bands and sex on their road from the frame to the event, and all that must be there first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from agent.config.loading import load_to_run, problems
from agent.events.catalogue import (
    CameraRefused,
    ContactEnded,
    EventData,
    ExpressionMeasured,
    ModelRef,
    NoticeShown,
    SexSums,
    TraitsMeasured,
)
from agent.events.messages import PresenceState
from agent.screen.words import words
from agent.vision.contacts import Contact
from agent.vision.detector import Pixels
from agent.vision.glances import TraitBatches
from agent.vision.measurement import Measured
from agent.vision.models import TRAITS
from agent.vision.nets import open_nets
from agent.vision.observations import Hello, Observation, TraitsBatch
from agent.vision.pipeline import Departure, Looked, Pipeline
from agent.vision.reporting import Reporter
from agent.vision.settings import NoticeSettings, TraitsSettings, VisionSettings, Zone
from agent.vision.traits import Traits
from tests.screen.scenes import LANGUAGES, view
from tests.vision.test_pipeline import HALF, scene, white_squares
from tests.vision.test_watcher import Kiosk

MODEL = ModelRef(id="traits-1", sha256="0" * 64)
ADULT = Traits(age_years=40, male=0.25)
MASK = (Zone(x=0, y=0, width=0.1, height=1),)
LAWFUL = VisionSettings(
    mode="presence",
    notice=NoticeSettings(shown="printed", attested_by="manager", attested_on=date(2026, 1, 1)),
    traits=TraitsSettings(attestation="data protection officer, 2026-04-14"),
    staff_mask=MASK,
)
WITHOUT = LAWFUL.model_copy(update={"traits": None})
BATCH = TraitsBatch(
    at_ms=9,
    n=3,
    bands={"0-29": 1, "30-44": 2},
    sex=SexSums(female=1.4, male=1.6),
    span_s=60,
)
HELLO = Hello(mode="presence", models={TRAITS: MODEL})


def textured(x: int | None) -> Pixels:
    """Draw the white square that is found as a face, sharp enough to be read."""
    picture = scene(x)
    if x is not None:
        picture[200 - HALF + 30 : 200 - HALF + 60 : 4, x - 30 : x + 30, 1] = 0
    return picture


def test_a_contact_that_left_brings_what_was_read_of_it() -> None:
    pipeline = Pipeline(
        WITHOUT,
        detect=white_squares,
        threshold=0.75,
        read_traits=lambda _picture, _face: ADULT,
    )
    looks = [pipeline.look(textured(300), at_s=n / 10) for n in range(50)]
    looks += [pipeline.look(textured(None), at_s=5 + n / 10) for n in range(50)]
    (departure,) = [departure for looked in looks for departure in looked.left]

    assert departure.traits == ADULT


def test_a_passer_by_is_not_read() -> None:
    read: list[float] = []

    def reader(_picture: Pixels, _face: object) -> Traits:
        read.append(1)
        return ADULT

    pipeline = Pipeline(WITHOUT, detect=white_squares, threshold=0.75, read_traits=reader)
    for frame in range(10):
        pipeline.look(textured(300), at_s=frame / 10)

    assert read == [], "nobody is read before they are a contact"


def left(number: int, traits: Traits | None = ADULT) -> Looked:
    contact = Contact(
        f"{number:012x}", number, arrived_s=float(number), seen_s=number + 4.0, in_view_s=4
    )
    return Looked(present=0, smile=None, left=(Departure(contact, Measured(), traits),))


def reported(looks: list[Looked], *, batches: TraitBatches | None) -> list[Observation]:
    said: list[Observation] = []
    reporter = Reporter(said.append, batches=None, gauge=False, traits=batches)
    for number, looked in enumerate(looks):
        reporter.looked(looked, at_s=number + 10.0)
    return said


def test_nothing_is_said_of_fewer_than_a_batch() -> None:
    batches = TraitBatches(size=5, draw=lambda _below: 0)
    said = reported([left(n) for n in range(4)], batches=batches)

    assert not any(isinstance(each, TraitsBatch) for each in said)


def test_a_full_batch_is_said_once_and_unread_contacts_are_not_in_it() -> None:
    batches = TraitBatches(size=3, draw=lambda _below: 0)
    said = reported([left(0), left(1, None), left(2), left(3), left(4)], batches=batches)

    (told,) = [each for each in said if isinstance(each, TraitsBatch)]
    assert (told.n, told.bands["30-44"], told.sex.male) == (3, 3, 0.8)
    assert told.span_s == 7.0


def test_switched_off_nothing_of_it_is_said() -> None:
    said = reported([left(n) for n in range(30)], batches=None)

    assert not any(isinstance(each, TraitsBatch) for each in said)


@pytest.mark.parametrize(
    "change",
    [{"n": 2}, {"n": 4}, {"sex": {"female": 9, "male": 9}}, {"bands": {"0-17": 3}}, {"contact": 1}],
)
def test_a_batch_that_is_not_whole_does_not_pass_the_socket(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TraitsBatch.model_validate(BATCH.model_dump() | change)


def test_a_batch_becomes_an_event_with_its_model() -> None:
    kiosk = Kiosk(LAWFUL)
    kiosk.watcher.start()
    kiosk.watcher.observe("main", HELLO)
    kiosk.watcher.observe("main", BATCH)

    told = [event for event in kiosk.events if isinstance(event, TraitsMeasured)]
    assert [(event.n, event.model) for event in told] == [(3, MODEL)]


@pytest.mark.parametrize("settings", [WITHOUT, LAWFUL])
def test_a_batch_nobody_asked_for_is_refused(settings: VisionSettings) -> None:
    kiosk = Kiosk(settings)
    kiosk.watcher.start()
    kiosk.watcher.observe("main", HELLO if settings is WITHOUT else replace_models(HELLO))
    kiosk.watcher.observe("main", BATCH)

    assert not any(isinstance(event, TraitsMeasured) for event in kiosk.events)
    assert [e.reasons for e in kiosk.events if isinstance(e, CameraRefused)] == [("other_mode",)]


def replace_models(hello: Hello) -> Hello:
    """Return the hello of a process that does not estimate what is configured."""
    return hello.model_copy(update={"models": {}})


def test_the_notice_event_says_that_it_names_them() -> None:
    kiosk = Kiosk(LAWFUL)
    kiosk.watcher.start()

    (event,) = kiosk.events
    assert isinstance(event, NoticeShown)
    assert event.traits


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_notice_on_the_page_names_them_in_every_language(language: str) -> None:
    texts = words(language).camera

    assert view(language=language, traits=True).camera == f"{texts.presence} {texts.traits}"
    assert view(language=language).camera == texts.presence


@pytest.mark.parametrize("kind", [ContactEnded, ExpressionMeasured])
def test_no_contact_and_no_expression_carries_them(kind: type[EventData]) -> None:
    assert not {"traits", "bands", "sex", "age"} & set(kind.model_fields)


def test_presence_for_signage_carries_none_of_them() -> None:
    assert set(PresenceState.model_fields) == {"present", "seen_by", "session"}
    assert PresenceState.model_config["extra"] == "forbid"


HEAD = "device: {tenant: acme, site: shop, id: till}\nvision:\n"
NOTICE = "  notice: {shown: screen}\n"
STAFF = "  staff_mask: [{x: 0, y: 0, width: 0.3, height: 1}]\n"
ATTESTED = "  traits: {attestation: us}\n"


@pytest.mark.parametrize(
    ("vision", "reasons"),
    [
        (f"  mode: presence\n{NOTICE}{STAFF}  traits: {{}}\n", ("no_attestation",)),
        (f"  mode: presence\n{NOTICE}{ATTESTED}", ("no_staff_mask",)),
        (f"  mode: presence\n{NOTICE}  traits: {{}}\n", ("no_attestation", "no_staff_mask")),
    ],
)
def test_without_what_they_need_they_are_refused_and_the_camera_counts_on(
    tmp_path: Path, vision: str, reasons: tuple[str, ...]
) -> None:
    path = tmp_path / "kiosk.yaml"
    path.write_text(HEAD + vision, encoding="utf-8")
    settings = load_to_run(path).settings.vision

    assert len(problems(path)) == len(reasons)
    assert (settings.mode, settings.traits) == ("presence", None)
    assert [(r.mode, r.reasons) for r in settings.refused] == [("traits", reasons)]


def test_without_a_notice_neither_they_nor_the_camera_start(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.yaml"
    path.write_text(f"{HEAD}  mode: presence\n{STAFF}{ATTESTED}", encoding="utf-8")
    settings = load_to_run(path).settings.vision

    assert (settings.mode, settings.traits) == ("off", None)
    assert [(r.mode, r.reasons) for r in settings.refused] == [("presence", ("no_notice",))]


def test_with_the_camera_off_they_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.yaml"
    path.write_text(f"{HEAD}  mode: off\n{STAFF}{ATTESTED}", encoding="utf-8")

    (refused,) = load_to_run(path).settings.vision.refused
    assert (refused.mode, refused.reasons) == ("traits", ("no_notice",))


def test_with_all_they_need_they_are_on(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.yaml"
    path.write_text(f"{HEAD}  mode: presence\n{NOTICE}{STAFF}{ATTESTED}", encoding="utf-8")

    assert problems(path) == []
    assert load_to_run(path).settings.vision.traits == TraitsSettings(attestation="us")


def test_they_are_off_in_every_profile_and_their_net_is_not_loaded() -> None:
    profiles = Path(__file__).parents[2] / "config/profiles"

    assert [p.name for p in profiles.glob("*.yaml") if "traits:" in p.read_text("utf-8")] == []
    assert open_nets(None).traits is None


def test_switched_on_the_net_is_loaded_and_named() -> None:
    nets = open_nets(None, expression=False, traits=True)

    assert nets.traits is not None
    assert nets.refs[TRAITS].id == "traits-1"
    picture = np.random.default_rng(3).integers(0, 255, (480, 640, 3), np.uint8)
    (face,) = white_squares(np.full((480, 640, 3), 255, np.uint8))
    assert 0 <= nets.traits(picture, replace(face)).age_years <= 100
