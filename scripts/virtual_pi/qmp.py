"""QEMU's monitor: JSON commands about the machine itself."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from virtual_pi.errors import GuestError

UNATTACHED = "/machine/unattached"


def find_device(children: list[dict[str, str]], kind: str) -> str:
    """Return the QOM path of the one unattached device of a kind, from `qom-list`'s answer."""
    names = [child["name"] for child in children if child["type"] == f"child<{kind}>"]
    if not names:
        raise GuestError(f"the machine has no {kind}: is this QEMU's `virt` machine?")
    return f"{UNATTACHED}/{names[0]}"


class Monitor:
    """The monitor of one running guest. Make it with `connect`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, path: Path) -> Monitor:
        """Connect and leave the greeting behind."""
        reader, writer = await asyncio.open_unix_connection(path, limit=1 << 22)
        monitor = cls(reader, writer)
        try:
            await reader.readline()
            await monitor.execute("qmp_capabilities")
        except ConnectionError as error:
            raise GuestError("QEMU ended at once: see qemu.log") from error
        return monitor

    async def execute(self, command: str, **arguments: object) -> Any:
        """Run a command and return what it returns. Raises GuestError when it is refused."""
        request = {"execute": command, "arguments": arguments}
        self._writer.write(json.dumps(request).encode() + b"\n")
        while line := await self._reader.readline():
            reply = json.loads(line)
            if "return" in reply:
                return reply["return"]
            if "error" in reply:
                raise GuestError(f"QEMU refuses {command}: {reply['error']['desc']}")
        raise GuestError(f"QEMU ended during {command}: see its log")

    async def find(self, kind: str) -> str:
        """Return the QOM path of a device the machine came with."""
        return find_device(await self.execute("qom-list", path=UNATTACHED), kind)

    async def plug(self, *, network: bool) -> None:
        """Plug the network cable in, or pull it."""
        await self.execute("set_link", name="net0", up=network)

    def close(self) -> None:
        """Let go of the socket."""
        self._writer.close()
