"""One connection of a `FaultyBroker`: reads packets, notes them, answers as the behaviour says."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from agent.testing import codec, wire
from agent.testing.behaviour import (
    Answer,
    Behaviour,
    Conduct,
    Connected,
    Leave,
    Never,
    OutOfOrder,
    Raw,
    Received,
    Reset,
)
from agent.testing.packets import (
    Ack,
    Connack,
    Connect,
    Farewell,
    Granted,
    Kind,
    Packet,
    Ping,
    Publish,
    Subscribe,
    Unsubscribe,
)

REFUSED = 0x80
MALFORMED = 0x81
PROTOCOL_ERROR = 0x82
LARGEST = 1 << 24  # bytes; a test that sends more means something else
NOT_READING_S = 0.01
PARTING_S = 1.0
# A socket closed with this option answers everything with a reset.
_LINGER = struct.pack("ii", 1, 0)


@dataclass(slots=True)
class Notes:
    """What all connections of a broker share: how it behaves, and what it saw."""

    behaviour: Behaviour
    accepted: int = 0
    connects: list[Connected] = field(default_factory=list)
    messages: list[Received] = field(default_factory=list)
    acknowledged: list[Received] = field(default_factory=list)
    refused: list[Received] = field(default_factory=list)
    subscriptions: list[Subscribe] = field(default_factory=list)
    answers: list[Ack] = field(default_factory=list)
    farewells: list[int] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    widest: int = 0


class Conversation:
    """One client. Everything happens in the broker's event loop."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, notes: Notes
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._notes = notes
        notes.accepted += 1
        self._number = notes.accepted
        self._agreed: dict[str, int] = {}
        self._flying: dict[int, Received] = {}
        self._held: list[Received] = []
        self._ids = itertools.cycle(range(1, 65_536))
        self._to_say: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._timers: set[asyncio.TimerHandle] = set()
        self._parting = False
        self.connected = False
        """Whether it was welcomed, and is still there."""

    async def hold(self) -> None:
        """Converse until either end leaves."""
        speaking = asyncio.create_task(self._speak())
        try:
            await self._listen()
        except (ConnectionError, EOFError):
            pass
        except wire.PacketError as error:
            self._object(f"sends what is not MQTT 5: {error}")
            self.leave(MALFORMED)
        self._part_after_words()
        with contextlib.suppress(OSError):  # the other end may be gone already
            await speaking
            await self._let_it_hear()

    def end(self) -> None:
        """Forget what was still to be said, and close."""
        self.connected = False
        for timer in self._timers:
            timer.cancel()
        self._writer.close()

    # -- speaking -----------------------------------------------------------------------------

    def say(self, data: bytes) -> None:
        """Send bytes."""
        self._to_say.put_nowait(data)

    def push(self, message: Publish) -> None:
        """Send a message, under a packet id of its own where it needs one."""
        number = next(self._ids) if message.qos else None
        self.say(codec.encode(replace(message, packet_id=number)))

    def leave(self, reason: int) -> None:
        """Say DISCONNECT and close."""
        self.say(codec.encode(Farewell(reason)))
        self._part_after_words()

    def reset(self) -> None:
        """Break off with a TCP reset."""
        self._parting, self.connected = True, False
        with contextlib.suppress(OSError):  # it may be gone already
            sock: socket.socket = self._writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
        self._writer.transport.abort()

    def _part_after_words(self) -> None:
        self._parting, self.connected = True, False
        self._to_say.put_nowait(None)

    async def _let_it_hear(self) -> None:
        """Take what still comes: closing over it would reset the connection, words included."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PARTING_S):
                while await self._reader.read(LARGEST):
                    pass

    async def _speak(self) -> None:
        while (data := await self._to_say.get()) is not None:
            pause_s = self._notes.behaviour.byte_s
            for piece in (data,) if not pause_s else (bytes([byte]) for byte in data):
                self._writer.write(piece)
                await self._writer.drain()
                await asyncio.sleep(pause_s)
        if self._writer.can_write_eof() and not self._writer.is_closing():
            self._writer.write_eof()
        else:
            self._writer.close()

    # -- listening ----------------------------------------------------------------------------

    async def _listen(self) -> None:
        first = await self._packet()
        if not isinstance(first, Connect):
            raise wire.PacketError(f"begins with {type(first).__name__}, not with CONNECT")
        self._welcome(first)
        while not self._parting:
            while not self._notes.behaviour.reading:  # noqa: ASYNC110 - it may change at any time
                await asyncio.sleep(NOT_READING_S)
            packet = await self._packet()
            if not self._parting:
                self._hear(packet)

    async def _packet(self) -> Packet:
        first = (await self._reader.readexactly(1))[0]
        length = await self._length()
        most = self._agreed.get("maximum_packet_size")
        if most is not None and 1 + len(wire.varint(length)) + length > most:
            self._object(f"sends a packet of {length} bytes, more than was agreed")
        if length > LARGEST:
            raise wire.PacketError(f"a packet of {length} bytes")
        return codec.parse(first, await self._reader.readexactly(length))

    async def _length(self) -> int:
        raw = await self._reader.readexactly(1)
        while raw[-1] & wire.MORE and len(raw) < wire.VARINT_BYTES:
            raw += await self._reader.readexactly(1)
        return wire.Cursor(raw).varint()

    def _hear(self, packet: Packet) -> None:
        match packet:
            case Publish():
                self._take(packet)
            case Subscribe():
                self._notes.subscriptions.append(packet)
                self._grant(packet.packet_id, len(packet.filters), Kind.SUBACK)
            case Unsubscribe():
                self._grant(packet.packet_id, len(packet.filters), Kind.UNSUBACK)
            case Ack():
                self._notes.answers.append(packet)
            case Ping(Kind.PINGREQ):
                if self._notes.behaviour.pings:
                    self.say(codec.encode(Ping(Kind.PINGRESP)))
            case Farewell(kind=Kind.DISCONNECT):
                self._notes.farewells.append(packet.reason)
                raise EOFError
            case _:
                self._object(f"sends {type(packet).__name__} where it has no place")
                self.leave(PROTOCOL_ERROR)

    # -- answering ----------------------------------------------------------------------------

    def _welcome(self, packet: Connect) -> None:
        seen = Connected(packet, self._number)
        self._notes.connects.append(seen)
        conduct = self._notes.behaviour.towards(seen)
        if isinstance(conduct, Answer):
            self._agreed = dict(conduct.properties)

        def answer(said: Answer) -> None:
            self.connected = said.reason < REFUSED
            self.say(codec.encode(Connack(said.reason, said.session_present, said.properties)))
            if not self.connected:
                self._part_after_words()

        self._behave(conduct, answer)

    def _take(self, packet: Publish) -> None:
        message = Received(packet, len(self._notes.messages) + 1, self._number)
        self._notes.messages.append(message)
        if not self.connected:
            self._object("publishes before it was accepted")
        if packet.packet_id is None:
            return
        if packet.packet_id in self._flying:
            self._object(f"uses packet id {packet.packet_id} for two messages at once")
        self._flying[packet.packet_id] = message
        self._watch_window()
        conduct = self._notes.behaviour.towards(message)
        if isinstance(conduct, OutOfOrder):
            self._hold_back(message, conduct.group)
        else:
            self._behave(conduct, lambda said: self._acknowledge(message, said))

    def _watch_window(self) -> None:
        self._notes.widest = max(self._notes.widest, len(self._flying))
        most = self._agreed.get("receive_maximum")
        if most is not None and len(self._flying) > most:
            self._object(f"has {len(self._flying)} messages in flight, {most} were agreed")

    def _hold_back(self, message: Received, group: int) -> None:
        self._held.append(message)
        if len(self._held) >= group:
            held, self._held = self._held[::-1], []
            for one in held:
                self._acknowledge(one, Answer())

    def _acknowledge(self, message: Received, said: Answer) -> None:
        packet_id = message.packet.packet_id or 0
        self._flying.pop(packet_id, None)
        which = self._notes.refused if said.reason >= REFUSED else self._notes.acknowledged
        which.append(message)
        self.say(codec.encode(Ack(packet_id, said.reason, properties=said.properties)))

    def _grant(self, packet_id: int, count: int, kind: Kind) -> None:
        def answer(said: Answer) -> None:
            reasons = (said.reason,) * count
            self.say(codec.encode(Granted(packet_id, reasons, kind, said.properties)))

        self._behave(self._notes.behaviour.suback, answer)

    def _behave(self, conduct: Conduct, answer: Callable[[Answer], None]) -> None:
        match conduct:
            case Answer():
                for _ in range(conduct.copies):
                    self._later(conduct.after_s, lambda: answer(conduct))
            case Raw():
                self.say(conduct.data)
                if conduct.then_close:
                    self._part_after_words()
            case Leave():
                self.leave(conduct.reason)
            case Reset():
                self.reset()
            case Never() | OutOfOrder():
                pass

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        if not seconds:
            action()
            return
        self._timers.add(asyncio.get_running_loop().call_later(seconds, action))

    def _object(self, what: str) -> None:
        self._notes.violations.append(f"connection {self._number} {what}")
