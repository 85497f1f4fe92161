"""The topics of one device."""

from __future__ import annotations

from dataclasses import dataclass, field

PREFIX = "smilepost/v1"


@dataclass(frozen=True, slots=True)
class Topics:
    """Every topic stands under `smilepost/v1/<tenant>/<site>/<device>`."""

    tenant: str
    site: str
    device: str
    root: str = field(init=False)
    """What all topics of this device begin with."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", f"{PREFIX}{self.source}")

    @property
    def source(self) -> str:
        """The CloudEvents source: `/<tenant>/<site>/<device>`."""
        return f"/{self.tenant}/{self.site}/{self.device}"

    @property
    def status(self) -> str:
        """Retained birth and will."""
        return f"{self.root}/status"

    @property
    def presence(self) -> str:
        """Retained count of contacts present."""
        return f"{self.root}/presence"

    @property
    def receipt(self) -> str:
        """Where the centre confirms what it has stored."""
        return f"{self.root}/receipt"

    def event(self, kind: str) -> str:
        """Return the topic of one kind of event."""
        return f"{self.root}/event/{kind}"
