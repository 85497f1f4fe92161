"""When this release was made: no clock that says less can be right."""

from __future__ import annotations

from datetime import UTC, datetime

from agent.clock.built import BUILT_MS

_RELEASED_MS = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp() * 1000)

RELEASE_FLOOR_MS = max(_RELEASED_MS, BUILT_MS)
"""Milliseconds since 1970 UTC."""
