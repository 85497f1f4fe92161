"""What the camera process cannot do, read from its source: store a frame, reach a network."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.vision import observations

FOLDER = Path(observations.__file__).parent
NETWORK = {
    "aiohttp", "asyncio", "ftplib", "http", "paho", "requests", "smtplib", "socketserver", "ssl",
    "urllib", "websockets", "xmlrpc",
}  # fmt: skip
ADDRESSES_ALONE = {"urllib.parse"}
"""Takes an address apart and reaches nobody."""
WRITES = {
    "FileStorage", "VideoWriter", "imencode", "imencodemulti", "imwrite", "imwritemulti", "mkdir",
    "open", "save", "savez", "tofile", "touch", "write_bytes", "write_text",
}  # fmt: skip
KNOWN = {
    "preview_sender.py": {"imencode"},  # in memory, for the installer who asked, while they look
    "landlock.py": {"open"},  # names a place to the kernel (O_PATH), which reads and writes nothing
}


def of_the_process() -> list[Path]:
    """Return the modules beside it that the camera process loads, each with what it imports."""
    found, waiting = set[Path](), [FOLDER / "service.py", FOLDER / "process.py"]
    while waiting:
        path = waiting.pop()
        found.add(path)
        for name in imports(ast.parse(path.read_text(encoding="utf-8"))):
            module = FOLDER / f"{name.removeprefix('agent.vision.').partition('.')[0]}.py"
            if name.startswith("agent.vision.") and module.is_file() and module not in found:
                waiting.append(module)
    return sorted(found)


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def clients(tree: ast.AST) -> set[str]:
    """Return what reaches a network of all that is imported."""
    found = set(imports(tree)) - ADDRESSES_ALONE
    return {name.split(".")[0] for name in found} & NETWORK


def families(tree: ast.AST) -> set[str]:
    """Return which sockets are made."""
    return {
        argument.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in {"socket", "create_connection", "socketpair"}
        for argument in node.args
        if isinstance(argument, ast.Attribute) and argument.attr.startswith("AF_")
    }


def calls(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node.func.attr
            elif isinstance(node.func, ast.Name):
                yield node.func.id


SOURCES = of_the_process()


@pytest.fixture(params=SOURCES, ids=lambda path: path.name)
def source(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture
def tree(source: Path) -> ast.AST:
    return ast.parse(source.read_text(encoding="utf-8"))


def test_the_whole_camera_process_is_looked_at() -> None:
    names = {path.name for path in SOURCES}
    assert {"process.py", "cameras.py", "pipeline.py", "channel.py", "confine.py"} <= names
    assert {"link.py", "watcher.py", "preview.py"}.isdisjoint(names), "these run in the agent"


def test_nothing_imports_a_network_client(tree: ast.AST) -> None:
    assert clients(tree) == set()


def test_nothing_writes_a_file_or_encodes_a_picture(source: Path, tree: ast.AST) -> None:
    assert WRITES & set(calls(tree)) <= KNOWN.get(source.name, set())


def test_the_only_sockets_are_unix_sockets(tree: ast.AST) -> None:
    assert families(tree) <= {"AF_UNIX"}
    bare = {call for call in calls(tree) if call in {"socket", "create_connection", "socketpair"}}
    assert bare == ({"socket"} if families(tree) else set())


def test_the_scan_would_find_a_written_frame_and_a_network_client() -> None:
    guilty = ast.parse(
        "import urllib.request, cv2, socket\n"
        "cv2.imwrite('face.png', frame)\nopen('x')\nsocket.socket(socket.AF_INET)"
    )
    assert clients(guilty) == {"urllib"}
    assert {"imwrite", "open"} <= set(calls(guilty)) & WRITES
    assert families(guilty) == {"AF_INET"}


def test_no_observation_has_room_for_a_picture() -> None:
    longest = max(
        len(message.model_dump_json())
        for message in (
            observations.Presence(at_ms=10**12, present=100, smile=0.123456789),
            observations.CameraState(at_ms=10**12, working=False, reason="x" * 300),
        )
    )
    assert longest < 500
