"""`scripts/virtual-pi`: build the guest, cut its power, check its units, open a shell in it.

Exit codes: 0 done, 1 an answer was lost or a check failed, 2 wrong usage, 3 the guest cannot be
built or run here (the reason is told).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from agent.errors import SmilepostError
from virtual_pi.centre import Centre
from virtual_pi.checks import BOOT_S, Check, examine
from virtual_pi.cuts import PowerCuts, Result
from virtual_pi.disks import make_disk, make_settings_disk, patched
from virtual_pi.guest import SETTINGS_LABEL, STORE_LABEL
from virtual_pi.image import CACHE, Image, build, find_revision, locate
from virtual_pi.machine import Disks, Machine
from virtual_pi.settings import kiosk_yaml
from virtual_pi.sheet import sheet
from virtual_pi.tools import PACKAGES, TO_RUN, call, require

STORE_MB = 64
STORE_MODULE = "/opt/smilepost/venv/lib/python3.11/site-packages/agent/outbox/store.py"
SYNCHRONOUS = "PRAGMA synchronous = FULL"

Arguments = argparse.Namespace


def say(text: str) -> None:
    """Tell the person at the terminal how far it is."""
    print(text, file=sys.stderr, flush=True)


def _image(arguments: Arguments) -> Image:
    require(TO_RUN)
    return build(locate(find_revision(arguments.revision)), say=say)


def _build(arguments: Arguments) -> int:
    print(_image(arguments).root)
    return 0


def _powercut(arguments: Arguments) -> int:
    image = _image(arguments)
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="cuts-") as folder, Centre() as centre:
        disks = _disks(image, Path(folder), yaml=kiosk_yaml(port=centre.port))
        if arguments.synchronous == "normal":
            disks = _weakened(disks, Path(folder))
        seed = secrets.randbits(32) if arguments.seed is None else arguments.seed
        facts = _facts(image, arguments) | {"seed": seed}

        def keep(result: Result) -> None:
            elapsed = {"seconds": round(time.monotonic() - began_s)}
            _write(arguments.json, facts | elapsed | result.as_json())

        bench = PowerCuts(
            image, disks, centre=centre, logs=_logs(),
            rng=random.Random(seed), say=say,  # noqa: S311 - not a secret
        )  # fmt: skip
        asyncio.run(bench.run(arguments.cuts, on_cut=keep))
    return _tell(bench.result)


def _checks(arguments: Arguments) -> int:
    image = _image(arguments)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="checks-") as folder, Centre() as centre:
        disks = _disks(image, Path(folder), yaml=kiosk_yaml(port=centre.port, camera=True))
        checks = asyncio.run(_examine(image, disks))
    document = {"bench": "checks", "revision": image.revision}
    _write(arguments.json, document | {"checks": [asdict(check) for check in checks]})
    return 0 if all(check.kept for check in checks) else 1


async def _examine(image: Image, disks: Disks) -> list[Check]:
    checks = []
    async with Machine(image.boot, disks, logs=_logs()) as machine:
        async for check in examine(machine):
            checks.append(check)
            print(f"{'yes' if check.kept else 'NO ':3}  {check.promise}: {check.fact}", flush=True)
    return checks


def _sheet(arguments: Arguments) -> int:
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in arguments.results]
    print(sheet(*documents, packages=sorted(set(PACKAGES.values()))), end="")
    return 0


def _shell(arguments: Arguments) -> int:
    image = _image(arguments)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="shell-") as folder:
        disks = _disks(image, Path(folder), yaml=kiosk_yaml(port=1883))
        return asyncio.run(_converse(image, disks))


async def _converse(image: Image, disks: Disks) -> int:
    async with Machine(image.boot, disks, logs=_logs()) as machine:
        say("the guest boots; end of input (Ctrl-D) switches it off")
        await machine.shell.ready(within_s=BOOT_S)
        say("ready: one command a line")
        while line := await asyncio.to_thread(sys.stdin.readline):
            result = await machine.shell.run(line.strip() or ":", within_s=600)
            print(result.output, flush=True)
    return 0


def _tell(result: Result) -> int:
    total = result.total
    print(
        f"{len(result.cuts)} cuts: {total.presses} presses, {total.acknowledged} acknowledged,"
        f" {total.lost} lost, {total.duplicates} duplicates by key, {total.invented} invented"
    )
    good = not (total.lost or total.invented or result.reused_keys or result.memory_only)
    return 0 if good and all(cut.sound for cut in result.cuts) else 1


def _facts(image: Image, arguments: Arguments) -> dict[str, object]:
    version = call(["qemu-system-aarch64", "--version"]).split("\n", 1)[0]
    return {
        "bench": "powercut",
        "revision": image.revision,
        "synchronous": arguments.synchronous,
        "emulator": version,
    }


def _disks(image: Image, folder: Path, *, yaml: str) -> Disks:
    store, settings = folder / "store.img", folder / "settings.img"
    make_disk(store, label=STORE_LABEL, size_mb=STORE_MB)
    make_settings_disk(settings, {"kiosk.yaml": yaml}, label=SETTINGS_LABEL)
    return Disks(image.root, store, settings)


def _weakened(disks: Disks, folder: Path) -> Disks:
    """Return disks whose installed store commits without waiting for the disk."""
    root = folder / "control.img"
    weak = SYNCHRONOUS.replace("FULL", "NORMAL")
    patched(disks.root, into=root, path=STORE_MODULE, old=SYNCHRONOUS, new=weak)
    return Disks(root, disks.store, disks.settings)


def _logs() -> Path:
    folder = CACHE / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _write(path: Path | None, document: dict[str, object]) -> None:
    if path is not None:
        path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def make_parser() -> argparse.ArgumentParser:
    """Return the whole command line."""
    parser = argparse.ArgumentParser(prog="scripts/virtual-pi", description=__doc__)
    parser.add_argument(
        "--revision", default="HEAD", metavar="COMMIT", help="the commit to install (HEAD)"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    built = commands.add_parser("build", help="build the guest's image, if it is not cached")
    built.set_defaults(do=_build)
    cuts = commands.add_parser("powercut", help="cut the power N times and count what is lost")
    cuts.add_argument("cuts", type=_count, metavar="N")
    cuts.add_argument("--synchronous", choices=("full", "normal"), default="full",
                      help="normal: the control run, with a store that must lose")  # fmt: skip
    cuts.add_argument("--seed", type=int, help="repeat a run's rhythm of presses and cuts")
    cuts.add_argument("--json", type=Path, metavar="FILE", help="write the results here")
    cuts.set_defaults(do=_powercut)
    checks = commands.add_parser("checks", help="units, sandboxes and watchdog, in the guest")
    checks.add_argument("--json", type=Path, metavar="FILE", help="write the results here")
    checks.set_defaults(do=_checks)
    shell = commands.add_parser("shell", help="root's commands in the guest, one a line")
    shell.set_defaults(do=_shell)
    told = commands.add_parser("sheet", help="print docs/power-cuts.md from three results")
    told.add_argument("results", type=Path, nargs=3, metavar="JSON",
                      help="of powercut, of its control run, of checks")  # fmt: skip
    told.set_defaults(do=_sheet)
    return parser


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least one cut")
    return number


def _end(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    arguments = make_parser().parse_args(argv)
    signal.signal(signal.SIGTERM, _end)  # else the guest would live on
    try:
        code: int = arguments.do(arguments)
    except SmilepostError as error:
        say(f"virtual-pi: {error}")
        return error.exit_code
    return code
