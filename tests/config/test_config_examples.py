"""The files in config/ are in order and complete."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import BaseModel

from agent.config.commands import config_schema
from agent.config.document import parse
from agent.config.loading import load, problems
from agent.config.path import models_in
from agent.config.schema import KioskSettings
from agent.config.words import model_at
from agent.survey.fitting import questionnaire_problems
from agent.survey.loading import load_questionnaire
from tests.config.attested import filled_in

CONFIG = Path(__file__).parents[2] / "config"
EXAMPLE = CONFIG / "kiosk.yaml"
PROFILES = sorted((CONFIG / "profiles").glob("*.yaml"))
UNATTESTED = CONFIG / "profiles/emotion-monitor.yaml"
READY = [path for path in PROFILES if path != UNATTESTED]


def keys_of(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, field in model.model_fields.items():
        yield prefix + name, name
        for inner in models_in(field.annotation):
            yield from keys_of(inner, f"{prefix}{name}.")


@pytest.mark.parametrize("path", [EXAMPLE, *READY], ids=lambda p: p.stem)
def test_every_example_passes_the_check(path: Path) -> None:
    assert problems(path) == []


@pytest.mark.parametrize("missing", ["emotion_attestation", "staff_mask"])
def test_the_emotion_monitor_names_what_only_its_owner_can_fill_in(
    missing: str, tmp_path: Path
) -> None:
    assert missing in "".join(map(str, problems(UNATTESTED)))
    told = problems(filled_in(UNATTESTED, tmp_path, leave_out=missing))
    assert missing in "".join(map(str, told))


def test_the_emotion_monitor_is_good_once_it_is_filled_in(tmp_path: Path) -> None:
    path = filled_in(UNATTESTED, tmp_path)
    assert problems(path) == []
    vision = load(path).settings.vision
    assert (vision.mode, len(vision.staff_mask)) == ("emotion", 1)
    assert vision.notice is not None


def test_the_counter_profile_reads_no_expression_and_tells_on_the_screen() -> None:
    settings = load(CONFIG / "profiles/counter.yaml").settings
    assert settings.vision.mode == "presence"
    assert settings.vision.notice is not None
    assert settings.vision.notice.shown == "screen"


def test_there_are_the_profiles_of_this_version() -> None:
    assert [path.stem for path in PROFILES] == [
        "counter",
        "emoscope",
        "emotion-monitor",
        "feedback",
        "loyalty",
        "start",
        "surveyor",
    ]


@pytest.mark.parametrize("key", sorted(keys_of(KioskSettings)), ids=lambda k: k[0])
def test_every_key_stands_in_the_commented_example(key: tuple[str, str]) -> None:
    assert re.search(
        rf"^[\s#{{-]*(?:.*[{{ ,])?{key[1]}:", EXAMPLE.read_text("utf-8"), re.MULTILINE
    ), key[0]


def test_what_the_example_spells_out_is_the_default() -> None:
    """So that removing a line never changes a kiosk."""
    shown = load(EXAMPLE).settings
    bare = KioskSettings.model_validate({"device": shown.device.model_dump()})
    for section in ("store", "uplink", "vision"):
        assert getattr(shown, section) == getattr(bare, section)
    kept = {"buttons", "buzzer"}
    assert shown.panel.model_dump(exclude=kept) == bare.panel.model_dump(exclude=kept)
    kept = {"reasons"}
    assert shown.visit.model_dump(exclude=kept) == bare.visit.model_dump(exclude=kept)


def test_every_commented_block_is_good_when_it_is_switched_on(tmp_path: Path) -> None:
    head, body = EXAMPLE.read_text("utf-8").split("device:", maxsplit=1)
    uncommented = re.sub(r"^(  )# ", r"\1", body, flags=re.MULTILINE)
    path = tmp_path / "kiosk.yaml"
    path.write_text(f"{head}device:{uncommented}".replace("mode: off", "mode: emotion"), "utf-8")
    settings = load(path).settings
    assert settings.uplink.tls is not None
    assert settings.vision.notice is not None
    assert settings.vision.staff_mask
    assert settings.vision.emotion_attestation


def test_the_example_names_its_schema_in_the_first_line() -> None:
    first = EXAMPLE.read_text("utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=./kiosk.schema.json"


@pytest.mark.parametrize("path", PROFILES, ids=lambda p: p.stem)
def test_every_profile_names_the_schema_in_its_first_line(path: Path) -> None:
    first = path.read_text("utf-8").splitlines()[0]
    assert (path.parent / first.split("=")[1]).resolve() == CONFIG / "kiosk.schema.json"


def test_the_start_profile_has_no_camera_and_no_screen() -> None:
    settings = load(CONFIG / "profiles/start.yaml").settings
    assert (settings.vision.mode, settings.screen.enabled) == ("off", False)
    assert len(settings.panel.buttons) == 5


def test_the_loyalty_profile_tells_about_its_camera_on_the_screen() -> None:
    settings = load(CONFIG / "profiles/loyalty.yaml").settings
    assert settings.vision.mode == "smile"
    assert settings.vision.notice is not None
    assert settings.vision.notice.shown == "screen"
    assert settings.visit.reasons


def test_the_feedback_profile_takes_words_for_the_centre_alone_and_has_no_camera() -> None:
    settings = load(CONFIG / "profiles/feedback.yaml").settings
    assert settings.feedback.takes == {"text", "contact"}
    assert settings.feedback.public_key is not None
    assert (settings.feedback.plain, settings.vision.mode) == (False, "off")


def test_the_surveyor_profile_is_a_touch_screen_that_invites_to_a_questionnaire() -> None:
    loaded = load(CONFIG / "profiles/surveyor.yaml")
    assert questionnaire_problems(loaded) == []
    assert (loaded.settings.panel.buttons, loaded.settings.screen.touch) == ((), True)
    (name,) = loaded.settings.survey.questionnaires
    questionnaire = load_questionnaire(loaded.path.parent / name).questionnaire
    assert questionnaire.entry == "start"
    assert {q.kind for q in questionnaire.questions} >= {"faces", "nps", "servperf"}


@pytest.mark.parametrize("path", [EXAMPLE, CONFIG / "profiles/loyalty.yaml"], ids=lambda p: p.stem)
def test_the_six_reasons_are_labelled_in_every_language(path: Path) -> None:
    reasons = load(path).settings.visit.reasons
    assert len(reasons) == 6
    assert all(set(reason.label) == {"en", "ru", "pl", "de"} for reason in reasons)


def test_the_committed_schema_is_current() -> None:
    committed = (CONFIG / "kiosk.schema.json").read_text("utf-8")
    written = json.dumps(config_schema(), indent=2, ensure_ascii=False) + "\n"
    assert committed == written, "run: smilepost schema config > config/kiosk.schema.json"


@pytest.mark.parametrize("path", [EXAMPLE, *PROFILES], ids=lambda p: p.stem)
def test_editors_accept_every_example(path: Path) -> None:
    jsonschema.validate(parse(path.read_text("utf-8")).values, config_schema())


def test_editors_underline_an_unknown_key() -> None:
    tree: dict[str, Any] = {"device": {"tenant": "a", "site": "b", "id": "c"}, "uplnk": {}}
    with pytest.raises(jsonschema.ValidationError, match="uplnk"):
        jsonschema.validate(tree, config_schema())


def test_every_key_is_described_for_editors() -> None:
    schema = config_schema()
    for name, definition in {**schema["$defs"], "": schema}.items():
        for key, field in definition.get("properties", {}).items():
            assert field.get("description"), f"{name}.{key}"


def test_every_section_can_be_found_by_its_path() -> None:
    found = model_at(("panel", "buttons", 0), model=KioskSettings)
    assert found is not None
    assert found.__name__ == "ButtonSettings"
    assert model_at(("panel", "buzzer"), model=KioskSettings) is None
    assert model_at(("nowhere",), model=KioskSettings) is None
