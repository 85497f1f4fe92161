"""When this release was made: no clock that says less can be right."""

from __future__ import annotations

from datetime import UTC, datetime

RELEASE_FLOOR_MS = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp() * 1000)
"""Milliseconds since 1970 UTC."""
