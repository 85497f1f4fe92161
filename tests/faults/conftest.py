"""Says what differs when a check shared by the fault bench fails."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.faults.bench")
