"""The demo's customer at the page: what they answer, and whole surveys of two profiles."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from agent.demo import guest
from agent.demo.guest import WORDS, Guest, reply
from agent.demo.script import APART_S, FIRST_S, SURVEY, SURVEY_S, script
from agent.demo.senses import in_words
from agent.demo.workplace import Workplace
from agent.screen.server import ScreenServer
from agent.screen.settings import ScreenSettings
from agent.screen.views import Choice, Said, View, Written
from agent.survey.loading import load_questionnaire
from agent.testing.broker import free_port
from tests.screen.scenes import question, view

ROOT = Path(__file__).parents[2]
SECONDS = 12
Event = dict[str, Any]


def shown(screen: str, *ids: str, most: int | None = None, topic: str = "") -> dict[str, Any]:
    options = [{"id": each} for each in ids]
    return {"screen": screen, "options": options, "most": most, "topic": topic}


# -- what is answered ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (shown("attract", "begin"), {"type": "choice", "option": "begin"}),
        (shown("attract", "bad", "good"), None),
        (shown("question", "bad", "good"), None),
        (
            shown("question", "1", "2", "3", topic="feeling"),
            {"type": "choice", "option": "3"},
        ),
        (shown("scale", *map(str, range(11))), {"type": "choice", "option": "7"}),
        (shown("choice", "praise", "complaint"), {"type": "choice", "option": "complaint"}),
        (shown("choice", "yes", "no"), {"type": "choice", "option": "no"}),
        (shown("multiple", "a", "b", "c"), {"type": "choices", "options": ["a", "b"]}),
        (shown("multiple", "a", "b", most=1), {"type": "choices", "options": ["a"]}),
        (shown("text"), {"type": "written", "text": WORDS}),
        (shown("contact"), {"type": "choice", "option": "skip"}),
        (shown("still_there"), {"type": "more_time"}),
        (shown("thanks"), None),
    ],
)
def test_every_screen_has_its_answer(seen: dict[str, Any], said: dict[str, Any] | None) -> None:
    assert reply(seen) == said


def test_a_survey_takes_its_time_of_the_script_and_comes_first() -> None:
    acts = script(40, survey=True)
    assert acts == (SURVEY, *script(40 - SURVEY_S - APART_S))
    assert script(FIRST_S + SURVEY_S, survey=True) == (SURVEY, *script(0))
    assert script(FIRST_S + SURVEY_S - 0.1, survey=True) == script(FIRST_S + SURVEY_S - 0.1)


@pytest.mark.parametrize("name", ["surveyor", "feedback"])
def test_a_demos_surveys_are_asked_at_every_hour(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = ROOT / "config" / "questionnaires" / f"{name}.yaml"
    with Workplace() as place:
        place.write_config({"survey": {"questionnaires": [str(file)]}})
        copied = load_questionnaire(place.folder / file.name).questionnaire
    assert copied.schedule is None
    original = load_questionnaire(file).questionnaire
    assert copied == original.model_copy(update={"schedule": None})


def test_what_was_answered_and_left_is_said_in_words() -> None:
    answers = [
        {"question": "recommend", "options": ["7"], "value": 7, "ended": "answered"},
        {"question": "about", "options": ["staff", "price"], "ended": "answered"},
        {"question": "words", "ended": "skipped"},
    ]
    event = {"type": "smilepost.response.given.v1", "data": {"answers": answers}}
    assert in_words(event) == "response given: recommend 7, about staff price"
    event["data"] = {"answers": answers[2:]}
    assert in_words(event) is None
    left = {"about": "complaint", "characters": 37}
    said = in_words({"type": "smilepost.feedback.left.v1", "data": left})
    assert said == "feedback left: complaint of 37 characters"


# -- at the page -----------------------------------------------------------------------------------


class Shop:
    """The page's server, with somebody who shows the next screen behind every answer."""

    def __init__(self, *following: View) -> None:
        self.following = list(following)
        self.heard: list[Choice | Said] = []
        self.notes: list[str] = []
        self.presses = 0
        self.server = ScreenServer(
            ScreenSettings(port=0),
            on_choice=self._take,
            on_language=lambda _: None,
            on_said=self._take,
        )

    def next(self) -> None:
        """Show the next screen."""
        if self.following:
            self.server.show(self.following.pop(0))

    async def press(self) -> None:
        """Give a rating."""
        self.presses += 1
        self.next()

    def guest(self) -> Guest:
        return Guest(f"http://127.0.0.1:{self.server.port}", note=self.notes.append)

    def _take(self, said: Choice | Said) -> str | None:
        self.heard.append(said)
        self.next()
        return None


@asynccontextmanager
async def opened(*screens: View) -> AsyncIterator[Shop]:
    shop = Shop(*screens)
    await shop.server.start()
    shop.next()
    yield shop
    await shop.server.stop()


@pytest.fixture(autouse=True)
def _nobody_thinks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guest, "THINK_S", 0.0)


async def test_behind_a_press_every_screen_is_answered_until_the_thanks() -> None:
    screens = (view("attract"), question("nps", revision=2), question("text", revision=3))
    async with opened(*screens, view("thanks", revision=4)) as shop:
        assert await shop.guest().visit(shop.press) == 2
    assert shop.presses == 1
    chosen, written = shop.heard
    assert isinstance(chosen, Choice)
    assert (chosen.option, chosen.channel) == ("7", "touch")
    assert isinstance(written, Written)
    assert written.text == WORDS
    assert shop.notes == []


async def test_where_another_page_is_open_the_survey_is_left_to_it() -> None:
    async with opened(view("attract")) as shop, aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{shop.server.port}"
        async with session.ws_connect(f"{url}/ws", origin=url) as page:
            await page.send_json({"type": "hello", "page": "somebody's"})
            await page.receive_json()
            assert await shop.guest().visit(shop.press) == 0
    assert (shop.presses, shop.heard) == (0, [])
    assert shop.notes == ["a page is open: the survey is left to whoever sits before it"]


async def test_a_survey_that_goes_on_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guest, "VISIT_S", 0.2)
    async with opened(view("attract"), question("nps", revision=2)) as shop:
        assert await shop.guest().visit(shop.press) == 1
    assert shop.notes == ["the survey was not answered to its end: it took too long"]


async def test_a_page_that_is_not_there_is_said() -> None:
    notes: list[str] = []
    absent = Guest(f"http://127.0.0.1:{free_port()}", note=notes.append)
    assert await absent.visit(Shop().press) == 0
    assert "the survey was not answered to its end" in notes[0]


# -- whole demos -----------------------------------------------------------------------------------


def played(folder: Path, profile: str) -> tuple[str, list[Event]]:
    """Run a demo of a profile; returns what it said, and its events."""
    (folder / ".cache").symlink_to(ROOT / ".cache")
    options = ["--seconds", str(SECONDS), "--camera", "none", "--profile", profile]
    command = [sys.executable, "-m", "agent", "demo", "--no-browser", "--record", "out.jsonl"]
    ended = subprocess.run(
        [*command, *options, "--port", str(free_port())],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/usr/sbin:/bin:/sbin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    lines = (folder / "out.jsonl").read_text(encoding="utf-8").splitlines()
    messages = [json.loads(line) for line in lines]
    return ended.stdout, [m["payload"] for m in messages if "/event/" in m["topic"]]


def of_kind(events: list[Event], kind: str) -> list[Event]:
    found = {e["id"]: e["data"] for e in events if e["type"] == f"smilepost.{kind}.v1"}
    return list(found.values())


def test_the_surveyors_demo_answers_a_survey_to_its_end(tmp_path: Path) -> None:
    output, events = played(tmp_path, "surveyor")
    responses = of_kind(events, "response.given")
    answers = [answer for response in responses for answer in response["answers"]]
    assert {response["questionnaire"] for response in responses} == {"surveyor"}
    assert {answer["ended"] for answer in answers} == {"answered"}
    assert {"feeling", "settled", "recommend"} <= {answer["question"] for answer in answers}
    assert of_kind(events, "rating.given") == [], "the page invites without a rating"
    assert "response given: recommend 7" in output
    assert f"a survey: {len(answers)} screens answered" in output


def test_the_feedback_demo_leaves_words(tmp_path: Path) -> None:
    output, events = played(tmp_path, "feedback")
    (rating,) = of_kind(events, "rating.given")
    (left,) = of_kind(events, "feedback.left")
    assert (left["about"], left["characters"]) == ("complaint", len(WORDS))
    assert "contact" not in left
    answered = [a["question"] for r in of_kind(events, "response.given") for a in r["answers"]]
    assert answered[:2] == ["kind", "about"]
    assert rating["counts"]
    assert f"feedback left: complaint of {len(WORDS)} characters" in output
    assert "page       answers 4, feedback 1" in output
