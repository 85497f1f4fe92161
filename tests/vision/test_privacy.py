"""What the camera process cannot do, read from its source: store a frame, reach a network."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.vision import observations

FOLDER = Path(observations.__file__).parent
AGENTS_SIDE = {"link.py", "watcher.py"}
"""Run in the agent, which may open sockets."""
SOURCES = sorted(path for path in FOLDER.glob("*.py") if path.name not in AGENTS_SIDE)
NETWORK = {
    "aiohttp", "asyncio", "ftplib", "http", "paho", "requests", "smtplib", "socketserver", "ssl",
    "urllib", "websockets", "xmlrpc",
}  # fmt: skip
WRITES = {
    "FileStorage", "VideoWriter", "imencode", "imencodemulti", "imwrite", "imwritemulti", "mkdir",
    "open", "save", "savez", "tofile", "touch", "write_bytes", "write_text",
}  # fmt: skip


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def calls(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node.func.attr
            elif isinstance(node.func, ast.Name):
                yield node.func.id


@pytest.fixture(params=SOURCES, ids=lambda path: path.name)
def tree(request: pytest.FixtureRequest) -> ast.AST:
    path: Path = request.param
    return ast.parse(path.read_text(encoding="utf-8"))


def test_the_whole_camera_process_is_looked_at() -> None:
    assert {"process.py", "cameras.py", "pipeline.py", "channel.py"} <= {p.name for p in SOURCES}


def test_nothing_imports_a_network_client(tree: ast.AST) -> None:
    assert NETWORK.isdisjoint(imports(tree))


def test_nothing_writes_a_file_or_encodes_a_picture(tree: ast.AST) -> None:
    assert WRITES.isdisjoint(calls(tree))


def test_the_only_sockets_are_unix_sockets(tree: ast.AST) -> None:
    families = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr.startswith("AF_")
    }
    assert families <= {"AF_UNIX"}
    made = [call for call in calls(tree) if call in {"socket", "create_connection"}]
    assert len(made) == len(families)


def test_the_scan_would_find_a_written_frame_and_a_network_client() -> None:
    guilty = ast.parse("import urllib.request, cv2\ncv2.imwrite('face.png', frame)\nopen('x')")
    assert not NETWORK.isdisjoint(imports(guilty))
    assert {"imwrite", "open"} <= set(calls(guilty)) & WRITES


def test_no_observation_has_room_for_a_picture() -> None:
    longest = max(
        len(message.model_dump_json())
        for message in (
            observations.Presence(at_ms=10**12, present=100, smile=0.123456789),
            observations.CameraState(at_ms=10**12, working=False, reason="x" * 300),
        )
    )
    assert longest < 500
