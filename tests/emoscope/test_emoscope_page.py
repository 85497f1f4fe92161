"""The report: what it says, and what it must not hold."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from agent.emoscope.export import exported
from agent.emoscope.page import FOLDED, write_page
from agent.emoscope.recording import Figures
from agent.emoscope.series import Bin
from agent.emoscope.words import LIMITS, NOBODY
from agent.vision.expression import Expression
from tests.emoscope.scene import MODELS, visited

VOID = {"meta", "br", "link", "img", "input"}


def figures_of(mode: str = "smile", **changed: object) -> Figures:
    scope = visited(mode)
    made = Figures(
        name="drawn.avi",
        made=datetime(2026, 11, 23, 9, 5, tzinfo=UTC),
        mode=scope.settings.mode,
        seconds=9.0,
        frames=90,
        fps=10.0,
        stays=scope.stays.gone,
        bins=scope.stays.series.bins,
        total=scope.stays.series.total,
        costs_ms=tuple(1.0 + frame % 9 for frame in range(90)),
        passed_s=0.5,
        resident_mb=120.0,
        models=MODELS,
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def empty(mode: str = "smile") -> Figures:
    return figures_of(
        mode, stays=(), bins=(), total=Bin(0, 0), costs_ms=(), frames=0, seconds=0.0, passed_s=0.0
    )


class Page(HTMLParser):
    """Which elements and attributes there are, and that each is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes += [(key, value or "") for key, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def words(text: str) -> str:
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", text, flags=re.DOTALL).split())


@pytest.mark.parametrize("mode", ["presence", "smile", "emotion"])
def test_the_page_is_one_whole_document_without_script_picture_or_address(mode: str) -> None:
    text = write_page(figures_of(mode))
    page = Page(text)
    assert page.open == []
    assert page.names.isdisjoint({"script", "img", "image", "iframe", "object", "link", "video"})
    assert not any(key.startswith("on") or key in {"src", "href"} for key, _ in page.attributes)
    assert "://" not in text
    assert "data:" not in text
    assert "default-src 'none'" in text


def test_the_tiles_sum_it_up() -> None:
    text = words(write_page(figures_of()))
    assert "Contacts 1 6.7 a minute, at most 1 at once" in text
    assert "Dwell, median 4.8 s longest 4.8 s" in text
    assert re.search(r"Smiling 3\d % of 4\.8 s of face time", text)
    assert "Cost a frame 5.0 ms 19 of 20 below 9.0 ms" in text
    assert "18\u00d7 as fast as it plays, 90 frames" in text


def test_a_contact_is_a_bar_with_its_smile_and_a_row() -> None:
    text = write_page(figures_of())
    assert "<title>Contact 1, 0:00 to 0:05: 4.8 s</title>" in text
    assert re.search(r"No\. 1 0:00 0:05 4\.8 s 3\d %", words(text))


def test_in_smile_there_are_two_parts_and_no_class_of_emotion() -> None:
    text = words(write_page(figures_of("smile")))
    assert re.search(r"smiling 3\d % not smiling 6\d %", text)
    assert not re.search(r"\b(positive|neutral|negative)\b", text)


def test_in_emotion_there_are_three_parts_and_they_are_called_perceived() -> None:
    text = words(write_page(figures_of("emotion")))
    shares = [int(n) for n in re.findall(r"(?:positive|neutral|negative) (\d+) %", text)]
    assert len(shares) == 3
    assert sum(shares) == pytest.approx(100, abs=1)
    assert "Perceived expression" in text
    assert "not what anybody felt" in text


def test_in_presence_no_expression_is_mentioned_beside_the_limits() -> None:
    text = words(write_page(figures_of("presence")))
    assert "Perceived expression" not in text
    assert "Smiling" not in text


@pytest.mark.parametrize("mode", ["presence", "smile", "emotion"])
def test_a_recording_of_nobody_says_so(mode: str) -> None:
    page = write_page(empty(mode))
    Page(page)
    assert NOBODY in words(page)
    assert "Every contact" not in words(page)


def test_a_long_list_is_folded_away() -> None:
    (stay,) = figures_of().stays
    many = tuple(
        replace(stay, number=n, start_s=10.0 * n, end_s=10.0 * n + 5) for n in range(1, FOLDED + 2)
    )
    text = write_page(figures_of(stays=many, seconds=200.0))
    assert f"<summary>Show all {FOLDED + 1}</summary>" in text
    assert "<summary>" not in write_page(figures_of())


def test_a_thousand_contacts_and_a_long_day_still_make_a_page() -> None:
    (stay,) = figures_of().stays
    many = tuple(
        replace(stay, number=n, start_s=n * 8.0, end_s=n * 8.0 + 200, smiles=())
        for n in range(1, 1001)
    )
    bins = tuple(Bin(n / 2, 0.5, present=3, readings=1, neutral=1.0) for n in range(57_600))
    text = write_page(figures_of("emotion", stays=many, bins=bins, seconds=28_800.0))
    assert Page(text).open == []
    assert len(text) < 6_000_000


def test_the_models_stand_with_their_hashes_and_limits() -> None:
    text = words(write_page(figures_of()))
    assert "finds squares drawn-1 abababababab Apache-2.0" in text
    assert "drawn-1 : Squares only." in text
    assert all(limit in text for limit in LIMITS)


def test_a_hostile_name_is_only_a_name() -> None:
    text = write_page(figures_of(name='<img src="x" onerror="alert(1)">.mp4'))
    assert "img" not in Page(text).names


def test_every_chart_is_told_to_who_cannot_see_it() -> None:
    text = write_page(figures_of("emotion"))
    charts = re.findall(r'<svg viewBox="[^"]+" role="img" aria-label="([^"]+)"', text)
    assert len(charts) == 10
    assert all(charts)


def test_wide_and_narrow_drawings_come_in_pairs() -> None:
    text = write_page(figures_of("emotion"))
    assert text.count('class="desk"') == text.count('class="phone"') == 5


def test_machines_get_the_same_figures() -> None:
    figures = figures_of("emotion")
    told = exported(figures)
    (contact,) = told["contacts"]
    assert (told["recording"], told["mode"], told["seconds"]) == ("drawn.avi", "emotion", 9.0)
    assert (contact["number"], contact["dwell_s"]) == (1, 4.8)
    assert sum(contact["expression"].values()) == pytest.approx(1, abs=0.01)
    assert sum(told["expression"].values()) == pytest.approx(1, abs=0.01)
    assert told["cost"]["cpu_ms_per_frame"]["median"] == 5
    assert told["models"] == [{"id": model.id, "sha256": model.sha256} for model in MODELS]


def test_machines_get_no_class_of_expression_but_in_emotion() -> None:
    told = exported(figures_of("smile"))
    assert told["expression"] is None
    assert {contact["expression"] for contact in told["contacts"]} == {None}
    assert {step["expression"] for step in told["steps"]} == {None}
    assert told["smile_share"] == pytest.approx(0.35, abs=0.06)


def test_the_expression_of_a_recording_is_that_of_its_contacts_face_time() -> None:
    level = figures_of("emotion").expression
    assert level is not None
    assert level.positive == pytest.approx(0.1 * 0.64 + 0.8 * 0.36, abs=0.05)
    assert isinstance(level, Expression)
    assert empty().expression is None
    assert empty().smile_share is None
