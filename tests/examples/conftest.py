"""A fresh database for each test of the example."""

from __future__ import annotations

import pytest

from tests.examples.folding import Folding


@pytest.fixture
def folding() -> Folding:
    return Folding()
