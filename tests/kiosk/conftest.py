"""What the tests of a whole kiosk share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agent.testing import LocalBroker
from tests.kiosk.scene import Centre


@pytest.fixture
def centre(broker: LocalBroker) -> Iterator[Centre]:
    """Everything that is published."""
    listening = Centre(broker.port)
    yield listening
    listening.close()
