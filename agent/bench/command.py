"""`smilepost bench NAME [--json]`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from agent.bench.figures import Report
from agent.bench.runs import (
    PARTS,
    OutboxSizes,
    PressSizes,
    VisitSizes,
    run_outbox,
    run_press,
    run_vision,
    run_visit,
)

FOLDER = Path(".cache/bench")


def bench_command(arguments: argparse.Namespace) -> int:
    """Run one benchmark and print it; returns the exit code."""
    report = _run(arguments)
    if arguments.json:
        json.dump(report.as_json(arguments.name), sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        report.show(arguments.name)
    return 0


def _run(arguments: argparse.Namespace) -> Report:
    if arguments.name == "press":
        return run_press(FOLDER, sizes=PressSizes())
    if arguments.name == "visit":
        return run_visit(FOLDER, sizes=VisitSizes(visits=arguments.visits))
    if arguments.name == "vision":
        return run_vision(FOLDER, models=arguments.models)
    parts = PARTS if arguments.only is None else (arguments.only,)
    sizes = OutboxSizes(events=arguments.events, kills=arguments.kills, parts=parts)
    return run_outbox(FOLDER, sizes=sizes)
