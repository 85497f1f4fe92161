"""What a `FaultyBroker` does, and does wrong.

Behaviour()                                            # a good broker
Behaviour(puback=Answer(after_s=0.2))                  # late
Behaviour(puback=Answer(copies=2))                     # twice
Behaviour(puback=Answer(reason=0x87))                  # refused
Behaviour(puback=Never())                              # never
Behaviour(puback=OutOfOrder(5))                        # five at a time, the last one first
Behaviour(puback=on_topic({"*/rating.given": Answer(reason=0x87)}))
Behaviour(puback=on_number({3: Reset()}))              # breaks off at the third message
Behaviour(connack=Answer(reason=0x86))                 # wrong user name or password
Behaviour(connack=Answer(properties={"receive_maximum": 3}))
Behaviour(connack=Never())                             # half open: takes TCP, says nothing
Behaviour(connack=Raw(b"HTTP/1.1 400 Bad Request"))    # no broker at all
Behaviour(reading=False)                               # takes nothing more off the wire
Behaviour(byte_s=0.001)                                # speaks byte by byte
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from agent.testing.packets import Connect, Publish
from agent.testing.wire import Properties


@dataclass(frozen=True, slots=True)
class Answer:
    """The packet that is due (CONNACK, PUBACK, SUBACK), perhaps late, doubled or refusing."""

    reason: int = 0
    """MQTT reason code; from 0x80 on a refusal."""
    after_s: float = 0.0
    copies: int = 1
    properties: Properties = field(default_factory=dict)
    session_present: bool = False
    """Of a CONNACK alone."""


@dataclass(frozen=True, slots=True)
class Never:
    """Silence."""


@dataclass(frozen=True, slots=True)
class OutOfOrder:
    """Answers wait until `group` of them are due; then the last comes first."""

    group: int


@dataclass(frozen=True, slots=True)
class Raw:
    """Any bytes in place of the answer; nothing further is answered when `then_close`."""

    data: bytes
    then_close: bool = False


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is broken off with a TCP reset."""


@dataclass(frozen=True, slots=True)
class Leave:
    """The broker says DISCONNECT with a reason, and closes."""

    reason: int = 0x8E


Conduct = Answer | Never | OutOfOrder | Raw | Reset | Leave


@dataclass(frozen=True, slots=True)
class Received:
    """A message as it came, whatever became of it."""

    packet: Publish
    number: int
    """Its place among all messages this broker has received, from 1."""
    connection: int
    """The connection it came on, from 1."""
    at_s: float = field(default_factory=time.monotonic)

    @property
    def topic(self) -> str:
        """Where it was published."""
        return self.packet.topic

    @property
    def payload(self) -> bytes:
        """What it said."""
        return self.packet.payload


@dataclass(frozen=True, slots=True)
class Connected:
    """A CONNECT as it came."""

    packet: Connect
    connection: int
    """Its connection, from 1."""
    at_s: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Everything a broker can be told to do; by default it is a good one."""

    connack: Conduct | Callable[[Connected], Conduct] = field(default_factory=Answer)
    puback: Conduct | Callable[[Received], Conduct] = field(default_factory=Answer)
    suback: Conduct = field(default_factory=Answer)
    pings: bool = True
    """Whether it answers PINGREQ."""
    reading: bool = True
    """Whether it takes anything off the wire after the CONNECT."""
    byte_s: float = 0.0
    """Pause after every byte it says."""

    def towards(self, seen: Connected | Received) -> Conduct:
        """Say what a CONNECT or a message gets."""
        rule = self.connack if isinstance(seen, Connected) else self.puback
        if isinstance(rule, Conduct):
            return rule
        return rule(seen)  # type: ignore[arg-type]  # each rule is for its own kind


def on_topic(
    rules: Mapping[str, Conduct], *, otherwise: Conduct | None = None
) -> Callable[[Received], Conduct]:
    """Choose by the topic, with shell wildcards; the first that fits holds."""

    def choose(message: Received) -> Conduct:
        fitting = (rule for pattern, rule in rules.items() if fnmatchcase(message.topic, pattern))
        return next(fitting, otherwise or Answer())

    return choose


def on_number(
    rules: Mapping[int, Conduct], *, otherwise: Conduct | None = None
) -> Callable[[Received], Conduct]:
    """Choose by the place of a message among all that came, from 1."""
    return lambda message: rules.get(message.number, otherwise or Answer())
