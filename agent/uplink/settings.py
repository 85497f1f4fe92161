"""The `uplink` section."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from agent.config.base import Settings


def _without_a_port(host: str) -> str:
    if host.count(":") == 1:  # an IPv6 address has more
        raise ValueError(f"{host} has a port behind it: the name alone, `port` is a key of its own")
    return host


Host = Annotated[
    str,
    Field(max_length=253, pattern=r"^[A-Za-z0-9:_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?$"),
    AfterValidator(_without_a_port),
]


class TlsSettings(Settings):
    """TLS towards the broker."""

    ca: Path | None = None
    """PEM file of the authority that signed the broker's certificate; system's own when absent."""
    certificate: Path | None = None
    """PEM file of this device's certificate."""
    key: Path | None = None
    """PEM file of this device's private key."""

    @model_validator(mode="after")
    def _both_or_neither(self) -> TlsSettings:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("give both certificate and key, or neither")
        return self


class UplinkSettings(Settings):
    """The central MQTT 5 broker."""

    host: Host = "127.0.0.1"
    """Host name or address."""
    port: int = Field(default=1883, ge=1, le=65535)
    """TCP port; 8883 is usual with TLS."""
    username: str | None = None
    """MQTT user name, when the broker asks for one."""
    password_file: Path | None = None
    """File whose first line is the password. Passwords never stand in this file."""
    tls: TlsSettings | None = None
    """Turn TLS on; an empty mapping `{}` uses the system's authorities."""
    window: int = Field(default=20, ge=1, le=1000)
    """Unacknowledged messages in flight; the broker's Receive Maximum may lower it."""
    backlog_rate: float = Field(default=200.0, gt=0, le=100_000)
    """Events a second drained from the backlog after an outage; live events never wait."""
    keepalive_s: int = Field(default=20, ge=5, le=3600)
    """Seconds of silence after which the connection is checked."""
    reconnect_max_s: float = Field(default=30.0, ge=0.1, le=600)
    """The longest wait between two attempts; every wait is jittered."""
    session_expiry_s: int = Field(default=3600, ge=0, le=4_294_967_295)
    """How long the broker keeps this session after a lost connection."""
    receipts: bool = False
    """The centre confirms on `receipt` what it has stored: an answer then waits for that, is sent
    again without it, and only the store's quota can remove it before."""
    receipt_wait_s: float = Field(default=600.0, ge=1, le=86_400)
    """With receipts: how long after the broker's word an event is sent again."""
