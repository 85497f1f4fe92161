"""The pages in the languages of their readers."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from agent.config.problem import ConfigFileError
from agent.doctor.checks import Check
from agent.feedback.status import CaseStatus
from agent.office.office import Office
from agent.office.pins import load_pins
from agent.office.words import FOLDER, languages, wished, words
from agent.report.words import FOLDER as REPORT_FOLDER
from agent.staff.alert import Alert
from agent.staff.roster import load_roster
from tests.office.staging import HASHES, PINS, Caller, House
from tests.report.shop import DAY, busy_day

ALL = ("ar", "de", "en", "pl", "ru")
FORMS = {"zero", "one", "two", "few", "many", "other"}
BOTH = {"ok", "PIN", "Smilepost"}


def leaves(content: Any, above: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text with its place; the forms of a number are one place."""
    if isinstance(content, Mapping):
        for key, value in content.items():
            yield from leaves(value, above if key in FORMS else f"{above}.{key}")
    elif isinstance(content, list):
        for place, value in enumerate(content):
            yield from leaves(value, f"{above}.{place}")
    else:
        yield above, str(content)


def texts(folder: Path, language: str) -> list[tuple[str, str]]:
    content = yaml.safe_load((folder / f"{language}.yaml").read_text(encoding="utf-8"))
    return list(leaves(content))


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name} - {"n"}


def test_the_languages_are_those_of_the_customers_page() -> None:
    assert languages() == ALL


@pytest.mark.parametrize("language", ALL)
def test_every_language_says_everything(language: str) -> None:
    assert words(language).code == language
    wanted = {place for place, _ in texts(FOLDER, "en")}
    assert {place for place, _ in texts(FOLDER, language)} == wanted


@pytest.mark.parametrize("language", ALL)
def test_every_language_puts_the_same_facts_into_its_sentences(language: str) -> None:
    english = {place: fields(text) for place, text in texts(FOLDER, "en")}
    for place, text in texts(FOLDER, language):
        assert fields(text) == english[place], place


def test_arabic_runs_from_the_right_and_the_others_from_the_left() -> None:
    assert {each: words(each).direction for each in ALL} == {
        "ar": "rtl", "de": "ltr", "en": "ltr", "pl": "ltr", "ru": "ltr",
    }  # fmt: skip


# -- what a German reads --------------------------------------------------------------------------


def english_fragments() -> set[str]:
    """What an English page says and a German one never does."""
    german = "\n".join(
        text for folder in (FOLDER, REPORT_FOLDER) for _, text in texts(folder, "de")
    )
    found = set()
    for folder in (FOLDER, REPORT_FOLDER):
        for _, text in texts(folder, "en"):
            parts = [part for part, *_ in string.Formatter().parse(text)]
            found |= {part.strip(" .,:;()") for part in parts}
    long = {each for each in found if len(each) > 3 and each not in BOTH}
    return {each for each in long if each.lower() not in german.lower()}


def seen(page: str) -> str:
    """What a page says; what it says on purpose in English is left out."""
    page = re.sub(r'<(\w+) [^>]*lang="en"[^>]*>.*?</\1>', "", page, flags=re.DOTALL)
    labels = re.findall(r'aria-label="([^"]*)"', page)
    return " ".join([re.sub(r"<[^>]+>", " ", page), *labels])


def assert_german(page: str) -> None:
    assert '<html lang="de" dir="ltr">' in page
    text = seen(page)
    left = [each for each in english_fragments() if re.search(rf"\b{re.escape(each)}\b", text)]
    assert left == []


def furnish(house: House) -> None:
    shop = busy_day(DAY)
    house.keep(shop)
    house.lamps.pins = {"alert_light": 22, "alert_relay": 23}
    house.cases.take(b'{"case": "KE55X2RF7R", "state": "in_progress", "revision": 1}')
    house.duty.alerts = [
        Alert("a1", "case", 60, rating="r"),
        Alert("a2", "threshold", 0, share=0.6, n=10, window_s=900.0, escalated=True),
        Alert("a3", "help_wanted", -100, acknowledged_ms=5),
        Alert("a4", "complaint", 60, feedback="f"),
    ]


@pytest.fixture
def german(house: House) -> House:
    house.pins = {role: {"pin": each, "language": "de"} for role, each in HASHES.items()}
    return house


async def test_no_english_is_left_on_a_german_page(
    german: House, office: Office, caller: Caller
) -> None:
    furnish(german)
    assert office.pages is not None
    office.pages.checks.results = (
        Check("broker", "essential", "failed", "it refuses", "start it"),
        Check("clock", "advisory", "failed", "not synchronised", "check the network"),
    )
    wish = {"Accept-Language": "de-CH,fr;q=0.8"}
    assert_german((await caller.get("/", **wish))[1])
    for role, path in (("manager", "/today"), ("staff", "/today"), ("installer", "/installer")):
        await caller.sign_in(role)  # type: ignore[arg-type]
        assert_german((await caller.get(path))[1])
        assert_german((await caller.get("/nowhere"))[1])


async def test_notices_and_mistakes_are_german_too(german: House, caller: Caller) -> None:
    furnish(german)
    await caller.sign_in("manager")
    _, taken = await caller.press("/today", "acknowledge", alert="a1")
    _, gone = await caller.press("/today", "resolve", alert="zz", how="talked")
    _, stale = await caller.post("/today/acknowledge", token="x", alert="a1")  # noqa: S106
    for page, told in ((taken, "Danke"), (gone, "nicht mehr offen"), (stale, "früheren Besuch")):
        assert told in page
        assert_german(page)
    await caller.sign_in("staff")
    _, nobody = await caller.press("/today", "sign-on", pin="000000")
    assert "Diese PIN gehört niemandem" in nobody
    await caller.sign_in("installer")
    for act, more in (("signals", {}), ("lamp", {"part": "alert_light"}), ("test", {"on": "true"})):
        assert_german((await caller.press("/installer", act, **more))[1])


async def test_a_wrong_pin_is_told_in_the_browsers_language(caller: Caller) -> None:
    headers = {"Origin": caller.base, "Accept-Language": "ru"}
    wrong = {"role": "staff", "pin": "000000"}
    _, first, _ = await caller.ask("POST", "/sign-in", headers=headers, data=wrong)
    _, second, _ = await caller.ask("POST", "/sign-in", headers=headers, data=wrong)

    assert "Этот PIN неверен" in first
    assert "Введено неверных PIN: 1." in second


# -- whose language it is -----------------------------------------------------------------------


async def test_without_a_language_in_the_file_the_browser_decides(caller: Caller) -> None:
    headers = {"Origin": caller.base, "Accept-Language": "ar-EG, de;q=0.5"}
    data = {"role": "manager", "pin": PINS["manager"]}
    await caller.ask("POST", "/sign-in", headers=headers, data=data)
    _, text = await caller.get("/today")

    assert '<html lang="ar" dir="rtl">' in text


async def test_the_page_at_the_till_speaks_to_who_is_signed_on(
    caller: Caller, house: House
) -> None:
    house.duty.languages = {"heron": "pl"}
    await caller.sign_in("staff")
    assert '<html lang="en"' in (await caller.get("/today"))[1]
    _, text = await caller.press("/today", "sign-on", pin="246802")
    assert "heron jest przy kasie." in text
    assert '<html lang="pl"' in text
    await caller.press("/today", "sign-off")

    assert '<html lang="en"' in (await caller.get("/today"))[1]


async def test_a_managers_page_keeps_its_language_whoever_is_at_the_till(
    caller: Caller, house: House
) -> None:
    house.duty.languages = {"heron": "pl"}
    await house.duty.sign_on("246802")
    await caller.sign_in("manager")

    assert '<html lang="en"' in (await caller.get("/today"))[1]


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("de", "de"),
        ("de-AT, en;q=0.9", "de"),
        ("en;q=0.2, pl;q=0.7", "pl"),
        ("fr, uk", "en"),
        ("", "en"),
        ("*", "en"),
        ("de;q=0, ru;q=0.1", "ru"),
        ("de;q=x", "en"),
        ("DE", "de"),
        (";;;,,;q=", "en"),
    ],
)
def test_the_language_that_a_browser_likes_best_is_taken(header: str, code: str) -> None:
    assert wished(header, known=ALL, otherwise="en") == code


@given(st.text(max_size=200))
def test_whatever_a_browser_asks_for_there_is_an_answer(header: str) -> None:
    assert wished(header, known=ALL, otherwise="en") in ALL


# -- the files ------------------------------------------------------------------------------------


def test_a_role_is_a_hash_alone_or_a_section_with_its_language(tmp_path: Path) -> None:
    path = tmp_path / "office.yaml"
    path.write_text(
        f"staff: {HASHES['staff']}\nmanager:\n  pin: {HASHES['manager']}\n  language: ar\n"
    )
    pins = load_pins(path)

    assert (pins.language_of("staff"), pins.language_of("manager")) == (None, "ar")
    assert pins.language_of("installer") is None
    assert pins.matches("staff", PINS["staff"])
    assert pins.matches("manager", PINS["manager"])


def test_a_language_without_pages_is_refused_in_one_line_that_names_those_there_are(
    tmp_path: Path,
) -> None:
    office, staff = tmp_path / "office.yaml", tmp_path / "staff.yaml"
    office.write_text(f"manager:\n  pin: {HASHES['manager']}\n  language: fr\n")
    staff.write_text(f"sellers:\n  - seller: heron\n    pin: {HASHES['staff']}\n    language: xx\n")
    for told, path, line in (
        (lambda: load_pins(office), office, 3),
        (lambda: load_roster(staff), staff, 4),
    ):
        with pytest.raises(ConfigFileError) as refused:
            told()
        text = str(refused.value)
        assert f"{path}:{line}" in text
        assert "\n" not in text
        assert all(code in text for code in ALL)


def test_every_state_of_a_case_has_a_word_in_every_language() -> None:
    states = set(CaseStatus.model_fields["state"].annotation.__args__)  # type: ignore[union-attr]
    for language in ALL:
        assert set(words(language).cases.states) == states
