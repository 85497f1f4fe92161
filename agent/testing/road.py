"""The road to the broker, for tests that block: a `Proxy` on a thread of its own."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from agent.testing.loop_thread import LoopThread
from agent.testing.proxy import Proxy


class Road:
    """One proxy to `target_port` of loopback. A context manager; see `Proxy` for the words."""

    def __init__(self, target_port: int) -> None:
        self._proxy = Proxy(target_port)
        self._thread: LoopThread

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._proxy.port

    @property
    def passed(self) -> int:
        """Bytes passed on towards the target."""
        return self._proxy.passed

    def cut(self) -> None:
        """Break every connection off and let none through."""
        self._thread.call(self._proxy.cut)

    def cut_after(self, count: int) -> None:
        """Let `count` more bytes through towards the target, then cut."""
        self._thread.call(lambda: self._proxy.cut_after(count))

    def stall(self) -> None:
        """Keep connections open but let nothing pass."""
        self._thread.call(self._proxy.stall)

    def swallow(self) -> None:
        """Take what comes from either end and throw it away."""
        self._thread.call(self._proxy.swallow)

    def delay(self, seconds: float) -> None:
        """Let every piece take `seconds` in each direction."""
        self._proxy.delay_s = seconds

    def restore(self) -> None:
        """Let everything through again."""
        self._thread.call(self._proxy.restore)

    def __enter__(self) -> Self:
        self._thread = LoopThread("road")
        self._thread.do(self._proxy.start())
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._thread.do(self._proxy.stop())
        self._thread.end()
