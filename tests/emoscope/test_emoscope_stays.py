"""The contacts so far."""

from __future__ import annotations

import pytest

from agent.emoscope.scope import Scope
from agent.emoscope.stays import Stays
from agent.vision.pipeline import RESTING_EVERY_S
from agent.vision.settings import VisionSettings, Zone
from tests.emoscope.scene import look, tools, visited


def test_a_visit_is_one_numbered_stay_with_its_smile() -> None:
    stays = visited().stays
    (stay,) = stays.gone
    assert (stay.number, stays.count, stays.here) == (1, 1, ())
    assert stay.start_s == 0
    assert stay.dwell_s == pytest.approx(4.9, abs=0.11)
    assert stay.measured.smile_share == pytest.approx(0.4, abs=0.1)


def test_a_smile_is_a_stretch_of_the_stay() -> None:
    (stay,) = visited().stays.gone
    (smile,) = stay.smiles
    assert smile.start_s == pytest.approx(3.2, abs=0.2)
    assert smile.end_s == pytest.approx(4.9, abs=0.11)


def test_two_smiles_are_two_stretches() -> None:
    scope = Scope(VisionSettings(), tools())
    for at_s, y in ((0, 90), (2, 140), (4, 90)):
        look(scope, seconds=2, start_s=at_s, y=y)
    (stay,) = scope.stays.here
    assert len(stay.smiles) == 2


def test_a_smile_before_the_contact_is_sure_belongs_to_it() -> None:
    scope = Scope(VisionSettings(), tools())
    look(scope, seconds=3, y=90)
    (stay,) = scope.stays.here
    assert stay.smiles[0].start_s < 0.5


def test_who_goes_by_is_not_counted_and_is_forgotten() -> None:
    scope = Scope(VisionSettings(), tools())
    look(scope, seconds=1)
    look(scope, seconds=15, start_s=1, x=None)
    look(scope, seconds=1, start_s=16)
    assert scope.stays.count == 0
    assert len(scope.stays._arriving) == 1


def test_contacts_are_numbered_in_the_order_of_counting() -> None:
    scope = visited()
    look(scope, seconds=3, start_s=10)
    (second,) = scope.stays.here
    assert (second.number, scope.stays.count) == (2, 2)


def test_dwell_is_the_median_of_all_contacts() -> None:
    scope = visited()
    assert scope.stays.dwell_median_s == pytest.approx(4.9, abs=0.11)
    look(scope, seconds=3, start_s=10)
    assert scope.stays.dwell_median_s == pytest.approx((4.9 + 2.9) / 2, abs=0.11)
    assert Stays().dwell_median_s is None


def test_closing_ends_the_contact_in_view() -> None:
    scope = Scope(VisionSettings(), tools())
    look(scope, seconds=3)
    scope.close()
    assert (len(scope.stays.gone), scope.stays.here) == (1, ())


def test_times_count_from_the_first_frame() -> None:
    scope = Scope(VisionSettings(), tools())
    look(scope, seconds=3, start_s=5000)
    (stay,) = scope.stays.here
    assert stay.start_s == 0
    assert stay.end_s == pytest.approx(2.9, abs=RESTING_EVERY_S)


def test_a_face_outside_the_zone_is_in_no_chart() -> None:
    zone = Zone(x=0.8, y=0, width=0.2, height=1)
    scope = Scope(VisionSettings(contact_zone=zone), tools())
    looks = look(scope, seconds=3)
    assert looks[-1].seen
    assert (scope.stays.count, scope.stays.series.total.readings) == (0, 0)


def test_in_presence_no_expression_is_anywhere() -> None:
    stays = visited("presence").stays
    (stay,) = stays.gone
    assert (stay.smiles, stay.measured.face_s, stays.series.total.readings) == ((), 0, 0)
