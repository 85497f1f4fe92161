"""The live view: everything is on it, at the smallest terminal too."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from typing import Literal

import pytest
from rich.console import Console

from agent.demo.scene import Scene
from agent.demo.terminal import draw

SCENE = Scene(
    url="http://127.0.0.1:8080",
    buttons_url="http://127.0.0.1:8081",
    broker="Mosquitto",
    broker_up=True,
    agent="listening",
    light=True,
    keys=("very_bad", "bad", "okay", "good", "very_good"),
    faces={"very_bad": 3, "very_good": 3, "good": 1},
    score=3.43,
    contacts=12,
    silent=5,
    present=1,
    camera="recorded faces",
    smile=0.5,
    smile_index=0.71,
    vision_lines=('{"kind":"presence","at_ms":1,"present":1,"smile":0.5}', '{"kind":"hello"}'),
    pressed=212,
    stored=212,
    delivered=212,
    cut_off=3,
    too_fast=0,
    kills=3,
    pending=0,
    notes=((0.0, "ready"), (12.5, "the agent was killed in its commit")),
    left_s=None,
)
SIZES = [(80, 24), (100, 30), (160, 50)]


def drawn(scene: Scene, width: int, height: int, *, styled: bool = False) -> str:
    out = StringIO()
    colours: Literal["standard"] | None = "standard" if styled else None
    console = Console(
        file=out, width=width, height=height, force_terminal=styled, color_system=colours
    )
    console.print(draw(scene, width=width, height=height))
    return out.getvalue()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_it_fills_the_terminal_and_no_more(width: int, height: int) -> None:
    lines = drawn(SCENE, width, height).splitlines()
    assert len(lines) == height
    assert max(map(len, lines)) <= width


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize(
    "fact",
    [
        "pressed 212, stored 212, delivered 212",
        "http://127.0.0.1:8080",
        "http://127.0.0.1:8081",
        "score 3.43 of 5",
        "contacts 12, silent 5, here 1",
        "all that leaves the camera process",
        '{"kind":"presence","at_ms":1,"present":1,"smile":0.5}',
        "index of closed batches 0.71",
        "broker Mosquitto",
        "waiting in the outbox",
        "● lit",
        "the agent was killed in its commit",
        "q  quit",
    ],
)
def test_every_fact_is_on_it(width: int, height: int, fact: str) -> None:
    assert fact in drawn(SCENE, width, height)


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        (replace(SCENE, broker_up=False), "CUT"),
        (replace(SCENE, agent="starting"), "starting"),
        (replace(SCENE, light=False), "○ dark"),
        (replace(SCENE, too_fast=250), "3, too fast 250"),
        (replace(SCENE, score=None), "score -"),
        (replace(SCENE, smile_index=None), "batches -"),
        (replace(SCENE, left_s=12.3), "(12 s left)"),
        (replace(SCENE, smile=None, vision_lines=(), camera="none"), "none: all that leaves"),
    ],
)
def test_every_state_can_be_told_apart(change: Scene, fact: str) -> None:
    assert fact in drawn(change, 80, 24)
    assert fact not in drawn(SCENE, 80, 24)


def test_all_answers_look_the_same() -> None:
    rows = [line for line in drawn(SCENE, 100, 30, styled=True).splitlines() if "━" in line]
    worst, best = (next(r for r in rows if name in r) for name in ("very bad", "very good"))
    assert worst.split("│")[1].replace("very bad ", "") == best.split("│")[1].replace(
        "very good", ""
    )


@pytest.mark.parametrize(("width", "height"), [(60, 15), (79, 40), (200, 23), (40, 5)])
def test_too_small_a_window_says_so_and_keeps_the_keys(width: int, height: int) -> None:
    lines = drawn(SCENE, width, height).splitlines()
    assert lines[0].rstrip() == "make the window larger: 80x24"
    shown = " ".join(" ".join(lines[1:]).split())
    assert shown == "1-5 press k kill agent b cut network t toddler q quit"
    assert len(lines) <= height


def test_figures_that_do_not_agree_are_marked() -> None:
    agreeing = drawn(SCENE, 80, 24, styled=True)
    apart = drawn(replace(SCENE, delivered=211), 80, 24, styled=True)
    assert "\x1b[1;33mpressed 212, stored 212, delivered 211" in apart
    assert "\x1b[1;33mpressed" not in agreeing


def test_a_long_line_from_the_camera_process_is_cut_not_wrapped() -> None:
    scene = replace(SCENE, vision_lines=('{"kind":"' + "x" * 300,))
    assert len(drawn(scene, 80, 24).splitlines()) == 24
    assert "…" in drawn(scene, 80, 24)
