"""The `office` section: pages for people on the local network."""

from __future__ import annotations

from ipaddress import IPv4Address
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from agent.config.base import Settings

Host = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", max_length=253)
]


class OfficeSettings(Settings):
    """Pages for staff, managers and installers: https://ADDRESS:PORT in the local network."""

    enabled: bool = False
    """Off until somebody wants them: nothing listens."""
    address: IPv4Address = IPv4Address("0.0.0.0")  # noqa: S104 - who may come is looked at there
    """The address to listen on; 0.0.0.0 is every interface. Only the local network is answered."""
    port: int = Field(default=8443, ge=0, le=65535)
    """TCP port (0: any free one)."""
    names: tuple[Host, ...] = Field(default=(), max_length=10)
    """Further names under which the kiosk is reached, beside its address and its host name."""
    certificate: Path | None = None
    """PEM file of a certificate and its chain; without it the kiosk makes one of its own."""
    key: Path | None = None
    """PEM file of its private key, without a pass phrase."""
    pins: Path | None = None
    """YAML file of the PINs' hashes (config/office.example.yaml), read at every start."""

    @model_validator(mode="after")
    def _parts_agree(self) -> OfficeSettings:
        if self.enabled and self.pins is None:
            raise ValueError("enabled needs `pins`: nobody could sign in")
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key belong together: give both, or neither")
        return self
