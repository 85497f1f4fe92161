"""The `smilepost` command. Each subcommand imports only what it needs.

Exit codes: 0 done, 1 the input or check is bad (told), 2 wrong usage, 3 something outside failed.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TypeAlias

from agent import __version__
from agent.errors import SmilepostError

_STORE_HELP = "a store's file, instead of the configured one"
_CSV_HELP = "csv: a text that a spreadsheet would run as a formula gets an apostrophe in front"

_OF_CAMERAS = frozenset({"cv2", "numpy"})
_LACKING = (
    "a camera needs {name}, which this Python does not have: run scripts/install again,"
    " or `pip install '.[vision]'` in the checkout"
)

HIGHEST_PORT = 65535

Arguments = argparse.Namespace
# argparse gives the return type of add_subparsers no public name
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001


def _run(arguments: Arguments) -> int:
    from agent.service import run_agent

    return run_agent(arguments.config)


def _vision(arguments: Arguments) -> int:
    from agent.config.loading import load_to_run
    from agent.vision.service import run_vision

    settings = load_to_run(arguments.config).settings
    return run_vision(settings, camera=arguments.camera, ip=arguments.ip)


def _check(arguments: Arguments) -> int:
    from agent.config.commands import check_command

    return check_command(arguments.file, factors=arguments.factors)


def _look(arguments: Arguments) -> int:
    from agent.vision.look import look_command

    return look_command(arguments.video, as_json=arguments.json)


def _emoscope(arguments: Arguments) -> int:
    from agent.emoscope.command import emoscope_command

    return emoscope_command(arguments)


def _watch(arguments: Arguments) -> int:
    from agent.uplink.watch import watch_command

    return watch_command(arguments.config, as_json=arguments.json)


def _schema(arguments: Arguments) -> int:
    from agent.config.commands import config_schema, questionnaire_schema
    from agent.events.export import events_schema

    schemas = {
        "config": config_schema,
        "events": events_schema,
        "questionnaire": questionnaire_schema,
    }
    print(json.dumps(schemas[arguments.contract](), indent=2))  # noqa: T201 - this is the command's output
    return 0


def _doctor(arguments: Arguments) -> int:
    from agent.doctor.command import doctor_command

    return doctor_command(arguments.config, as_json=arguments.json)


def _demo(arguments: Arguments) -> int:
    from agent.demo.command import demo_command

    return demo_command(arguments)


def _bench(arguments: Arguments) -> int:
    from agent.bench.command import bench_command

    return bench_command(arguments)


def _report(arguments: Arguments) -> int:
    from agent.report.command import report_command

    return report_command(
        arguments.day,
        config=arguments.config,
        out=arguments.out,
        language=arguments.language,
    )


def _outbox_status(arguments: Arguments) -> int:
    from agent.outbox.commands.status import status_command

    return status_command(
        arguments.file, config=arguments.config, check=arguments.check, as_json=arguments.json
    )


def _outbox_export(arguments: Arguments) -> int:
    from agent.outbox.commands.export import Selection, export_command
    from agent.outbox.rows import State

    states = [State[name.upper()] for name in arguments.state or ()]
    selection = Selection(
        states=frozenset(states or State),
        kinds=frozenset(arguments.kind or ()),
        since_ms=arguments.since,
    )
    return export_command(
        arguments.file,
        config=arguments.config,
        form=arguments.format,
        selection=selection,
        out=arguments.out,
    )


def _outbox_salvage(arguments: Arguments) -> int:
    from agent.outbox.commands.salvage import salvage_command

    return salvage_command(
        arguments.files,
        config=arguments.config,
        out=arguments.out,
        into=arguments.into,
        as_json=arguments.json,
    )


def _outbox_replay(arguments: Arguments) -> int:
    from agent.outbox.commands.replay import Choice, replay_command
    from agent.outbox.rows import State

    choice = Choice(
        state=State.REJECTED if arguments.rejected else State.ACKNOWLEDGED,
        reasons=tuple(arguments.reason or ()),
        epoch=arguments.epoch,
        first=arguments.first,
        last=arguments.last,
    )
    return replay_command(
        arguments.file, config=arguments.config, choice=choice, confirmed=arguments.yes
    )


def _staff_hash(arguments: Arguments) -> int:
    from agent.staff.command import hash_command

    return hash_command(digits=arguments.digits, keys=arguments.keys)


def _office(arguments: Arguments) -> int:
    from agent.office.command import office_command

    return office_command(arguments.config)


def make_parser() -> argparse.ArgumentParser:
    """Return the whole command line."""
    parser = argparse.ArgumentParser(
        prog="smilepost", description="Hears what customers say, and counts the silent."
    )
    parser.add_argument("--version", action="version", version=f"smilepost {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_services(commands)
    _add_tools(commands)
    _add_emoscope(commands)
    _add_report(commands)
    _add_outbox(commands)
    _add_staff(commands)
    _add_office(commands)
    _add_bench(commands)
    _add_demo(commands)
    return parser


def _add_services(commands: Commands) -> None:
    run = commands.add_parser("run", help="the agent, as its unit starts it")
    run.set_defaults(do=_run)
    vision = commands.add_parser("vision", help="the camera process, as its unit starts it")
    vision.add_argument(
        "--camera", default="main", metavar="ID", help="main, or an id of vision.cameras"
    )
    vision.add_argument("--ip", action="store_true", help="the camera is one on the network")
    vision.set_defaults(do=_vision)
    doctor = commands.add_parser("doctor", help="check this device: facts and remedies")
    doctor.set_defaults(do=_doctor)
    watch = commands.add_parser("watch", help="what a subscriber sees, live")
    watch.set_defaults(do=_watch)
    for parser in (run, vision, doctor, watch):
        parser.add_argument(
            "-c", "--config", type=Path, default=Path("/etc/smilepost/kiosk.yaml"), metavar="FILE"
        )
    for parser in (doctor, watch):
        parser.add_argument("--json", action="store_true", help="for machines")


def _add_tools(commands: Commands) -> None:
    check = commands.add_parser("check", help="every error of a configuration or questionnaire")
    check.add_argument("file", metavar="FILE")
    check.add_argument(
        "--factors", type=Path, metavar="CATALOGUE", help="a questionnaire's, not the built-in one"
    )
    check.set_defaults(do=_check)
    look = commands.add_parser("look", help="the vision pipeline over a video file")
    look.add_argument("video", metavar="VIDEO")
    look.add_argument("--json", action="store_true", help="for machines")
    look.set_defaults(do=_look)
    schema = commands.add_parser("schema", help="the contracts as JSON Schema")
    schema.add_argument("contract", choices=("config", "events", "questionnaire"))
    schema.set_defaults(do=_schema)


def _add_emoscope(commands: Commands) -> None:
    emoscope = commands.add_parser("emoscope", help="what a camera or a recording shows, live")
    emoscope.description = (
        "A live page on this machine alone, or the figures of a recording. Nothing is published,"
        " and nothing is stored but the report that is asked for."
    )
    emoscope.add_argument(
        "source", nargs="?", metavar="SRC", help="a camera number, picamera2, or a video FILE"
    )
    emoscope.add_argument(
        "-c", "--config", type=Path, metavar="FILE", help="zones, sizes and attestation from here"
    )
    emoscope.add_argument("--mode", choices=("presence", "smile", "emotion"), help="smile")
    emoscope.add_argument(
        "--port", type=_port, default=0, metavar="P", help="of the page; any free"
    )
    emoscope.add_argument("--no-browser", action="store_true", help="do not open the page")
    emoscope.add_argument(
        "--report", type=Path, metavar="OUT", help="figures of a recording as one HTML file"
    )
    emoscope.add_argument(
        "--json", action="store_true", help="figures of a recording, for machines"
    )
    emoscope.set_defaults(do=_emoscope)


def _add_report(commands: Commands) -> None:
    report = commands.add_parser("report", help="a day's figures as one page and one table")
    report.add_argument(
        "--day", type=_day, metavar="YYYY-MM-DD", help="by the site's clocks; today if left out"
    )
    report.add_argument(
        "-c", "--config", type=Path, default=Path("/etc/smilepost/kiosk.yaml"), metavar="FILE"
    )
    report.add_argument(
        "-o",
        "--out",
        type=Path,
        default=Path(),
        metavar="FOLDER",
        help="made where it is not there; a name ending in .html is the page's; here if left out",
    )
    report.add_argument(
        "--language", metavar="CODE", help="ar, de, en, pl or ru; the screen's first if left out"
    )
    report.set_defaults(do=_report)


def _day(text: str) -> date:
    """Read a date."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is no day as 2026-11-22") from error


def _add_outbox(commands: Commands) -> None:
    outbox = commands.add_parser("outbox", help="the store: what waits, take out, mend, send again")
    names = outbox.add_subparsers(dest="name", required=True, metavar="NAME")
    _add_status(names.add_parser("status", help="how full it is, what waits, what was lost"))
    _add_export(names.add_parser("export", help="the events as JSON lines or as a table"))
    _add_salvage(names.add_parser("salvage", help="what can be read of a damaged store"))
    _add_replay(names.add_parser("replay", help="send settled rows once more"))
    for parser in names.choices.values():
        parser.add_argument(
            "-c", "--config", type=Path, default=Path("/etc/smilepost/kiosk.yaml"), metavar="FILE"
        )


def _add_status(status: argparse.ArgumentParser) -> None:
    status.add_argument("file", nargs="?", type=Path, metavar="STORE", help=_STORE_HELP)
    status.add_argument("--check", action="store_true", help="read the whole file for damage")
    status.add_argument("--json", action="store_true", help="for machines")
    status.set_defaults(do=_outbox_status)


def _add_export(export: argparse.ArgumentParser) -> None:
    export.description = (
        "The stored events, oldest first: as the messages that are published (jsonl), or as a flat"
        " table (csv). It works beside a running agent and on files that were set aside. Treat the"
        " result as customers' data."
    )
    export.add_argument("file", nargs="?", type=Path, metavar="STORE", help=_STORE_HELP)
    export.add_argument("--format", choices=("jsonl", "csv"), default="jsonl", help=_CSV_HELP)
    states = ("pending", "acknowledged", "confirmed", "rejected")
    export.add_argument("--state", choices=states, action="append", help="only these; repeat it")
    export.add_argument("--kind", action="append", metavar="KIND", help="only these; repeat it")
    export.add_argument(
        "--since", type=_moment_ms, metavar="TIME", help="2026-11-22 or 2026-11-22T08:00, local"
    )
    export.add_argument("-o", "--out", type=Path, metavar="FILE", help="instead of the terminal")
    export.set_defaults(do=_outbox_export)


def _add_salvage(salvage: argparse.ArgumentParser) -> None:
    salvage.description = (
        "What can be read of a damaged store. It ends with 1 where a file has no row, or where rows"
        " are gone: without --into those that the file lost, with it those that STORE lacks then."
    )
    salvage.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="those set aside, if none is named"
    )
    salvage.add_argument(
        "-o", "--out", type=Path, metavar="OUT", help="write the rows here as JSON lines"
    )
    salvage.add_argument(
        "--into", type=Path, metavar="STORE", help="bring the rows that STORE lacks into it"
    )
    salvage.add_argument("--json", action="store_true", help="for machines")
    salvage.set_defaults(do=_outbox_salvage)


def _add_replay(replay: argparse.ArgumentParser) -> None:
    replay.add_argument("file", nargs="?", type=Path, metavar="STORE", help=_STORE_HELP)
    which = replay.add_mutually_exclusive_group(required=True)
    which.add_argument("--rejected", action="store_true", help="rows the broker refused")
    which.add_argument(
        "--acknowledged", action="store_true", help="rows the broker had, and may have lost"
    )
    replay.add_argument(
        "--reason", type=int, action="append", metavar="CODE", help="only refused so; repeat it"
    )
    replay.add_argument("--epoch", metavar="ID", help="only rows of this epoch")
    replay.add_argument("--from", dest="first", type=_count, metavar="N", help="first sequence")
    replay.add_argument("--to", dest="last", type=_count, metavar="N", help="last sequence")
    replay.add_argument("--yes", action="store_true", help="do it; else only say how many")
    replay.set_defaults(do=_outbox_replay)


def _add_staff(commands: Commands) -> None:
    staff = commands.add_parser("staff", help="the people at the counter")
    names = staff.add_subparsers(dest="name", required=True, metavar="NAME")
    hashing = names.add_parser("hash", help="ask for a PIN and print its hash for the staff file")
    hashing.add_argument(
        "--digits", type=_count, default=6, metavar="N", help="as staff.pin_digits; 6"
    )
    hashing.add_argument(
        "--keys", type=_count, metavar="N", help="the PIN is entered by N rating buttons"
    )
    hashing.set_defaults(do=_staff_hash)


def _add_office(commands: Commands) -> None:
    office = commands.add_parser("office", help="pages for people: where, for whom, fingerprint")
    office.add_argument(
        "-c", "--config", type=Path, default=Path("/etc/smilepost/kiosk.yaml"), metavar="FILE"
    )
    office.set_defaults(do=_office)


def _moment_ms(text: str) -> int:
    """Read a local date or time as milliseconds since 1970."""
    try:
        moment = datetime.fromisoformat(text).astimezone()
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is no time as 2026-11-22T08:00") from error
    return int(moment.timestamp() * 1000)


def _add_bench(commands: Commands) -> None:
    bench = commands.add_parser("bench", help="measure, against peers in the same run")
    names = bench.add_subparsers(dest="name", required=True, metavar="NAME")
    press = names.add_parser("press", help="from a press to the commit, the light and the page")
    visit = names.add_parser("visit", help="whole visits with a page, beside the barest page")
    visit.add_argument("--visits", type=_count, default=100, metavar="N", help="how many")
    outbox = names.add_parser("outbox", help="store and uplink beside what people use instead")
    outbox.add_argument(
        "--only", choices=("store", "uplink", "kills"), help="one part of it, not all three"
    )
    outbox.add_argument(
        "--events", type=_count, default=100_000, metavar="N", help="drained from the backlog"
    )
    outbox.add_argument("--kills", type=_count, default=20, metavar="N", help="of each kind")
    vision = names.add_parser("vision", help="the camera's pipeline beside MediaPipe, Haar and fer")
    vision.add_argument(
        "--models",
        type=Path,
        metavar="FOLDER",
        action="append",
        default=[],
        help="compare with other models; may be given again",
    )
    for parser in (press, visit, outbox, vision):
        parser.add_argument("--json", action="store_true", help="for machines")
        parser.set_defaults(do=_bench)


def _count(text: str) -> int:
    """Read a number of at least 1."""
    try:
        number = int(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is no whole number") from error
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def _port(text: str) -> int:
    """Read a TCP port; 0 is any that is free."""
    if not text.isdecimal() or int(text) > HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text} is no port from 0 to {HIGHEST_PORT}")
    return int(text)


def _add_demo(commands: Commands) -> None:
    demo = commands.add_parser("demo", help="the whole kiosk on this machine")
    demo.add_argument("--seconds", type=float, metavar="N", help="stop N seconds after ready")
    demo.add_argument("--record", type=Path, metavar="FILE", help="write every message here")
    demo.add_argument("--camera", metavar="SRC", help="a camera number, video FILE, or none")
    demo.add_argument("--profile", metavar="P", help="a profile of config/profiles")
    demo.add_argument("--port", type=int, default=8080, metavar="P", help="of the page")
    demo.add_argument("--no-browser", action="store_true", help="do not open the page")
    demo.set_defaults(do=_demo)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    arguments = make_parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        code: int = arguments.do(arguments)
    except SmilepostError as error:
        print(error, file=sys.stderr)  # noqa: T201 - told to the person at the terminal
        return error.exit_code
    except ModuleNotFoundError as error:
        if error.name not in _OF_CAMERAS:
            raise
        print(_LACKING.format(name=error.name), file=sys.stderr)  # noqa: T201 - as above
        return SmilepostError.exit_code
    except KeyboardInterrupt:
        return 0
    return code


def console() -> None:
    """Run as the installed command."""
    sys.exit(main())
