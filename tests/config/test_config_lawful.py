"""What a kiosk leaves out of its configuration so that it can start, and what it never does."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config.loading import load, load_to_run, problems
from agent.config.problem import ConfigFileError
from agent.vision.law import Refusal
from agent.vision.settings import VisionSettings

HEAD = "device: {tenant: acme, site: shop, id: till}\n"
MASK = "staff_mask: [{x: 0, y: 0, width: 0.3, height: 1}]"
SCREEN = "notice: {shown: screen}"
DOOR = "cameras: [{id: door, source: '1'}]"


def written(folder: Path, vision: str, *, rest: str = "") -> Path:
    path = folder / "kiosk.yaml"
    lines = "".join(f"  {line}\n" for line in vision.splitlines())
    path.write_text(f"{HEAD}vision:\n{lines}{rest}", encoding="utf-8")
    return path


UNLAWFUL = [
    ("mode: presence", "presence", ("no_notice",)),
    ("mode: smile\nnotice: {shown: printed}", "smile", ("no_notice",)),
    (f"mode: emotion\n{SCREEN}\n{MASK}", "emotion", ("no_attestation",)),
    (f"mode: emotion\n{SCREEN}\nemotion_attestation: us", "emotion", ("no_staff_mask",)),
    ("mode: emotion", "emotion", ("no_notice", "no_attestation", "no_staff_mask")),
    (
        f"mode: emotion\n{SCREEN}\n{MASK}\nemotion_attestation: us\n{DOOR}",
        "emotion",
        ("no_staff_mask",),
    ),
]


@pytest.mark.parametrize(("vision", "mode", "reasons"), UNLAWFUL)
def test_what_the_law_refuses_is_left_out_and_said(
    tmp_path: Path, vision: str, mode: str, reasons: tuple[str, ...]
) -> None:
    settings = load_to_run(written(tmp_path, vision)).settings.vision

    assert settings.mode == "off"
    (refused,) = settings.refused
    assert (refused.mode, refused.reasons) == (mode, reasons)


@pytest.mark.parametrize(("vision", "_mode", "reasons"), UNLAWFUL)
def test_the_check_fails_all_the_same_and_names_each_thing(
    tmp_path: Path, vision: str, _mode: str, reasons: tuple[str, ...]
) -> None:
    path = written(tmp_path, vision)

    assert len(problems(path)) == len(reasons)
    with pytest.raises(ConfigFileError):
        load(path)


def test_a_notice_on_a_page_that_there_is_not_is_refused_too(tmp_path: Path) -> None:
    rest = (
        "screen: {enabled: false}\nvisit: {scale: 2}\n"
        "panel: {buttons: [{id: bad, pin: 5}, {id: good, pin: 6}]}\n"
    )
    settings = load_to_run(written(tmp_path, f"mode: smile\n{SCREEN}", rest=rest)).settings

    assert settings.vision.mode == "off"
    assert [(r.mode, r.reasons) for r in settings.vision.refused] == [("smile", ("no_notice",))]


@pytest.mark.parametrize(
    "vision",
    [
        "mode: emotion\nwidht: 640",
        "mode: emotions",
        "mode: emotion\nbatch_contacts: 1",
        "mode: presence\nnotice: {shown: somewhere}",
        "mode: presence\nsource: 'rtsp://a:b@192.168.1.2/'\n",
    ],
)
def test_any_other_mistake_keeps_a_kiosk_from_starting(tmp_path: Path, vision: str) -> None:
    with pytest.raises(ConfigFileError):
        load_to_run(written(tmp_path, vision))


@pytest.mark.parametrize(
    "zone",
    [
        "contact_zone: {x: 0.5, y: 0, width: 0.8, height: 1}",
        "staff_mask: [{x: 0, y: 0, width: 1, height: 1}]",
    ],
    ids=["beyond the picture", "over all of it"],
)
def test_a_zone_that_the_check_refuses_keeps_nobody_from_pressing(
    tmp_path: Path, zone: str
) -> None:
    path = written(tmp_path, f"mode: presence\n{SCREEN}\n{zone}")

    assert load_to_run(path).settings.vision.mode == "presence"
    with pytest.raises(ConfigFileError):
        load(path)


def test_a_mistake_elsewhere_is_not_forgiven_beside_a_refusal(tmp_path: Path) -> None:
    with pytest.raises(ConfigFileError) as found:
        load_to_run(written(tmp_path, "mode: emotion", rest="visit: {scale: 9}\n"))

    assert [problem.key[0] for problem in found.value.problems] == ["visit"]


@pytest.mark.parametrize("vision", [f"mode: smile\n{SCREEN}", "mode: off"])
def test_a_lawful_file_is_the_same_to_check_and_to_run(tmp_path: Path, vision: str) -> None:
    path = written(tmp_path, vision)

    assert load_to_run(path).settings.vision.refused == ()
    assert load_to_run(path).sha256 == load(path).sha256


def test_with_the_camera_off_nothing_was_asked_for(tmp_path: Path) -> None:
    settings = load_to_run(written(tmp_path, "mode: off\nnotice: {shown: printed}")).settings

    assert (settings.vision.mode, settings.vision.refused) == ("off", ())


def test_what_was_refused_is_no_part_of_the_settings_that_are_told() -> None:
    assert "refused" not in VisionSettings().model_dump()
    assert VisionSettings().refused == ()


def test_a_refusal_says_in_one_line_what_is_missing(tmp_path: Path) -> None:
    (refused,) = load_to_run(written(tmp_path, "mode: emotion")).settings.vision.refused

    assert isinstance(refused, Refusal)
    assert "\n" not in refused.fact
    for word in ("notice", "emotion_attestation", "staff_mask"):
        assert word in refused.fact
