"""`smilepost check FILE` and `smilepost schema config`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from agent.config.loading import problems
from agent.config.schema import KioskSettings


def check_command(path: str) -> int:
    """Print every problem of a configuration file; return the exit code, 0 when it is good."""
    found = problems(Path(path))
    sys.stdout.writelines(f"{problem}\n" for problem in found)
    return 1 if found else 0


def config_schema() -> dict[str, Any]:
    """Return the JSON Schema of the file, for editors that complete and underline."""
    schema = KioskSettings.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
