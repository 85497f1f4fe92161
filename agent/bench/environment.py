"""The peers' own Python environment, and how programs of a benchmark are started."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import venv
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import agent

log = logging.getLogger(__name__)

REQUIREMENTS = Path(str(files("agent.bench.peers") / "requirements.txt"))
_STAMP = "requirements.txt"


def versions() -> Mapping[str, str]:
    """Return the pinned version of every peer."""
    lines = REQUIREMENTS.read_text("utf-8").splitlines()
    pins = (line.split("==") for line in lines if "==" in line)
    return {name: version.strip() for name, version in pins}


def peer_python(folder: Path, *, requirements: Path = REQUIREMENTS) -> Path | None:
    """Return the Python of the peers' environment in `folder`, made when it is missing.

    `requirements` names every package that goes in, with its version: nothing else is installed.
    Without the peers there is None, and a line in the log that says why.
    """
    python, stamp = folder.absolute() / "bin" / "python", folder / _STAMP
    wanted = requirements.read_text("utf-8")
    if stamp.is_file() and stamp.read_text("utf-8") == wanted:
        return python
    log.info("installing the peers into %s", folder)
    venv.create(folder, with_pip=True, clear=True)
    if (reason := _install(python, requirements)) is not None:
        log.warning("the peers are left out: pip cannot install them: %s", reason)
        return None
    stamp.write_text(wanted, "utf-8")
    return python


def _install(python: Path, requirements: Path) -> str | None:
    """Install what is pinned; returns pip's last word when it fails."""
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, "--no-deps", "-r", str(requirements)],
        capture_output=True,
        text=True,
        check=False,
    )
    return None if done.returncode == 0 else done.stderr.strip().rpartition("\n")[2]


def program(python: Path | None, module: str, *arguments: object) -> list[str]:
    """Return the command that runs a module of this package, with our own Python by default."""
    return [str(python or sys.executable), "-m", module, *map(str, arguments)]


def surroundings(scratch: Path) -> dict[str, str]:
    """Return the environment variables under which `agent` alone can be imported anywhere.

    The folder of the package may hold our libraries too, which are not for the peers.
    """
    link = scratch / "code" / "agent"
    if not link.is_symlink():
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(Path(agent.__file__).parent.absolute())
    return {**os.environ, "PYTHONPATH": str(link.parent)}
