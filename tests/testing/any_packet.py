"""Any MQTT 5 packet there can be, for hypothesis."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from agent.testing import wire
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
    Will,
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
BYTES = st.binary(max_size=20)
IDS = st.integers(1, 0xFFFF)
REASONS = st.integers(0, 255)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "byte": REASONS,
    "two": st.integers(0, 0xFFFF),
    "four": st.integers(0, 0xFFFF_FFFF),
    "varint": st.integers(0, wire.VARINT_MAXIMUM),
    "binary": BYTES,
    "text": TEXTS,
    "pair": st.tuples(TEXTS, TEXTS),
}


def value_of(name: str) -> st.SearchStrategy[Any]:
    one = VALUES[wire.KIND_OF[name]]
    return st.lists(one, min_size=1, max_size=3).map(tuple) if name in wire.REPEATABLE else one


PROPERTIES = st.lists(st.sampled_from(sorted(wire.KIND_OF)), unique=True, max_size=4).flatmap(
    lambda names: st.fixed_dictionaries({name: value_of(name) for name in names})
)
WILLS = st.builds(Will, TEXTS, BYTES, st.integers(0, 2), st.booleans(), PROPERTIES)
PUBLISHES = st.integers(0, 2).flatmap(
    lambda qos: st.builds(
        Publish,
        TEXTS,
        BYTES,
        st.just(qos),
        st.booleans(),
        st.booleans(),
        IDS if qos else st.none(),
        PROPERTIES,
    )
)
ACKS = (Kind.PUBACK, Kind.PUBREC, Kind.PUBREL, Kind.PUBCOMP)
PACKETS: st.SearchStrategy[Packet] = st.one_of(
    st.builds(
        Connect,
        TEXTS,
        st.booleans(),
        st.integers(0, 0xFFFF),
        st.none() | WILLS,
        st.none() | TEXTS,
        st.none() | BYTES,
        PROPERTIES,
    ),
    st.builds(Connack, REASONS, st.booleans(), PROPERTIES),
    PUBLISHES,
    st.builds(Ack, IDS, REASONS, st.sampled_from(ACKS), PROPERTIES),
    st.builds(
        Subscribe, IDS, st.lists(st.tuples(TEXTS, REASONS), max_size=3).map(tuple), PROPERTIES
    ),
    st.builds(Unsubscribe, IDS, st.lists(TEXTS, max_size=3).map(tuple), PROPERTIES),
    st.builds(
        Granted,
        IDS,
        st.lists(REASONS, max_size=3).map(tuple),
        st.sampled_from((Kind.SUBACK, Kind.UNSUBACK)),
        PROPERTIES,
    ),
    st.builds(Ping, st.sampled_from((Kind.PINGREQ, Kind.PINGRESP))),
    st.builds(Farewell, REASONS, st.sampled_from((Kind.DISCONNECT, Kind.AUTH)), PROPERTIES),
)
