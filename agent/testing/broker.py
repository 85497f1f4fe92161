"""A real MQTT 5 broker on a free port of this machine: Mosquitto, or iotcore where there is none.

    with LocalBroker() as broker:
        connect("127.0.0.1", broker.port)

It can be stopped, killed and started again on the same port with the same memory, which is how
outages are tested. Process and files are gone when the broker is: left, forgotten, or its own
process killed.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from agent.errors import UplinkError

Kind = Literal["mosquitto", "iotcore"]

HOST = "127.0.0.1"
START_S = 20.0
STOP_S = 5.0
ATTEMPTS = 3
# Debian puts it where a user's PATH does not look.
PROGRAM_PATHS = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/sbin"

# Waits for the end of whoever holds its standard input, however that comes about.
_WATCH = 'read -r _; kill -9 "$0" 2>/dev/null; [ -z "$1" ] || rm -rf "$1"'

_MOSQUITTO = """\
user {user}
listener {port} {host}
persistence true
persistence_location {folder}/
autosave_on_changes true
autosave_interval 1
"""

_IOTCORE = """\
id = 0

[router]
id = 0
max_connections = 200
max_outgoing_packet_count = 200
max_segment_size = 104857600
max_segment_count = 10

[v5.1]
name = "local"
listen = "{host}:{port}"
next_connection_delay_ms = 1
    [v5.1.connections]
    connection_timeout_ms = 60000
    max_payload_size = 262144
    max_inflight_count = 100
    dynamic_filters = false
"""


def free_port() -> int:
    """Return a TCP port of loopback that nobody listens on now."""
    with socket.create_server((HOST, 0)) as holder:
        port: int = holder.getsockname()[1]
        return port


def available_broker() -> Kind | None:
    """Name the broker that can be started here, the better one first; None without any."""
    if _mosquitto() is not None:
        return "mosquitto"
    return "iotcore" if importlib.util.find_spec("iotcore") is not None else None


class LocalBroker:
    """One broker process. Use it as a context manager, or `start` and `stop` it.

    `lines` are added to Mosquitto's configuration (`acl_file ...`, `max_inflight_messages 5`);
    without an `allow_anonymous` among them everybody may connect. `folder` keeps its files (a new
    temporary one by default, made at the start and removed by the context manager).
    `before_exec` is called in the new process before it becomes the broker.
    Raises UplinkError when no broker is installed or it does not start.
    """

    def __init__(
        self,
        *,
        kind: Kind | None = None,
        port: int = 0,
        lines: tuple[str, ...] = (),
        folder: Path | None = None,
        before_exec: Callable[[], None] | None = None,
    ) -> None:
        chosen = kind or available_broker()
        if chosen is None:
            raise UplinkError("no MQTT broker here: apt install mosquitto, or pip install iotcore")
        self.kind: Kind = chosen
        self.port = port
        self._fixed_port = port != 0
        self._lines = lines
        self._own_folder = folder is None
        self._folder = folder
        self._before_exec = before_exec
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        """What it is called in sentences."""
        return "Mosquitto" if self.kind == "mosquitto" else "iotcore"

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """Its process id; None while stopped."""
        return self._process.pid if self._process is not None else None

    def start(self) -> Self:
        """Start it and wait until it listens; later on the same port again."""
        if self.running:
            return self
        for _ in range(1 if self._fixed_port else ATTEMPTS):
            if not self._fixed_port:
                self.port = free_port()
            elif _listens(self.port):
                raise UplinkError(f"{self.name} cannot start: port {self.port} is taken")
            self._process = self._spawn()
            weakref.finalize(self, _end, self._process)
            self._watch = self._spawn_watch(self._process.pid)
            if self._wait_until_it_listens():
                self._fixed_port = True
                return self
        raise UplinkError(f"{self.name} does not start on port {self.port}: {self._last_words()}")

    def stop(self) -> None:
        """Ask it to end and wait; what it holds stays in its folder."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._forget_process()

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._forget_process()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()
        if self._own_folder and self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    @property
    def folder(self) -> Path:
        """Where its files are; made when it is first needed."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="smilepost-broker-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder

    @property
    def _log(self) -> Path:
        return self.folder / "broker.log"

    def _spawn(self) -> subprocess.Popen[bytes]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            return subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C at the terminal is not meant for it
                preexec_fn=self._before_exec,  # noqa: PLW1509 - the caller answers for it
            )

    def _spawn_watch(self, pid: int) -> subprocess.Popen[bytes]:
        own_folder = str(self.folder) if self._own_folder else ""
        return subprocess.Popen(
            ["/bin/sh", "-c", _WATCH, str(pid), own_folder],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def _forget_process(self) -> None:
        self._process = None
        if self._watch is not None:
            _end(self._watch)
            self._watch = None

    def _command(self) -> list[str]:
        # iotcore tells the format by the name.
        config = self.folder / ("broker.conf" if self.kind == "mosquitto" else "broker.toml")
        config.write_text(self._config(), encoding="utf-8")
        if self.kind == "mosquitto":
            return [_mosquitto() or "mosquitto", "-c", str(config)]
        return [sys.executable, "-m", "iotcore", "--config", str(config), "--log-level", "CRITICAL"]

    def _config(self) -> str:
        if self.kind == "iotcore":
            return _IOTCORE.format(host=HOST, port=self.port)
        # As root it would become the user `mosquitto`, who cannot read a folder of ours.
        user = pwd.getpwuid(os.getuid()).pw_name
        basis = _MOSQUITTO.format(user=user, host=HOST, port=self.port, folder=self.folder)
        anybody = not any(line.startswith("allow_anonymous") for line in self._lines)
        lines = (*self._lines, *(("allow_anonymous true",) if anybody else ()))
        return basis + "\n".join(lines) + "\n"

    def _wait_until_it_listens(self) -> bool:
        deadline_s = time.monotonic() + START_S
        while self.running and time.monotonic() < deadline_s:
            if _listens(self.port):
                return self.running
            time.sleep(0.02)
        self.stop()
        return False

    def _last_words(self) -> str:
        text = self._log.read_text(encoding="utf-8", errors="replace").strip()
        return text.rpartition("\n")[2] or "it says nothing"


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    if process.stdin is not None:
        process.stdin.close()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def _mosquitto() -> str | None:
    path = os.pathsep.join((os.environ.get("PATH", ""), PROGRAM_PATHS))
    return shutil.which("mosquitto", path=path)
