"""`bench vision`: what looking costs, beside what others take for the same frames."""

from __future__ import annotations

import json
import logging
import subprocess
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from statistics import fmean

from agent.bench.environment import peer_python, program, surroundings
from agent.bench.figures import Figure
from agent.bench.scenes import FACE, RESTLESS, write_scene, write_still
from agent.errors import VisionError

log = logging.getLogger(__name__)

PEERS = {"mediapipe": "MediaPipe FaceDetector", "haar": "OpenCV Haar", "fer": "fer as shipped"}
LIMIT_MS = 1.5
LIMIT_FER = 1 / 30
LIMIT_EMPTY = 0.2
LIMIT_MB = 150.0
RUN_S = 600
ROUNDS = 3
OURS = "ours"

Command = Callable[[Path], list[str]]
"""What runs one program over the frames of a scene."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one program made of one scene."""

    cpu_ms: float
    """Mean CPU time a frame."""
    faces: int
    resident_mb: float


def measure_vision(
    scratch: Path, *, clips: Mapping[str, Path], envs: Path, models: Sequence[Path] = ()
) -> list[Figure]:
    """Return the rows: ours beside every peer that can be had, the same frames for all.

    `envs` keeps the peers' environments; `models` are other folders of models to compare ours with.
    """
    scenes = {name: scratch / f"{name}.npy" for name in ("face", "empty", "restless")}
    write_scene(clips, FACE, to=scenes["face"])
    write_still(clips, to=scenes["empty"])
    write_scene(clips, RESTLESS, to=scenes["restless"])
    commands = {OURS: _ours()} | _peers(envs)
    commands |= {f"ours with {folder}": _ours(folder.absolute()) for folder in models}
    seen = _in_turn(commands, scenes, scratch)
    return rows(seen.pop(OURS), seen)


def _in_turn(
    commands: Mapping[str, Command], scenes: Mapping[str, Path], scratch: Path
) -> dict[str, dict[str, Seen]]:
    """Run every program over every scene, in rounds; of each the middle one counts.

    A shared machine is slow for a minute and fast the next: within a round all meet the same.
    """
    runs: dict[tuple[str, str], list[Seen]] = defaultdict(list)
    for _ in range(ROUNDS):
        for title, command in commands.items():
            for name, scene in scenes.items():
                runs[title, name].append(_run(command(scene), scratch))
    return {title: {name: middle(runs[title, name]) for name in scenes} for title in commands}


def middle(runs: Sequence[Seen]) -> Seen:
    """Return the run of which as many took less CPU time as more."""
    return sorted(runs, key=lambda seen: seen.cpu_ms)[len(runs) // 2]


def rows(ours: Mapping[str, Seen], peers: Mapping[str, Mapping[str, Seen]]) -> list[Figure]:
    """Return what was measured as rows; each program has `face`, `empty` and `restless`."""
    face, empty = ours["face"], ours["empty"]
    told = [Figure("a face in view, CPU a frame", "ms", face.cpu_ms, "limit", LIMIT_MS)]
    for title, theirs in peers.items():
        told += _beside(title, ours, theirs)
    told += [
        Figure("empty by face in view", "x", empty.cpu_ms / face.cpu_ms, "limit", LIMIT_EMPTY),
        Figure("resident, all of it", "MB", face.resident_mb, "limit", LIMIT_MB),
    ]
    if (shipped := peers.get(PEERS["fer"])) is not None:
        share = face.cpu_ms / shipped["face"].cpu_ms
        told.append(Figure("a face in view, by fer", "x", share, "limit", LIMIT_FER))
    return told


def _beside(title: str, ours: Mapping[str, Seen], theirs: Mapping[str, Seen]) -> list[Figure]:
    face, other = ours["face"], theirs["face"]
    empty, bare = ours["empty"], theirs["empty"]
    restless, moving = ours["restless"], theirs["restless"]
    return [
        Figure("a face in view, CPU a frame", "ms", face.cpu_ms, title, other.cpu_ms),
        Figure("an empty scene, CPU a frame", "ms", empty.cpu_ms, title, bare.cpu_ms),
        Figure("a restless scene, CPU a frame", "ms", restless.cpu_ms, title, moving.cpu_ms),
        Figure("faces found, one in view", "faces", face.faces, title, other.faces),
        Figure("faces found, empty scene", "faces", empty.faces, title, bare.faces),
        Figure("faces found, restless scene", "faces", restless.faces, title, moving.faces),
        Figure("resident", "MB", face.resident_mb, title, other.resident_mb),
    ]


def _ours(*models: Path) -> Command:
    return lambda scene: program(None, "agent.bench.looking", scene, *models)


def _peers(envs: Path) -> dict[str, Command]:
    told = {}
    for name, title in PEERS.items():
        pins = files("agent.bench.peers") / f"seeing_{name}.txt"
        python = peer_python(envs / f"vision-{name}", requirements=Path(str(pins)))
        if python is not None:
            told[title] = _peer(python, name)
    return told


def _peer(python: Path, name: str) -> Command:
    return lambda scene: program(python, "agent.bench.peers.seeing", name, scene)


def _run(command: list[str], scratch: Path) -> Seen:
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_S,
        env=surroundings(scratch),
    )
    if done.returncode != 0:
        last = done.stderr.strip().rpartition("\n")[2]
        raise VisionError(f"{' '.join(command[2:4])} failed: {last}")
    told = json.loads(done.stdout.splitlines()[-1])
    return Seen(fmean(told["cpu_ms"]), sum(told["faces"]), told["resident_mb"])
