"""An MQTT 5 broker made of bytes, that misbehaves as it is told and notes all it receives.

    with FaultyBroker(Behaviour(puback=Answer(after_s=0.2))) as broker:
        connect("127.0.0.1", broker.port)
        ...
        broker.behaviour = Behaviour()      # from now on a good one

It stores and forwards nothing: what a client is to get, `push` sends.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from types import TracebackType
from typing import Self

from agent.testing.behaviour import Behaviour, Connected, Received
from agent.testing.conversation import Conversation, Notes
from agent.testing.loop_thread import LoopThread
from agent.testing.packets import Ack, Publish, Subscribe
from agent.testing.wire import Properties

HOST = "127.0.0.1"


class FaultyBroker:
    """One broker on a free port of loopback, on a thread of its own. A context manager.

    `behaviour` may be replaced at any time and holds from the next packet on. `tls` makes it
    speak TLS. `start` after `stop` listens on the same port again.
    """

    def __init__(
        self,
        behaviour: Behaviour | None = None,
        *,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._notes = Notes(behaviour or Behaviour())
        self._port = port
        self._tls = tls
        self._thread: LoopThread | None = None
        self._server: asyncio.Server | None = None
        self._open: set[Conversation] = set()

    # -- what it is told ----------------------------------------------------------------------

    @property
    def behaviour(self) -> Behaviour:
        """How it behaves now."""
        return self._notes.behaviour

    @behaviour.setter
    def behaviour(self, behaviour: Behaviour) -> None:
        self._notes.behaviour = behaviour

    def push(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int = 1,
        retain: bool = False,
        properties: Properties | None = None,
    ) -> int:
        """Send a message to every client that is connected; returns to how many."""
        message = Publish(topic, payload, qos, retain, properties=properties or {})
        return self._tell(lambda conversation: conversation.push(message))

    def say(self, data: bytes) -> int:
        """Send any bytes to every client; returns to how many."""
        return self._tell(lambda conversation: conversation.say(data))

    def reset(self) -> int:
        """Break every connection off with a TCP reset; returns how many."""
        return self._tell(Conversation.reset)

    def leave(self, reason: int) -> int:
        """Say DISCONNECT with a reason to every client and close; returns to how many."""
        return self._tell(lambda conversation: conversation.leave(reason))

    # -- what it saw --------------------------------------------------------------------------

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._port

    @property
    def accepted(self) -> int:
        """How many TCP connections there were."""
        return self._notes.accepted

    @property
    def connects(self) -> list[Connected]:
        """Every CONNECT, in order."""
        return list(self._notes.connects)

    @property
    def messages(self) -> list[Received]:
        """Every PUBLISH, in order, sent again or not."""
        return list(self._notes.messages)

    @property
    def acknowledged(self) -> list[Received]:
        """The messages a PUBACK without a refusal was sent for."""
        return list(self._notes.acknowledged)

    @property
    def refused(self) -> list[Received]:
        """The messages a refusing PUBACK was sent for."""
        return list(self._notes.refused)

    @property
    def subscriptions(self) -> list[Subscribe]:
        """Every SUBSCRIBE, in order."""
        return list(self._notes.subscriptions)

    @property
    def answers(self) -> list[Ack]:
        """What clients answered to pushed messages."""
        return list(self._notes.answers)

    @property
    def farewells(self) -> list[int]:
        """The reason of every DISCONNECT that a client said."""
        return list(self._notes.farewells)

    @property
    def violations(self) -> list[str]:
        """What clients did that MQTT 5, or what was agreed at the CONNACK, forbids."""
        return list(self._notes.violations)

    @property
    def widest(self) -> int:
        """The most messages that waited for their PUBACK at once on one connection."""
        return self._notes.widest

    # -- its life -----------------------------------------------------------------------------

    def start(self) -> Self:
        """Begin to listen."""
        self._thread = LoopThread("faulty-broker")
        self._server = self._thread.do(
            asyncio.start_server(self._serve, HOST, self._port, ssl=self._tls)
        )
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    def stop(self) -> None:
        """Break everything off and stop listening; what was noted stays."""
        if self._thread is None or self._server is None:
            return
        self._thread.call(self._server.close)
        self.reset()
        self._thread.end()
        self._thread = self._server = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _tell(self, what: Callable[[Conversation], None]) -> int:
        if self._thread is None:
            return 0

        def tell_all() -> int:
            told = [conversation for conversation in self._open if conversation.connected]
            for conversation in told:
                what(conversation)
            return len(told)

        return self._thread.call(tell_all)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversation = Conversation(reader, writer, notes=self._notes)
        self._open.add(conversation)
        try:
            await conversation.hold()
        finally:
            self._open.discard(conversation)
            conversation.end()
