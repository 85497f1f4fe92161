"""Where things stand in the drawings."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.emoscope.charts import (
    NARROW,
    WIDE,
    both,
    columns,
    share_bar,
    shares_over_time,
    timeline,
)
from agent.emoscope.histogram import DWELL_S, histogram
from agent.emoscope.series import Bin
from agent.emoscope.stays import Span, Stay

RECT = re.compile(
    r'<rect x="(-?[\d.]+)" y="(-?[\d.]+)" width="([\d.]+)" height="([\d.]+)" fill="([^"]+)"'
)
PLACE = re.compile(r'(?:x|cx)="(-?[\d.]+)"')
stays = st.lists(
    st.tuples(st.floats(0, 90), st.floats(1.5, 10), st.floats(0, 1)), min_size=1, max_size=30
).map(
    lambda rows: [
        Stay(
            number=n,
            start_s=start,
            end_s=start + dwell,
            smiles=(Span(start, start + dwell * part),) if part else (),
        )
        for n, (start, dwell, part) in enumerate(rows, start=1)
    ]
)


def rects(drawn: str, *fills: str) -> list[tuple[float, float, float, float]]:
    return [
        (float(x), float(y), float(width), float(height))
        for x, y, width, height, fill in RECT.findall(drawn)
        if fill in fills
    ]


@given(stays, st.sampled_from([WIDE, NARROW]))
def test_everything_stays_inside_the_drawing(drawn_stays: list[Stay], width: int) -> None:
    drawn = timeline(drawn_stays, (), seconds=100.0, smiles=True)(width)
    height = float(drawn.split('viewBox="0 0 ')[1].split()[1].rstrip('"'))
    for x, y, wide, high in rects(drawn, "var(--silent)", "var(--good)"):
        assert x >= 0
        assert x + wide <= width
        assert y >= 0
        assert y + high <= height
    assert all(0 <= float(x) <= width for x in PLACE.findall(drawn))


@given(stays)
def test_no_two_contacts_cover_each_other(drawn_stays: list[Stay]) -> None:
    drawn = timeline(drawn_stays, (), seconds=100.0, smiles=False)(WIDE)
    bars = sorted((y, x, x + width) for x, y, width, _ in rects(drawn, "var(--silent)"))
    for (y, _, end), (other_y, start, _) in pairwise(bars):
        assert y != other_y or end <= start + 3.1


def test_a_smile_lies_within_its_contact() -> None:
    stay = Stay(1, 10.0, 30.0, smiles=(Span(12.0, 20.0), Span(25.0, 30.0)))
    drawn = timeline([stay], (), seconds=60.0, smiles=False)(WIDE)
    ((left, _, width, _),) = rects(drawn, "var(--silent)")
    smiles = rects(drawn, "var(--good)")
    assert len(smiles) == 2
    for x, _, wide, _ in smiles:
        assert left <= x <= x + wide <= left + width + 0.2
    assert smiles[0][2] / width == pytest.approx(8 / 20, abs=0.01)


def test_the_smile_curve_breaks_where_no_face_was_read() -> None:
    bins = tuple(
        Bin(n / 2, 0.5, readings=0 if 10 <= n < 20 else 1, smile=0.0 if 10 <= n < 20 else 0.5)
        for n in range(40)
    )
    drawn = timeline([Stay(1, 0.0, 20.0)], bins, seconds=20.0, smiles=True)(WIDE)
    assert drawn.count('class="line"') == 2
    bare = timeline([Stay(1, 0.0, 20.0)], bins, seconds=20.0, smiles=False)(WIDE)
    assert 'class="line"' not in bare


def test_the_parts_of_a_step_fill_it_and_leave_gaps_empty() -> None:
    bins = (
        Bin(0.0, 0.5, readings=2, positive=1.0, neutral=0.6, negative=0.4),
        Bin(0.5, 0.5),
        Bin(1.0, 0.5, readings=1, positive=0.2, neutral=0.3, negative=0.5),
    )
    drawn = shares_over_time(bins, seconds=1.5, emotion=True)(WIDE)
    parts = rects(drawn, "var(--good)", "url(#dots)", "url(#hatch)")
    assert len(parts) == 6
    assert sum(height for _, _, _, height in parts[:3]) == pytest.approx(120, abs=0.2)
    assert sum(height for _, _, _, height in parts[3:]) == pytest.approx(120, abs=0.2)


def test_a_long_recording_has_no_more_steps_than_can_be_seen() -> None:
    bins = tuple(Bin(n / 2, 0.5, readings=1, neutral=1.0) for n in range(20_000))
    for width in (WIDE, NARROW):
        drawn = shares_over_time(bins, seconds=10_000.0, emotion=True)(width)
        assert len(rects(drawn, "url(#dots)")) <= width / 6


def test_a_share_bar_is_filled_from_end_to_end() -> None:
    drawn = share_bar((0.2, 0.5, 0.3))(WIDE)
    first, second, third = rects(drawn, "var(--good)", "url(#dots)", "url(#hatch)")
    assert first[0] == 0
    assert second[0] == pytest.approx(first[2])
    assert third[0] + third[2] == pytest.approx(WIDE)
    assert 'aria-label="Shares: 20 %, 50 %, 30 %"' in drawn


def test_columns_are_as_high_as_their_counts() -> None:
    classes = histogram([6, 7, 8, 45], edges=DWELL_S)
    drawn = columns(classes, label="Contacts")(WIDE)
    tall, short = rects(drawn, "var(--good)")
    assert tall[3] == pytest.approx(3 * short[3], abs=0.2)
    assert "Contacts: 5\u201310: 3, 10\u201320: 0, 20\u201330: 0, 30\u201360: 1" in drawn


def test_a_histogram_of_nothing_is_a_drawing_too() -> None:
    assert "<svg" in columns(histogram([], edges=DWELL_S), label="Contacts")(NARROW)


def test_both_widths_are_drawn_once() -> None:
    drawn = both(share_bar((1.0,)))
    assert [f'viewBox="0 0 {width} ' in drawn for width in (WIDE, NARROW)] == [True, True]
    assert drawn.count("<svg") == 2
